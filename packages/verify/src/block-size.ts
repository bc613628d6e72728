// Which block size the blocks were filled to (rules B6). The file does not tell it: a block with several rows says that the
// size is not less than its own, and the row that follows it in the next block that the size is less than both together.
import { BLOCK_LAYOUTS, BLOCK_SIZES, type BlockLayout, type FormatVersion } from "@slate-sst/format";
import type { BlockWalk } from "./block-rules.js";
import type { Place } from "./finding.js";
import type { BlockStart } from "./index-rules.js";
import type { Report } from "./report.js";
import type { SectionPlace } from "./sections.js";

/** Violations remembered for each block size. */
const REMEMBERED_MAX = 16;

interface Violation {
  readonly rule: "B6.1" | "B6.2";
  readonly place: Place;
  readonly bytes: number;
}

/** What speaks against one block size. */
interface Candidate {
  readonly size: number;
  count: number;
  readonly violations: Violation[];
}

/** The block before, as far as it decides where it ends. */
interface FilledBlock {
  readonly place: SectionPlace;
  readonly rows: number;
  readonly bodyEnd: number;
  readonly offsetsCount: number;
  readonly payloadLength: number;
}

export class BlockSizeRules {
  readonly #layout: BlockLayout;
  /** A block may be so much longer than the block size: its last row's own position, where that does not count. */
  readonly #excessBytes: number;
  readonly #report: Report;
  readonly #known: number | undefined;
  readonly #candidates: readonly Candidate[];
  #before: FilledBlock | undefined;

  constructor(version: FormatVersion, known: number | undefined, report: Report) {
    this.#layout = BLOCK_LAYOUTS[version];
    this.#excessBytes = this.#layout.isOwnPositionCounted ? 0 : this.#layout.sizeTrailer(1) - this.#layout.sizeTrailer(0);
    this.#report = report;
    this.#known = known;
    this.#candidates = (known === undefined ? BLOCK_SIZES : [known]).map((size) => ({ size, count: 0, violations: [] }));
  }

  /** Says that a block could not be read. */
  gap(): void {
    this.#before = undefined;
  }

  /** Takes in a block whose rows were read. */
  add(walk: BlockWalk, place: SectionPlace, payloadLength: number, start: BlockStart): void {
    const largest = BLOCK_SIZES.at(-1)! + this.#excessBytes;
    if (walk.rows > 1 && payloadLength > largest) {
      this.#report.add("B6.3", "block", () => ({ ...place.at("", 0, payloadLength), expected: `at most ${largest} bytes in a block of more than one row`, found: `${payloadLength} bytes` }));
    }
    if (!this.#report.ledger.applies("B6.1")) return;
    if (this.#before !== undefined) this.#checkFull(this.#before, start);
    if (walk.rows > 1) {
      const counted = payloadLength - this.#excessBytes;
      for (const candidate of this.#candidates) if (counted > candidate.size) note(candidate, { rule: "B6.1", place: place.at("", 0, payloadLength), bytes: payloadLength });
    }
    const { rows, bodyEnd, offsetsCount } = walk;
    this.#before = { place, rows, bodyEnd, offsetsCount, payloadLength };
  }

  /** Judges after all blocks. @returns the block size, where it is known or follows from the blocks. */
  finish(): number | undefined {
    if (!this.#report.ledger.applies("B6.1")) return this.#known;
    const best = this.#candidates.reduce((left, right) => (right.count < left.count ? right : left));
    for (const { rule, place, bytes } of best.violations) {
      const hint = this.#known === undefined ? `the block size is taken to be ${best.size}, to which most blocks were filled` : undefined;
      const expected = rule === "B6.1" ? `at most ${best.size} bytes, the block size` : `a block that goes on, as its next row makes it ${bytes} bytes and the block size is ${best.size}`;
      this.#report.add(rule, "block", () => ({ ...place, expected, found: rule === "B6.1" ? `${bytes} bytes` : "the end of the block", hint }), "file");
    }
    return best.count === 0 || this.#known !== undefined ? best.size : undefined;
  }

  /** Bytes of the block before if it had gone on with the first row of the next one: B6.2 asks that they were too many. */
  #checkFull(before: FilledBlock, start: BlockStart): void {
    const bytes = lengthWith(this.#layout, before, start) - this.#excessBytes;
    for (const candidate of this.#candidates) if (bytes <= candidate.size) note(candidate, { rule: "B6.2", place: before.place.at("", 0, before.payloadLength), bytes });
  }
}

function note(candidate: Candidate, violation: Violation): void {
  candidate.count++;
  if (candidate.violations.length < REMEMBERED_MAX) candidate.violations.push(violation);
}

function lengthWith(layout: BlockLayout, before: FilledBlock, { key, keyLength, previous, previousLength, previousFirst, previousFirstLength, valueLength, flags }: BlockStart): number {
  const isListed = before.rows % layout.interval === 0;
  let shared = 0;
  if (layout.keysExtend === "first") shared = sharedLength(key, keyLength, previousFirst, previousFirstLength);
  else if (!isListed && previous !== undefined) shared = sharedLength(key, keyLength, previous, previousLength);
  return before.bodyEnd + layout.sizeRow(shared, keyLength - shared, valueLength, flags) + layout.sizeTrailer(before.offsetsCount + (isListed ? 1 : 0));
}

function sharedLength(left: Uint8Array, leftLength: number, right: Uint8Array, rightLength: number): number {
  const end = Math.min(leftLength, rightLength);
  let shared = 0;
  while (shared < end && left[shared] === right[shared]) shared++;
  return shared;
}
