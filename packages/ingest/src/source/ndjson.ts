// NDJSON: one JSON object a line. Lines without anything but white space are passed over.
import { isUtf8 } from "node:buffer";
import { type Fields, sourceError, type SourceRecord } from "./record.js";

/** Longest line, in bytes: 512 MiB, about what a string of V8 can hold. */
const LINE_BYTES_MAX = 512 * 1024 * 1024;
const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = "\uFEFF";

/** @throws SstError ERR_SST_SOURCE_FORMAT with the line of what is no JSON object. */
export async function* readNdjson(file: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<SourceRecord[]> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let line = 1;
  const take = (bytes: Uint8Array): SourceRecord[] => {
    let text: string;
    try {
      text = decoder.decode(bytes);
    } catch (cause) {
      throw sourceError("ERR_SST_SOURCE_FORMAT", { file, line: line + brokenLine(bytes) }, "the line is not UTF-8", {}, cause);
    }
    if (line === 1 && text.startsWith(BYTE_ORDER_MARK)) text = text.slice(1);
    const records: SourceRecord[] = [];
    const lines = text.split("\n");
    // What ends with a newline has no line behind it.
    if (lines.at(-1) === "") lines.pop();
    for (const each of lines) {
      const trimmed = each.trim();
      if (trimmed !== "") records.push({ file, line, fields: parseObject(trimmed, file, line), text: trimmed });
      line++;
    }
    return records;
  };
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      const records = take(Buffer.concat([...pending, chunk.subarray(0, end)]));
      pending = [];
      pendingBytes = 0;
      if (records.length > 0) yield records;
    }
    // The chunk's memory belongs to whoever reads it next.
    if (end < chunk.length) pending.push(Uint8Array.from(chunk.subarray(end)));
    pendingBytes += chunk.length - end;
    if (pendingBytes > LINE_BYTES_MAX) throw sourceError("ERR_SST_SOURCE_FORMAT", { file, line }, `the line has more than ${LINE_BYTES_MAX} bytes; is this NDJSON?`);
  }
  const records = take(Buffer.concat(pending));
  if (records.length > 0) yield records;
}

function parseObject(text: string, file: string, line: number): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw sourceError("ERR_SST_SOURCE_FORMAT", { file, line }, `not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {}, cause);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw sourceError("ERR_SST_SOURCE_FORMAT", { file, line }, `a line of NDJSON is an object, not ${Array.isArray(value) ? "an array" : value === null ? "null" : `a ${typeof value}`}`);
}

/** Which line is not UTF-8, from 0. */
function brokenLine(bytes: Uint8Array): number {
  let from = 0;
  for (let line = 0; ; line++) {
    const end = bytes.indexOf(NEWLINE, from);
    if (end === -1 || !isUtf8(bytes.subarray(from, end))) return line;
    from = end + 1;
  }
}
