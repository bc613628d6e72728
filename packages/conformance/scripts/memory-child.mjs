// The process that memory.mjs measures: writes rows into one SST and prints what it took, as one line of JSON.
import { LocalObjectStore, StoreError } from "@slate-sst/object-store";
import { SstWriter } from "@slate-sst/writer";
import { GeneratedRows } from "./generated-rows.mjs";

const BYTES_PER_KIB = 1024;
/** Rows between two looks at the resident set. */
const SAMPLE_ROWS = 65_536;

/** Takes an object's parts and forgets them: what is left is the writer's own memory. */
class DiscardingStore {
  url = "discard:";
  /** Those of a local store, of which nothing else is used here. */
  capabilities = new LocalObjectStore(".").capabilities;

  /** @param {string} path */
  async head(path) {
    throw new StoreError("ERR_STORE_NOT_FOUND", `there is no object ${path}`, { path });
  }

  async put() {
    return { etag: undefined };
  }

  async createUpload() {
    return { uploadId: "discarded" };
  }

  /**
   * @param {string} _path
   * @param {string} _uploadId
   * @param {number} partNumber
   * @param {Uint8Array} body
   */
  async uploadPart(_path, _uploadId, partNumber, body) {
    return { partNumber, size: body.length, etag: undefined, checksum: undefined };
  }

  async completeUpload() {
    return { etag: undefined };
  }

  async abortUpload() {}
}

const [rowsText, folder] = process.argv.slice(2);
const rows = Number(rowsText);
const store = folder === undefined ? /** @type {import("@slate-sst/object-store").ObjectStore} */ (/** @type {unknown} */ (new DiscardingStore())) : new LocalObjectStore(folder);

let sampled = 0;
const sample = () => {
  sampled = Math.max(sampled, process.memoryUsage.rss());
};

const startedAt = performance.now();
const generated = new GeneratedRows();
const writer = await SstWriter.create(store, "memory.sst");
for (let row = 0; row < rows; row++) {
  generated.next();
  const wait = writer.put(generated.key, generated.value, generated.times);
  if (wait !== undefined) await wait;
  if (row % SAMPLE_ROWS === 0) sample();
}
sample();
const { info, size } = await writer.close();
sample();
if (info === undefined) throw new Error("the metadata has no info");

const result = {
  size: Number(size),
  tail: Number(info.filterLen + info.indexLen + info.statsLen),
  sampled,
  peak: process.resourceUsage().maxRSS * BYTES_PER_KIB,
  seconds: (performance.now() - startedAt) / 1000,
};
console.log(JSON.stringify(result));
