// Sequence numbers against the order of places: M4.1. Where places overlap, their rows are walked side by side in key
// order, and of each key every version in a newer place must be at least as new as every version in an older one.
import { compareKeys, isSstError } from "@slate-sst/format";
import type { ObjectStore } from "@slate-sst/object-store";
import { type SstReaderOptions } from "@slate-sst/reader";
import { type ManifestObject, type Tree, type TreePlace, visibleSpan } from "@slate-sst/reader/database";
import { showBytes } from "../finding.js";
import { joinUnsigned } from "../int64.js";
import { manifestPlace } from "./manifest-rules.js";
import type { SstObject } from "./objects.js";
import type { FactsOf } from "./order-rules.js";
import { type Cluster, clustersOf, type PlacedSst } from "./overlaps.js";
import type { DatabaseReport } from "./report.js";
import { SourceCursor } from "./source-cursor.js";

/** Places that are walked side by side: each has an SST open, with two ranges of up to 1 MiB in memory. */
const PLACES_MAX = 28;

export interface SeqOrderCheck {
  readonly store: ObjectStore;
  readonly file: ManifestObject;
  readonly objects: ReadonlyMap<string, SstObject>;
  readonly facts: FactsOf;
  readonly report: DatabaseReport;
  readonly reader: SstReaderOptions;
}

/** Keys whose rows contradict the order of two places. */
interface Contradiction {
  keys: number;
  readonly key: Uint8Array;
  readonly newerSeq: bigint;
  readonly olderSeq: bigint;
}

/** Walks every overlap of a tree. @throws StoreError. */
export async function checkSeqOrder(check: SeqOrderCheck, tree: Tree): Promise<void> {
  const { objects, facts, report } = check;
  if (!report.isOnLevel("M4.1")) return;
  const places = [...tree.l0, ...tree.runs];
  const placed: PlacedSst[] = [];
  for (const [rank, { uses }] of places.entries()) {
    for (const { sst, visibleRange } of uses) {
      const object = objects.get(sst.name);
      const span = visibleSpan(sst.info, visibleRange, facts(sst.name)?.last?.key);
      if (object !== undefined && span !== undefined && report.mayJudge("M4.1", [sst.name])) placed.push({ rank, object: object.path, span });
    }
  }
  for (const cluster of clustersOf(placed)) {
    if (cluster.sources.size > PLACES_MAX) {
      report.leaveOpen(["M4.1"], `more than ${PLACES_MAX} SSTs of level 0 and runs overlap`);
      continue;
    }
    await checkCluster(check, places, cluster);
  }
}

async function checkCluster({ store, file, report, reader }: SeqOrderCheck, places: readonly TreePlace[], cluster: Cluster): Promise<void> {
  const walk = new MergeWalk([...cluster.sources].map(([rank, ssts]) => new SourceCursor(rank, ssts, store, reader)));
  try {
    await walk.run();
  } catch (error) {
    if (!isSstError(error)) throw error;
    report.leaveOpen(["M4.1"], `an SST could not be read: ${error.message}`);
  } finally {
    await walk.close();
  }
  for (const { newer, older, found } of walk.contradictions()) {
    report.add("M4.1", [], () => ({
      ...manifestPlace(file, places[older]?.path ?? ""),
      expected: `no row of key ${showBytes(found.key)} with a sequence number above ${found.newerSeq}, as ${places[newer]?.path} has it`,
      found: `sequence number ${found.olderSeq}`,
      hint: `${found.keys} keys contradict the order of these two; get and scan give different rows for them`,
    }));
  }
}

class MergeWalk {
  /** Sources that have a present row, newest place first. */
  #live: SourceCursor[];
  readonly #all: readonly SourceCursor[];
  /** By rank of the newer and then of the older place. */
  readonly #contradictions = new Map<number, Map<number, Contradiction>>();

  /** @param sources newest place first. */
  constructor(sources: SourceCursor[]) {
    this.#all = sources;
    this.#live = sources;
  }

  async run(): Promise<void> {
    const started: SourceCursor[] = [];
    for (const source of this.#live) if (await advance(source)) started.push(source);
    this.#live = started;
    while (this.#live.length > 1) {
      const [lowest, isShared] = this.#lowest();
      if (isShared) await this.#compareVersions(lowest);
      else if (!lowest.next() && !(await advance(lowest))) this.#drop(lowest);
    }
  }

  /** One contradiction for each pair of places. */
  contradictions(): { readonly newer: number; readonly older: number; readonly found: Contradiction }[] {
    return [...this.#contradictions].flatMap(([newer, byOlder]) => [...byOlder].map(([older, found]) => ({ newer, older, found })));
  }

  async close(): Promise<void> {
    for (const source of this.#all) await source.close();
  }

  /** A source with the lowest key, and whether others have that key too. */
  #lowest(): [SourceCursor, boolean] {
    let lowest = this.#live[0]!;
    let isShared = false;
    for (let at = 1; at < this.#live.length; at++) {
      const source = this.#live[at]!;
      const order = compareKeys(source.key, source.keyLength, lowest.key, lowest.keyLength);
      if (order > 0) continue;
      isShared = order === 0;
      if (order < 0) lowest = source;
    }
    return [lowest, isShared];
  }

  /** Passes over all rows of a key, place by place from the newest. */
  async #compareVersions(lowest: SourceCursor): Promise<void> {
    const key = lowest.key.slice(0, lowest.keyLength);
    let newest: { readonly rank: number; readonly seq: bigint } | undefined;
    // Dropping a source replaces the list, so that this loop goes on over the old one.
    for (const source of this.#live) {
      if (compareKeys(source.key, source.keyLength, key, key.length) !== 0) continue;
      let highest = seqOf(source);
      let least = highest;
      let isLive = true;
      do {
        const seq = seqOf(source);
        if (seq > highest) highest = seq;
        if (seq < least) least = seq;
        isLive = source.next() || (await advance(source));
      } while (isLive && compareKeys(source.key, source.keyLength, key, key.length) === 0);
      if (!isLive) this.#drop(source);
      if (newest !== undefined && highest > newest.seq) this.#contradict(newest.rank, source.rank, key, newest.seq, highest);
      if (newest === undefined || least < newest.seq) newest = { rank: source.rank, seq: least };
    }
  }

  #contradict(newer: number, older: number, key: Uint8Array, newerSeq: bigint, olderSeq: bigint): void {
    const byOlder = this.#contradictions.get(newer) ?? new Map<number, Contradiction>();
    this.#contradictions.set(newer, byOlder);
    const known = byOlder.get(older);
    if (known === undefined) byOlder.set(older, { keys: 1, key, newerSeq, olderSeq });
    else known.keys++;
  }

  #drop(source: SourceCursor): void {
    this.#live = this.#live.filter((one) => one !== source);
  }
}

function seqOf(source: SourceCursor): bigint {
  return joinUnsigned(source.seqHi, source.seqLo);
}

/** Goes to the first visible row of the next block that has one. */
async function advance(source: SourceCursor): Promise<boolean> {
  while (await source.nextBlock()) if (source.next()) return true;
  return false;
}
