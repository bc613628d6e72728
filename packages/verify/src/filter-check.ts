// Bloom filters against the keys of all rows (rules L1.5 to L1.7): asked for every key, and built again beside it.
import {
  BLOOM_BITS_MAX, bloomByteLength, bloomFits, bloomMayContain, bloomProbeCount, FILTER_BITS_PER_KEY_MAX, BLOOM_PROBE_FACTOR, setBloomBits, sipHash13,
  type BuiltFilter,
} from "@slate-sst/format";
import type { BloomPart } from "./filter-rules.js";
import { showBytes } from "./finding.js";
import type { Report } from "./report.js";
import type { SectionPlace } from "./sections.js";

const BYTE_BITS = 8;
const WORD_BYTES = Int32Array.BYTES_PER_ELEMENT;
/** Words of one hash: its low half, then its high half. */
const HASH_WORDS = 2;
/** Hashes that are collected before their bits are set. */
const HASHES_AT_ONCE = 512;
/** Probes that are made in any case, and for each bit of the filter: many times what a sound filter needs. */
const PROBES_MIN = 2 ** 26;
const PROBES_PER_BIT = 8;

/** A key that a filter denies. */
interface Miss {
  readonly block: number;
  readonly ordinal: number;
  readonly key: string;
}

/** One bloom filter under check. */
class BloomCheck {
  readonly part: BloomPart;
  /** The bits as they should be, where they can be known. */
  rebuilt: Uint8Array | undefined;
  misses = 0;
  firstMiss: Miss | undefined;
  pending = 0;
  pendingMiss: Miss | undefined;
  #probesLeft: number;

  constructor(part: BloomPart) {
    this.part = part;
    const bits = part.bits.length * BYTE_BITS;
    this.#probesLeft = Math.max(PROBES_MIN, bits * PROBES_PER_BIT);
    this.rebuilt = part.isPlain && bits <= BLOOM_BITS_MAX ? new Uint8Array(part.bits.length) : undefined;
  }

  /** Whether so many probes were asked for that the probe count cannot belong to the filter's length. */
  get isExhausted(): boolean {
    return this.#probesLeft < 0;
  }

  /** Whether the keys of so many more rows can be asked for. */
  mayAsk(rows: number): boolean {
    return this.#probesLeft - rows * this.part.probes >= 0;
  }

  /** Counts keys that are in `rebuilt` already, and were not asked for. */
  pass(rows: number): void {
    this.#probesLeft -= rows * this.part.probes;
  }

  /** Whether a key whose bits were only set in `rebuilt` may be denied: one of its bits is not in the filter. */
  get mayDeny(): boolean {
    const { rebuilt, part: { bits } } = this;
    if (rebuilt === undefined || areEqual(rebuilt, bits)) return false;
    for (let at = 0; at < rebuilt.length; at++) if ((rebuilt[at]! & ~bits[at]!) !== 0) return true;
    return false;
  }

  /** Asks for a key that was passed. Blocks come in file order, but others may have been asked for before. */
  askLate(low: number, high: number, key: Uint8Array, length: number, block: number, ordinal: number): void {
    const { bits, probes } = this.part;
    if (bloomMayContain(bits, probes, low, high)) return;
    this.misses++;
    if (this.firstMiss === undefined || block < this.firstMiss.block) this.firstMiss = { block, ordinal, key: showBytes(key, length) };
  }

  ask(low: number, high: number, key: Uint8Array, length: number, block: number, ordinal: number): void {
    const { bits, probes } = this.part;
    this.#probesLeft -= probes;
    if (this.isExhausted || bloomMayContain(bits, probes, low, high)) return;
    if (this.pending++ === 0) this.pendingMiss = { block, ordinal, key: showBytes(key, length) };
  }

  /** Counts what the block just passed denied, or forgets it. */
  settle(isJudged: boolean): void {
    if (isJudged && this.pending > 0) {
      this.misses += this.pending;
      this.firstMiss ??= this.pendingMiss;
    }
    this.pending = 0;
  }
}

/** Blocks from `first` to before `end`. */
interface BlockRun {
  readonly first: number;
  end: number;
}

export class FilterCheck {
  readonly #checks: readonly BloomCheck[];
  /** Blocks whose keys were passed, and are asked for where the filter turns out to deny some. */
  readonly #passed: BlockRun[] = [];
  readonly #place: SectionPlace;
  readonly #report: Report;
  readonly #hashes = new Uint32Array(HASHES_AT_ONCE * HASH_WORDS);
  readonly #lateHash = new Uint32Array(HASH_WORDS);
  #used = 0;

  constructor(parts: readonly BloomPart[], place: SectionPlace, report: Report) {
    this.#checks = parts.filter(({ isForKeys }) => isForKeys).map((part) => new BloomCheck(part));
    this.#place = place;
    this.#report = report;
  }

  /** Whether there is any filter that keys can be held against. */
  get isNeeded(): boolean {
    return this.#checks.length > 0;
  }

  /** The filter that others may build from the keys of whole blocks: where it is the only one, and can be known. */
  get buildable(): BuiltFilter | undefined {
    const [check, ...others] = this.#checks;
    const length = check?.rebuilt?.length ?? 0;
    return check === undefined || others.length > 0 || length === 0 ? undefined : { length, probes: check.part.probes };
  }

  /** @param bits where it is built, by this check and by others: as many bytes as told, all 0. */
  buildIn(bits: Uint8Array): void {
    this.#checks[0]!.rebuilt = bits;
  }

  /** Whether the keys of so many rows may be passed. */
  mayPass(rows: number): boolean {
    return this.#checks.every((check) => check.mayAsk(rows));
  }

  /** Says that the bits of these blocks' keys were set. */
  pass(first: number, blocks: number, rows: number): void {
    for (const check of this.#checks) check.pass(rows);
    if (!this.#report.ledger.mayJudge("L1.5", "filter", "block")) return;
    const last = this.#passed.at(-1);
    if (last?.end === first) last.end += blocks;
    else this.#passed.push({ first, end: first + blocks });
  }

  /** After all rows: blocks with keys that may be denied, to be asked for by addLate(). Most often there is none. */
  get suspects(): readonly Readonly<BlockRun>[] {
    return this.#checks.some((check) => check.mayDeny) ? this.#passed : [];
  }

  addLate(key: Uint8Array, length: number, block: number, ordinal: number): void {
    const hash = this.#lateHash;
    sipHash13(key, 0, length, hash, 0);
    for (const check of this.#checks) check.askLate(hash[0]!, hash[1]!, key, length, block, ordinal);
  }

  add(key: Uint8Array, length: number, block: number, ordinal: number): void {
    const hashes = this.#hashes;
    if (this.#used === hashes.length) this.#flush();
    sipHash13(key, 0, length, hashes, this.#used);
    const low = hashes[this.#used]!;
    const high = hashes[this.#used + 1]!;
    this.#used += HASH_WORDS;
    for (const check of this.#checks) check.ask(low, high, key, length, block, ordinal);
  }

  /** Ends a block. */
  endBlock(): void {
    const isJudged = this.#report.ledger.mayJudge("L1.5", "filter", "block");
    for (const check of this.#checks) check.settle(isJudged);
  }

  /** Whether a key passes every filter, as a look-up asks. */
  mayContain(low: number, high: number): boolean {
    return this.#checks.every(({ part }) => bloomMayContain(part.bits, part.probes, low, high));
  }

  /** Judges the filters after all rows. @param bitsPerKey as configured, if known. */
  finish(rows: number, bitsPerKey: number | undefined): void {
    this.#flush();
    for (const check of this.#checks) {
      this.#judgeMisses(check);
      this.#judgeBits(check);
      if (check.part.isPlain) this.#judgeShape(check.part, rows, bitsPerKey);
    }
  }

  #flush(): void {
    const hashes = this.#hashes.subarray(0, this.#used);
    this.#used = 0;
    for (const { rebuilt, part, isExhausted } of this.#checks) {
      if (rebuilt !== undefined && rebuilt.length > 0 && !isExhausted) setBloomBits(rebuilt, part.probes, hashes);
    }
  }

  #judgeMisses({ part, misses, firstMiss }: BloomCheck): void {
    if (firstMiss === undefined) return;
    const { block, ordinal, key } = firstMiss;
    this.#report.addJudged("L1.5", "filter", () => ({
      ...this.#place.at(part.path("bits"), part.bitsAt, part.bits.length), expected: `"maybe" for ${key}, the key of block[${block}].row[${ordinal}]`, found: `"no" for this key and ${misses - 1} more`,
      hint: "look-ups of these keys find nothing although scans show them",
    }));
  }

  #judgeBits({ part, rebuilt, isExhausted }: BloomCheck): void {
    if (!part.isPlain) return;
    if (rebuilt === undefined || isExhausted) {
      this.#report.ledger.leaveOpen(isExhausted ? ["L1.5", "L1.6"] : ["L1.6"], isExhausted ? `${part.probes} probes a key are too many for a filter of ${part.bits.length} bytes` : "the filter has more bits than SlateDB can count");
      return;
    }
    const { bits } = part;
    if (areEqual(rebuilt, bits)) return;
    let at = 0;
    while (rebuilt[at] === bits[at]) at++;
    this.#report.add("L1.6", "filter", () => ({
      ...this.#place.at(part.path("bits"), part.bitsAt + at, 1), expected: `the byte ${showBytes(rebuilt.subarray(at, at + 1))}, as the keys give it`, found: showBytes(bits.subarray(at, at + 1)),
      hint: "more bits are set than the keys ask for: look-ups are slower, not wrong",
    }));
  }

  #judgeShape({ probes, bits, at, path }: BloomPart, rows: number, bitsPerKey: number | undefined): void {
    const candidates = bitsPerKey === undefined ? bitsPerKeyOf(probes) : [bitsPerKey];
    if (candidates.some((candidate) => bloomProbeCount(candidate) === probes && lengthOf(rows, candidate) === bits.length)) return;
    this.#report.add("L1.7", "filter", () => ({
      ...this.#place.at(path("num_probes"), at, Uint16Array.BYTES_PER_ELEMENT),
      expected: bitsPerKey === undefined ? `a probe count and a length that follow from one number of bits per key and ${rows} rows` : `${bloomProbeCount(bitsPerKey)} probes and ${lengthOf(rows, bitsPerKey)} bytes of bits, from ${bitsPerKey} bits for each of ${rows} rows`,
      found: `${probes} probes and ${bits.length} bytes`,
    }));
  }
}

/** Whether two arrays of one length hold the same bytes: word by word, as a filter can have many. */
function areEqual(left: Uint8Array, right: Uint8Array): boolean {
  const [leftWords, rightWords] = [left, right].map(({ buffer, byteOffset, byteLength }) => new DataView(buffer, byteOffset, byteLength));
  const wordsEnd = left.length - (left.length % WORD_BYTES);
  let at = 0;
  while (at < wordsEnd && leftWords!.getInt32(at) === rightWords!.getInt32(at)) at += WORD_BYTES;
  if (at < wordsEnd) return false;
  while (at < left.length && left[at] === right[at]) at++;
  return at === left.length;
}

/** Bits per key that give a probe count. */
function bitsPerKeyOf(probes: number): number[] {
  const from = Math.max(0, Math.floor(probes / BLOOM_PROBE_FACTOR) - 2);
  const to = Math.min(FILTER_BITS_PER_KEY_MAX, Math.ceil((probes + 1) / BLOOM_PROBE_FACTOR) + 2);
  const found: number[] = [];
  for (let bits = from; bits <= to; bits++) if (bloomProbeCount(bits) === probes) found.push(bits);
  return found;
}

/** Bytes of bits as SlateDB counts them, in 32 bits; rows are those that were read. */
function lengthOf(rows: number, bitsPerKey: number): number {
  return bloomFits(rows, bitsPerKey) ? bloomByteLength(rows, bitsPerKey) : Math.ceil(((rows * bitsPerKey) % (BLOOM_BITS_MAX + 1)) / BYTE_BITS);
}
