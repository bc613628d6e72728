// Rows that the memory and kill tests write: 16-byte ascending keys, 100-byte values unless told otherwise, create_ts. One row object is used for
// all of them, so that what a process allocates is what the writer allocates. Row n is the same in every run.

const KEY_BYTES = 16;
const VALUE_BYTES = 100;
const WORD_BYTES = 4;

/** Bytes of a row's key and value. */
export const ROW_BYTES = KEY_BYTES + VALUE_BYTES;

/** Where the two words lie in the key that count rows; before them all keys are alike. */
const COUNTER_AT = KEY_BYTES - 2 * WORD_BYTES;
/** Keys are this far apart. */
const STRIDE = 4096;
/** Rows that the low word of the key can count. */
const LOW_ROWS = 2 ** 32 / STRIDE;

/** 2023-11-14. */
const FIRST_CREATE_TS = 1_700_000_000_000;
/** Rows of one millisecond. */
const ROWS_PER_MS = 1024;

/** Any number but 0 starts the generator of values. */
const SEED = 0x2545f491;

export class GeneratedRows {
  key = new Uint8Array(KEY_BYTES).fill(0x6b);
  value;
  times = { createTs: FIRST_CREATE_TS };
  #keyView = new DataView(this.key.buffer);
  #valueView;
  #row = 0;
  #word = SEED;

  /** @param valueBytes a multiple of 4 */
  constructor(valueBytes = VALUE_BYTES) {
    this.value = new Uint8Array(valueBytes);
    this.#valueView = new DataView(this.value.buffer);
    for (let at = 0; at < valueBytes; at += WORD_BYTES) this.#valueView.setUint32(at, this.#nextWord());
  }

  /** Makes `key`, `value` and `times` those of the next row. */
  next() {
    const row = this.#row++;
    this.#keyView.setUint32(COUNTER_AT, Math.floor(row / LOW_ROWS));
    this.#keyView.setUint32(COUNTER_AT + WORD_BYTES, (row % LOW_ROWS) * STRIDE);
    this.#valueView.setUint32((row * WORD_BYTES) % this.value.length, this.#nextWord());
    this.times.createTs = FIRST_CREATE_TS + Math.floor(row / ROWS_PER_MS);
  }

  /** Marsaglia's xorshift, 13-17-5. */
  #nextWord() {
    let word = this.#word;
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    this.#word = word;
    return word >>> 0;
  }
}
