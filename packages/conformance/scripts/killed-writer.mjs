// The process that the kill tests kill: writes an SST to a local store, tells on standard output how far it is, and at the
// moment asked for stops dead until the signal comes. Arguments, as JSON: see KilledWriter below.
import { readSync, writeSync } from "node:fs";
import fs from "node:fs/promises";
import { LocalObjectStore } from "@slate-sst/object-store";
import { SstWriter } from "@slate-sst/writer";
import { GeneratedRows } from "./generated-rows.mjs";

/**
 * @typedef {object} KilledWriter
 * @property {string} folder root of the store
 * @property {string} path of the SST
 * @property {"create" | "overwrite"} mode
 * @property {number} rows
 * @property {number} partSize
 * @property {string | null} moment where to stop; null to run on, telling of every moment
 */

const STANDARD_INPUT = 0;
const STANDARD_OUTPUT = 1;
/** Tells of every so many rows. */
const ROWS_PER_MOMENT = 1000;
/** Exit code when the other side went away without killing this process. */
const NOT_KILLED = 3;

/** @type {KilledWriter} */
const { folder, path, mode, rows, partSize, moment: wanted } = JSON.parse(process.argv[2] ?? "{}");

/** Tells of a moment; at the one asked for nothing more happens here than what other threads have under way. */
const at = (/** @type {string} */ moment) => {
  if (wanted !== null && wanted !== moment) return;
  writeSync(STANDARD_OUTPUT, `${moment}\n`);
  if (wanted === null) return;
  readSync(STANDARD_INPUT, new Uint8Array(1));
  process.exit(NOT_KILLED);
};

/**
 * Tells before and after each call of a function of the file system.
 * @param {"link" | "rename" | "rm"} name
 */
function tellOf(name) {
  const call = /** @type {(...args: unknown[]) => Promise<unknown>} */ (fs[name]);
  const told = async (/** @type {unknown[]} */ ...args) => {
    at(`before ${name}`);
    const result = await call(...args);
    at(`after ${name}`);
    return result;
  };
  Object.assign(fs, { [name]: told });
}

/** A local store that tells of parts and completion. */
class TellingStore extends LocalObjectStore {
  /**
   * @override
   * @type {LocalObjectStore["uploadPart"]}
   */
  async uploadPart(...args) {
    const [, , partNumber] = args;
    at(`part ${partNumber} begins`);
    const receipt = await super.uploadPart(...args);
    at(`part ${partNumber} is there`);
    return receipt;
  }

  /**
   * @override
   * @type {LocalObjectStore["completeUpload"]}
   */
  async completeUpload(...args) {
    at("completion begins");
    const result = await super.completeUpload(...args);
    at("completion is done");
    return result;
  }
}

tellOf("link");
tellOf("rename");
tellOf("rm");

const generated = new GeneratedRows();
const writer = await SstWriter.create(new TellingStore(folder), path, { mode, partSize });
for (let row = 1; row <= rows; row++) {
  generated.next();
  const wait = writer.put(generated.key, generated.value, generated.times);
  if (wait !== undefined) await wait;
  if (row % ROWS_PER_MOMENT === 0) at(`${row} rows`);
}
at("close");
await writer.close();
at("closed");
