// Whole data blocks taken apart by the kernel: ../assembly/scan.ts turns their rows into columns. Here is the memory around it.
import { BLOCK_SIZES, KEY_BYTES_MAX } from "./generated/constants.js";
import { sizeRowV2 } from "./generated/codecs.js";
import { createKernel, type Kernel, KERNEL_SLACK_BYTES, KernelLayout } from "./kernel.js";

/** Bytes of several payloads that one call takes. */
const CALL_BYTES = 256 * 1024;
/** Room for the keys of one call: many times as much as they are with prefixes left out. */
const KEYS_BYTES = 4 * CALL_BYTES;
const BLOCKS_MAX = 1024;
const ROWS_MAX = Math.floor(CALL_BYTES / sizeRowV2(0, 0, 0, 0));
const ENTRY_WORDS = 2;
const TABLE_WORDS = 11;
const ROWS_WORD = 10;
/** Word of the table that is 0 where values are not copied. */
const VALUES_WORD = 3;
const WORD_BYTES = Uint32Array.BYTES_PER_ELEMENT;
const LONG_BYTES = BigUint64Array.BYTES_PER_ELEMENT;

/** Decodes the rows of blocks in the kernel's memory into columns. Internal to sibling packages. */
export class BlockScanner {
  /** Two arrays for bytes that payloads lie in, of the length that was asked for. */
  readonly memory: readonly [Uint8Array, Uint8Array];
  /** An array for one payload, when it lies elsewhere. */
  readonly scratch: Uint8Array;
  /** The whole memory: addresses of values count from its start. */
  readonly bytes: Uint8Array;
  /** Keys of the rows, one behind the other: key n is the bytes from keyOffsets[n] to before keyOffsets[n + 1]. */
  readonly keys: Uint8Array;
  /** Where each key begins in `keys`; one entry more than there are rows. */
  readonly keyOffsets: Int32Array;
  /** Addresses where values begin and end: the bytes of payloads, or copies one behind the other. */
  readonly valueStarts: Uint32Array;
  /** Addresses behind the last byte of each value. */
  readonly valueEnds: Uint32Array;
  /** The flags of each row, as blocks store them. */
  readonly flags: Uint8Array;
  /** The sequence number of each row. */
  readonly seqs: BigUint64Array;
  /** 0 where a row has none. */
  readonly createTs: BigInt64Array;
  /** Milliseconds since the Unix epoch; 0 where a row has none. */
  readonly expireTs: BigInt64Array;
  readonly #kernel: Kernel;
  readonly #entries: Uint32Array;
  readonly #table: Uint32Array;
  readonly #valuesAt: number;
  #count = 0;
  #payloadBytes = 0;

  private constructor(kernel: Kernel, areas: Areas, memoryBytes: number) {
    const { bytes } = kernel;
    const { buffer } = bytes;
    this.#kernel = kernel;
    this.bytes = bytes;
    this.memory = [bytes.subarray(areas.first, areas.first + memoryBytes), bytes.subarray(areas.second, areas.second + memoryBytes)];
    this.scratch = bytes.subarray(areas.scratch, areas.scratch + CALL_BYTES);
    this.keys = bytes.subarray(areas.keys, areas.keys + KEYS_BYTES);
    this.keyOffsets = new Int32Array(buffer, areas.keyOffsets, ROWS_MAX + 1);
    this.valueStarts = new Uint32Array(buffer, areas.valueStarts, ROWS_MAX);
    this.valueEnds = new Uint32Array(buffer, areas.valueEnds, ROWS_MAX);
    this.flags = new Uint8Array(buffer, areas.flags, ROWS_MAX);
    this.seqs = new BigUint64Array(buffer, areas.seqs, ROWS_MAX);
    this.createTs = new BigInt64Array(buffer, areas.createTs, ROWS_MAX);
    this.expireTs = new BigInt64Array(buffer, areas.expireTs, ROWS_MAX);
    this.#entries = new Uint32Array(buffer, areas.entries, BLOCKS_MAX * ENTRY_WORDS);
    this.#table = new Uint32Array(buffer, areas.table, TABLE_WORDS);
    this.#valuesAt = areas.values;
    this.#table.set([areas.keys, areas.keys + KEYS_BYTES, areas.keyOffsets, 0, areas.valueStarts, areas.valueEnds, areas.flags, areas.seqs, areas.createTs, areas.expireTs, 0]);
  }

  /** @param memoryBytes of each of the two arrays. @returns undefined where there is no kernel. */
  static create(memoryBytes: number): BlockScanner | undefined {
    const layout = new KernelLayout();
    const areas = layoutAreas(layout, memoryBytes);
    const kernel = createKernel(layout.length);
    return kernel === undefined ? undefined : new BlockScanner(kernel, areas, memoryBytes);
  }

  /** Payloads that were added. */
  get count(): number {
    return this.#count;
  }

  /** Rows of the last scan. */
  get rows(): number {
    return this.#table[ROWS_WORD]!;
  }

  /** Starts over with no payloads. */
  clear(): void {
    this.#count = this.#payloadBytes = 0;
  }

  /**
   * Adds the payload at bytes [start, end) of an array.
   * @returns false when the array does not lie in the scanner's memory, or when one call takes no more.
   */
  add(bytes: Uint8Array, start: number, end: number): boolean {
    if (bytes.buffer !== this.bytes.buffer || !(start >= 0 && start <= end && end <= bytes.length)) return false;
    if (this.#count === BLOCKS_MAX || (this.#count > 0 && this.#payloadBytes + end - start > CALL_BYTES)) return false;
    this.#payloadBytes += end - start;
    const at = this.#count++ * ENTRY_WORDS;
    this.#entries[at] = bytes.byteOffset + start;
    this.#entries[at + 1] = bytes.byteOffset + end;
    return true;
  }

  /** Takes back the payload that was added last. */
  dropLast(): void {
    this.#count--;
  }

  /**
   * Takes the payloads apart, up to the first that is not surely sound. Their keys ascend.
   * @param copyValues whether values are copied, to lie one behind the other. @returns payloads whose rows are there.
   */
  scan(copyValues: boolean): number {
    this.#table[VALUES_WORD] = copyValues ? this.#valuesAt : 0;
    return this.#kernel.scanBlocksV2(this.#count, this.#entries.byteOffset, this.#table.byteOffset, KEY_BYTES_MAX, BLOCK_SIZES.at(-1)!);
  }
}

interface Areas {
  readonly first: number;
  readonly second: number;
  readonly scratch: number;
  readonly entries: number;
  readonly table: number;
  readonly keys: number;
  readonly keyOffsets: number;
  readonly values: number;
  readonly valueStarts: number;
  readonly valueEnds: number;
  readonly flags: number;
  readonly seqs: number;
  readonly createTs: number;
  readonly expireTs: number;
}

function layoutAreas(layout: KernelLayout, memoryBytes: number): Areas {
  return {
    first: layout.area(memoryBytes),
    second: layout.area(memoryBytes),
    scratch: layout.area(CALL_BYTES),
    entries: layout.area(BLOCKS_MAX * ENTRY_WORDS * WORD_BYTES),
    table: layout.area(TABLE_WORDS * WORD_BYTES),
    // Copies run on behind what they copy by less than the slack.
    keys: layout.area(KEYS_BYTES + KERNEL_SLACK_BYTES),
    keyOffsets: layout.area((ROWS_MAX + 1) * WORD_BYTES),
    values: layout.area(Math.max(memoryBytes, CALL_BYTES)),
    valueStarts: layout.area(ROWS_MAX * WORD_BYTES),
    valueEnds: layout.area(ROWS_MAX * WORD_BYTES),
    flags: layout.area(ROWS_MAX),
    seqs: layout.area(ROWS_MAX * LONG_BYTES),
    createTs: layout.area(ROWS_MAX * LONG_BYTES),
    expireTs: layout.area(ROWS_MAX * LONG_BYTES),
  };
}
