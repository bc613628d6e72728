// What no database is made of: each refusal by its code, before anything is written.
import { crc32, encodeInfo, encodeSection, FOOTER_BYTES, KEY_BYTES_MAX, SECTION_BYTES } from "@slate-sst/format";
import { MEMORY_CAPABILITIES, MemoryObjectStore, type ObjectStore } from "@slate-sst/object-store";
import type { Row, SstMetadata } from "@slate-sst/writer";
import { describe, expect, it } from "vitest";
import { createDatabase, newSstPath, type CreateDatabaseOptions } from "../src/index.js";
import { failure, NOW, objectPaths, puts, writeSst } from "./samples.js";

/** Refusals leave the store as it was. */
async function refusal(store: ObjectStore, root: string, ssts: readonly SstMetadata[], options?: CreateDatabaseOptions): Promise<Error & { code?: string; details?: Record<string, unknown> }> {
  const before = await objectPaths(store);
  const error = await failure(createDatabase(store, root, ssts, options));
  expect(await objectPaths(store)).toEqual(before);
  return error;
}

async function keysSst(store: ObjectStore, ...keys: string[]): Promise<SstMetadata> {
  return await writeSst(store, "db", keys.map((key): Row => ({ key, value: "v" })));
}

describe("arguments", () => {
  it("no SSTs make no database", async () => {
    expect(await refusal(new MemoryObjectStore(), "db", [])).toMatchObject({ code: "ERR_SST_INGEST_EMPTY" });
  });

  it("are a store, a root, a list and options", async () => {
    const store = new MemoryObjectStore();
    const sst = await keysSst(store, "a");
    expect(await failure(createDatabase({} as ObjectStore, "db", [sst]))).toMatchObject({ name: "SstTypeError", code: "ERR_SST_OPTION_INVALID", details: { option: "store" } });
    expect(await refusal(store, "db/", [sst])).toMatchObject({ code: "ERR_STORE_PATH" });
    expect(await refusal(store, "d#b", [sst])).toMatchObject({ code: "ERR_SST_INGEST_ROOT", details: { character: "#" } });
    expect(await refusal(store, "db", sst as unknown as SstMetadata[])).toMatchObject({ code: "ERR_SST_OPTION_INVALID", details: { option: "ssts" } });
    for (const odd of [undefined, null, "x", { path: sst.path }]) {
      expect(await refusal(store, "db", [sst, odd as unknown as SstMetadata])).toMatchObject({ code: "ERR_SST_OPTION_INVALID", details: { option: "ssts[1]" } });
    }
    expect(await refusal(store, "db", [sst], null as unknown as CreateDatabaseOptions)).toMatchObject({ code: "ERR_SST_OPTION_INVALID", details: { option: "options" } });
    expect(await refusal(store, "db", [sst], { lastL0Sek: 1n } as CreateDatabaseOptions)).toMatchObject({ code: "ERR_SST_OPTION_UNKNOWN", details: { option: "lastL0Sek" } });
  });

  it("a store that cannot create without overwriting makes no database", async () => {
    const store = new MemoryObjectStore({ capabilities: { ...MEMORY_CAPABILITIES, putCreate: false } });
    const sst = await writeSst(store, "db", puts(1), { mode: "overwrite" });
    expect(await refusal(store, "db", [sst])).toMatchObject({ code: "ERR_SST_STORE_CAPABILITY" });
  });
});

describe("an SST that does not belong to the database", () => {
  it("was written to another store", async () => {
    const [store, other] = [new MemoryObjectStore(), new MemoryObjectStore()];
    const ssts = [await keysSst(store, "a"), await keysSst(other, "b")];
    expect(await refusal(store, "db", ssts)).toMatchObject({ code: "ERR_SST_INGEST_STORE", details: { path: ssts[1]?.path, expected: store.url, actual: other.url } });
  });

  it("lies elsewhere", async () => {
    const store = new MemoryObjectStore();
    const sst = await keysSst(store, "a");
    for (const path of [sst.path.replace("db/", "db2/"), sst.path.replace("compacted", "wal"), sst.path.slice(3), sst.path.toLowerCase(), "db/compacted/first.sst", sst.path.replace(".sst", ""), "db/compacted/", ""]) {
      expect(await refusal(store, "db", [{ ...sst, path }])).toMatchObject({ code: "ERR_SST_INGEST_PATH", details: { path } });
    }
    expect((await refusal(store, "db", [{ ...sst, path: "db/compacted/first.sst" }])).message).toContain("a name that is no ULID");
    expect((await refusal(store, "db2", [sst])).message).toContain("db2/compacted/<ULID>.sst");
    expect((await refusal(store, "", [sst])).message).toContain("at compacted/<ULID>.sst");
  });

  it("is given twice", async () => {
    const store = new MemoryObjectStore();
    const sst = await keysSst(store, "a");
    expect(await refusal(store, "db", [sst, await keysSst(store, "b"), sst])).toMatchObject({ code: "ERR_SST_INGEST_PATH", details: { path: sst.path } });
  });

  it("has a name from the future, beyond what clocks differ", async () => {
    const store = new MemoryObjectStore();
    const sst = await writeSst(store, "db", puts(1), { paths: () => newSstPath("db", { now: () => NOW }) });
    const minutes = 60_000;
    expect(await refusal(store, "db", [sst], { now: () => NOW - 5 * minutes - 1 })).toMatchObject({ code: "ERR_SST_INGEST_PATH" });
    expect(await createDatabase(store, "db", [sst], { now: () => NOW - 5 * minutes })).toMatchObject({ sstCount: 1 });
  });
});

describe("SSTs that are no run", () => {
  it("in the wrong order", async () => {
    const store = new MemoryObjectStore();
    const [first, second, third] = [await keysSst(store, "a", "b"), await keysSst(store, "c", "d"), await keysSst(store, "e")];
    const error = await refusal(store, "db", [first, third, second]);
    expect(error).toMatchObject({ code: "ERR_SST_INGEST_ORDER", details: { path: second.path, previousPath: third.path, firstKey: second.firstKey, previousLastKey: third.lastKey } });
    expect(error.message).toContain(`${third.path} ("e" (0x65) to "e" (0x65)) and ${second.path} ("c" (0x63) to "d" (0x64))`);
  });

  it.each([[["a", "c"], ["b", "d"]], [["a", "b"], ["b", "c"]], [["a", "z"], ["c", "d"]], [["c", "d"], ["a", "z"]], [["b", "c"], ["a", "b"]], [["a"], ["a"]]])("%j and %j overlap", async (left, right) => {
    const store = new MemoryObjectStore();
    const ssts = [await keysSst(store, ...left), await keysSst(store, ...right)];
    expect(await refusal(store, "db", ssts)).toMatchObject({ code: "ERR_SST_INGEST_OVERLAP", details: { path: ssts[1]?.path, previousPath: ssts[0]?.path } });
  });

  it("a key's versions in two SSTs overlap too", async () => {
    const store = new MemoryObjectStore();
    const ssts = [await writeSst(store, "db", [{ key: "k", value: "new", seq: 2n }]), await writeSst(store, "db", [{ key: "k", value: "old", seq: 1n }])];
    expect(await refusal(store, "db", ssts)).toMatchObject({ code: "ERR_SST_INGEST_OVERLAP" });
  });

  it("neighbours by bytes are fine: a prefix, and bytes above 0x7f", async () => {
    const store = new MemoryObjectStore();
    expect(await createDatabase(store, "db", [await keysSst(store, "a"), await keysSst(store, "a\u0000"), await keysSst(store, "\u007f"), await keysSst(store, "\u0080", "\uffff"), await keysSst(store, "\u{10000}")])).toMatchObject({ sstCount: 5 });
  });

  it("an SST whose metadata has its keys exchanged", async () => {
    const store = new MemoryObjectStore();
    const sst = await keysSst(store, "a", "b");
    expect(await refusal(store, "db", [{ ...sst, firstKey: sst.lastKey, lastKey: sst.firstKey }])).toMatchObject({ code: "ERR_SST_INGEST_ORDER" });
  });
});

describe("a root that holds something else", () => {
  it.each(["db/wal/00000000000000000001.sst", "db/manifest/readme", "db/compactions/00000000000000000001.compactions", "db/compacted/01ARYZ6S41TSV4RRFFQ69G5FAV.sst", "db/x", "db/db/manifest/00000000000000000001.manifest"])("%s", async (path) => {
    const store = new MemoryObjectStore();
    const sst = await keysSst(store, "a");
    await store.put(path, new Uint8Array(1), { mode: "create" });
    expect(await refusal(store, "db", [sst])).toMatchObject({ code: "ERR_SST_INGEST_ROOT_NOT_EMPTY", details: { root: "db", paths: [path] } });
  });

  it("names some of many", async () => {
    const store = new MemoryObjectStore();
    const sst = await keysSst(store, "a");
    for (let i = 0; i < 20; i++) await store.put(`db/wal/${i}`, new Uint8Array(1), { mode: "create" });
    const error = await refusal(store, "db", [sst]);
    expect(error.details).toMatchObject({ paths: ["db/wal/0", "db/wal/1", "db/wal/10", "db/wal/11", "db/wal/12"] });
    expect(error.message).toContain("db/wal/12, …");
  });

  it.each([1, 7, 2 ** 40])("a manifest, of any number, is a database: %d", async (number) => {
    const store = new MemoryObjectStore();
    const sst = await keysSst(store, "a");
    const path = `db/manifest/${String(number).padStart(20, "0")}.manifest`;
    await store.put(path, new Uint8Array(0), { mode: "create" });
    expect(await refusal(store, "db", [sst])).toMatchObject({ code: "ERR_SST_INGEST_EXISTS", details: { root: "db", path } });
  });

  it("neighbours with a longer name are no part of it; the store's own root has all in it", async () => {
    const store = new MemoryObjectStore();
    const sst = await keysSst(store, "a");
    for (const path of ["db2/manifest/00000000000000000001.manifest", "db.bak/wal/1", "db-/x", "d", "dc"]) await store.put(path, new Uint8Array(0), { mode: "create" });
    expect(await createDatabase(store, "db", [sst])).toMatchObject({ manifestPath: "db/manifest/00000000000000000001.manifest" });
    const atRoot = await writeSst(store, "", puts(1));
    expect(await refusal(store, "", [atRoot])).toMatchObject({ code: "ERR_SST_INGEST_ROOT_NOT_EMPTY" });
    await store.put("manifest/00000000000000000003.manifest", new Uint8Array(0), { mode: "create" });
    expect(await refusal(store, "", [atRoot])).toMatchObject({ code: "ERR_SST_INGEST_EXISTS", details: { root: "" } });
  });
});

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
