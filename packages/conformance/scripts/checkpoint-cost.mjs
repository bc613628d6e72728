// What checkpoints cost: `node packages/conformance/scripts/checkpoint-cost.mjs [rows]` writes the same rows of 116 bytes with and
// without a journal, in turns, to a local folder and to a store that takes everything and keeps nothing, and prints the processor time
// and the bytes of the journal, both in proportion to what one part costs without. With a journal a writer also hands each part's CRC-32
// to the store, and a folder reads the part once more for it: what records alone cost is told by a folder that takes no checksums.
// Ends in 1 when records cost 10 % or more of a part's time or bytes there.
import { LocalObjectStore, MemoryObjectStore } from "@slate-sst/object-store";
import { DecoratedObjectStore, RecordingObjectStore } from "@slate-sst/object-store/testing";
import { SstWriter } from "@slate-sst/writer";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GeneratedRows, ROW_BYTES } from "./generated-rows.mjs";

const DEFAULT_ROWS = 1_000_000;
const ROUNDS = 7;
const PERCENT = 100;
const MICROSECONDS = 1e6;
const NANOSECONDS = 1e9;
const PATH = "cost.sst";

/** @import { ObjectStore } from "@slate-sst/object-store" */

const folder = mkdtempSync(join(tmpdir(), "slate-sst-cost-"));
const rows = Number(process.argv[2] ?? DEFAULT_ROWS);

/** A store that forgets parts and records. */
class ForgetfulStore extends MemoryObjectStore {
  /**
   * @override
   * @type {MemoryObjectStore["put"]}
   */
  async put(path, body, options) {
    return path.includes("/records/") ? { etag: undefined } : await super.put(path, body, options);
  }

  /**
   * @override
   * @type {MemoryObjectStore["uploadPart"]}
   */
  async uploadPart(_path, _id, partNumber, body, options) {
    return { partNumber, size: body.length, etag: String(partNumber), checksum: options?.checksum };
  }

  /**
   * @override
   * @type {MemoryObjectStore["completeUpload"]}
   */
  async completeUpload() {
    return { etag: undefined };
  }
}

/** A folder that takes no checksums. */
class UncheckedStore extends DecoratedObjectStore {
  /** @override */
  get capabilities() {
    const capabilities = super.capabilities;
    return { ...capabilities, checksums: [], uploads: capabilities.uploads && { ...capabilities.uploads, objectChecksums: [] } };
  }
}

const RECORDS_ALONE = "a local folder that takes no checksums";

/** @type {Record<string, () => ObjectStore>} */
const stores = {
  [RECORDS_ALONE]: () => new UncheckedStore(new LocalObjectStore(join(folder, "store"))),
  "a local folder": () => new LocalObjectStore(join(folder, "store")),
  "no store at all": () => new ForgetfulStore(),
};

/**
 * @param {ObjectStore} store
 * @param {boolean} isKept
 */
async function write(store, isKept) {
  const recording = new RecordingObjectStore(store);
  const generated = new GeneratedRows();
  const before = process.cpuUsage();
  const writer = await SstWriter.create(store, PATH, { mode: "overwrite", ...(isKept ? { checkpoint: { store: recording, prefix: "journals" } } : {}) });
  for (let row = 0; row < rows; row++) {
    generated.next();
    const wait = writer.put(generated.key, generated.value, generated.times);
    if (wait !== undefined) await wait;
  }
  await writer.close();
  const { user, system } = process.cpuUsage(before);
  await store.delete(PATH);
  const records = recording.calls("put").filter(({ path }) => path.includes("/records/"));
  return { seconds: (user + system) / MICROSECONDS, records: records.length, bytes: records.reduce((sum, { size }) => sum + (size ?? 0), 0) };
}

const median = (/** @type {number[]} */ values) => values.sort((left, right) => left - right)[values.length >> 1] ?? 0;

try {
  for (const [name, open] of Object.entries(stores)) {
    /** @type {number[]} */
    const without = [];
    /** @type {number[]} */
    const ratios = [];
    let { records, bytes } = await write(open(), true);
    for (let round = 0; round < ROUNDS; round++) {
      const plain = await write(open(), false);
      const kept = await write(open(), true);
      ({ records, bytes } = kept);
      without.push(plain.seconds);
      ratios.push(kept.seconds / plain.seconds - 1);
    }
    const time = median(ratios) * PERCENT;
    const share = (bytes / (rows * ROW_BYTES)) * PERCENT;
    console.log(`${name}: ${rows} rows of ${ROW_BYTES} bytes, ${records} records, ${Math.round(bytes / records / 1024)} KiB each, ${share.toFixed(1)} % of the rows' bytes; ` +
      `${time.toFixed(1)} % more than the ${((median(without) * NANOSECONDS) / rows).toFixed(0)} ns a row without (median of ${ROUNDS})`);
    if (name === RECORDS_ALONE && (time >= 10 || share >= 10)) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
