// Is what the database returns what was written? Rows by scan, in step with the rows expected; then samples by get.
import type { CityRow } from "./cities.js";
import type { CityReader, FilterCounts } from "./slatedb.js";

/** Differences that are described; the others are only counted. */
const DESCRIBED_MAX = 5;

/** Bytes of a value that a description shows. */
const SHOWN_BYTES_MAX = 60;

/** What a comparison came to. */
export interface Verdict {
  /** Rows or keys the database was asked for and answered. */
  readonly checked: number;
  readonly differences: number;
  /** The first differences, one sentence each. */
  readonly described: readonly string[];
}

/** Compares rows as they come with the rows expected: a missing row is one difference, not one for every row after it. */
export class RowComparison {
  readonly #expected: readonly CityRow[];
  readonly #findings = new Findings();
  #next = 0;
  #checked = 0;
  #lastKey: Uint8Array | undefined;

  /** @param expected rows ascending by key */
  constructor(expected: readonly CityRow[]) {
    this.#expected = expected;
  }

  take(row: CityRow): void {
    this.#checked++;
    if (this.#lastKey !== undefined && Buffer.compare(this.#lastKey, row.key) >= 0) {
      this.#findings.add(`${text(row.key)} came after ${text(this.#lastKey)}, out of order`);
      return;
    }
    this.#lastKey = row.key;
    let expected = this.#expected[this.#next];
    while (expected !== undefined && Buffer.compare(expected.key, row.key) < 0) {
      this.#findings.add(`${text(expected.key)} is missing`);
      expected = this.#expected[++this.#next];
    }
    if (expected === undefined || Buffer.compare(expected.key, row.key) > 0) {
      this.#findings.add(`${text(row.key)} was never written`);
      return;
    }
    this.#next++;
    this.#findings.compare(row.key, expected.value, row.value);
  }

  finish(): Verdict {
    for (; this.#next < this.#expected.length; this.#next++) {
      const row = this.#expected[this.#next];
      if (row !== undefined) this.#findings.add(`${text(row.key)} is missing`);
    }
    return this.#findings.verdict(this.#checked);
  }
}

/** Gets keys that were written, spread evenly over the rows. */
export async function checkGets(reader: CityReader, rows: readonly CityRow[], count: number): Promise<Verdict> {
  const sample = spread(rows, count);
  const values = await reader.getAll(sample.map((row) => row.key));
  const findings = new Findings();
  for (const [at, row] of sample.entries()) findings.compare(row.key, row.value, values[at]);
  return findings.verdict(sample.length);
}

/** What became of keys that were never written. */
export interface AbsentVerdict extends Verdict {
  /** Keys for which the bloom filter said no, so that no block was read, and those that cost a block in vain. */
  readonly filter: FilterCounts;
}

/** Gets keys that were never written, each right behind one that was, where only the filter or the block itself can tell. */
export async function checkAbsent(reader: CityReader, rows: readonly CityRow[], count: number): Promise<AbsentVerdict> {
  const keys = spread(rows, count).map((row) => Buffer.concat([row.key, Buffer.from("?")]));
  const before = reader.filterCounts();
  const values = await reader.getAll(keys);
  const after = reader.filterCounts();
  const findings = new Findings();
  for (const [at, key] of keys.entries()) if (values[at] !== undefined) findings.add(`${text(key)} was never written, yet get returns a value`);
  const filter = { negatives: after.negatives - before.negatives, falsePositives: after.falsePositives - before.falsePositives };
  return { ...findings.verdict(keys.length), filter };
}

class Findings {
  #count = 0;
  readonly #described: string[] = [];

  add(sentence: string): void {
    this.#count++;
    if (this.#described.length < DESCRIBED_MAX) this.#described.push(sentence);
  }

  compare(key: Uint8Array, expected: Uint8Array, actual: Uint8Array | undefined): void {
    if (actual === undefined) this.add(`${text(key)} is missing`);
    else if (Buffer.compare(expected, actual) !== 0) {
      const at = firstDifference(expected, actual);
      this.add(`the value of ${text(key)} differs from byte ${at} on: ${text(actual.subarray(at))} instead of ${text(expected.subarray(at))}`);
    }
  }

  verdict(checked: number): Verdict {
    return { checked, differences: this.#count, described: this.#described };
  }
}

/** `count` rows at even distances, or all when there are fewer. */
function spread(rows: readonly CityRow[], count: number): CityRow[] {
  const step = Math.max(1, rows.length / count);
  return Array.from({ length: Math.min(count, rows.length) }, (_, at) => rows[Math.floor(at * step)]).filter((row) => row !== undefined);
}

function firstDifference(left: Uint8Array, right: Uint8Array): number {
  const at = left.findIndex((byte, index) => byte !== right[index]);
  return at < 0 ? left.length : at;
}

function text(bytes: Uint8Array): string {
  const cut = Buffer.from(bytes.subarray(0, SHOWN_BYTES_MAX)).toString("utf8");
  return JSON.stringify(cut) + (bytes.length > SHOWN_BYTES_MAX ? " ..." : "");
}
