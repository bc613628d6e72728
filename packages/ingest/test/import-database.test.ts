// importDatabase: nothing before the manifest, whatever interrupts it; resumed it is the same, byte for byte; discarded it is gone.
import { LocalObjectStore, MemoryObjectStore, type ObjectStore } from "@slate-sst/object-store";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { discardImport, hasUnfinishedImport, importDatabase, type ImportEvent, type ImportOptions, planImport } from "../src/import/index.js";
import { failure } from "./samples.js";

const ROWS = 700;
const lines = (count = ROWS): string => Array.from({ length: count }, (_, id) => `${JSON.stringify({ id, name: `name ${id}`, text: "x".repeat(id % 50) })}\n`).join("");
async function* source(text: string): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.length; at += 5000) yield Buffer.from(text.slice(at, at + 5000));
}
/** Names that come out the same every time. */
const paths = { now: () => 1_700_000_000_000, random: (count: number) => new Uint8Array(count).fill(7) };
const options = (more: Partial<ImportOptions> = {}, text = lines()): ImportOptions => ({ key: "user:{id:u32}", format: "ndjson", stdin: source(text), sstSize: 15_000, paths, ...more });
async function objects(store: ObjectStore): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { path } of store.list("")) found[path] = Buffer.from(await store.get(path)).toString("base64");
  return found;
}
const undisturbed = async (): Promise<Record<string, string>> => {
  const store = new MemoryObjectStore({ name: "undisturbed" });
  for (const path of Object.keys(await objects(store))) await store.delete(path);
  await importDatabase("-", store, "db", options());
  return await objects(store);
};
/** Stores with one URL: metadata names it. */
async function sameStore(): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore({ name: "undisturbed" });
  for (const path of Object.keys(await objects(store))) await store.delete(path);
  return store;
}

describe("an import", () => {
  test("is SSTs, a manifest, and nothing else", async () => {
    const store = new MemoryObjectStore();
    const events: ImportEvent[] = [];
    const verified: string[] = [];
    const result = await importDatabase("-", store, "db", options({ onEvent: (event) => events.push(event), verify: async (_store, { path }) => void verified.push(path), ttl: 1000 }));
    const names = Object.keys(await objects(store));
    expect(result).toMatchObject({ rowCount: BigInt(ROWS), duplicates: 0n, manifestPath: "db/manifest/00000000000000000001.manifest" });
    expect(result.sstCount).toBe(5);
    expect(names).toHaveLength(result.sstCount + 1);
    expect(verified).toEqual(names.filter((name) => name.endsWith(".sst")));
    expect(events.flatMap((event) => (event.type === "phase" ? [event.phase] : []))).toEqual(["write", "verify", "publish"]);
    expect(events.filter(({ type }) => type === "sst")).toHaveLength(result.sstCount);
    expect(events.findLast(({ type }) => type === "progress")).toMatchObject({ rows: ROWS, bytesTotal: undefined, ssts: result.sstCount, bytesRead: lines().length });
    expect(await failure(importDatabase("-", store, "db", options()))).toMatchObject({ code: "ERR_SST_INGEST_EXISTS" });
    expect(await discardImport(store, "db")).toBe(false);
  });

  test("counts duplicates that its policy leaves out", async () => {
    const text = '{"id":1,"v":"a"}\n{"id":1,"v":"b"}\n{"id":2,"v":"c"}\n';
    for (const onDuplicate of ["keepFirst", "keepLast"] as const) {
      expect(await importDatabase("-", new MemoryObjectStore(), "db", options({ onDuplicate, value: "v" }, text))).toMatchObject({ rowCount: 2n, duplicates: 1n });
    }
    expect(await failure(importDatabase("-", new MemoryObjectStore(), "db", options({}, text)))).toMatchObject({ code: "ERR_SST_ROW_DUPLICATE", details: { file: "standard input", line: 2 } });
  });

  test("can be planned, and nothing is there afterwards", async () => {
    const [store, other] = [new MemoryObjectStore(), new MemoryObjectStore()];
    const { sstCount, bytes, rowCount } = await importDatabase("-", store, "db", options());
    expect(await planImport("-", other, "db", options())).toMatchObject({ sstCount, bytes, rowCount, duplicates: 0n, writeRequests: sstCount });
    expect(await objects(other)).toEqual({});
  });
});

describe("what interrupts it", () => {
  test("leaves what can be resumed to the same database, byte for byte, wherever it was", async () => {
    const expected = await undisturbed();
    const ssts = Object.keys(expected).length - 1;
    for (let at = 0; at < ssts; at++) {
      const store = await sameStore();
      const abort = new AbortController();
      const onEvent = (event: ImportEvent): void => void (event.type === "sst" && event.index === at && abort.abort());
      const error = await failure(importDatabase("-", store, "db", options({ signal: abort.signal, onEvent })));
      expect(error).toMatchObject({ code: "ERR_SST_ABORTED" });
      expect(Object.keys(await objects(store)).filter((path) => path.includes("manifest"))).toEqual([]);
      expect(await failure(importDatabase("-", store, "db", options()))).toMatchObject({ code: "ERR_SST_IMPORT_STATE" });
      await importDatabase("-", store, "db", options({ resume: true }));
      expect(await objects(store)).toEqual(expected);
    }
  });

  test("of any request of the store leaves what can be resumed, and what can be discarded", async () => {
    const expected = await undisturbed();
    for (let fails = 0, isDone = false; !isDone; fails++) {
      for (const discards of [false, true]) {
        const store = await sameStore();
        // Every other failure comes after the request had its effect.
        const failing = failAfter(store, fails, fails % 2 === 1);
        const error = await importDatabase("-", failing, "db", options()).then(() => undefined, (thrown: unknown) => thrown as Error);
        isDone = error === undefined;
        if (isDone) break;
        const published = Object.keys(await objects(store)).some((path) => path.endsWith(".manifest"));
        // What a process has begun to publish, it may still publish.
        const isPublishing = Object.values(await objects(store)).some((object) => Buffer.from(object, "base64").toString() === '{"purpose":"publish"}\n');
        if (discards && isPublishing && !published) expect(await failure(discardImport(store, "db"))).toMatchObject({ code: "ERR_SST_IMPORT_STATE" });
        if (discards && !published && !isPublishing) {
          await discardImport(store, "db");
          expect(Object.keys(await objects(store)), `request ${fails}`).toEqual([]);
          continue;
        }
        const resume = Object.keys(await objects(store)).some((path) => path.startsWith("db.import/"));
        if (resume || !published) await importDatabase("-", store, "db", options({ resume }));
        expect(await objects(store), `request ${fails}`).toEqual(expected);
      }
    }
  });

  test("between database and result leaves nothing that is taken for another import's, where the database has been removed since", async () => {
    const expected = await undisturbed();
    const finished = async (): Promise<ObjectStore> => {
      const store = await sameStore();
      // All is done but for the removal of the notes.
      const kept = ofWhichFail(store, (name) => name === "delete");
      await failure(importDatabase("-", kept, "db", options()));
      for (const path of Object.keys(expected)) await store.delete(path);
      return store;
    };
    const discarded = await finished();
    expect(await failure(importDatabase("-", discarded, "db", options({ resume: true })))).toMatchObject({ code: "ERR_SST_IMPORT_STATE", message: expect.stringContaining("not there any more") as string });
    expect(await discardImport(discarded, "db")).toBe(true);
    expect(await objects(discarded)).toEqual({});
    const store = await finished();
    for await (const { path } of store.list("db.import/")) if (!path.endsWith("/done.json")) await store.delete(path);
    const abort = new AbortController();
    await failure(importDatabase("-", store, "db", options({ signal: abort.signal, onEvent: ({ type }) => void (type === "sst" && abort.abort()) })));
    expect(await importDatabase("-", store, "db", options({ resume: true }))).toMatchObject({ rowCount: BigInt(ROWS) });
    expect(await objects(store)).toEqual(expected);
  });

  test("ends it also where standard input keeps still", async () => {
    for (const sort of ["never", "always"] as const) {
      const abort = new AbortController();
      const stdin = async function* (): AsyncGenerator<string> {
        yield lines(10);
        abort.abort();
        await new Promise(() => undefined);
      };
      expect(await failure(importDatabase("-", new MemoryObjectStore(), "db", options({ stdin: stdin(), signal: abort.signal, sort })))).toMatchObject({ code: "ERR_SST_ABORTED" });
    }
  });

  test("another source or other options cannot go on with it", async () => {
    const store = new MemoryObjectStore();
    const abort = new AbortController();
    await failure(importDatabase("-", store, "db", options({ signal: abort.signal, onEvent: ({ type }) => void (type === "sst" && abort.abort()) })));
    const resume = async (more: Partial<ImportOptions>, text?: string): Promise<unknown> => failure(importDatabase("-", store, "db", options({ resume: true, ...more }, text)));
    expect(await resume({ key: "u:{id:u32}" })).toMatchObject({ code: "ERR_SST_IMPORT_STATE", details: { field: "key" } });
    expect(await resume({ sstSize: 1000 })).toMatchObject({ code: "ERR_SST_IMPORT_STATE", details: { field: "sstSize" } });
    expect(await resume({}, lines(10))).toMatchObject({ code: "ERR_SST_IMPORT_STATE", message: expect.stringContaining("only 10 rows") as string });
    expect(await resume({}, lines().split("\n").slice(1).join("\n"))).toMatchObject({ code: "ERR_SST_IMPORT_STATE", message: expect.stringContaining("another key") as string });
    expect(await discardImport(store, "db")).toBe(true);
    expect(await failure(importDatabase("-", store, "db", options({ resume: true })))).toMatchObject({ code: "ERR_SST_IMPORT_STATE" });
    expect(await objects(store)).toEqual({});
  });

  test("another row behind the last SST that does not sort is named with its line", async () => {
    const store = new MemoryObjectStore();
    const abort = new AbortController();
    let done = 0;
    const onEvent = (event: ImportEvent): void => {
      if (event.type !== "sst") return;
      done = Number(event.rows);
      abort.abort();
    };
    await failure(importDatabase("-", store, "db", options({ signal: abort.signal, onEvent })));
    const rows = lines().split("\n");
    const text = [...rows.slice(0, done), rows[0], ...rows.slice(done)].join("\n");
    expect(await failure(importDatabase("-", store, "db", options({ resume: true }, text)))).toMatchObject({ code: "ERR_SST_ROW_ORDER", details: { line: done + 1 } });
  });

  test("and whatever fails when it is cleared away, the first error is told", async () => {
    const store = new MemoryObjectStore();
    // The plan and the first turn are written, then every request fails.
    expect(await failure(importDatabase("-", failAfter(store, 2, false), "db", options({}, '{"id":1}\n{"id":1}\n')))).toMatchObject({ code: "ERR_SST_ROW_DUPLICATE" });
    expect(await hasUnfinishedImport(store, "db")).toBe(true);
    expect(await discardImport(store, "db")).toBe(true);
    expect(await objects(store)).toEqual({});
  });

  test("of packed sources is an abort, not damage", async () => {
    const abort = new AbortController();
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield gzipSync(lines()).subarray(0, 500);
      abort.abort();
      throw new Error("cut off by the abort");
    }
    const error = await failure(importDatabase("-", new MemoryObjectStore(), "db", options({ stdin: broken(), signal: abort.signal })));
    expect(error).toMatchObject({ code: "ERR_SST_ABORTED" });
    async function* gone(): AsyncGenerator<Uint8Array> {
      yield gzipSync(lines()).subarray(0, 500);
      throw new Error("the network is gone");
    }
    expect(await failure(importDatabase("-", new MemoryObjectStore(), "db", options({ stdin: gone() })))).toMatchObject({ message: "the network is gone" });
  });

  test("is also an SST that does not pass verification", async () => {
    const store = new MemoryObjectStore();
    const verify = async (): Promise<void> => Promise.reject(new Error("rotten"));
    expect(await failure(importDatabase("-", store, "db", options({ verify })))).toMatchObject({ message: "rotten" });
    expect(Object.keys(await objects(store)).filter((path) => path.includes("manifest"))).toEqual([]);
    expect(await importDatabase("-", store, "db", options({ resume: true }))).toMatchObject({ rowCount: BigInt(ROWS) });
  });
});

test("rows that are refused leave nothing, and their line is told", async () => {
  for (const [text, code, line] of [
    ['{"id":2}\n{"id":1}\n', "ERR_SST_ROW_ORDER", 2], ['{"id":1}\n{"it":2}\n', "ERR_SST_SOURCE_FIELD", 2], ['{"id":1}\n{"id":"x"}\n', "ERR_SST_KEY_FIELD", 2], ['{"id":1}\n{"id":2\n', "ERR_SST_SOURCE_FORMAT", 2],
  ] as const) {
    const store = new MemoryObjectStore();
    expect(await failure(importDatabase("-", store, "db", options({}, text)))).toMatchObject({ code, message: expect.stringMatching(/^standard input:2: /) as string, details: { line } });
    expect(await objects(store)).toEqual({});
  }
  const store = new MemoryObjectStore();
  expect(await failure(importDatabase("-", store, "db", options({ key: "{id:text}" }, JSON.stringify({ id: "k".repeat(65_536) }))))).toMatchObject({ code: "ERR_SST_KEY_TOO_LONG", details: { line: 1 } });
  expect(await failure(importDatabase("-", store, "db", options({}, "")))).toMatchObject({ code: "ERR_SST_EMPTY" });
  expect(await objects(store)).toEqual({});
});

test("options are checked at the door", async () => {
  const store = new MemoryObjectStore();
  for (const more of [{ sstSize: 0 }, { value: "" }, { ttl: -1 }, { columns: [] }, { onDuplicate: "x" }, { resume: 1 }, { verify: 1 }, { format: "xml" }, { key: undefined }, { sstsize: 1 }, { signal: 1 }, { writer: { seq: 1n } }, { writer: { mode: "overwrite" } },
    { writer: { onDuplicate: "keepLast" } }, { writer: { signal: new AbortController().signal } }, { writer: { checkpoint: { store, prefix: "journals" } } }, { writer: { blocksize: 1024 } }]) {
    expect(await failure(importDatabase("-", store, "db", options(more as never)))).toMatchObject({ code: expect.stringMatching(/ERR_SST_OPTION_/) as string });
  }
  expect(await failure(importDatabase("-", store, "", options()))).toMatchObject({ code: "ERR_SST_OPTION_INVALID" });
  expect(await failure(importDatabase("-", new LocalObjectStore("/nowhere"), "ä", options()))).toMatchObject({ code: "ERR_SST_INGEST_ROOT" });
});

/** A store of which some requests fail. */
function ofWhichFail(store: ObjectStore, fails: (name: PropertyKey) => boolean): ObjectStore {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return fails(name) ? () => Promise.reject(new Error("the store is gone")) : (member as (...args: unknown[]) => unknown).bind(target);
    },
  });
}

/** A store whose writing requests fail from one of them on, as when a process is killed. */
function failAfter(store: ObjectStore, requests: number, afterEffect: boolean): ObjectStore {
  let left = requests;
  const writes = new Set<PropertyKey>(["put", "delete", "createUpload", "uploadPart", "completeUpload", "abortUpload"]);
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      const method = member as (...args: unknown[]) => unknown;
      if (!writes.has(name)) return method.bind(target);
      return async (...args: unknown[]) => {
        if (left > 0) {
          left--;
          return await method.apply(target, args);
        }
        if (left === 0 && afterEffect) await method.apply(target, args);
        left = -1;
        throw new Error("the store is gone");
      };
    },
  });
}
