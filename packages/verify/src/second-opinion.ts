// Second looks at blocks that seem sound: the rows as the reference reader, which shares no code with ours, reads them, and each
// key looked up the way SlateDB looks it up (rule R3.1).
import { BLOCK_LAYOUTS, compareKeys, FLAG_CREATE_TS, FLAG_EXPIRE_TS, FLAG_MERGE, FLAG_TOMBSTONE, type FormatVersion, sipHash13 } from "@slate-sst/format";
import type { ReferenceRow } from "@slate-sst/format/reference";
import type { BlockWalk } from "./block-rules.js";
import type { FilterCheck } from "./filter-check.js";
import { type Finding, showBytes } from "./finding.js";
import type { IndexView } from "./index-rules.js";
import { joinUnsigned } from "./int64.js";
import type { Details, Report } from "./report.js";
import { KeyBuffer } from "./row-order.js";
import type { SectionPlace } from "./sections.js";

type ReadRows = (version: FormatVersion, payload: Uint8Array) => ReferenceRow[];

const LONG_BITS = 64;

export interface SecondOpinionParts {
  readonly version: FormatVersion;
  readonly walk: BlockWalk;
  readonly report: Report;
  readonly index: IndexView;
  readonly filter: FilterCheck | undefined;
  readonly isWal: boolean;
}

export class SecondOpinion {
  readonly #parts: SecondOpinionParts;
  readonly #readRows: ReadRows;
  readonly #extendsFirst: boolean;
  readonly #key = new KeyBuffer();
  readonly #first = new KeyBuffer();
  readonly #seek = new KeyBuffer();
  readonly #hash = new Uint32Array(2);
  #hasKey = false;
  #lost: Details | undefined;
  #lostCount = 0;

  private constructor(parts: SecondOpinionParts, readRows: ReadRows) {
    this.#parts = parts;
    this.#readRows = readRows;
    this.#extendsFirst = BLOCK_LAYOUTS[parts.version].keysExtend === "first";
  }

  /** Loads the reference reader, which no other level needs. */
  static async create(parts: SecondOpinionParts): Promise<SecondOpinion> {
    const { referenceRows } = await import("@slate-sst/format/reference");
    return new SecondOpinion(parts, referenceRows);
  }

  /** Says that a block could not be read. */
  gap(): void {
    this.#hasKey = false;
  }

  /** Looks at a block that was walked and passed. */
  add(payload: Uint8Array, place: SectionPlace, block: number): void {
    const { walk, isWal } = this.#parts;
    const reference = this.#reference(payload, place);
    const { row } = walk;
    for (let at = 0, ordinal = 0; at < walk.bodyEnd; ordinal++) {
      at = walk.decode(payload, at);
      const isFromFirst = this.#extendsFirst && ordinal > 0;
      const isSameKey = this.#hasKey && this.#joinsSame(payload, isFromFirst);
      this.#join(this.#key, payload, isFromFirst, ordinal);
      if (reference !== undefined && !this.#agrees(reference[ordinal], payload)) this.#disagree(place, `row[${ordinal}]`, "another row");
      this.#hasKey = true;
      const { suffixAt, suffixLength } = row;
      if (isWal || isSameKey || this.#finds(payload, block, ordinal, walk)) continue;
      const { bytes, length } = this.#key;
      const shown = showBytes(bytes, length);
      this.#lostCount++;
      this.#lost ??= () => ({ ...place.at(`row[${ordinal}].key`, suffixAt, suffixLength), expected: `a look-up of ${shown} that finds this row`, found: `another row or none, for ${this.#lostCount} keys` });
    }
    if (reference !== undefined && reference.length !== walk.rows) this.#disagree(place, "rows", `${reference.length} rows`);
  }

  /** R3.1, after everything that it needs was judged. */
  finish(): void {
    if (this.#lost !== undefined) this.#parts.report.add("R3.1", "block", this.#lost, "file");
  }

  #reference(payload: Uint8Array, place: SectionPlace): ReferenceRow[] | undefined {
    try {
      return this.#readRows(this.#parts.version, payload);
    } catch (error) {
      this.#disagree(place, "rows", error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  #disagree(place: SectionPlace, path: string, found: string): void {
    const whole: Pick<Finding, "expected" | "found"> = { expected: "the same for the reference reader as for ours", found };
    this.#parts.report.add("B1.5", "block", () => ({ ...place.at(path, 0, 0), ...whole, hint: "the two readers disagree: please report this file" }));
  }

  #agrees(other: ReferenceRow | undefined, payload: Uint8Array): boolean {
    const { row } = this.#parts.walk;
    if (other === undefined) return false;
    const isTombstone = (row.flags & FLAG_TOMBSTONE) !== 0;
    const kind = isTombstone ? "delete" : (row.flags & FLAG_MERGE) !== 0 ? "merge" : "put";
    const createTs = (row.flags & FLAG_CREATE_TS) === 0 ? undefined : signed(row.createTsHi, row.createTsLo);
    const expireTs = (row.flags & FLAG_EXPIRE_TS) === 0 ? undefined : signed(row.expireTsHi, row.expireTsLo);
    if (other.kind !== kind || other.seq !== joinUnsigned(row.seqNumHi, row.seqNumLo) || other.createTs !== createTs || other.expireTs !== expireTs) return false;
    if (compareKeys(other.key, other.key.length, this.#key.bytes, this.#key.length) !== 0) return false;
    const value = other.value ?? new Uint8Array(0);
    return (other.value === undefined) === isTombstone && compareKeys(value, value.length, payload.subarray(row.valueAt, row.valueAt + row.valueLength), row.valueLength) === 0;
  }

  /** Whether the row decoded last has the key that is in the buffer. */
  #joinsSame(payload: Uint8Array, isFromFirst: boolean): boolean {
    const { shared, suffixAt, suffixLength } = this.#parts.walk.row;
    if (shared + suffixLength !== this.#key.length) return false;
    const start = isFromFirst ? this.#first.bytes : this.#key.bytes;
    if (compareKeys(start, shared, this.#key.bytes, shared) !== 0) return false;
    for (let at = 0; at < suffixLength; at++) if (payload[suffixAt + at] !== this.#key.bytes[shared + at]) return false;
    return true;
  }

  #join(key: KeyBuffer, payload: Uint8Array, isFromFirst: boolean, ordinal: number): void {
    const { shared, suffixAt, suffixLength } = this.#parts.walk.row;
    if (isFromFirst) key.join(this.#first, shared, payload, suffixAt, suffixAt + suffixLength);
    else key.extend(shared, payload, suffixAt, suffixAt + suffixLength);
    if (ordinal === 0 && key === this.#key) this.#first.copy(key);
  }

  /** Whether filter, index and offsets lead from the key in the buffer to this row, the first one that has it. */
  #finds(payload: Uint8Array, block: number, ordinal: number, walk: BlockWalk): boolean {
    const { index, filter } = this.#parts;
    const { bytes, length } = this.#key;
    if (filter !== undefined) {
      sipHash13(bytes, 0, length, this.#hash, 0);
      if (!filter.mayContain(this.#hash[0]!, this.#hash[1]!)) return false;
    }
    const from = index.firstBlockFor(bytes, length);
    // From an earlier block a look-up runs on into this one: the order of rows, which is judged elsewhere, keeps the key out of those.
    return from <= block && this.#seekInBlock(payload, walk) === ordinal;
  }

  /** The first row not below the key, by way of the offsets. The walk's row is another one afterwards. */
  #seekInBlock(payload: Uint8Array, walk: BlockWalk): number {
    const stride = BLOCK_LAYOUTS[this.#parts.version].interval;
    const seek = this.#seek;
    let low = 0;
    let high = walk.offsetsCount;
    while (low < high) {
      const middle = (low + high) >>> 1;
      walk.decode(payload, walk.offset(middle));
      this.#join(seek, payload, this.#extendsFirst && middle > 0, middle);
      if (compareKeys(seek.bytes, seek.length, this.#key.bytes, this.#key.length) < 0) low = middle + 1;
      else high = middle;
    }
    let ordinal = Math.max(0, low - 1) * stride;
    let at = walk.offset(Math.max(0, low - 1));
    for (; at < walk.bodyEnd; ordinal++) {
      at = walk.decode(payload, at);
      this.#join(seek, payload, this.#extendsFirst && ordinal > 0, ordinal);
      if (compareKeys(seek.bytes, seek.length, this.#key.bytes, this.#key.length) >= 0) break;
    }
    return ordinal;
  }
}

function signed(hi: number, lo: number): bigint {
  return BigInt.asIntN(LONG_BITS, joinUnsigned(hi, lo));
}
