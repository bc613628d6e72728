// Every field of SstMetadata against a recount from the rows, the bytes of the object and the store; and as JSON.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { bloomMayContain, COMPRESSION_IDS, decodeInfo, encodeInfo, FilterFormat, FOOTER_BYTES, SECTION_BYTES, sipHash13 } from "@slate-sst/format";
import { CompressionCodec, FilterKind, fromBinary, fromJson, type SstMetadata, SstMetadataSchema, toBinary, toJson } from "@slate-sst/format/proto";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { afterEach, describe, expect, it, vi } from "vitest";
import { SstWriter, type SstWriterConfig, WRITER_NAME, WRITER_VERSION } from "../src/index.js";
import { asRow, bytesOf, lines, PATH, type SampleRow, sampleRows, writeSamples, writeSst } from "./sample-rows.js";
import { readSst } from "./sst-file.js";

const codecs = { none: CompressionCodec.NONE, snappy: CompressionCodec.SNAPPY, zlib: CompressionCodec.ZLIB, lz4: CompressionCodec.LZ4, zstd: CompressionCodec.ZSTD } as const;
const least = (values: readonly bigint[]): bigint | undefined => values.toSorted((one, other) => (one < other ? -1 : 1))[0];
const greatest = (values: readonly bigint[]): bigint | undefined => values.toSorted((one, other) => (one < other ? 1 : -1))[0];
const present = (values: readonly (bigint | undefined)[]): bigint[] => values.filter((value) => value !== undefined);

/** What the rows and the bytes of the object say. */
async function recount(rows: readonly SampleRow[], bytes: Uint8Array): Promise<Partial<SstMetadata>> {
  const { info, infoOffset, formatVersion, blocks } = await readSst(bytes);
  const kind = (wanted: string): bigint => BigInt(rows.filter((row) => row.kind === wanted).length);
  const [createTs, expireTs] = [present(rows.map((row) => row.createTs)), present(rows.map((row) => row.expireTs))];
  return {
    size: BigInt(bytes.length), crc32: crc32(bytes), rowCount: BigInt(rows.length), putCount: kind("put"), deleteCount: kind("delete"), mergeCount: kind("merge"),
    firstKey: rows[0]!.key, lastKey: rows.at(-1)!.key, minSeq: least(rows.map(({ seq }) => seq))!, maxSeq: greatest(rows.map(({ seq }) => seq))!,
    createTsCount: BigInt(createTs.length), expireTsCount: BigInt(expireTs.length),
    minCreateTs: least(createTs)!, maxCreateTs: greatest(createTs)!, minExpireTs: least(expireTs)!, maxExpireTs: greatest(expireTs)!,
    rawKeyBytes: BigInt(rows.reduce((sum, { key }) => sum + key.length, 0)), rawValueBytes: BigInt(rows.reduce((sum, { value }) => sum + value.length, 0)),
    blockCount: BigInt(blocks.length), formatVersion, infoOffset: BigInt(infoOffset),
    info: {
      $typeName: "slate_sst.v1.SsTableInfo", firstEntry: info.firstEntry!, lastEntry: info.lastEntry!, indexOffset: BigInt(info.indexOffset), indexLen: BigInt(info.indexLen),
      filterOffset: BigInt(info.filterOffset), filterLen: BigInt(info.filterLen), statsOffset: BigInt(info.statsOffset), statsLen: BigInt(info.statsLen),
      compressionFormat: info.compressionFormat, sstType: info.sstType, filterFormat: info.filterFormat,
    },
  };
}

const shapes: readonly SstWriterConfig[] = [
  {}, { formatVersion: 1, blockSize: 1024 }, { blockSize: 65_536, partSize: 1024 }, { compression: "snappy", partSize: 1024, blockSize: 2048 }, { compression: "lz4", formatVersion: 1 },
  { compression: "zlib", minFilterKeys: 1 }, { compression: "zstd", filterFormat: "composite", minFilterKeys: 1 }, { filter: false }, { filterFormat: "composite" },
];

describe("metadata", () => {
  it.each(shapes)("is what rows and file say: %o", async (config) => {
    for (const [count, seed] of [[1, 97], [2, 98], [300, 99], [1200, 101]] as const) {
      const samples = sampleRows(count, seed);
      const { bytes, metadata } = await writeSamples(samples, { ...config, digest: "sha256" });
      const file = await readSst(bytes);
      expect(lines(file.rows)).toEqual(lines(samples));
      expect(file.info.compressionFormat).toBe(COMPRESSION_IDS[(config.compression ?? "none") as keyof typeof codecs]);
      expect(file.info.filterFormat).toBe(config.filterFormat === "composite" ? FilterFormat.Composite : FilterFormat.Legacy);
      const { minCreateTs, maxCreateTs, minExpireTs, maxExpireTs, ...rest } = await recount(samples, bytes);
      expect(metadata).toMatchObject(rest);
      expect([metadata.minCreateTs, metadata.maxCreateTs, metadata.minExpireTs, metadata.maxExpireTs]).toEqual([minCreateTs, maxCreateTs, minExpireTs, maxExpireTs]);
      expect(metadata).toMatchObject({
        path: PATH, compression: codecs[(config.compression ?? "none") as "none"], blockSize: config.blockSize ?? 4096, transformed: false,
        sha256: new Uint8Array(createHash("sha256").update(bytes).digest()), writer: { name: WRITER_NAME, version: WRITER_VERSION },
      });
      expect([metadata.objectVersion, metadata.$typeName]).toEqual([undefined, "slate_sst.v1.SstMetadata"]);
    }
  });

  it("has the info as it stands in the file, to the byte", async () => {
    for (const config of shapes) {
      const { bytes, metadata } = await writeSamples(sampleRows(1100, 103), config);
      const { infoOffset, info } = metadata;
      const { $typeName, ...fields } = info!;
      expect($typeName).toBe("slate_sst.v1.SsTableInfo");
      const numbers = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, typeof value === "bigint" ? Number(value) : value]));
      const stored = bytes.subarray(Number(infoOffset), bytes.length - FOOTER_BYTES - SECTION_BYTES);
      expect(encodeInfo(numbers as unknown as ReturnType<typeof decodeInfo>)).toEqual(stored);
    }
  });

  it.each([
    [{}, 999, { kind: FilterKind.NONE, bitsPerKey: 10, minFilterKeys: 1000n }],
    [{}, 1000, { kind: FilterKind.LEGACY, bitsPerKey: 10, minFilterKeys: 1000n, probeCount: 6, bitArrayBytes: 1250n }],
    [{ filterBitsPerKey: 15, minFilterKeys: 0 }, 3, { kind: FilterKind.LEGACY, bitsPerKey: 15, minFilterKeys: 0n, probeCount: 10, bitArrayBytes: 6n }],
    [{ filterFormat: "composite", minFilterKeys: 5 }, 5, { kind: FilterKind.COMPOSITE, bitsPerKey: 10, minFilterKeys: 5n, probeCount: 6, bitArrayBytes: 7n, name: "_bf" }],
    [{ filterFormat: "composite" }, 5, { kind: FilterKind.NONE, bitsPerKey: 10, minFilterKeys: 1000n }],
    [{ filter: false, minFilterKeys: 1 }, 5, { kind: FilterKind.NONE }],
  ] as const)("tells of the filter what its contract says: %o, %i rows", async (config, count, expected) => {
    const samples = sampleRows(count, 107);
    const { bytes, metadata } = await writeSamples(samples, config);
    const { $typeName, ...filter } = metadata.filter!;
    expect($typeName).toBe("slate_sst.v1.FilterMetadata");
    expect(filter).toEqual(expected);
    const stored = (await readSst(bytes)).filter;
    if (filter.bitArrayBytes === undefined) {
      expect(stored).toBeUndefined();
      return;
    }
    const bits = stored!.subarray(-Number(filter.bitArrayBytes));
    for (const { key } of samples) {
      const hash = new Uint32Array(2);
      sipHash13(key, 0, key.length, hash, 0);
      expect(bloomMayContain(bits, filter.probeCount!, hash[0]!, hash[1]!)).toBe(true);
    }
  });

  it("tells of the object what the store says", async () => {
    const store = new MemoryObjectStore({ name: "metadata-test" });
    for (const config of [{}, { partSize: 1024, blockSize: 1024 }] as const) {
      const { metadata } = await writeSamples(sampleRows(400, 109), { ...config, mode: "overwrite" }, store);
      const head = await store.head(PATH);
      expect(metadata).toMatchObject({ store: "memory:metadata-test", etag: head.etag, size: BigInt(head.size) });
    }
  });

  it("leaves out what there is not: timestamps, digest, ETag", async () => {
    class NoEtags extends MemoryObjectStore {
      override async put(...given: Parameters<MemoryObjectStore["put"]>): Promise<{ etag: undefined }> {
        await super.put(...given);
        return { etag: undefined };
      }
    }
    const { metadata } = await writeSst([{ key: "k", value: "v" }], {}, new NoEtags());
    for (const name of ["etag", "sha256", "objectVersion", "minCreateTs", "maxCreateTs", "minExpireTs", "maxExpireTs"] as const) expect(Object.hasOwn(metadata, name), name).toBe(false);
    expect([metadata.createTsCount, metadata.expireTsCount, metadata.minSeq, metadata.maxSeq]).toEqual([0n, 0n, 0n, 0n]);
  });

  it("survives JSON and protobuf", async () => {
    const { metadata } = await writeSamples(sampleRows(50, 113), { digest: "sha256", minFilterKeys: 1 });
    const json: unknown = JSON.parse(JSON.stringify(toJson(SstMetadataSchema, metadata)));
    expect(json).toMatchObject({ path: PATH, rowCount: "50", compression: "COMPRESSION_CODEC_NONE", filter: { kind: "FILTER_KIND_LEGACY" } });
    expect(fromJson(SstMetadataSchema, json as Parameters<typeof fromJson>[1])).toEqual(metadata);
    expect(fromBinary(SstMetadataSchema, toBinary(SstMetadataSchema, metadata))).toEqual(metadata);
  });

  it("shares no memory with the writer, nor its fields with each other", async () => {
    const key = Buffer.from("key");
    const { writer, metadata } = await writeSst([{ key, value: "v" }]);
    key.fill(0);
    metadata.firstKey.fill(1);
    metadata.lastKey.fill(2);
    expect([metadata.info?.firstEntry, metadata.info?.lastEntry]).toEqual([bytesOf("key"), bytesOf("key")]);
    expect(writer.metadata()).toBe(metadata);
  });
});

describe("the digest", () => {
  it.each(Object.keys(COMPRESSION_IDS) as (keyof typeof COMPRESSION_IDS)[])("and the CRC-32 are those of the object, in one put and in parts: %s", async (compression) => {
    const samples = sampleRows(700, 127, 200);
    for (const partSize of [1024, 5000, 1 << 23]) {
      const { bytes, metadata } = await writeSamples(samples, { compression, partSize, blockSize: 2048, minFilterKeys: 1, digest: "sha256" });
      expect(Buffer.from(metadata.sha256!).toString("hex")).toBe(createHash("sha256").update(bytes).digest("hex"));
      expect(metadata.crc32).toBe(crc32(bytes));
    }
  });

  it("of another writer is its own", async () => {
    const store = new MemoryObjectStore();
    const [one, other] = await Promise.all(["one.sst", "other.sst"].map((path) => SstWriter.create(store, path, { digest: "sha256", partSize: 1024 })));
    for (const sample of sampleRows(200, 131)) {
      void one!.add(asRow(sample));
      void other!.add(asRow({ ...sample, seq: sample.seq + 5n }));
    }
    for (const writer of [one!, other!]) {
      const { sha256, path } = await writer.close();
      expect(sha256).toEqual(new Uint8Array(createHash("sha256").update(await store.get(path)).digest()));
    }
  });
});

describe("the digest, where there is no Node.js", () => {
  afterEach(() => void vi.restoreAllMocks());

  it("is refused by name, before anything is written", async () => {
    vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
    await expect(SstWriter.create(new MemoryObjectStore(), PATH, { digest: "sha256" })).rejects.toMatchObject({ code: "ERR_SST_OPTION_INVALID", details: { option: "digest" } });
    await (await SstWriter.create(new MemoryObjectStore(), PATH)).abort();
  });
});

describe("the writer's identity", () => {
  it("is that of the package", () => {
    const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { name: string; version: string };
    expect([WRITER_NAME, WRITER_VERSION]).toEqual([manifest.name, manifest.version]);
  });
});
