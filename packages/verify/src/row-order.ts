// The rows of blocks whose structure is sound, in file order (rules R1, B3.5, B3.7): order, longest prefixes, and every sum that
// other rules compare. A row is numbers in a decoder's object; keys lie in buffers that are overwritten.
import { BLOCK_LAYOUTS, FLAG_CREATE_TS, FLAG_EXPIRE_TS, type FormatVersion, KEY_BYTES_MAX } from "@slate-sst/format";
import type { BlockWalk } from "./block-rules.js";
import type { FilterCheck } from "./filter-check.js";
import { showBytes } from "./finding.js";
import type { BlockStart } from "./index-rules.js";
import { compareUnsigned, joinUnsigned, Range64 } from "./int64.js";
import type { Report } from "./report.js";
import type { SectionPlace } from "./sections.js";

/** Bytes of a key buffer to begin with. */
const FIRST_KEY_BYTES = 256;
/** Runs up to this long are copied by a loop: below it, the call of a typed array's set() costs more than the copy. */
const COPY_LOOP_BYTES_MAX = 24;

/** A key in a buffer of its own, which grows as long as keys ask for it. */
export class KeyBuffer {
  bytes = new Uint8Array(FIRST_KEY_BYTES);
  length = 0;

  /** Keeps the first `shared` bytes and puts others behind; what is beyond the longest key is cut off. */
  extend(shared: number, from: Uint8Array, start: number, end: number): void {
    const length = Math.min(shared + end - start, KEY_BYTES_MAX);
    this.length = length;
    if (length <= shared) return;
    if (length > this.bytes.length) {
      const grown = new Uint8Array(Math.min(2 * length, KEY_BYTES_MAX));
      grown.set(this.bytes);
      this.bytes = grown;
    }
    if (end - start <= COPY_LOOP_BYTES_MAX) for (let at = shared, source = start; at < length; ) this.bytes[at++] = from[source++]!;
    else this.bytes.set(from.subarray(start, start + length - shared), shared);
  }

  copy(other: KeyBuffer): void {
    this.extend(0, other.bytes, 0, other.length);
  }

  /** Takes the first `shared` bytes of another key and puts others behind. */
  join(first: KeyBuffer, shared: number, from: Uint8Array, start: number, end: number): void {
    this.extend(0, first.bytes, 0, Math.min(shared, first.length));
    this.extend(this.length, from, start, end);
  }
}

export interface RowPassOptions {
  readonly walk: BlockWalk;
  readonly version: FormatVersion;
  readonly isWal: boolean;
  readonly filter: FilterCheck | undefined;
  readonly report: Report;
}

export class RowPass {
  readonly seqs = new Range64(false);
  readonly createTs = new Range64(true);
  readonly expireTs = new Range64(true);
  /** The last row of the block passed last. */
  readonly lastKey = new KeyBuffer();
  lastSeqHi = 0;
  lastSeqLo = 0;
  readonly #options: RowPassOptions;
  readonly #extendsFirst: boolean;
  readonly #interval: number;
  readonly #first = new KeyBuffer();
  readonly #previousLast = new KeyBuffer();
  readonly #previousFirst = new KeyBuffer();
  #next = new KeyBuffer();
  #key = new KeyBuffer();
  #hasPrevious = false;
  #seqHi = 0;
  #seqLo = 0;

  constructor(options: RowPassOptions) {
    this.#options = options;
    const { keysExtend, interval } = BLOCK_LAYOUTS[options.version];
    this.#extendsFirst = keysExtend === "first";
    this.#interval = interval;
  }

  /** Whether there is a row that the next one is compared with: the one with `key` and the sequence number of the halves. */
  get hasPrevious(): boolean {
    return this.#hasPrevious;
  }

  get key(): KeyBuffer {
    return this.#key;
  }

  get seqHi(): number {
    return this.#seqHi;
  }

  get seqLo(): number {
    return this.#seqLo;
  }

  /** Goes on behind blocks that were passed elsewhere, with their last row. What those blocks add to the sums is not told here. */
  resume(key: Uint8Array, seqHi: number, seqLo: number): void {
    this.#key.extend(0, key, 0, key.length);
    this.lastKey.copy(this.#key);
    this.#seqHi = this.lastSeqHi = seqHi;
    this.#seqLo = this.lastSeqLo = seqLo;
    this.#hasPrevious = true;
  }

  /** Says that a block could not be read: the next row has none before it to be compared with. */
  gap(): void {
    this.#hasPrevious = false;
  }

  /** Passes over the rows of the block that was walked last. @returns how the block begins. */
  run(payload: Uint8Array, place: SectionPlace, block: number): BlockStart {
    const { walk, filter } = this.#options;
    const { row } = walk;
    const hadPrevious = this.#hasPrevious;
    this.#previousLast.copy(this.#key);
    this.#previousFirst.copy(this.#first);
    let start: BlockStart | undefined;
    let at = 0;
    for (let ordinal = 0; at < walk.bodyEnd; ordinal++) {
      at = walk.decode(payload, at);
      this.#takeKey(payload, place, ordinal);
      if (ordinal === 0) {
        this.#first.copy(this.#key);
        start = this.#start(block, hadPrevious);
      }
      this.#seqHi = row.seqNumHi;
      this.#seqLo = row.seqNumLo;
      this.#hasPrevious = true;
      this.seqs.add(row.seqNumHi, row.seqNumLo);
      if ((row.flags & FLAG_CREATE_TS) !== 0) this.createTs.add(row.createTsHi, row.createTsLo);
      if ((row.flags & FLAG_EXPIRE_TS) !== 0) this.expireTs.add(row.expireTsHi, row.expireTsLo);
      filter?.add(this.#key.bytes, this.#key.length, block, ordinal);
    }
    this.lastKey.copy(this.#key);
    this.lastSeqHi = this.#seqHi;
    this.lastSeqLo = this.#seqLo;
    return start!;
  }

  #start(block: number, hadPrevious: boolean): BlockStart {
    const { row } = this.#options.walk;
    return {
      block,
      key: this.#first.bytes,
      keyLength: this.#first.length,
      previous: hadPrevious ? this.#previousLast.bytes : undefined,
      previousLength: this.#previousLast.length,
      previousFirst: this.#previousFirst.bytes,
      previousFirstLength: this.#previousFirst.length,
      seqHi: row.seqNumHi,
      seqLo: row.seqNumLo,
      valueLength: row.valueLength,
      flags: row.flags,
    };
  }

  /** Joins the key of the row decoded last and holds it against the one before. */
  #takeKey(payload: Uint8Array, place: SectionPlace, ordinal: number): void {
    const { shared, suffixAt, suffixLength } = this.#options.walk.row;
    const key = this.#key;
    const before = key.length;
    if (this.#extendsFirst) {
      const next = this.#next;
      const fromFirst = ordinal === 0 ? 0 : shared;
      next.join(this.#first, fromFirst, payload, suffixAt, suffixAt + suffixLength);
      this.#checkOrder(place, ordinal, commonLength(key, next.bytes, 0, 0, next.length), before, next.length, next.bytes, 0);
      if (ordinal > 0 && suffixLength > 0 && shared < this.#first.length && this.#first.bytes[shared] === payload[suffixAt]) this.#addPrefix("B3.7", place, ordinal, shared);
      [this.#key, this.#next] = [next, key];
      return;
    }
    const length = Math.min(shared + suffixLength, KEY_BYTES_MAX);
    const common = commonLength(key, payload, shared, suffixAt, length);
    this.#checkOrder(place, ordinal, common, before, length, payload, suffixAt - shared);
    if (ordinal % this.#interval !== 0 && common > shared) this.#addPrefix("B3.5", place, ordinal, shared);
    key.extend(shared, payload, suffixAt, suffixAt + suffixLength);
  }

  #addPrefix(rule: "B3.5" | "B3.7", place: SectionPlace, ordinal: number, shared: number): void {
    const { suffixAt } = this.#options.walk.row;
    this.#options.report.add(rule, "block", () => ({ ...place.at(`row[${ordinal}].shared`, suffixAt, 1), expected: `more than ${shared}: the key shares more`, found: String(shared) }));
  }

  /** @param common bytes that this key shares with the one before. Byte n of it, from there on, is `other[n + distance]`. */
  #checkOrder(place: SectionPlace, ordinal: number, common: number, before: number, length: number, other: Uint8Array, distance: number): void {
    if (!this.#hasPrevious) return;
    const { report, isWal, walk } = this.#options;
    const { row } = walk;
    const seqOrder = compareUnsigned(row.seqNumHi, row.seqNumLo, this.#seqHi, this.#seqLo);
    const reach = ordinal === 0 ? "pair" : "block";
    if (isWal ? seqOrder >= 0 : isAbove(this.#key, before, other, distance, common, length)) return;
    const at = (field: string): ReturnType<SectionPlace["at"]> => place.at(`row[${ordinal}].${field}`, row.suffixAt, row.suffixLength);
    const seq = joinUnsigned(row.seqNumHi, row.seqNumLo);
    const previousSeq = joinUnsigned(this.#seqHi, this.#seqLo);
    if (isWal) {
      report.add("R1.4", "block", () => ({ ...at("seq_num"), expected: `at least ${previousSeq}, as in the row before`, found: String(seq) }), reach);
      return;
    }
    if (common !== before || common !== length) {
      const previous = showBytes(this.#key.bytes, before);
      report.add("R1.1", "block", () => ({ ...at("key"), expected: `a key not below ${previous}, the one before`, found: `a lower one, from byte ${common} on` }), reach);
    } else if (seqOrder > 0) {
      report.add("R1.2", "block", () => ({ ...at("seq_num"), expected: `less than ${previousSeq}, as the newer version of the key comes first`, found: String(seq) }), reach);
    } else if (seqOrder === 0) {
      report.add("R1.3", "block", () => ({ ...at("seq_num"), expected: `another sequence number than ${previousSeq}, which the row before has for the same key`, found: String(seq) }), reach);
    }
  }
}

/** Bytes that a key shares with another one whose bytes from `shared` on lie at `from`. */
function commonLength(key: KeyBuffer, other: Uint8Array, shared: number, from: number, otherLength: number): number {
  const { bytes } = key;
  const end = Math.min(key.length, otherLength);
  const distance = from - shared;
  let at = shared;
  while (at < end && bytes[at] === other[at + distance]) at++;
  return at;
}

/** Whether a key, of which `common` bytes are those of the key before, sorts above that. */
function isAbove(key: KeyBuffer, before: number, other: Uint8Array, distance: number, common: number, length: number): boolean {
  return common === Math.min(before, length) ? length > before : other[common + distance]! > key.bytes[common]!;
}
