// writeSource: a sorted source to one SST.
import { isSstError } from "@slate-sst/format";
import type { ObjectStore } from "@slate-sst/object-store";
import { type SstMetadata, SstWriter } from "@slate-sst/writer";
import { atRecord } from "../source/record.js";
import { readSource } from "../source/read-source.js";
import { findSources } from "../source/source-files.js";
import { abortedError } from "./abort.js";
import { checkRowOptions, type RowOptions } from "./options.js";
import { RowMaker, UNSORTED_HINT } from "./row-maker.js";

/**
 * Writes the rows of a source, which are sorted by the bytes of their keys, as one SST. It is there when the promise resolves,
 * whole; after an error nothing is.
 * @param source files, globs, URLs of objects, or "-" for `options.stdin`, one after the other.
 * @param path where the SST will lie in the store.
 * @throws SstError ERR_SST_SOURCE_READ, _FORMAT, _FIELD, ERR_SST_KEY_FIELD with file and line; the errors of SstWriter, those about a
 *   row with file and line; SstRangeError ERR_SST_KEY_TEMPLATE, ERR_SST_OPTION_INVALID.
 */
export async function writeSource(source: string | readonly string[], store: ObjectStore, path: string, options: RowOptions = {}): Promise<SstMetadata> {
  checkRowOptions(options);
  const { format, columns, stdin, onDuplicate = "error", writer: writerConfig, signal } = options;
  const files = await findSources(typeof source === "string" ? [source] : source, { format, stdin });
  const maker = new RowMaker(options, files, Date.now());
  const writer = await SstWriter.create(store, path, { ...writerConfig, onDuplicate, mode: "create", ...(signal === undefined ? {} : { signal }) });
  try {
    for await (const records of readSource(files, { columns, signal })) {
      for (const record of records) {
        const row = maker.rowOf(record);
        try {
          const wait = writer.add(row);
          if (wait !== undefined) await wait;
        } catch (error) {
          throw atRecord(error, record, isSstError(error, "ERR_SST_ROW_ORDER") ? UNSORTED_HINT : "");
        }
      }
    }
    return await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => undefined);
    // Streams that are aborted throw errors of their own.
    if (signal?.aborted === true && !isSstError(error, "ERR_SST_ABORTED")) throw abortedError(signal);
    throw error;
  }
}
