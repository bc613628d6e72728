// Length-prefixed binary rows: the length of the key, the key, the length of the value, the value. Lengths have 32 bits, least
// significant byte first. Nothing stands before, between or behind the rows.
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from "@slate-sst/format";
import { sourceError, type SourceRecord } from "./record.js";

const LENGTH_BYTES = Uint32Array.BYTES_PER_ELEMENT;

/** @throws SstError ERR_SST_SOURCE_FORMAT with the number of a row that is longer than possible or cut off. */
export async function* readBinaryRows(file: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<SourceRecord[]> {
  let line = 1;
  let rest: Buffer = Buffer.alloc(0);
  let wanted = 0;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  for await (const chunk of chunks) {
    // A row of many chunks is joined once, when all of it is there.
    waiting.push(Uint8Array.from(chunk));
    waitingBytes += chunk.length;
    if (rest.length + waitingBytes < wanted) continue;
    rest = Buffer.concat([rest, ...waiting]);
    waiting = [];
    waitingBytes = 0;
    const records: SourceRecord[] = [];
    let at = 0;
    for (;;) {
      const key = field(rest, at, KEY_BYTES_MAX, "key", file, line);
      const value = key.end > rest.length ? key : field(rest, key.end, VALUE_BYTES_MAX, "value", file, line);
      wanted = value.end - at;
      if (key.end > rest.length || value.end > rest.length) break;
      records.push({ file, line: line++, fields: undefined, key: rest.subarray(key.start, key.end), value: rest.subarray(value.start, value.end) });
      at = value.end;
    }
    rest = rest.subarray(at);
    if (records.length > 0) yield records;
  }
  const left = rest.length + waitingBytes;
  if (left > 0) throw sourceError("ERR_SST_SOURCE_FORMAT", { file, line }, `row ${line} is cut off: the file ends ${left} bytes after it begins`);
}

/** Where a field lies, as far as its length is there. An end behind the bytes means that more are needed. */
function field(bytes: Buffer, at: number, bytesMax: number, what: string, file: string, line: number): { readonly start: number; readonly end: number } {
  const start = at + LENGTH_BYTES;
  if (start > bytes.length) return { start, end: start };
  const length = bytes.readUInt32LE(at);
  if (length > bytesMax) throw sourceError("ERR_SST_SOURCE_FORMAT", { file, line }, `row ${line} says that its ${what} has ${length} bytes; at most ${bytesMax} are possible. Rows are: length of the key (32 bits, little-endian), key, length of the value, value`);
  return { start, end: start + length };
}
