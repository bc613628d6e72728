// Paths: what is taken, what is refused at the door.
import type { ObjectStore } from "../object-store.js";
import { OBJECT_PATH_SEGMENT_BYTES_MAX, STAGING_SEGMENT } from "../object-path.js";
import { sampleBytes, type CaseDefinition } from "./contract-case.js";
import { collect, expectBytes, expectCode, expectEqual } from "./expect.js";

const LONGEST_SEGMENT = "s".repeat(OBJECT_PATH_SEGMENT_BYTES_MAX);
const LONGEST_PATH = [LONGEST_SEGMENT, LONGEST_SEGMENT, LONGEST_SEGMENT, LONGEST_SEGMENT.slice(1), "s"].join("/");

/** Names that are easily mistaken for an escape sequence, a query, markup or a hidden file. */
const NAMES = [
  "with space", "100%", "%2e%2e", "a%2Fb", "a+b", "a&b=c", "a#1", "a;b", "a@b", "(a)", "[a]", "{a}", "it's", "~", "$HOME", "a,b", "!", "-", "_", ".hidden",
  "..a", "con text", "\u00fc", "u\u0308", "\u65e5\u672c\u8a9e", "\u{1f600}\u{1f468}\u200d\u{1f469}", "\u202eabc", LONGEST_SEGMENT, LONGEST_PATH,
];

const REFUSED = [
  "", "/", "/absolute", "folder/", "a//b", ".", "..", "./a", "../a", "a/..", "a/../b", "a/./b", "a\\b", "..\\a", "a\0b", "a\nb", "\u007f", "a/\u0085",
  "\ud800", "a\udc00b", "\uffff", STAGING_SEGMENT, `${STAGING_SEGMENT}/a`, `a/${STAGING_SEGMENT}/b`, STAGING_SEGMENT.toUpperCase(),
  `${LONGEST_SEGMENT}s`, `${LONGEST_PATH}s`, "\u00fc".repeat(OBJECT_PATH_SEGMENT_BYTES_MAX),
];

const REFUSED_PREFIXES = ["/", "a//", "../", "a/../", "./", "a\\", "a\0", `${STAGING_SEGMENT}/`, `${LONGEST_SEGMENT}s`];

/** Every call that takes a path. */
function callsWith(store: ObjectStore, path: string): Record<string, () => Promise<unknown>> {
  return {
    put: async () => await store.put(path, sampleBytes(1, 1), { mode: "overwrite" }),
    get: async () => await store.get(path),
    getRange: async () => await store.getRange(path, 0, 1),
    stream: async () => await collect(store.stream(path)),
    head: async () => await store.head(path),
    delete: async () => await store.delete(path),
    createUpload: async () => await store.createUpload(path, { mode: "overwrite", partSize: 1 }),
    uploadPart: async () => await store.uploadPart(path, "id", 1, sampleBytes(1, 1)),
    listParts: async () => await collect(store.listParts(path, "id")),
    completeUpload: async () => await store.completeUpload(path, "id", [{ partNumber: 1, size: 1, etag: undefined, checksum: undefined }], { mode: "overwrite" }),
    abortUpload: async () => await store.abortUpload(path, "id"),
  };
}

export const pathCases: readonly CaseDefinition[] = [
  {
    name: "unusual names are names",
    async run({ store, extraNames }) {
      for (const [index, name] of [...NAMES, ...extraNames].entries()) {
        const path = name === LONGEST_PATH ? name : `n${index}/${name}`;
        await store.put(path, sampleBytes(index, index), { mode: "overwrite" });
        expectBytes(await store.get(path), sampleBytes(index, index), `get ${path}`);
        expectEqual((await store.head(path)).path, path, `head ${path}`);
        expectEqual((await collect(store.list(path))).map((listed) => listed.path), [path], `list ${path}`);
        await store.delete(path);
        await expectCode("ERR_STORE_NOT_FOUND", store.head(path), `head of the deleted ${path}`);
      }
    },
  },
  {
    name: "what is no object path is refused by every method",
    async run({ store }) {
      for (const path of [...REFUSED, undefined as unknown as string]) {
        for (const [method, call] of Object.entries(callsWith(store, path))) {
          await expectCode("ERR_STORE_PATH", call(), `${method} ${JSON.stringify(path)?.slice(0, OBJECT_PATH_SEGMENT_BYTES_MAX)}`);
        }
      }
      expectEqual(await collect(store.list("")), [], "nothing is stored");
    },
  },
  {
    name: "what no object path begins with is refused as a prefix",
    async run({ store }) {
      for (const prefix of REFUSED_PREFIXES) {
        await expectCode("ERR_STORE_PATH", collect(store.list(prefix)), `list ${JSON.stringify(prefix)}`);
        await expectCode("ERR_STORE_PATH", collect(store.list("", { startAfter: prefix })), `list after ${JSON.stringify(prefix)}`);
        await expectCode("ERR_STORE_PATH", collect(store.listUploads(prefix)), `listUploads ${JSON.stringify(prefix)}`);
      }
    },
  },
];
