// What SlateDB must show of a set of rows when its merge operator concatenates: the oracle's answers are compared with this.
import type { GoldenRow } from "./side-car.js";
import type { VisibleRow } from "./oracle/database.js";

/**
 * The rows a scan shows, ascending by key. `rows` are in file order: keys ascending, newest version of a key first.
 * A merged row takes the sequence number of its newest version, and the latest create_ts and the earliest expire_ts of
 * all that went into it, the tombstone below the operands included.
 */
export function visibleRows(rows: readonly GoldenRow[]): VisibleRow[] {
  const visible: VisibleRow[] = [];
  for (const versions of versionsByKey(rows)) {
    const row = mergeVersions(versions);
    if (row !== undefined) visible.push(row);
  }
  return visible;
}

/** Groups neighbouring rows of one key. */
export function* versionsByKey(rows: readonly GoldenRow[]): Generator<[GoldenRow, ...GoldenRow[]], void, undefined> {
  let versions: [GoldenRow, ...GoldenRow[]] | undefined;
  for (const row of rows) {
    if (versions !== undefined && Buffer.compare(versions[0].key, row.key) === 0) {
      versions.push(row);
    } else {
      if (versions !== undefined) yield versions;
      versions = [row];
    }
  }
  if (versions !== undefined) yield versions;
}

function mergeVersions(versions: readonly [GoldenRow, ...GoldenRow[]]): VisibleRow | undefined {
  const newest = versions[0];
  if (newest.kind === "delete") return undefined;
  const used = downToBase(versions);
  const values = used.map((row) => row.value ?? new Uint8Array()).reverse();
  return {
    key: newest.key,
    value: new Uint8Array(Buffer.concat(values)),
    seq: newest.seq,
    createTs: extreme(used.map((row) => row.createTs), (a, b) => a > b) ?? 0n,
    expireTs: extreme(used.map((row) => row.expireTs), (a, b) => a < b),
  };
}

/** The versions from the newest down to the put or tombstone that ends a merge, which is included. */
function downToBase(versions: readonly GoldenRow[]): readonly GoldenRow[] {
  const base = versions.findIndex((row) => row.kind !== "merge");
  return base === -1 ? versions : versions.slice(0, base + 1);
}

/** The number that beats all others; undefined where there are none. */
function extreme(numbers: readonly (bigint | undefined)[], beats: (a: bigint, b: bigint) => boolean): bigint | undefined {
  let best: bigint | undefined;
  for (const number of numbers) if (number !== undefined && (best === undefined || beats(number, best))) best = number;
  return best;
}
