// The ways to hand rows to our writer, each as a good user would write it.
import type { SstWriter } from "@slate-sst/writer";
import { CREATE_TS, firstKey, nextKey, ValuePool } from "./rows.js";

export type WriteWay = "put";

/** Writes the rows that it was prepared for; whoever calls creates the writer and closes it. */
export type WriteRows = (writer: SstWriter) => Promise<void>;

/** Makes what the rows are made of, outside of any measured time. */
export function prepareRows(_way: WriteWay, rows: number, valueBytes: number): WriteRows {
  return preparePut(rows, new ValuePool(valueBytes));
}

/** Row by row: views made once, one key that is overwritten, one object of times, and a wait only where there is one. */
function preparePut(rows: number, pool: ValuePool): WriteRows {
  const values = pool.views();
  const times = { createTs: CREATE_TS };
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
