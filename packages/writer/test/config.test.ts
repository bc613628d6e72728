// Every option of SstWriter.create: its default, its range, what is refused by which code, and what the store cannot do.
import {
  BLOCK_SIZES, type Codec, COMPRESSION_IDS, type CompressionName, FILTER_BITS_PER_KEY_MAX, loadCodec, SEQ_MAX, SstRangeError, SstTypeError,
} from "@slate-sst/format";
import { FilterKind } from "@slate-sst/format/proto";
import { MEMORY_CAPABILITIES, MemoryObjectStore, type ObjectStore, type UploadCapabilities } from "@slate-sst/object-store";
import { describe, expect, it } from "vitest";
import { SstWriter, type SstWriterConfig } from "../src/index.js";
import { asRow, expectSameBytes, lines, objectsOf, PATH, rejectionOf, sampleRows, writeSamples, writeSst } from "./sample-rows.js";
import { readSst } from "./sst-file.js";

const rows = sampleRows(1200, 7);
const withConfig = (config: unknown): Promise<SstWriter> => SstWriter.create(new MemoryObjectStore(), PATH, config as SstWriterConfig);

describe("defaults", () => {
  it("are those of SlateDB: V2 blocks of 4096 bytes, no compression, a legacy filter of 10 bits from 1000 rows on", async () => {
    const { bytes, metadata } = await writeSamples(rows);
    const file = await readSst(bytes);
    expect([file.formatVersion, metadata.formatVersion, metadata.blockSize]).toEqual([2, 2, 4096]);
    expect(Math.max(...file.blocks.map(({ payload }) => payload.length))).toBeGreaterThan(4096 - 100);
    expect(Math.max(...file.blocks.map(({ payload }) => payload.length))).toBeLessThanOrEqual(4096);
    expect(file.info).toMatchObject({ compressionFormat: 0, filterFormat: 0, sstType: 0 });
    expect(metadata.filter).toMatchObject({ kind: FilterKind.LEGACY, bitsPerKey: 10, minFilterKeys: 1000n, probeCount: 6, bitArrayBytes: 1500n });
    expect([metadata.sha256, metadata.transformed]).toEqual([undefined, false]);
    expect((await readSst((await writeSamples(rows.slice(0, 999))).bytes)).filter).toBeUndefined();
    expect((await readSst((await writeSamples(rows.slice(0, 1000))).bytes)).filter).toHaveLength(2 + 1250);
  });

  it("are the same whether an option is left out, undefined, or given with its default", async () => {
    const { bytes } = await writeSamples(rows);
    const given: Required<Pick<SstWriterConfig, "formatVersion" | "blockSize" | "compression" | "filter" | "minFilterKeys" | "filterBitsPerKey" | "filterFormat" | "seq" | "mode" | "onDuplicate" | "verifyBlocks">> = {
      formatVersion: 2, blockSize: 4096, compression: "none", filter: true, minFilterKeys: 1000, filterBitsPerKey: 10, filterFormat: "legacy", seq: 0n,
      mode: "create", onDuplicate: "error", verifyBlocks: false,
    };
    expectSameBytes((await writeSamples(rows, { ...given, partSize: 8 << 20, maxPartsInFlight: 2 })).bytes, bytes);
    const undefineds = Object.fromEntries(Object.keys(given).map((name) => [name, undefined])) as SstWriterConfig;
    expectSameBytes((await writeSamples(rows, undefineds)).bytes, bytes);
  });

  it("seq is 0 unless given, and rows without a kind are puts", async () => {
    const plain = await readSst((await writeSst([{ key: "a", value: "1" }, { key: "b", value: "2", kind: "put", seq: 4n }])).bytes);
    expect(plain.rows.map(({ kind, seq }) => [kind, seq])).toEqual([["put", 0n], ["put", 4n]]);
    const given = await readSst((await writeSst([{ key: "a", value: "1" }, { key: "b", value: "2", seq: 4n }], { seq: SEQ_MAX })).bytes);
    expect(given.rows.map(({ seq }) => seq)).toEqual([SEQ_MAX, 4n]);
  });
});

describe("values in range", () => {
  it.each(BLOCK_SIZES)("blockSize %i", async (blockSize) => {
    const file = await readSst((await writeSamples(rows, { blockSize })).bytes);
    const longest = Math.max(...file.blocks.map(({ payload }) => payload.length));
    expect(longest).toBeLessThanOrEqual(blockSize);
    if (file.blocks.length > 1) expect(longest).toBeGreaterThan(blockSize - 200);
  });

  it.each(Object.keys(COMPRESSION_IDS) as CompressionName[])("compression %s, by name and as a codec", async (compression) => {
    const { bytes } = await writeSamples(rows, { compression });
    const file = await readSst(bytes);
    expect(file.info.compressionFormat).toBe(COMPRESSION_IDS[compression]);
    expect(lines(file.rows)).toEqual(lines(rows));
    expectSameBytes((await writeSamples(rows, { compression: await loadCodec(compression) })).bytes, bytes);
  });

  it("filter false, minFilterKeys 0, one bit a key, composite", async () => {
    expect((await readSst((await writeSamples(rows, { filter: false })).bytes)).filter).toBeUndefined();
    const few = await readSst((await writeSamples(rows.slice(0, 3), { minFilterKeys: 0 })).bytes);
    expect(few.filter).toHaveLength(2 + 4);
    const one = await readSst((await writeSamples(rows.slice(0, 9), { minFilterKeys: 0, filterBitsPerKey: 1 })).bytes);
    expect(one.filter).toEqual(Uint8Array.of(0, 0, 0, 0));
    const composite = await readSst((await writeSamples(rows, { filterFormat: "composite" })).bytes);
    expect(composite.info.filterFormat).toBe(1);
    expect((await readSst((await writeSamples(rows.slice(0, 3), { filterFormat: "composite" })).bytes)).info).toMatchObject({ filterFormat: 1, filterLen: 0 });
  });

  it("formatVersion changes blocks and the footer's version, nothing else", async () => {
    const [one, two] = await Promise.all(([1, 2] as const).map(async (formatVersion) => readSst((await writeSamples(rows.slice(0, 40), { formatVersion, minFilterKeys: 1, blockSize: 65536 })).bytes)));
    expect([one?.formatVersion, two?.formatVersion]).toEqual([1, 2]);
    expect(one?.blocks[0]?.payload).not.toEqual(two?.blocks[0]?.payload);
    expect(one?.sections.slice(1, -1)).toEqual(two?.sections.slice(1, -1));
    expect(lines(one!.rows)).toEqual(lines(two!.rows));
  });
});

describe("values out of range", () => {
  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;
  const bad: readonly (readonly [keyof SstWriterConfig, readonly unknown[]])[] = [
    ["formatVersion", [0, 65_535, "2", 2n, null, Number.NaN]],
    ["blockSize", [0, 512, 1023, 1025, 4095, 3000, 131072, 65537, -4096, "4096", null, 4096n, {}]],
    ["compression", ["gzip", "Zstd", "", null, 0, true, {}, { name: "zstd" }, { compress: () => new Uint8Array(0) }, () => undefined]],
    ["filter", [0, 1, "no", null]],
    ["minFilterKeys", [-1, 0.5, Number.POSITIVE_INFINITY, Number.NaN, "1000", 10n, null, 2 ** 53]],
    ["filterBitsPerKey", [0, -1, 1.5, FILTER_BITS_PER_KEY_MAX + 1, "10", null]],
    ["filterFormat", ["Legacy", "bloom", 0, null]],
    ["seq", [-1n, SEQ_MAX + 1n, 0, "0", null]],
    ["mode", ["append", "", null, true]],
    ["onDuplicate", ["ignore", "keepfirst", null]],
    ["transform", [null, {}, { encode: 1 }, () => undefined, "aes", { encode: () => undefined, decode: 1 }, cyclic]],
    ["partSize", [0, 1023, 1024.5, 2 ** 30 + 1, "8 MiB", null, Number.NaN]],
    ["maxPartsInFlight", [0, 65, 1.5, "2", null, Number.POSITIVE_INFINITY]],
    ["signal", [null, {}, true, { aborted: false }]],
    ["verifyBlocks", [1, "yes", null, cyclic]],
    ["digest", ["md5", "SHA256", true, null]],
  ];

  it.each(bad.flatMap(([option, values]) => values.map((value) => [option, value] as const)))("%s: %o", async (option, value) => {
    const error = await rejectionOf(withConfig({ [option]: value }));
    expect(error).toBeInstanceOf(SstRangeError);
    expect(error).toMatchObject({ code: "ERR_SST_OPTION_INVALID" });
    expect(String(error)).toMatch(option === "compression" ? /compression|codec/ : option);
  });

  it("shows the value that it refuses", async () => {
    await expect(withConfig({ blockSize: Number.NaN })).rejects.toThrow("not NaN");
    await expect(withConfig({ seq: -5n })).rejects.toThrow("not -5n");
    await expect(withConfig({ mode: "append" })).rejects.toThrow(`one of create, overwrite, not "append"`);
  });

  it("a config that is no object", async () => {
    for (const config of [null, "zstd", 1, () => undefined]) expect(await rejectionOf(withConfig(config))).toMatchObject({ code: "ERR_SST_OPTION_INVALID" });
  });

  it("something else than a store, or a path that is none", async () => {
    for (const store of [undefined, null, {}, "memory:", { put: () => undefined }, { put: () => undefined, capabilities: null }]) {
      expect(await rejectionOf(SstWriter.create(store as unknown as ObjectStore, PATH))).toMatchObject({ code: "ERR_SST_OPTION_INVALID", name: "SstTypeError" });
    }
    for (const path of ["", "/a.sst", "a/../b.sst", "a//b.sst", undefined]) {
      expect(await rejectionOf(SstWriter.create(new MemoryObjectStore(), path as string))).toMatchObject({ code: "ERR_STORE_PATH" });
    }
  });
});

describe("unknown names", () => {
  it.each([
    ["blocksize", "blockSize"], ["compresion", "compression"], ["minFilterKey", "minFilterKeys"], ["formatversion", "formatVersion"],
    ["partsize", "partSize"], ["sequence", undefined], ["digset", "digest"], ["foo", undefined], ["x", undefined], ["onDuplicates", "onDuplicate"],
    ["bloomBitsPerKey", undefined], ["verifyBlock", "verifyBlocks"], ["ttl", undefined],
  ])("%s: suggests %s", async (name, suggestion) => {
    const error = await rejectionOf(withConfig({ blockSize: 4096, [name]: 1 }));
    expect(error).toBeInstanceOf(SstTypeError);
    expect(error).toMatchObject({ code: "ERR_SST_OPTION_UNKNOWN", details: { option: name, suggestion } });
    expect(String(error)).toContain(suggestion === undefined ? "known are formatVersion, blockSize" : `did you mean ${suggestion}?`);
  });

  it("are refused even when undefined, before anything else is looked at", async () => {
    expect(await rejectionOf(withConfig({ blockSize: 5, bloksize: undefined }))).toMatchObject({ code: "ERR_SST_OPTION_UNKNOWN" });
  });
});

describe("what the store cannot do", () => {
  const uploads = MEMORY_CAPABILITIES.uploads!;
  const storeWith = (changes: Partial<UploadCapabilities> | undefined, put: object = {}): MemoryObjectStore =>
    new MemoryObjectStore({ capabilities: { ...MEMORY_CAPABILITIES, ...put, uploads: changes === undefined ? undefined : { ...uploads, ...changes } } });

  it.each([
    ["create without conditional put", storeWith({}, { putCreate: false }), {}, "overwrite"],
    ["partSize below the least part", storeWith({ partSizeMin: 5 << 20 }), { partSize: 1 << 20 }, "5242880"],
    ["partSize above the largest part", storeWith({ partSizeMax: 4 << 20 }), {}, "4194304"],
    ["partSize that is no multiple", storeWith({ partSizeStep: 256 * 1024 }), { partSize: 300_000 }, "262144"],
    ["partSize above what one request takes", storeWith({}, { putSizeMax: 4096 }), { partSize: 8192 }, "4096"],
    ["the same without uploads", storeWith(undefined, { putSizeMax: 4096 }), { partSize: 8192 }, "4096"],
  ] as const)("%s is refused at create", async (_, store, config, named) => {
    const error = await rejectionOf(SstWriter.create(store, PATH, config));
    expect(error).toMatchObject({ code: "ERR_SST_STORE_CAPABILITY", details: { store: store.url } });
    expect(String(error)).toContain(named);
  });

  it("mode overwrite needs no conditional put", async () => {
    const store = storeWith({ create: false }, { putCreate: false });
    const { bytes } = await writeSamples(rows, { mode: "overwrite", partSize: 1024 }, store);
    expect(lines((await readSst(bytes)).rows)).toEqual(lines(rows));
  });

  it.each([
    ["no uploads", undefined, "one request"],
    ["too few parts", { partsMax: 3 }, "at most 3 parts"],
    ["no conditional completion", { create: false }, "only if the object is absent"],
    ["objects too small", { objectSizeMax: 5000 }, "5000 bytes"],
  ] as const)("an SST that outgrows it is refused on the way: %s", async (_, changes, named) => {
    const store = storeWith(changes);
    const config = { partSize: 2048, blockSize: 1024 } as const;
    const small = rows.slice(0, 10);
    expect(lines((await readSst((await writeSamples(small, config, store)).bytes)).rows)).toEqual(lines(small));
    await store.delete(PATH);

    await using writer = await SstWriter.create(store, PATH, config);
    const error = await rejectionOf((async () => {
      await writer.writeAll(rows.map(asRow));
      await writer.close();
    })());
    expect(error).toMatchObject({ code: "ERR_SST_STORE_CAPABILITY" });
    expect(String(error)).toContain(named);
    expect(await rejectionOf(writer.close())).toBe(error);
    await writer.abort();
    expect(await objectsOf(store)).toEqual([]);
  });

  it("takes the parts that a store has to the last one", async () => {
    const { metadata } = await writeSamples(rows, { partSize: 4096 });
    const parts = Math.ceil(Number(metadata.size) / 4096);
    expect((await writeSamples(rows, { partSize: 4096 }, storeWith({ partsMax: parts, objectSizeMax: Number(metadata.size) }))).metadata.size).toBe(metadata.size);
    await expect(writeSamples(rows, { partSize: 4096 }, storeWith({ partsMax: parts - 1 }))).rejects.toMatchObject({ code: "ERR_SST_STORE_CAPABILITY" });
    await expect(writeSamples(rows, { partSize: 4096 }, storeWith({ objectSizeMax: Number(metadata.size) - 1 }))).rejects.toMatchObject({ code: "ERR_SST_STORE_CAPABILITY" });
  });

  it("a codec whose own package is used must be whole", async () => {
    const zlib = await loadCodec("zlib");
    const wrongId: Codec = { ...zlib, id: 4 };
    expect(await rejectionOf(withConfig({ compression: wrongId }))).toMatchObject({ code: "ERR_SST_OPTION_INVALID" });
  });
});

it("rows that are put from the first on have the sequence number that was asked for", async () => {
  const writer = await SstWriter.create(new MemoryObjectStore(), PATH, { seq: 7n });
  for (const key of ["a", "b"]) await writer.put(key, "v");
  expect(await writer.close()).toMatchObject({ minSeq: 7n, maxSeq: 7n });
});

const put = (): undefined => undefined;
it.each([undefined, null, {}, { capabilities: {} }, { put }, { put, capabilities: null }, { put: 1, capabilities: {} }])("what is no store is refused: %o", async (store) => {
  const refused = { code: "ERR_SST_OPTION_INVALID", details: { option: "store" } };
  expect(await rejectionOf(SstWriter.create(store as never, PATH))).toMatchObject(refused);
  expect(await rejectionOf(SstWriter.resume(store as never, PATH, {}))).toMatchObject(refused);
});
