// The process that the resume tests kill at a random moment: goes on with an SST, or begins it, and tells on standard output when it
// has begun, after each part, and when it is through. Arguments, as JSON: see CheckpointedWriter below.
import { writeSync } from "node:fs";
import { isStoreError, openStore } from "@slate-sst/object-store";
import { isSstError } from "@slate-sst/format";
import { SstWriter } from "@slate-sst/writer";
import { GeneratedRows } from "./generated-rows.mjs";

/**
 * @typedef {object} CheckpointedWriter
 * @property {string} url of the store, which holds the journal, too
 * @property {string} path of the SST
 * @property {"create" | "overwrite"} mode
 * @property {number} rows
 * @property {number} partSize
 * @property {boolean} isReplayed whether rows come again from the first one
 */

const STANDARD_OUTPUT = 1;

/** @type {CheckpointedWriter} */
const { url, path, mode, rows, partSize, isReplayed } = JSON.parse(process.argv[2] ?? "{}");
const tell = (/** @type {string} */ text) => void writeSync(STANDARD_OUTPUT, `${text}\n`);

/** Rows from one on; those before it are made and not given. */
function* rowsFrom(/** @type {number} */ first) {
  const generated = new GeneratedRows();
  for (let row = 0; row < rows; row++) {
    generated.next();
    if (row >= first) yield { key: generated.key, value: generated.value, ...generated.times };
  }
}

async function openWriter(/** @type {import("@slate-sst/object-store").ObjectStore} */ store) {
  const config = { mode, partSize, checkpoint: { store, prefix: "journals" } };
  try {
    return await SstWriter.resume(store, path, config);
  } catch (error) {
    if (!isSstError(error, "ERR_SST_CHECKPOINT_MISSING")) throw error;
  }
  // Nothing was begun, or it was through.
  try {
    await store.head(path);
    return undefined;
  } catch (error) {
    if (!isStoreError(error, "ERR_STORE_NOT_FOUND")) throw error;
  }
  return await SstWriter.create(store, path, config);
}

const writer = await openWriter(await openStore(url));
const skipped = writer?.resumeAfter?.rows ?? 0;
tell(`began ${skipped}`);
if (writer?.state === "writing") {
  let durable = writer.durable?.rows;
  const watched = function* (/** @type {Iterable<import("@slate-sst/writer").Row>} */ source) {
    for (const row of source) {
      yield row;
      if (writer.durable?.rows === durable) continue;
      durable = writer.durable?.rows;
      tell(`durable ${durable}`);
    }
  };
  if (isReplayed && skipped > 0) await writer.replay(watched(rowsFrom(0)));
  else await writer.writeAll(watched(rowsFrom((writer.resumeAfter?.ordinal ?? -1) + 1)));
  tell("close");
  await writer.close();
}
tell("closed");
