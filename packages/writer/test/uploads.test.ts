// Unfinished uploads, told apart by their journals, and removed.
import { isSstError } from "@slate-sst/format";
import { MEMORY_CAPABILITIES, MemoryObjectStore, type ObjectStore, StoreError } from "@slate-sst/object-store";
import { DecoratedObjectStore, FailingObjectStore, RecordingObjectStore, type StoreCall } from "@slate-sst/object-store/testing";
import { describe, expect, it } from "vitest";
import { decodeRecord, encodeRecord } from "../src/checkpoint/journal-record.js";
import { findUploads, removeUpload, SstWriter, type UnfinishedUpload } from "../src/index.js";
import { attempt, contents, JOURNALS } from "./resumed-runs.js";
import { asRow, PATH, rejectionOf, sampleRows } from "./sample-rows.js";

const ROWS = sampleRows(600, 3).map(asRow);
const CONFIG = { partSize: 2048, blockSize: 1024 } as const;
const OVERWRITE = { mode: "overwrite", partSize: 1024 } as const;

async function begin(store: ObjectStore, path = PATH, rows = 400, journals: ObjectStore = store, prefix = JOURNALS): Promise<SstWriter> {
  const writer = await SstWriter.create(store, path, { ...CONFIG, checkpoint: { store: journals, prefix, everyParts: 1 } });
  await writer.writeAll(ROWS.slice(0, rows));
  await writer.detach();
  return writer;
}

const find = async (store: ObjectStore, journals: ObjectStore = store, prefix = JOURNALS): Promise<UnfinishedUpload[]> => await findUploads(store, { store: journals, prefix });

/** Paths of the journals' objects that hold a word. */
async function journalPaths(store: ObjectStore, word: string): Promise<string[]> {
  return (await contents(store)).paths.filter((path) => path.includes(word));
}

describe("unfinished uploads", () => {
  it("are resumable as far as their journal says", async () => {
    const store = new MemoryObjectStore();
    const { durable } = await begin(store);
    await begin(store, "empty.sst", 1);
    const found = await find(store);
    expect(found.map(({ state, path, rows }) => [state, path, rows]).sort()).toEqual([["resumable", PATH, durable?.rows], ["resumable", "empty.sst", 0]].sort());
    expect(found.find(({ path }) => path === PATH)).toMatchObject({ reason: `a resume goes on behind its first ${durable?.rows} rows`, journal: expect.stringContaining(JOURNALS) as string });
    expect(found.find(({ path }) => path === "empty.sst")).toMatchObject({ reason: "begun, and nothing uploaded yet", uploadId: undefined });
  });

  it("are resumable when close() was cut off: a resume publishes them", async () => {
    const store = new MemoryObjectStore();
    const { error } = await attempt(store, ROWS, CONFIG, "skip", { method: "completeUpload", call: 1, times: Infinity, when: "before" });
    expect(error).toBeDefined();
    expect(await find(store)).toMatchObject([{ state: "resumable", reason: "all rows are there: a resume publishes it", path: PATH }]);
  });

  it("are orphaned without their upload, or beside the one that the journal knows, and foreign without any journal", async () => {
    const store = new MemoryObjectStore();
    await begin(store);
    await begin(store, "gone.sst");
    for await (const { path, uploadId } of store.listUploads("gone.sst")) await store.abortUpload(path, uploadId);
    const { uploadId } = await store.createUpload(PATH, OVERWRITE);
    await store.createUpload("someone-elses.bin", OVERWRITE);
    const found = await find(store);
    expect(found.map(({ state, path, reason }) => `${state} ${path}: ${reason}`).sort()).toEqual([
      "foreign someone-elses.bin: no journal tells of it",
      `orphaned ${PATH}: its path has a journal, which knows nothing of it`,
      "orphaned gone.sst: its upload is gone: aborted or expired",
      expect.stringMatching(`^resumable ${PATH}: a resume goes on`) as string,
    ]);
    const place = { store, prefix: JOURNALS };
    await expect(removeUpload(store, place, found.find(({ state }) => state === "foreign")!)).rejects.toMatchObject({ code: "ERR_SST_STATE" });
    await removeUpload(store, place, found.find((upload) => upload.uploadId === uploadId)!);
    expect((await find(store)).filter(({ path }) => path === PATH)).toHaveLength(1);
    for (const upload of (await find(store)).filter(({ state }) => state !== "foreign")) await removeUpload(store, place, upload);
    expect(await contents(store)).toEqual({ paths: [], uploads: 1 });
  });

  it("are not taken for gone when they were begun after the uploads had been listed", async () => {
    const store = new MemoryObjectStore();
    class Late extends DecoratedObjectStore {
      protected override async after({ method }: StoreCall): Promise<void> {
        // A writer begins while a long listing of journals is still to come.
        if (method === "listUploads" && (await contents(store)).uploads === 0) await begin(store);
      }
    }
    expect(await find(new Late(store), store)).toMatchObject([{ state: "resumable", path: PATH }]);
  });

  it.each(["epochs", "records"])("are orphaned when their journal's %s are damaged, and can be removed", async (word) => {
    const store = new MemoryObjectStore();
    await begin(store);
    for (const path of await journalPaths(store, word)) await store.put(path, Uint8Array.of(1, 2, 3), { mode: "overwrite" });
    const [damaged] = await find(store);
    expect(damaged).toMatchObject({ state: "orphaned", reason: "its journal is damaged" });
    await removeUpload(store, { store, prefix: JOURNALS }, damaged!);
    expect((await contents(store)).paths).toEqual([]);
  });

  it("go on behind the record before a torn one, and are orphaned when one is missing in between", async () => {
    const store = new MemoryObjectStore();
    await begin(store);
    const records = (await journalPaths(store, "/records/")).sort();
    expect(records.length).toBeGreaterThan(3);
    const [before] = await find(store);
    await store.put(records.at(-1)!, Uint8Array.of(1), { mode: "overwrite" });
    const [torn] = await find(store);
    expect(torn).toMatchObject({ state: "resumable" });
    expect(torn!.rows).toBeLessThan(before!.rows);
    await store.delete(records[1]!);
    expect(await find(store)).toMatchObject([{ state: "orphaned", reason: "its journal is damaged" }]);
  });

  it("are told by journals alone where a store lists no uploads, and only its own", async () => {
    const journals = new MemoryObjectStore();
    const store = new MemoryObjectStore({ capabilities: { ...MEMORY_CAPABILITIES, uploads: { ...MEMORY_CAPABILITIES.uploads!, listUploads: false } } });
    await begin(store, PATH, 400, journals);
    expect(await find(store, journals)).toMatchObject([{ state: "resumable", path: PATH }]);
    class Elsewhere extends MemoryObjectStore {
      override readonly url = "memory:elsewhere";
    }
    expect(await find(new Elsewhere(), journals)).toEqual([]);
    expect(await find(new MemoryObjectStore())).toEqual([]);
  });

  it("meet what else lies beside journals, and what fails", async () => {
    const journals = new MemoryObjectStore();
    const store = new MemoryObjectStore();
    await begin(store, PATH, 400, journals, "a/b");
    await journals.put("a/b/note.txt", Uint8Array.of(1), { mode: "create" });
    await journals.put("top.txt", Uint8Array.of(1), { mode: "create" });
    expect(await find(store, journals, "a/b")).toMatchObject([{ state: "resumable", path: PATH }]);
    expect((await find(store, journals, "")).every(({ state }) => state === "foreign")).toBe(true);
  });

  it("tell their last sign of life: when their journal was written last, or when they were begun", async () => {
    let now = 1_000_000;
    const store = new MemoryObjectStore({ now: () => now });
    await store.createUpload("foreign.bin", OVERWRITE);
    now += 1000;
    await begin(store);
    const [record] = await journalPaths(store, "/records/");
    now += 1000;
    await store.put(record!, await store.get(record!), { mode: "overwrite" });
    const found = await find(store);
    expect(found.map(({ path, lastActive }) => [path, lastActive.getTime()]).sort()).toEqual([[PATH, 1_002_000], ["foreign.bin", 1_000_000]].sort());
  });

  it("are resumable by what is left of a journal that was being removed, and no other store's", async () => {
    const store = new MemoryObjectStore();
    await attempt(store, ROWS, CONFIG, "skip", { method: "completeUpload", call: 1, times: Infinity, when: "before" });
    const records = (await journalPaths(store, "/records/")).sort();
    for (const path of [...(await journalPaths(store, "/epochs/")), ...records.slice(0, -1)]) await store.delete(path);
    const [left] = await find(store);
    expect(left).toMatchObject({ state: "resumable", path: PATH, reason: "all rows are there: a resume publishes it", uploadId: expect.any(String) as string });
    expect(await find(new MemoryObjectStore(), store)).toEqual([]);
    await removeUpload(store, { store, prefix: JOURNALS }, left!);
    expect(await contents(store)).toEqual({ paths: [], uploads: 0 });
  });

  it("whose journal is of a later release, or goes away meanwhile, are orphaned; a store that fails is told", async () => {
    const store = new MemoryObjectStore();
    await begin(store);
    const [epoch] = await journalPaths(store, "/epochs/");
    const record = decodeRecord(await store.get(epoch!), epoch!);
    await store.put(epoch!, Buffer.concat(encodeRecord({ ...record, layout: 2 }, {})), { mode: "overwrite" });
    expect((await find(store)).map(({ state, reason }) => [state, reason])).toContainEqual(["orphaned", "its journal is damaged"]);
    for (const [error, isTold] of [[new StoreError("ERR_STORE_NOT_FOUND", "gone"), false], [new StoreError("ERR_STORE_PERMISSION", "no"), true]] as const) {
      const failing = new FailingObjectStore(store, { method: "get", call: 1, times: Infinity, when: "before", error });
      const found = await find(store, failing).catch((reason: unknown) => reason);
      if (isTold) expect(found).toMatchObject({ code: "ERR_SST_WRITE", details: { storeCode: "ERR_STORE_PERMISSION" } });
      else expect(found).toContainEqual(expect.objectContaining({ state: "orphaned", reason: "its journal is damaged", path: undefined, rows: 0 }));
    }
  });

  it("whose only record is torn have nothing before it", async () => {
    const store = new MemoryObjectStore();
    await begin(store);
    const [first, ...rest] = (await journalPaths(store, "/records/")).sort();
    for (const path of rest) await store.delete(path);
    await store.put(first!, Uint8Array.of(1), { mode: "overwrite" });
    expect(await find(store)).toContainEqual(expect.objectContaining({ state: "orphaned", reason: "its journal is damaged", path: PATH, uploadId: undefined, rows: 0 }));
  });

  it("that are removed stop their writer, and take uploads with them that nobody has learnt the id of; other paths' stay", async () => {
    const store = new MemoryObjectStore();
    const writer = await SstWriter.create(store, PATH, { ...CONFIG, checkpoint: { store, prefix: JOURNALS, everyParts: 1 } });
    await writer.writeAll(ROWS.slice(0, 400));
    await store.createUpload(PATH, OVERWRITE);
    await store.createUpload("other.bin", OVERWRITE);
    const upload = (await find(store)).find(({ state }) => state === "resumable")!;
    await removeUpload(store, { store, prefix: JOURNALS }, upload);
    expect(await contents(store)).toEqual({ paths: [], uploads: 1 });
    const error = await rejectionOf(writer.writeAll(ROWS.slice(400)).then(async () => await writer.close()));
    expect(isSstError(error)).toBe(true);
    await writer.abort();
    expect(await contents(store)).toEqual({ paths: [], uploads: 1 });
  });

  it("that are removed cut off the writer before anything else goes", async () => {
    const store = new RecordingObjectStore(new MemoryObjectStore());
    await begin(store);
    const [upload] = await find(store);
    store.reset();
    await removeUpload(store, { store, prefix: JOURNALS }, upload!);
    const calls = store.calls().filter(({ method }) => ["put", "abortUpload", "delete"].includes(method)).map(({ method, path }) => `${method} ${path.split("/").slice(-2).join("/")}`);
    expect(calls[0]).toBe("put epochs/000002");
    expect(calls[1]).toMatch(/^abortUpload/);
    expect(calls.at(-1)).toBe("delete epochs/000002");
  });

  it("whose id was never learnt are known by their path", async () => {
    const store = new MemoryObjectStore();
    await begin(store, PATH, 1);
    const { uploadId } = await store.createUpload(PATH, OVERWRITE);
    const found = await find(store);
    expect(found.map(({ state, uploadId: id }) => [state, id])).toEqual([["resumable", undefined], ["orphaned", uploadId]]);
    await removeUpload(store, { store, prefix: JOURNALS }, found[1]!);
    expect((await find(store)).map(({ state }) => state)).toEqual(["resumable"]);
    // An entry that names no upload asks for nothing.
    await removeUpload(store, { store, prefix: JOURNALS }, { ...found[1]!, uploadId: undefined });
    await removeUpload(store, { store, prefix: JOURNALS }, { ...found[1]!, path: undefined });
  });
});
