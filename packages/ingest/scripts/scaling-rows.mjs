// The rows of scaling.mjs, made in the thread that writes them: 16 bytes of key, 100 bytes of value, a create timestamp, in columns.

const KEY_BYTES = 16;
const VALUE_BYTES = 100;
const BATCH = 8192;
const LETTERS = 26;
const FIRST_LETTER = 0x61;

/** @param {{ first: number, count: number }} range */
export default function* columns({ first, count }) {
  // Text that compresses as text does, and that no two rows share.
  const pool = Uint8Array.from({ length: 1 << 16 }, (_, at) => FIRST_LETTER + ((at * 2654435761) >>> 13) % LETTERS);
  const keys = new Uint8Array(BATCH * KEY_BYTES);
  const values = new Uint8Array(BATCH * VALUE_BYTES);
  const view = new DataView(keys.buffer);
  const createTs = new BigInt64Array(BATCH).fill(1_700_000_000_000n);
  const keyOffsets = Int32Array.from({ length: BATCH + 1 }, (_, row) => row * KEY_BYTES);
  const valueOffsets = Int32Array.from({ length: BATCH + 1 }, (_, row) => row * VALUE_BYTES);
  for (let from = first; from < first + count; from += BATCH) {
    const rows = Math.min(BATCH, first + count - from);
    for (let row = 0; row < rows; row++) {
      view.setUint32(row * KEY_BYTES + 12, from + row);
      const start = ((from + row) * 61) % (pool.length - VALUE_BYTES);
      values.set(pool.subarray(start, start + VALUE_BYTES), row * VALUE_BYTES);
    }
    yield { keys, keyOffsets: keyOffsets.subarray(0, rows + 1), values, valueOffsets: valueOffsets.subarray(0, rows + 1), createTs: createTs.subarray(0, rows) };
  }
}
