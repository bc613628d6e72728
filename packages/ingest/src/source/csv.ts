// CSV and TSV, parsed by csv-parse: RFC 4180, a header unless the columns are named, every row as long as it.
import { isUtf8 } from "node:buffer";
import { pipeline, Readable } from "node:stream";
import { CsvError, parse } from "csv-parse";
import { type Fields, sourceError, type SourceRecord } from "./record.js";

/** Records that are handed on together. */
const BATCH_RECORDS = 1000;
/** Longest record, in bytes: 512 MiB. A quote that is never closed would take the rest of the file. */
const RECORD_BYTES_MAX = 512 * 1024 * 1024;
const NEWLINE = 0x0a;
/** What the bytes of a character of UTF-8 begin with, but for the first. */
const CONTINUATION = 0x80;
const CONTINUATION_MASK = 0xc0;

export interface CsvOptions {
  readonly delimiter: string;
  /** Names of the columns, for files without a header. */
  readonly columns: readonly string[] | undefined;
}

interface ParsedRecord {
  readonly record: Fields;
  /** `lines`: those that were read up to the end of the record. */
  readonly info: { readonly lines: number };
}

/** @throws SstError ERR_SST_SOURCE_FORMAT with the line of what is no CSV, or has another number of columns. */
export async function* readCsv(file: string, chunks: AsyncIterable<Uint8Array>, { delimiter, columns }: CsvOptions): AsyncGenerator<SourceRecord[]> {
  const tsv = delimiter === "\t";
  const parser = parse({
    bom: true, delimiter, info: true, skip_empty_lines: true, max_record_size: RECORD_BYTES_MAX,
    columns: columns === undefined ? (header: string[]) => checkHeader(file, header) : [...columns],
    // Quotes mean nothing in TSV as it is commonly written.
    ...(tsv ? { quote: null } : {}),
  });
  pipeline(Readable.from(checkUtf8(file, chunks), { objectMode: true }), parser, () => undefined);
  let batch: SourceRecord[] = [];
  let line = 1;
  let tooMany = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<ParsedRecord>) {
      const { newlines, crlfs } = newlinesIn(record);
      // The parser counts those in quotes twice.
      tooMany += crlfs;
      line = info.lines - tooMany - newlines;
      batch.push({ file, line, fields: record });
      if (batch.length < BATCH_RECORDS) continue;
      yield batch;
      batch = [];
    }
  } catch (error) {
    // What came before it is still to be judged, in its order.
    if (batch.length > 0) yield batch;
    if (!(error instanceof CsvError)) throw error;
    const at = "lines" in error && typeof error.lines === "number" ? error.lines - tooMany : line;
    throw sourceError("ERR_SST_SOURCE_FORMAT", { file, line: at }, `not CSV: ${error.message}`, { reason: error.code }, error);
  }
  if (batch.length > 0) yield batch;
}

function newlinesIn(record: Fields): { readonly newlines: number; readonly crlfs: number } {
  let newlines = 0;
  let crlfs = 0;
  for (const value of Object.values(record)) {
    if (typeof value !== "string" || !value.includes("\n")) continue;
    newlines += value.split("\n").length - 1;
    crlfs += value.split("\r\n").length - 1;
  }
  return { newlines, crlfs };
}

function checkHeader(file: string, header: readonly string[]): string[] {
  const seen = new Set<string>();
  for (const name of header) {
    if (name === "") throw sourceError("ERR_SST_SOURCE_FORMAT", { file, line: 1 }, "a column of the header has no name");
    if (seen.has(name)) throw sourceError("ERR_SST_SOURCE_FORMAT", { file, line: 1 }, `the header has two columns named ${JSON.stringify(name)}`);
    seen.add(name);
  }
  return [...header];
}

/** The parser would put U+FFFD in place of what is not UTF-8. */
async function* checkUtf8(file: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let lines = 1;
  const refuse = (chunk: Uint8Array, cause: unknown): never => {
    throw sourceError("ERR_SST_SOURCE_FORMAT", { file, line: lines + firstBroken(chunk) }, "the text is not UTF-8", {}, cause);
  };
  for await (const chunk of chunks) {
    try {
      decoder.decode(chunk, { stream: true });
    } catch (cause) {
      refuse(chunk, cause);
    }
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) lines++;
    yield chunk;
  }
  try {
    decoder.decode();
  } catch (cause) {
    refuse(new Uint8Array(0), cause);
  }
}

/** Newlines before the first line that is not UTF-8, as far as the chunk tells: it may begin and end in the middle of a character. */
function firstBroken(chunk: Uint8Array): number {
  let from = 0;
  while (from < chunk.length && (chunk[from]! & CONTINUATION_MASK) === CONTINUATION) from++;
  let line = 0;
  for (let end = chunk.indexOf(NEWLINE, from); end !== -1; end = chunk.indexOf(NEWLINE, from), line++) {
    if (!isUtf8(chunk.subarray(from, end))) return line;
    from = end + 1;
  }
  return line;
}
