// Listing: order, prefixes, where it starts.
import { sampleBytes, type CaseDefinition, type ContractContext } from "./contract-case.js";
import { collect, expectEqual, expectTrue } from "./expect.js";
import { RIVALS } from "./sizes.js";

/** Ascending by UTF-8 bytes. By UTF-16 the last two would change places; by segments `a-b` would follow `a/…`. */
const PATHS = [
  "C", "a!", "a-b", "a/1", "a/10", "a/2", "a/b-c", "a/b/c", "a/b/d", "a/b0", "a0", "b.c", "b/c/d/e", "\u00e9", "\u{ff61}/x", "\u{1f600}",
];

async function putAll({ store }: ContractContext, paths: readonly string[]): Promise<void> {
  for (let at = 0; at < paths.length; at += RIVALS) {
    await Promise.all(paths.slice(at, at + RIVALS).map(async (path) => await store.put(path, new Uint8Array(1), { mode: "overwrite" })));
  }
}

async function pathsOf({ store }: ContractContext, prefix: string, startAfter?: string): Promise<string[]> {
  return (await collect(store.list(prefix, startAfter === undefined ? {} : { startAfter }))).map(({ path }) => path);
}

export const listingCases: readonly CaseDefinition[] = [
  {
    name: "an empty store lists nothing",
    async run(context) {
      expectEqual(await pathsOf(context, ""), [], "objects");
      expectEqual(await pathsOf(context, "folder/"), [], "objects of a folder");
    },
  },
  {
    name: "objects are listed in the order of their paths' UTF-8 bytes",
    async run(context) {
      await putAll(context, [...PATHS].reverse());
      expectEqual(await pathsOf(context, ""), PATHS, "objects");
    },
  },
  {
    name: "a prefix is text, not a folder",
    async run(context) {
      await putAll(context, PATHS);
      for (const prefix of ["a", "a/", "a/b", "a/b/", "a/1", "a/b/c", "b", "b/c/", "\u00e9", "z", "a/b/c/", "a/z/", "."]) {
        expectEqual(await pathsOf(context, prefix), PATHS.filter((path) => path.startsWith(prefix)), `prefix ${JSON.stringify(prefix)}`);
      }
    },
  },
  {
    name: "a listing starts after any path",
    async run(context) {
      await putAll(context, PATHS);
      for (const [index, path] of PATHS.entries()) expectEqual(await pathsOf(context, "", path), PATHS.slice(index + 1), `after ${path}`);
      for (const [startAfter, first] of [["a", "a!"], ["a.", "a/1"], ["a/", "a/1"], ["a/15", "a/2"], ["a/b/", "a/b/c"], ["a/b/z", "a/b0"], ["b", "b.c"]]) {
        expectEqual((await pathsOf(context, "", startAfter))[0], first, `first after ${startAfter}`);
      }
      expectEqual(await pathsOf(context, "a/", "a/2"), ["a/b-c", "a/b/c", "a/b/d", "a/b0"], "with a prefix");
      expectEqual(await pathsOf(context, "a/", "Z"), PATHS.filter((path) => path.startsWith("a/")), "after what comes before the prefix");
      expectEqual(await pathsOf(context, "a/", "b"), [], "after what comes behind the prefix");
    },
  },
  {
    name: "a listing tells what head tells",
    async run(context) {
      const { store } = context;
      await store.put("folder/object", sampleBytes(2, 1), { mode: "overwrite" });
      const { metadata, ...listed } = await store.head("folder/object");
      // Whatever the order of their properties.
      const found = (await collect(store.list("folder/"))).map(({ path, size, lastModified, etag }) => ({ path, size, lastModified, etag }));
      expectEqual(found, [{ path: "folder/object", size: listed.size, lastModified: listed.lastModified, etag: listed.etag }], "listing");
      expectTrue(metadata !== undefined, "head has metadata");
    },
  },
  {
    name: "a long listing is whole and in order",
    async run(context) {
      const paths = Array.from({ length: context.manyObjects }, (_, index) => `many/${String(index).padStart(String(context.manyObjects).length, "0")}`);
      await putAll(context, paths);
      expectEqual(await pathsOf(context, "many/"), paths, "objects");
      const middle = paths[paths.length >> 1] ?? "";
      expectEqual(await pathsOf(context, "many/", middle), paths.filter((path) => path > middle), "second half");
    },
  },
  {
    name: "a listing may be left early",
    async run(context) {
      await putAll(context, PATHS);
      for await (const { path } of context.store.list("")) {
        expectEqual(path, PATHS[0], "first object");
        break;
      }
    },
  },
];
