// The ways to hand rows to our writer, each as a good user would write it.
import type { SstWriter } from "@slate-sst/writer";
import { CREATE_TS, firstKey, KEY_BYTES, KeyColumn, nextKey, ValuePool } from "./rows.js";

/** put() row by row; writeColumns(); writeAll() with an object for each row, the plain way that the others are compared with. */
export type WriteWay = "put" | "columns" | "objects";

/** When the keys of columns are made: before the clock starts, as whoever has columns has them, or batch by batch while it runs. */
export type KeysMade = "before" | "meanwhile";

/** Writes its rows; whoever calls creates the writer and closes it. */
export type WriteRows = (writer: SstWriter) => Promise<void>;

/** Rows of one call of writeColumns(). */
const BATCH_ROWS = 8192;

/** Makes what the rows are made of. */
export function prepareRows(way: WriteWay, rows: number, pool: ValuePool, keysMade: KeysMade = "before", createTs: bigint | number = CREATE_TS): WriteRows {
  if (way === "columns") return prepareColumns(rows, pool, keysMade, BigInt(createTs));
  if (way === "objects") return (writer) => writer.writeAll(rowObjects(rows, pool, createTs));
  return preparePut(rows, pool, createTs);
}

/** Views made once, one key that is overwritten, one object of times, and a wait only where there is one. */
function preparePut(rows: number, pool: ValuePool, createTs: bigint | number): WriteRows {
  const values = pool.views();
  const times = { createTs };
  return async (writer) => {
    const key = firstKey();
    for (let row = 0, entry = 0; row < rows; row++) {
      const wait = writer.put(key, values[entry]!, times);
      if (wait !== undefined) await wait;
      if (++entry === values.length) entry = 0;
      nextKey(key);
    }
  };
}

/** The longest column of keys so far; it serves for fewer rows as well. */
let longest = new KeyColumn(0);

function firstKeys(rows: number): KeyColumn {
  if (longest.bytes.length < rows * KEY_BYTES) {
    longest = new KeyColumn(rows);
    longest.fill(rows);
  }
  return longest;
}

/** Batches end where the pool of values does: the values of a batch lie side by side in it, and nothing is copied. */
function prepareColumns(rows: number, pool: ValuePool, keysMade: KeysMade, createTs: bigint): WriteRows {
  const batch = Math.min(rows, BATCH_ROWS);
  const keys = keysMade === "before" ? firstKeys(rows) : new KeyColumn(batch);
  const keyOffsets = Int32Array.from({ length: batch + 1 }, (_, row) => row * KEY_BYTES);
  const valueOffsets = Int32Array.from({ length: batch + 1 }, (_, row) => row * pool.valueBytes);
  const timestamps = new BigInt64Array(batch).fill(createTs);
  return async (writer) => {
    if (keysMade === "meanwhile") keys.rewind();
    for (let row = 0; row < rows; ) {
      const entry = row % pool.count;
      const count = Math.min(batch, rows - row, pool.valueBytes === 0 ? rows : pool.count - entry);
      if (keysMade === "meanwhile") keys.fill(count);
      const keyStart = keysMade === "before" ? row * KEY_BYTES : 0;
      const wait = writer.writeColumns({
        keys: keys.bytes.subarray(keyStart, keyStart + count * KEY_BYTES),
        keyOffsets: keyOffsets.subarray(0, count + 1),
        values: pool.bytes.subarray(entry * pool.valueBytes, (entry + count) * pool.valueBytes),
        valueOffsets: valueOffsets.subarray(0, count + 1),
        createTs: timestamps.subarray(0, count),
      });
      if (wait !== undefined) await wait;
      row += count;
    }
  };
}

/** Rows as objects, each with a key of its own. */
export function* rowObjects(rows: number, pool: ValuePool, createTs: bigint | number = CREATE_TS): Generator<{ key: Uint8Array; value: Uint8Array; createTs: bigint | number }, void, undefined> {
  const values = pool.views();
  const key = firstKey();
  for (let row = 0; row < rows; row++) {
    yield { key: key.slice(), value: values[row % values.length]!, createTs };
    nextKey(key);
  }
}
