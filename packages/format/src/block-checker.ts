// Whole data blocks checked by the kernel: ../assembly/verify-rows.ts says which of them are surely sound, and what their rows come
// to. Here is the memory around it: for stored bytes, payloads, separators, hashes, and the bits of a filter that is built on the way.
import { BLOCK_SIZES, KEY_BYTES_MAX } from "./generated/constants.js";
import { sizeRowV2 } from "./generated/codecs.js";
import { createKernel, type Kernel, KERNEL_SLACK_BYTES, KernelLayout } from "./kernel.js";
import { copyBytes } from "./primitives.js";

/** Bytes of several payloads checked by one call: they are summed up and walked while the processor's cache still has them. */
const CALL_BYTES = 128 * 1024;
const BLOCKS_MAX = 512;
const SEPARATOR_ROOM = 64 * 1024;
/** Words of 32 bits of a block's entry and of the state, as the kernel has them. */
const ENTRY_WORDS = 16;
const STATE_WORDS = 18;
/** Words of the least and the greatest number. */
const RANGE_WORDS = 4;
const WORD_BYTES = Uint32Array.BYTES_PER_ELEMENT;
const HASH_BYTES = BigUint64Array.BYTES_PER_ELEMENT;
const BYTE_BITS = 8;

/** Bytes from one key buffer to the next. */
const KEY_ROOM = Math.ceil((KEY_BYTES_MAX + KERNEL_SLACK_BYTES) / KERNEL_SLACK_BYTES) * KERNEL_SLACK_BYTES;
const ROWS_MAX = Math.floor(CALL_BYTES / sizeRowV2(0, 0, 0, 0));

/** Words of an entry. */
const ENTRY = { start: 0, end: 1, separator: 2, separatorLength: 3, rows: 4, deletes: 5, merges: 6, keyBytes: 7, valueBytes: 8, firstKey: 9, firstKeyLength: 10, creates: 11, firstSeq: 12, expires: 14 } as const;

/** Words of the state. Numbers of 64 bits take two, the low half first. */
const STATE = { buffer: 0, keyLength: 1, seq: 2, hasKey: 4, minSeq: 6, maxSeq: 8, minCreate: 10, maxCreate: 12, minExpire: 14, maxExpire: 16 } as const;

/** Number of a block that may be asked for once it was found sound. */
export type BlockNumber = Exclude<keyof typeof ENTRY, "start" | "end" | "separator" | "separatorLength" | "firstSeq" | "firstKey">;
/** A 64-bit number of the rows so far. */
export type RowNumber = Exclude<keyof typeof STATE, "buffer" | "keyLength" | "hasKey">;

/** A bloom filter that is built from the keys of all rows. */
export interface BuiltFilter {
  /** Bytes of its bits, at least 1. */
  readonly length: number;
  /** Bits that are set for a key. */
  readonly probes: number;
}

/** Checks blocks in the kernel's memory: sound ones are walked there, and whatever else is left to the caller. Internal to sibling packages. */
export class BlockChecker {
  /** Most rows that one call finds sound. */
  static readonly rowsMax = ROWS_MAX;
  /** Two arrays for bytes that payloads lie in, of the length that was asked for. */
  readonly memory: readonly [Uint8Array, Uint8Array];
  /** An array for one payload, when it lies elsewhere. */
  readonly scratch: Uint8Array;
  /** The bits of the filter so far; none where none is built. */
  readonly filterBits: Uint8Array;
  readonly #kernel: Kernel;
  readonly #probes: number;
  readonly #entriesAt: number;
  readonly #entries: Uint32Array;
  readonly #stateAt: number;
  readonly #state: Uint32Array;
  readonly #keysAt: number;
  readonly #separatorsAt: number;
  readonly #hashesAt: number;
  readonly #filterAt: number;
  #count = 0;
  #separatorBytes = 0;
  #payloadBytes = 0;

  private constructor(kernel: Kernel, areas: Areas, memoryBytes: number, filter: BuiltFilter | undefined) {
    const { bytes } = kernel;
    this.#kernel = kernel;
    this.#probes = filter?.probes ?? 0;
    this.#entriesAt = areas.entries;
    this.#stateAt = areas.state;
    this.#keysAt = areas.keys;
    this.#separatorsAt = areas.separators;
    this.#hashesAt = areas.hashes;
    this.#filterAt = areas.filter;
    this.memory = [bytes.subarray(areas.first, areas.first + memoryBytes), bytes.subarray(areas.second, areas.second + memoryBytes)];
    this.scratch = bytes.subarray(areas.scratch, areas.scratch + CALL_BYTES);
    this.filterBits = bytes.subarray(areas.filter, areas.filter + (filter?.length ?? 0));
    this.#entries = new Uint32Array(bytes.buffer, areas.entries, BLOCKS_MAX * ENTRY_WORDS);
    this.#state = new Uint32Array(bytes.buffer, areas.state, STATE_WORDS);
    kernel.checkRowsBegin(areas.state);
  }

  /** @param memoryBytes of each of the two arrays. @returns undefined where there is no kernel. */
  static create(memoryBytes: number, filter?: BuiltFilter): BlockChecker | undefined {
    const layout = new KernelLayout();
    const areas = layoutAreas(layout, memoryBytes, filter?.length ?? 0);
    const kernel = createKernel(layout.length);
    return kernel === undefined ? undefined : new BlockChecker(kernel, areas, memoryBytes, filter);
  }

  /** Whether a row came before the next block. */
  get hasKey(): boolean {
    return this.#state[STATE.hasKey] !== 0;
  }

  /** Says which row comes before the next block, with its sequence number in halves. */
  setKey(key: Uint8Array, length: number, seqHi: number, seqLo: number): void {
    const state = this.#state;
    this.#kernel.bytes.set(key.subarray(0, length), this.#keysAt);
    state[STATE.buffer] = 0;
    state[STATE.keyLength] = length;
    state[STATE.seq] = seqLo;
    state[STATE.seq + 1] = seqHi;
    state[STATE.hasKey] = 1;
  }

  /** Says that nothing is known of the row before the next block. */
  forgetKey(): void {
    this.#state[STATE.keyLength] = 0;
    this.#state[STATE.hasKey] = 0;
  }

  /** The key of the last row: a view that is valid until the next call. */
  get key(): Uint8Array {
    const at = this.#keysAt + this.#state[STATE.buffer]! * KEY_ROOM;
    return this.#kernel.bytes.subarray(at, at + this.#state[STATE.keyLength]!);
  }

  /** Starts over with no payloads. */
  clear(): void {
    this.#count = this.#separatorBytes = this.#payloadBytes = 0;
  }

  /**
   * Adds the payload at bytes [start, end) of an array, and its separator.
   * @returns false when the array does not lie in the checker's memory, or when one call takes no more.
   */
  add(bytes: Uint8Array, start: number, end: number, separators: Uint8Array, separatorStart: number, separatorEnd: number): boolean {
    const length = separatorEnd - separatorStart;
    if (bytes.buffer !== this.#kernel.bytes.buffer || !(start >= 0 && start <= end && end <= bytes.length)) return false;
    if (this.#count === BLOCKS_MAX || length > SEPARATOR_ROOM - this.#separatorBytes) return false;
    if (this.#count > 0 && this.#payloadBytes + end - start > CALL_BYTES) return false;
    this.#payloadBytes += end - start;
    const entries = this.#entries;
    const at = this.#count++ * ENTRY_WORDS;
    const separatorAt = this.#separatorsAt + this.#separatorBytes;
    entries[at + ENTRY.start] = bytes.byteOffset + start;
    entries[at + ENTRY.end] = bytes.byteOffset + end;
    entries[at + ENTRY.separator] = separatorAt;
    entries[at + ENTRY.separatorLength] = length;
    copyBytes(this.#kernel.bytes, separatorAt, separators, separatorStart, separatorEnd);
    this.#separatorBytes += length;
    return true;
  }

  /** Least and greatest numbers of the rows so far, for addRanges(). */
  get ranges(): Uint32Array {
    return this.#state.subarray(STATE.minSeq);
  }

  /** Widens the ranges by those of another checker. */
  addRanges(ranges: Uint32Array): void {
    const own = this.ranges;
    for (let at = 0; at < own.length; at += RANGE_WORDS) {
      const read = at === 0 ? BigUint64Array : BigInt64Array;
      const [ours, theirs] = [new read(own.buffer as ArrayBuffer, own.byteOffset + at * WORD_BYTES, 2), new read(ranges.slice(at, at + RANGE_WORDS).buffer)];
      if (theirs[0]! < ours[0]!) ours[0] = theirs[0]!;
      if (theirs[1]! > ours[1]!) ours[1] = theirs[1]!;
    }
  }

  /** Sets bits of the filter that another checker built. */
  addFilterBits(bits: Uint8Array): void {
    const own = this.filterBits;
    for (let at = 0; at < own.length; at++) own[at] = own[at]! | bits[at]!;
  }

  /** Payloads that were added. */
  get count(): number {
    return this.#count;
  }

  /** Takes back the payload that was added last. */
  dropLast(): void {
    this.#count--;
  }

  /**
   * Checks the payloads that were added, up to the first that is not surely sound; what is known of the rows before is then what the
   * last sound one says.
   * @param isFirst whether the first of them is the file's first. @returns how many are sound.
   */
  check(isFirst: boolean): number {
    const hashes = this.filterBits.length > 0 ? this.#hashesAt : 0;
    const sound = this.#kernel.checkBlocksV2(
      this.#count, this.#entriesAt, isFirst ? 1 : 0, this.#stateAt, this.#keysAt, KEY_ROOM, KEY_BYTES_MAX, hashes, BLOCK_SIZES.at(-1)!,
    );
    if (hashes !== 0 && sound > 0) {
      let rows = 0;
      for (let block = 0; block < sound; block++) rows += this.#entries[block * ENTRY_WORDS + ENTRY.rows]!;
      this.#kernel.setBloomBits(this.#filterAt, this.filterBits.length * BYTE_BITS, this.#probes, hashes, rows);
    }
    return sound;
  }

  /** A number of a payload that was found sound. */
  number(block: number, name: BlockNumber): number {
    return this.#entries[block * ENTRY_WORDS + ENTRY[name]]!;
  }

  /** The first key of a payload that was found sound: a view that is valid until the next call. */
  firstKey(block: number): Uint8Array {
    const at = this.#entries[block * ENTRY_WORDS + ENTRY.firstKey]!;
    return this.#kernel.bytes.subarray(at, at + this.number(block, "firstKeyLength"));
  }

  /** The sequence number of a payload's first row: a half of it. */
  firstSeq(block: number, half: "hi" | "lo"): number {
    return this.#entries[block * ENTRY_WORDS + ENTRY.firstSeq + (half === "hi" ? 1 : 0)]!;
  }

  /** A number of the rows so far: a half of it. Of timestamps, the least is above the greatest where there was none. */
  rowNumber(name: RowNumber, half: "hi" | "lo"): number {
    return this.#state[STATE[name] + (half === "hi" ? 1 : 0)]!;
  }
}

interface Areas {
  readonly first: number;
  readonly second: number;
  readonly scratch: number;
  readonly entries: number;
  readonly state: number;
  readonly keys: number;
  readonly separators: number;
  readonly hashes: number;
  readonly filter: number;
}

function layoutAreas(layout: KernelLayout, memoryBytes: number, filterBytes: number): Areas {
  return {
    first: layout.area(memoryBytes),
    second: layout.area(memoryBytes),
    scratch: layout.area(CALL_BYTES),
    entries: layout.area(BLOCKS_MAX * ENTRY_WORDS * WORD_BYTES),
    state: layout.area(STATE_WORDS * WORD_BYTES),
    keys: layout.area(2 * KEY_ROOM),
    separators: layout.area(SEPARATOR_ROOM),
    hashes: layout.area(ROWS_MAX * HASH_BYTES),
    filter: layout.area(filterBytes),
  };
}
