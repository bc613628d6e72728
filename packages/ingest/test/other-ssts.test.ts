import { MemoryObjectStore } from "@slate-sst/object-store";
import { expect, test } from "vitest";
import { createDatabase, removeOtherSsts } from "../src/index.js";
import { failure, objectPaths, puts, writeSst } from "./samples.js";

test("SSTs that nobody counts are removed before the database is made, and nothing of one that is there", async () => {
  const store = new MemoryObjectStore();
  const [counted, again] = [await writeSst(store, "db", puts(3)), await writeSst(store, "db", puts(3))];
  await store.put("db2/compacted/01ARZ3NDEKTSV4RRFFQ69G5FAV.sst", new Uint8Array(1), { mode: "create" });
  await store.put("db/compacted/notes.txt", new Uint8Array(1), { mode: "create" });
  expect(await removeOtherSsts(store, "db", [counted])).toEqual([again.path]);
  expect(await objectPaths(store)).toEqual(["db/compacted/notes.txt", counted.path, "db2/compacted/01ARZ3NDEKTSV4RRFFQ69G5FAV.sst"].sort());
  await store.delete("db/compacted/notes.txt");
  await createDatabase(store, "db", [counted]);
  expect(await removeOtherSsts(store, "db", [])).toEqual([]);
  expect(await objectPaths(store)).toContain(counted.path);
});

test("nothing is removed for SSTs that lie elsewhere", async () => {
  const store = new MemoryObjectStore({ name: "elsewhere" });
  const [there, other] = [await writeSst(store, "db", puts(3)), await writeSst(store, "other", puts(3))];
  expect(await failure(removeOtherSsts(store, "db", [there, other]))).toMatchObject({ code: "ERR_SST_INGEST_MISMATCH", details: { path: other.path } });
  expect(await failure(removeOtherSsts(store, "db", [other]))).toMatchObject({ code: "ERR_SST_INGEST_MISMATCH" });
  expect(await objectPaths(store)).toEqual([there.path, other.path].sort());
});
