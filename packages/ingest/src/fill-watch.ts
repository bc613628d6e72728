// When an SST of a run is full. Asking the writer for its size after every row would cost more than writing the row, so it
// is asked only when the rows since the last answer could have filled the SST: each counts with the most it can add.
import { DEFAULT_FILTER_BITS_PER_KEY, DEFAULT_MIN_FILTER_KEYS } from "@slate-sst/format";
import type { Row, SstWriter, SstWriterConfig } from "@slate-sst/writer";

/** Index, stats, info and footer of an SST with one row, without its keys: less than this many bytes. */
const FIXED_BYTES_MAX = 512;
/** What a row adds besides key and value, its own block, index entry and stats entry included: less than this. */
const ROW_BYTES_MAX = 256;
/** A key may stand in a row, as separator in the index, and as first and as last entry in the info. */
const KEY_PLACES = 4;
/** UTF-8 bytes of a text take at most this many for each UTF-16 unit. */
const UTF8_BYTES_PER_UNIT_MAX = 3;
const BYTE_BITS = 8;

/** Watches the size of one SST while it is written. */
export class FillWatch {
  readonly #writer: SstWriter;
  readonly #sstSize: number;
  readonly #rowBytesMax: number;
  /** The filter appears with this row, for all rows before it at once. */
  readonly #filterFrom: number;
  #size = FIXED_BYTES_MAX;
  #sizeRows = 0;
  #growthMax = 0;

  /** @param config what the writer was created with */
  constructor(writer: SstWriter, sstSize: number, config: SstWriterConfig) {
    const { filter = true, filterBitsPerKey = DEFAULT_FILTER_BITS_PER_KEY, minFilterKeys = DEFAULT_MIN_FILTER_KEYS } = config;
    this.#writer = writer;
    this.#sstSize = sstSize;
    this.#rowBytesMax = ROW_BYTES_MAX + (filter ? Math.ceil(filterBitsPerKey / BYTE_BITS) : 0);
    this.#filterFrom = filter ? minFilterKeys : Number.POSITIVE_INFINITY;
  }

  /**
   * Whether the SST, closed after this row, which the writer has taken, would be of the wanted size or larger. With a codec
   * or transformer that makes blocks larger it may be noticed some rows late.
   */
  isFullAfter(row: Row): boolean {
    this.#growthMax += this.#rowBytesMax + KEY_PLACES * bytesMax(row.key) + bytesMax(row.value);
    const { rowCount } = this.#writer;
    const hasNewFilter = rowCount >= this.#filterFrom && this.#sizeRows < this.#filterFrom;
    if (this.#size + this.#growthMax < this.#sstSize && !hasNewFilter) return false;
    this.#size = this.#writer.estimatedSize();
    this.#sizeRows = rowCount;
    this.#growthMax = 0;
    return this.#size >= this.#sstSize;
  }
}

function bytesMax(bytes: Uint8Array | string | undefined): number {
  if (bytes === undefined) return 0;
  return typeof bytes === "string" ? bytes.length * UTF8_BYTES_PER_UNIT_MAX : bytes.length;
}
