// What checkpoints cost: `node packages/conformance/scripts/checkpoint-cost.mjs [rows]` writes the same rows of 116 bytes without a journal,
// with one, and with one of almost no records, in turns, to a local folder and to a store that takes everything and keeps nothing. It prints
// in proportion to the writing without: the processor time of the records, that of everything a journal brings (each part's CRC-32 is
// handed over, for which a folder reads the part once more; the journal is begun and removed), and the records' bytes. Ends in 1 when
// records take 10 % or more of time or bytes in the folder.
import { LocalObjectStore, MemoryObjectStore } from "@slate-sst/object-store";
import { RecordingObjectStore } from "@slate-sst/object-store/testing";
import { SstWriter } from "@slate-sst/writer";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GeneratedRows, ROW_BYTES } from "./generated-rows.mjs";

const DEFAULT_ROWS = 1_000_000;
/** Each round goes there and back: the garbage collector runs every other time, and must not always meet the same one. */
const ROUNDS = 8;
/** A record for so many parts is none. */
const NEVER = 1000;
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

/** @type {readonly { readonly name: string, readonly open: () => ObjectStore, readonly everyParts?: number, readonly isJudged?: boolean }[]} */
const contests = [
  { name: "a local folder", open: () => new LocalObjectStore(join(folder, "store")), isJudged: true },
  { name: "a local folder, a record for each part", open: () => new LocalObjectStore(join(folder, "store")), everyParts: 1 },
  { name: "no store at all, a record for each part", open: () => new ForgetfulStore(), everyParts: 1 },
];

/**
 * @param {ObjectStore} store
 * @param {boolean} isKept
 * @param {number | undefined} everyParts
 */
async function write(store, isKept, everyParts) {
  const recording = new RecordingObjectStore(store);
  const generated = new GeneratedRows();
  const before = process.cpuUsage();
  const writer = await SstWriter.create(store, PATH, { mode: "overwrite", ...(isKept ? { checkpoint: { store: recording, prefix: "journals", ...(everyParts === undefined ? {} : { everyParts }) } } : {}) });
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
  for (const { name, open, everyParts, isJudged } of contests) {
    const ways = { plain: { isKept: false, everyParts: undefined }, sparse: { isKept: true, everyParts: NEVER }, kept: { isKept: true, everyParts } };
    /** @type {Record<keyof typeof ways, number[]>} */
    const seconds = { plain: [], sparse: [], kept: [] };
    let { records, bytes } = await write(open(), true, everyParts);
    for (let round = 0; round < ROUNDS; round++) {
      for (const way of /** @type {const} */ (["plain", "sparse", "kept", "kept", "sparse", "plain"])) {
        const written = await write(open(), ways[way].isKept, ways[way].everyParts);
        seconds[way].push(written.seconds);
        if (way === "kept") ({ records, bytes } = written);
      }
    }
    const [plain, sparse, kept] = [median(seconds.plain), median(seconds.sparse), median(seconds.kept)];
    const time = ((kept - sparse) / plain) * PERCENT;
    const whole = (kept / plain - 1) * PERCENT;
    const share = (bytes / (rows * ROW_BYTES)) * PERCENT;
    console.log(`${name}: ${rows} rows of ${ROW_BYTES} bytes, ${records} records, ${Math.round(bytes / records / 1024)} KiB each, ${share.toFixed(1)} % of the rows' bytes; ` +
      `they take ${time.toFixed(1)} %, and the journal with all it brings ${whole.toFixed(1)} %, of the ${((plain * NANOSECONDS) / rows).toFixed(0)} ns a row without (medians of ${2 * ROUNDS})`);
    if (isJudged === true && (time >= 10 || share >= 10)) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
