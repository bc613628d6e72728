// Objects that differ from what their metadata says, or are damaged where it matters: no database is made of them.
import { crc32, encodeInfo, encodeSection, FOOTER_BYTES, KEY_BYTES_MAX, SECTION_BYTES } from "@slate-sst/format";
import { MemoryObjectStore, type ObjectStore } from "@slate-sst/object-store";
import type { SstMetadata } from "@slate-sst/writer";
import { describe, expect, it } from "vitest";
import { createDatabase } from "../src/index.js";
import { keysSst, refusal } from "./refusal.js";
import { puts, writeSst } from "./samples.js";

describe("an object that is not what its metadata says", () => {
  async function mismatchOf(change: (sst: SstMetadata, store: MemoryObjectStore) => Promise<SstMetadata> | SstMetadata): Promise<Error & { code?: string; details?: Record<string, unknown> }> {
    const store = new MemoryObjectStore();
    const sst = await writeSst(store, "db", puts(50));
    return await refusal(store, "db", [await change(sst, store)]);
  }

  /** The object with other bytes at its end, and metadata without the ETag of the old one. */
  async function rewrite(sst: SstMetadata, store: ObjectStore, change: (bytes: Uint8Array) => Uint8Array): Promise<SstMetadata> {
    const { etag: _, ...rest } = sst;
    await store.put(sst.path, change(await store.get(sst.path)), { mode: "overwrite" });
    return rest;
  }

  it("is not there", async () => {
    expect(await mismatchOf(async (sst, store) => {
      await store.delete(sst.path);
      return sst;
    })).toMatchObject({ code: "ERR_SST_INGEST_MISMATCH", details: { actual: "absent" } });
  });

  it("has another size", async () => {
    expect(await mismatchOf((sst) => ({ ...sst, size: sst.size + 1n }))).toMatchObject({ code: "ERR_SST_INGEST_MISMATCH", details: { field: "its size" } });
    expect(await mismatchOf(async (sst, store) => await rewrite(sst, store, (bytes) => bytes.subarray(1)))).toMatchObject({ code: "ERR_SST_INGEST_MISMATCH", details: { field: "its size" } });
  });

  it("has another ETag, unless one of the two is not known", async () => {
    expect(await mismatchOf((sst) => ({ ...sst, etag: "\"other\"" }))).toMatchObject({ code: "ERR_SST_INGEST_MISMATCH", details: { field: "its ETag", expected: "\"other\"" } });
    const store = new MemoryObjectStore();
    const { etag: _, ...sst } = await keysSst(store, "a");
    expect(await createDatabase(store, "db", [sst])).toMatchObject({ sstCount: 1 });
  });

  it.each(["indexOffset", "indexLen", "filterOffset", "filterLen", "statsOffset", "statsLen"] as const)("has another %s in its info", async (field) => {
    expect(await mismatchOf((sst) => ({ ...sst, info: { ...sst.info!, [field]: sst.info![field] + 1n } }))).toMatchObject({ code: "ERR_SST_INGEST_MISMATCH", details: { field: `${field} in the info` } });
  });

  it.each(["compressionFormat", "sstType", "filterFormat"] as const)("has another %s in its info", async (field) => {
    expect(await mismatchOf((sst) => ({ ...sst, info: { ...sst.info!, [field]: 1 } }))).toMatchObject({ code: "ERR_SST_INGEST_MISMATCH", details: { field: `${field} in the info`, expected: 1, actual: 0 } });
  });

  it.each([["firstEntry", "firstKey"], ["lastEntry", "lastKey"]] as const)("has another %s", async (entry, key) => {
    const other = new TextEncoder().encode("key000025");
    expect(await mismatchOf((sst) => ({ ...sst, info: { ...sst.info!, [entry]: other } }))).toMatchObject({ code: "ERR_SST_INGEST_MISMATCH", details: { field: `${entry} in the info` } });
    expect(await mismatchOf((sst) => ({ ...sst, [key]: other }))).toMatchObject({ code: "ERR_SST_INGEST_MISMATCH" });
    expect(await mismatchOf(({ info, ...sst }) => {
      const { [entry]: _, ...rest } = info!;
      return { ...sst, info: rest };
    })).toMatchObject({ code: "ERR_SST_INGEST_MISMATCH", details: { field: `${entry} in the info`, expected: undefined } });
  });

  it("has another version in its footer", async () => {
    expect(await mismatchOf((sst) => ({ ...sst, formatVersion: 1 }))).toMatchObject({ code: "ERR_SST_INGEST_MISMATCH", details: { field: "the format version", expected: 1, actual: 2 } });
  });

  it("has its info elsewhere, or where none can be", async () => {
    expect(await mismatchOf(async (sst, store) => await rewrite(sst, store, (bytes) => {
      bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1;
      return bytes;
    }))).toMatchObject({ code: "ERR_SST_INGEST_MISMATCH", details: { field: "the info's offset" } });
    for (const infoOffset of [0n, 10n ** 15n, 2n ** 64n - 1n]) {
      expect(await mismatchOf((sst) => ({ ...sst, infoOffset }))).toMatchObject({ code: "ERR_SST_INGEST_MISMATCH", details: { field: "the info's offset" } });
    }
    expect(await mismatchOf((sst) => ({ ...sst, infoOffset: sst.size - 14n }))).toMatchObject({ code: "ERR_SST_INGEST_MISMATCH", details: { field: "the info's offset" } });
  });

  it("is not told of by its metadata", async () => {
    expect(await mismatchOf((sst) => Object.assign({}, sst, { info: undefined }))).toMatchObject({ code: "ERR_SST_INGEST_MISMATCH", details: { field: "the info" } });
  });

  it("is damaged at its end", async () => {
    const flip = (fromEnd: number) => async (sst: SstMetadata, store: ObjectStore): Promise<SstMetadata> => await rewrite(sst, store, (bytes) => {
      bytes[bytes.length - fromEnd] = (bytes[bytes.length - fromEnd] ?? 0) ^ 0x40;
      return bytes;
    });
    expect(await mismatchOf(flip(20))).toMatchObject({ code: "ERR_SST_CHECKSUM", details: { path: expect.stringContaining("db/compacted/") as string } });
    expect(await mismatchOf(flip(FOOTER_BYTES + 1))).toMatchObject({ code: "ERR_SST_CHECKSUM" });
    expect(await mismatchOf(flip(1))).toMatchObject({ code: "ERR_SST_UNSUPPORTED", details: { field: "format_version", path: expect.stringContaining("db/compacted/") as string } });
  });

  it("is no SST of a run, though it is sound: a WAL file, an SST without rows", async () => {
    const store = new MemoryObjectStore();
    const sst = await keysSst(store, "a");
    const bytes = await store.get(sst.path);
    const infoOffset = Number(sst.infoOffset);
    const footer = bytes.subarray(bytes.length - FOOTER_BYTES);
    for (const [change, code] of [[{ sstType: 1 }, "ERR_SST_UNSUPPORTED"], [{ firstEntry: undefined, lastEntry: undefined }, "ERR_SST_EMPTY"], [{ lastEntry: undefined }, "ERR_SST_EMPTY"], [{ firstEntry: new Uint8Array() }, "ERR_SST_EMPTY"]] as const) {
      const { $typeName: _, $unknown: __, ...claimed } = { ...sst.info!, ...change };
      const numbers = Object.fromEntries(Object.entries(claimed).map(([name, value]) => [name, typeof value === "bigint" ? Number(value) : value]));
      const info = encodeInfo(numbers as unknown as Parameters<typeof encodeInfo>[0]);
      const checksum = new Uint8Array(SECTION_BYTES);
      encodeSection(checksum, 0, crc32(info));
      const { etag = "", size } = await put(store, sst.path, [bytes.slice(0, infoOffset), info, checksum, footer]);
      const told = Object.assign({}, sst, { etag, size, info: { ...sst.info, ...change } });
      expect(await refusal(store, "db", [told])).toMatchObject({ code });
    }
  });

  it("may have the longest keys there are", async () => {
    const store = new MemoryObjectStore();
    const sst = await writeSst(store, "db", [{ key: new Uint8Array(KEY_BYTES_MAX), value: "" }, { key: new Uint8Array(KEY_BYTES_MAX).fill(255), value: "" }]);
    expect(await createDatabase(store, "db", [sst])).toMatchObject({ rowCount: 2n });
  });
});

async function put(store: ObjectStore, path: string, chunks: readonly Uint8Array[]): Promise<{ etag: string | undefined; size: bigint }> {
  const { etag } = await store.put(path, chunks, { mode: "overwrite" });
  return { etag, size: BigInt(chunks.reduce((size, { length }) => size + length, 0)) };
}
