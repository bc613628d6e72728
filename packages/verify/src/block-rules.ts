// Data blocks and single rows (rules B1 to B5): every row of a payload walked in file order, nothing of it trusted.
import { BLOCK_LAYOUTS, type BlockLayout, type BlockRow, BlockTrailer, FLAG_MERGE, FLAG_TOMBSTONE, type FormatVersion, isSstError, KEY_BYTES_MAX, KEY_BYTES_MIN } from "@slate-sst/format";
import type { RuleId } from "@slate-sst/format/rules";
import type { Report } from "./report.js";
import { diagnoseRow } from "./row-diagnosis.js";
import type { SectionPlace } from "./sections.js";

/** Walks payloads of data blocks of one format version. After a walk that went well, its numbers are those of the block. */
export class BlockWalk {
  /** Row fields as decoded last. */
  readonly row: BlockRow;
  rows = 0;
  puts = 0;
  deletes = 0;
  merges = 0;
  rawKeyBytes = 0;
  rawValueBytes = 0;
  /** Where the rows end. */
  bodyEnd = 0;
  /** Entries of the trailer. */
  offsetsCount = 0;
  readonly #report: Report;
  readonly #layout: BlockLayout;
  readonly #extendsFirst: boolean;
  readonly #interval: number;
  readonly #trailer = new BlockTrailer();
  /** Bytes of one offset of the trailer. */
  readonly #offsetBytes: number;
  #payload: Uint8Array = new Uint8Array(0);
  #misplacedAt = -1;
  #misplacedOrdinal = -1;

  constructor(version: FormatVersion, report: Report) {
    const layout = BLOCK_LAYOUTS[version];
    this.#layout = layout;
    this.#extendsFirst = layout.keysExtend === "first";
    this.#interval = layout.interval;
    this.#offsetBytes = layout.sizeTrailer(1) - layout.sizeTrailer(0);
    this.row = layout.newRow();
    this.#report = report;
  }

  /** Decodes the row at a position that a walk has been over; returns the position behind it. */
  decode(payload: Uint8Array, at: number): number {
    return this.#layout.decodeRow(payload, at, this.bodyEnd, this.row);
  }

  /** One entry of the trailer. */
  offset(index: number): number {
    return this.#layout.position(this.#payload, this.#trailer, index);
  }

  /** Checks a payload. @returns whether its rows can be relied on. */
  walk(payload: Uint8Array, place: SectionPlace): boolean {
    this.#payload = payload;
    this.rows = this.puts = this.deletes = this.merges = this.rawKeyBytes = this.rawValueBytes = 0;
    if (!this.#openTrailer(payload, place)) return false;
    this.#checkOffsets(place);
    if (!this.#walkRows(payload, place)) return false;
    this.#checkOffsetsOfRows(place);
    return true;
  }

  #openTrailer(payload: Uint8Array, place: SectionPlace): boolean {
    const { length } = payload;
    const { countName } = this.#layout;
    const add = (rule: RuleId, path: string, at: number, bytes: number, expected: string, found: string): false => {
      this.#report.add(rule, "block", () => ({ ...place.at(path, at, bytes), expected, found }));
      return false;
    };
    const countBytes = this.#layout.sizeTrailer(0);
    if (length < countBytes) return add("B1.1", countName, 0, length, `at least ${countBytes} bytes`, `${length} bytes`);
    let isWhole = true;
    try {
      this.#layout.decodeTrailer(payload, 0, length, this.#trailer);
    } catch (error) {
      if (!isSstError(error)) throw error;
      isWhole = false;
    }
    this.offsetsCount = this.#trailer.positionsCount;
    if (this.offsetsCount === 0) return add("B1.2", countName, length - countBytes, countBytes, "a number other than 0", "0");
    const trailerBytes = this.#layout.sizeTrailer(this.offsetsCount);
    if (!isWhole) return add("B1.3", countName, length - countBytes, countBytes, `as many offsets as fit into ${length - countBytes} bytes`, `${this.offsetsCount} offsets`);
    this.bodyEnd = this.#trailer.bodyEnd;
    if (this.bodyEnd === 0) return add("B1.4", "rows", 0, 0, `rows before the ${trailerBytes} bytes of offsets and count`, "no rows");
    return true;
  }

  /** What can be said of the offsets without the rows. */
  #checkOffsets(place: SectionPlace): void {
    const first = this.offset(0);
    if (first !== 0) this.#report.add("B2.1", "block", () => ({ ...this.#offsetPlace(place, 0), expected: "0", found: String(first) }));
    let before = first;
    for (let index = 1; index < this.offsetsCount; index++) {
      const offset = this.offset(index);
      if (offset <= before) {
        this.#report.add("B2.2", "block", () => ({ ...this.#offsetPlace(place, index), expected: `more than ${before}`, found: String(offset) }));
        return;
      }
      before = offset;
    }
    if (before >= this.bodyEnd) this.#report.add("B2.2", "block", () => ({ ...this.#offsetPlace(place, this.offsetsCount - 1), expected: `less than ${this.bodyEnd}, where the rows end`, found: String(before) }));
  }

  #offsetPlace(place: SectionPlace, index: number): ReturnType<SectionPlace["at"]> {
    return place.at(`${this.#layout.positionsName}[${index}]`, this.bodyEnd + this.#offsetBytes * index, this.#offsetBytes);
  }

  #walkRows(payload: Uint8Array, place: SectionPlace): boolean {
    const { row, bodyEnd } = this;
    const { hasRestarts } = this.#layout;
    let at = 0;
    let keyLength = 0;
    let firstLength = 0;
    let ordinal = 0;
    this.#misplacedOrdinal = -1;
    try {
      for (; at < bodyEnd; ordinal++) {
        const start = at;
        const end = this.decode(payload, at);
        const available = this.#extendsFirst ? firstLength : keyLength;
        const isListed = ordinal % this.#interval === 0;
        if (row.shared > available || (isListed && hasRestarts && row.shared !== 0)) {
          at = start;
          break;
        }
        keyLength = row.shared + row.suffixLength;
        if (ordinal === 0) firstLength = keyLength;
        if (keyLength < KEY_BYTES_MIN || keyLength > KEY_BYTES_MAX) this.#addKeyLength(place, ordinal, keyLength);
        if ((row.flags & FLAG_TOMBSTONE) !== 0) this.#countDelete(place, ordinal);
        else if ((row.flags & FLAG_MERGE) !== 0) this.merges++;
        else this.puts++;
        this.rawKeyBytes += keyLength;
        this.rawValueBytes += row.valueLength;
        if (isListed) this.#noteRow(start, ordinal);
        at = end;
      }
    } catch (error) {
      if (!isSstError(error)) throw error;
    }
    this.rows = ordinal;
    if (at === bodyEnd) return true;
    const { rule, path, payloadAt, length, expected, found } = diagnoseRow(payload, at, bodyEnd, this.#layout, ordinal, this.#extendsFirst ? firstLength : keyLength);
    this.#report.add(rule, "block", () => ({ ...place.at(`row[${ordinal}].${path}`, payloadAt, length), expected, found }));
    return false;
  }

  #countDelete(place: SectionPlace, ordinal: number): void {
    this.deletes++;
    const { valueAt, valueLength } = this.row;
    if (valueLength !== 0) this.#report.add("B4.3", "block", () => ({ ...place.at(`row[${ordinal}].value_len`, valueAt, valueLength), expected: "0, because the row is a tombstone", found: String(valueLength) }));
  }

  #addKeyLength(place: SectionPlace, ordinal: number, keyLength: number): void {
    const { suffixAt, suffixLength } = this.row;
    const isEmpty = keyLength < KEY_BYTES_MIN;
    this.#report.add(isEmpty ? "B5.1" : "B5.2", "block", () => ({
      ...place.at(`row[${ordinal}].key`, suffixAt, suffixLength), expected: isEmpty ? `at least ${KEY_BYTES_MIN} byte` : `at most ${KEY_BYTES_MAX} bytes`, found: `${keyLength} bytes`,
    }));
  }

  /** Remembers the first row that is not where the trailer says. */
  #noteRow(at: number, ordinal: number): void {
    if (this.#misplacedOrdinal >= 0) return;
    const index = ordinal / this.#interval;
    if (index < this.offsetsCount && this.offset(index) === at) return;
    this.#misplacedOrdinal = ordinal;
    this.#misplacedAt = at;
  }

  /** Whether the offsets are those of the rows, each of them. */
  #checkOffsetsOfRows(place: SectionPlace): void {
    const rule = this.#layout.hasRestarts ? "B2.3" : "B2.5";
    const expectedCount = Math.ceil(this.rows / this.#interval);
    if (this.#misplacedOrdinal >= 0) {
      const index = this.#misplacedOrdinal / this.#interval;
      const found = index < this.offsetsCount ? String(this.offset(index)) : `only ${this.offsetsCount} offsets`;
      this.#report.add(rule, "block", () => ({ ...this.#offsetPlace(place, Math.min(index, this.offsetsCount)), expected: `${this.#misplacedAt}, the position of row[${this.#misplacedOrdinal}]`, found }));
    } else if (expectedCount !== this.offsetsCount) {
      this.#report.add(rule, "block", () => ({ ...this.#offsetPlace(place, expectedCount), expected: `${expectedCount} offsets for ${this.rows} rows`, found: `${this.offsetsCount} offsets` }));
    }
  }
}
