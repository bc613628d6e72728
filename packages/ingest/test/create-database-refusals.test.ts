// What no database is made of, by metadata, place and names: each refusal by its code, before anything is written.
import { MEMORY_CAPABILITIES, MemoryObjectStore, type ObjectStore } from "@slate-sst/object-store";
import type { SstMetadata } from "@slate-sst/writer";
import { describe, expect, it } from "vitest";
import { createDatabase, newSstPath, type CreateDatabaseOptions } from "../src/index.js";
import { keysSst, refusal } from "./refusal.js";
import { failure, NOW, puts, writeSst } from "./samples.js";

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
