// All records of all files of a source, in order.
import { SstError } from "@slate-sst/format";
import { readArrow } from "./arrow.js";
import { readBinaryRows } from "./binary-rows.js";
import { readCsv } from "./csv.js";
import { decompressed } from "./decompress.js";
import { readNdjson } from "./ndjson.js";
import type { SourceRecord } from "./record.js";
import type { SourceFile } from "./source-files.js";

export interface ReadOptions {
  /** Names of the columns of CSV and TSV without a header. */
  readonly columns?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of bytes as they are read, packed as they are. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** @throws SstError ERR_SST_SOURCE_READ, _FORMAT; what the store of a source throws. */
export async function* readSource(files: readonly SourceFile[], options: ReadOptions = {}): AsyncGenerator<SourceRecord[]> {
  for (const file of files) yield* recordsOf(file, options);
}

function recordsOf(file: SourceFile, { columns, signal, onBytes }: ReadOptions): AsyncGenerator<SourceRecord[]> {
  const bytes = decompressed(file.name, counted(file.open(signal), onBytes));
  switch (file.format) {
    case "ndjson":
      return readNdjson(file.name, bytes);
    case "csv":
      return readCsv(file.name, bytes, { delimiter: ",", columns });
    case "tsv":
      return readCsv(file.name, bytes, { delimiter: "\t", columns });
    case "rows":
      return readBinaryRows(file.name, bytes);
    case "arrow":
      return readArrow(file.name, bytes);
    case "parquet":
      throw new SstError("ERR_SST_SOURCE_READ", `${file.name}: Parquet is sorted first, and so imported; it is not written as one SST`, { details: { file: file.name } });
  }
}

async function* counted(chunks: AsyncIterable<Uint8Array>, onBytes: ((bytes: number) => void) | undefined): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    onBytes?.(chunk.length);
    yield chunk;
  }
}
