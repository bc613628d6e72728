// Where places of a tree overlap: only there can a key have rows in more than one of them.
import { compare, compareStarts, type KeySpan } from "@slate-sst/reader/database";
import type { SourceSst } from "./source-cursor.js";

/** A visible SST at a place. */
export interface PlacedSst extends SourceSst {
  /** Number of the place in its tree. */
  readonly rank: number;
}

/** SSTs whose spans hang together, and that lie in more than one place. */
export interface Cluster {
  /** By the rank of the place, SSTs in key order. Ranks ascend. */
  readonly sources: ReadonlyMap<number, readonly PlacedSst[]>;
}

/** Groups SSTs that overlap, directly or through others. SSTs that no other place overlaps are left out. */
export function clustersOf(ssts: readonly PlacedSst[]): Cluster[] {
  const clusters: Cluster[] = [];
  let group: PlacedSst[] = [];
  let end: KeySpan["upper"];
  let isOpenEnded = false;
  const finish = (): void => {
    const ranks = [...new Set(group.map(({ rank }) => rank))].sort((left, right) => left - right);
    if (ranks.length > 1) clusters.push({ sources: new Map(ranks.map((rank) => [rank, group.filter((one) => one.rank === rank)])) });
    group = [];
    end = undefined;
    isOpenEnded = false;
  };
  for (const sst of [...ssts].sort((left, right) => compareStarts(left.span, right.span))) {
    const { lower, upper } = sst.span;
    if (group.length > 0 && !isOpenEnded && end !== undefined && compare(lower.key, end.key) > 0) finish();
    group.push(sst);
    if (upper === undefined) isOpenEnded = true;
    else if (end === undefined || compare(upper.key, end.key) > 0) end = upper;
  }
  finish();
  return clusters;
}
