// What memory stores promise beyond the contract.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LocalObjectStore, MEMORY_CAPABILITIES, MemoryObjectStore, type MemoryObjectStoreOptions, type ObjectStore, type StoreError } from "../src/index.js";
import { collect, temporaryFolder, utf8 } from "./local-folder.js";

const SEED = 20_240_613;
const OVERWRITE = { mode: "overwrite" } as const;

describe("memory stores", () => {
  it("of one name share their objects, others do not", async () => {
    const [one, same, other] = [new MemoryObjectStore({ name: "shared" }), new MemoryObjectStore({ name: "shared" }), new MemoryObjectStore({ name: "other" })];
    await one.put("object", utf8("x"), OVERWRITE);
    expect(one.url).toBe("memory:shared");
    expect((await same.head("object")).size).toBe(1);
    for (const store of [other, new MemoryObjectStore(), new MemoryObjectStore()]) {
      await expect(store.head("object")).rejects.toMatchObject({ code: "ERR_STORE_NOT_FOUND" });
    }
  });

  it("without a name have a URL of their own", () => {
    const [one, other] = [new MemoryObjectStore(), new MemoryObjectStore()];
    expect(one.url).toMatch(/^memory:~[0-9a-f]{32}$/);
    expect(one.url).not.toBe(other.url);
  });

  it("refuse malformed names", () => {
    for (const name of ["", "~a", "a b", "a/b", "-a", "x".repeat(65)]) {
      expect(() => new MemoryObjectStore({ name }), name).toThrow(expect.objectContaining({ code: "ERR_STORE_URL" }));
    }
  });

  it("refuse options that there are not", () => {
    const wrong: readonly unknown[] = [{ nmae: "x" }, null, "x"];
    for (const options of wrong) expect(() => new MemoryObjectStore(options as MemoryObjectStoreOptions)).toThrow(expect.objectContaining({ code: "ERR_STORE_ARGUMENT" }));
  });

  it("tell time by the clock they are given", async () => {
    const store = new MemoryObjectStore({ now: () => 1_700_000_000_000 });
    await store.put("object", utf8("x"), OVERWRITE);
    await store.createUpload("other", { mode: "create", partSize: 1 });
    expect((await store.head("object")).lastModified).toEqual(new Date(1_700_000_000_000));
    expect((await collect(store.listUploads("")))[0]?.createdAt).toEqual(new Date(1_700_000_000_000));
  });

  it("check mode and metadata of a completion against the upload's", async () => {
    const store = new MemoryObjectStore();
    const { uploadId } = await store.createUpload("object", { mode: "create", partSize: 1, metadata: { a: "1" } });
    const parts = [await store.uploadPart("object", uploadId, 1, utf8("x"))];
    for (const options of [{ mode: "overwrite", metadata: { a: "1" } }, { mode: "create" }, { mode: "create", metadata: { a: "2" } }] as const) {
      await expect(store.completeUpload("object", uploadId, parts, options)).rejects.toMatchObject({ code: "ERR_STORE_UPLOAD_MISMATCH" });
    }
    await store.completeUpload("object", uploadId, parts, { mode: "create", metadata: { a: "1" } });
  });

  it("play lesser stores by a capabilities record", async () => {
    const uploads = MEMORY_CAPABILITIES.uploads && { ...MEMORY_CAPABILITIES.uploads, parallelParts: false, replaceParts: false };
    const store = new MemoryObjectStore({ capabilities: { ...MEMORY_CAPABILITIES, putSizeMax: 3, uploads } });
    await expect(store.put("object", utf8("four"), OVERWRITE)).rejects.toMatchObject({ code: "ERR_STORE_UNSUPPORTED" });
    const { uploadId } = await store.createUpload("object", { mode: "create", partSize: 1 });
    await expect(store.uploadPart("object", uploadId, 2, utf8("x"))).rejects.toMatchObject({ code: "ERR_STORE_UNSUPPORTED" });
    await store.uploadPart("object", uploadId, 1, utf8("x"));
    await expect(store.uploadPart("object", uploadId, 1, utf8("x"))).rejects.toMatchObject({ code: "ERR_STORE_UNSUPPORTED" });
  });
});

describe("a memory store and a local store", () => {
  type Step =
    | { readonly kind: "put"; readonly path: string; readonly mode: "create" | "overwrite"; readonly size: number }
    | { readonly kind: "delete" | "head"; readonly path: string }
    | { readonly kind: "range"; readonly path: string; readonly start: number; readonly end: number }
    | { readonly kind: "list"; readonly prefix: string; readonly startAfter: string };

  // No path is a folder of another one: a file system can't hold both.
  const path = fc.constantFrom("a-b", "a/b/c", "a/b-c", "a/b/d", "a0", "b/x", "b/\u{ff61}", "b/\u{1f600}");
  const prefix = fc.constantFrom("", "a", "a/", "a/b", "a/b/", "b/", "c");
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ kind: fc.constant("put" as const), path, mode: fc.constantFrom("create" as const, "overwrite" as const), size: fc.nat(5) }),
    fc.record({ kind: fc.constantFrom("delete" as const, "head" as const), path }),
    fc.record({ kind: fc.constant("range" as const), path, start: fc.integer({ min: -1, max: 5 }), end: fc.integer({ min: 0, max: 6 }) }),
    fc.record({ kind: fc.constant("list" as const), prefix, startAfter: fc.oneof(path, prefix) }),
  );

  /** What a step shows to its caller, without times and tags. */
  async function take(store: ObjectStore, action: Step, round: number): Promise<unknown> {
    const perform = async (): Promise<unknown> => {
      switch (action.kind) {
        case "put": return (await store.put(action.path, new Uint8Array(action.size).fill(round), { mode: action.mode })).etag === undefined;
        case "delete": return await store.delete(action.path);
        case "head": return (await store.head(action.path)).size;
        case "range": return [...(await store.getRange(action.path, action.start, action.end))];
        case "list": return (await collect(store.list(action.prefix, { startAfter: action.startAfter }))).map((listed) => [listed.path, listed.size]);
      }
    };
    return await perform().catch((error: StoreError) => error.code);
  }

  it("answer the same calls alike", async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const [memory, local] = [new MemoryObjectStore(), new LocalObjectStore(await temporaryFolder())];
      for (const [round, action] of steps.entries()) {
        expect(await take(local, action, round), JSON.stringify(action)).toEqual(await take(memory, action, round));
      }
    }), { seed: SEED, numRuns: 60 });
  });
});
