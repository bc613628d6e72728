// Two processes at one import, by mistake: wherever the second one comes in, no database is published that lacks something, and who has lost stops.
import { isSstError } from "@slate-sst/format";
import { MemoryObjectStore, type ObjectStore } from "@slate-sst/object-store";
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { discardImport, hasUnfinishedImport, importDatabase, type ImportOptions } from "../src/import/index.js";
import { ImportState } from "../src/import/import-state.js";
import { failure } from "./samples.js";

const text = Array.from({ length: 120 }, (_, id) => `${JSON.stringify({ id, text: "x".repeat(id % 50) })}\n`).join("");
async function* source(): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
const paths = { now: () => 1_700_000_000_000, random: (count: number) => new Uint8Array(count).fill(9) };
const options = (more: Partial<ImportOptions> = {}): ImportOptions => ({ key: "{id:u32}", format: "ndjson", stdin: source(), sstSize: 2500, paths, ...more });

/** Paths, and digests of what is there. */
async function objects(store: ObjectStore, prefix = ""): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { path } of store.list(prefix)) found[path] = createHash("sha256").update(await store.get(path)).digest("hex");
  return found;
}

async function freshStore(): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore({ name: "turns" });
  for (const path of Object.keys(await objects(store))) await store.delete(path);
  return store;
}

const undisturbed = async (): Promise<Record<string, string>> => {
  const store = await freshStore();
  await importDatabase("-", store, "db", options());
  return await objects(store);
};

/** An import that was interrupted behind its second SST, of which there is no note any more. */
async function interrupted(): Promise<MemoryObjectStore> {
  const store = await freshStore();
  const abort = new AbortController();
  await failure(importDatabase("-", store, "db", options({ signal: abort.signal, onEvent: (event) => void (event.type === "sst" && event.index === 1 && abort.abort()) })));
  await store.delete("db.import/sst-00000001.json");
  return store;
}

/**
 * A store that lets something happen before one of its requests. Removals do not count: whoever removes has looked just before, and no store can do both at once.
 * @returns the store, and how many requests there were.
 */
function disturbed(store: ObjectStore, at: number, happens: () => Promise<void>): { readonly store: ObjectStore; readonly requests: () => number } {
  let requests = 0;
  const count = async (): Promise<void> => {
    if (requests++ === at) await happens();
  };
  const proxy = new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      const method = (member as (...args: unknown[]) => unknown).bind(target);
      if (name === "delete" || name === "abortUpload") return method;
      if (name === "list" || name === "listUploads") {
        return async function* (...args: unknown[]) {
          await count();
          yield* method(...args) as AsyncIterable<unknown>;
        };
      }
      return async (...args: unknown[]) => {
        await count();
        return await method(...args);
      };
    },
  });
  return { store: proxy, requests: () => requests };
}

const outcomeOf = async (call: Promise<unknown>): Promise<string> => call.then(() => "done", (error: unknown) => (isSstError(error) ? error.code : String(error)));

describe("while one imports", () => {
  test.each([
    ["begins", "resumes"], ["resumes", "resumes"], ["begins", "discards"], ["resumes", "discards"],
  ] as const)("who %s, another one %s, before any of its requests", async (first, second) => {
    const expected = await undisturbed();
    const seen = new Set<string>();
    for (let at = 0, isOver = false; !isOver; at++) {
      const store = first === "resumes" ? await interrupted() : await freshStore();
      let other = "not at all";
      const { store: seenByFirst, requests } = disturbed(store, at, async () => {
        other = await outcomeOf(second === "resumes" ? importDatabase("-", store, "db", options({ resume: true })) : discardImport(store, "db"));
      });
      const own = await outcomeOf(importDatabase("-", seenByFirst, "db", options({ resume: first === "resumes" })));
      isOver = requests() <= at;
      seen.add(`${own}, ${other}`);
      const there = await objects(store, "db/");
      const isPublished = Object.keys(there).some((path) => path.endsWith(".manifest"));
      if (isPublished) expect(there, `request ${at}: ${own}, ${other}`).toEqual(expected);
      if (own === "done" || (second === "resumes" && other === "done")) expect(isPublished, `request ${at}: ${own}, ${other}`).toBe(true);
      if (isPublished || !(await hasUnfinishedImport(store, "db"))) continue;
      await importDatabase("-", store, "db", options({ resume: true }));
      expect(await objects(store), `request ${at}: ${own}, ${other}`).toEqual(expected);
    }
    expect(seen).toContain("ERR_SST_IMPORT_STATE, done");
    // The others come of what the second one had removed before the first one put it back, or of what it had published already.
    for (const outcomes of seen) expect(outcomes).toMatch(/^(done|ERR_SST_IMPORT_STATE|ERR_SST_EXISTS|ERR_SST_INGEST_EXISTS|ERR_SST_INGEST_MISMATCH), (not at all|done|ERR_SST_IMPORT_STATE|ERR_SST_INGEST_EXISTS)$/);
  });
});

test("of an import that is discarded and begun anew meanwhile, nothing is touched", async () => {
  const store = await interrupted();
  let there: Record<string, string> = {};
  const putting = new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      const method = (member as (...args: unknown[]) => unknown).bind(target);
      if (name !== "put") return method;
      return async (path: string, ...args: unknown[]) => {
        if (there[path] === undefined && path.includes("/turn-")) {
          await discardImport(store, "db");
          const abort = new AbortController();
          const random = (count: number): Uint8Array => new Uint8Array(count).fill(1);
          await failure(importDatabase("-", store, "db", options({ paths: { ...paths, random }, signal: abort.signal, onEvent: ({ type }) => void (type === "sst" && abort.abort()) })));
          there = await objects(store);
        }
        return await method(path, ...args);
      };
    },
  });
  expect(await failure(importDatabase("-", putting, "db", options({ resume: true })))).toMatchObject({ code: "ERR_SST_IMPORT_STATE", message: expect.stringContaining("begun another one") as string });
  expect(await objects(store)).toEqual(there);
});

test("notes that another process has just removed, or that are damaged, are no surprise", async () => {
  const store = await freshStore();
  await importDatabase("-", store, "db", options());
  const noted = new ImportState(await interrupted(), "db");
  const [sst] = await noted.finished();
  const state = new ImportState(store, "one");
  await state.begin({ fingerprint: {}, firstPath: sst!.metadata.path, beganAt: 0, sorts: true, temporaryFolder: undefined });
  for (const index of [0, 1]) await state.finish(index, sst!);
  const { store: seen } = disturbed(store, 1, async () => store.delete("one.import/sst-00000000.json"));
  expect([...(await new ImportState(seen, "one").allFinished()).keys()]).toEqual([1]);
  await store.put("one.import/sst-00000001.json", Buffer.from("{}"), { mode: "overwrite" });
  expect(await failure(state.allFinished())).toMatchObject({ code: "ERR_SST_IMPORT_STATE", message: expect.stringContaining("one.import/sst-00000001.json is damaged") as string });
});
