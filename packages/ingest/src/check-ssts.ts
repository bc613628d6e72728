// What can be said of SSTs from their metadata alone, before the store is asked: that they belong to this database, and
// that they make one sorted run. SlateDB checks none of it. Inside a run it looks for a key in one SST only, so rows vanish
// when SSTs stand in the wrong order, and scans show keys twice when they overlap.
import { compareBytes, isUlid, LAST_L0_SEQ_MAX, SEQ_MAX, showKey, SstError, SstRangeError, SstTypeError, type Ulid } from "@slate-sst/format";
import { type SstMetadata, SstMetadataSchema } from "@slate-sst/format/proto";
import { compactedPrefix, sstIdOf } from "./layout.js";
import { ulidTime } from "./sst-path.js";

/** An SST whose name is from the future by no more than this, in milliseconds, comes from another machine's clock. */
const CLOCK_TOLERANCE_MS = 300_000;
const MS_PER_S = 1_000;

/** An SST of the run, with the id that its path holds. */
export interface RunSst {
  readonly metadata: SstMetadata;
  readonly id: Ulid;
}

/** Where the run is to belong. */
export interface RunPlace {
  /** URL of the store. */
  readonly store: string;
  readonly root: string;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

/**
 * The SSTs with their ids.
 * @throws SstError ERR_SST_INGEST_EMPTY, _STORE, _PATH, _ORDER, _OVERLAP; SstTypeError ERR_SST_OPTION_INVALID for what is no metadata.
 */
export function checkSsts(ssts: readonly SstMetadata[], place: RunPlace): RunSst[] {
  if (!Array.isArray(ssts)) throw new SstTypeError("ERR_SST_OPTION_INVALID", "the SSTs of a database are a list of SstMetadata", { details: { option: "ssts" } });
  if (ssts.length === 0) throw new SstError("ERR_SST_INGEST_EMPTY", "a database needs at least one SST");
  const paths = new Set<string>();
  const run = ssts.map((metadata, index): RunSst => {
    assertMetadata(metadata, index);
    const { path, store } = metadata;
    if (store !== place.store) {
      throw new SstError("ERR_SST_INGEST_STORE", `${path} was written to the store ${store}, not to ${place.store}; copying it is not enough, since its metadata names the store`, {
        details: { path, expected: place.store, actual: store },
      });
    }
    if (paths.has(path)) throw pathError(path, "is given twice");
    paths.add(path);
    return { metadata, id: idOf(path, place) };
  });
  for (const [index, { metadata }] of run.entries()) checkNeighbours(run[index - 1]?.metadata, metadata);
  return run;
}

/**
 * The sequence number that the database has reached: rows beyond it are invisible, and new writes go on behind it.
 * @throws SstError ERR_SST_INGEST_SEQ when `asked` would hide rows; SstRangeError ERR_SST_OPTION_INVALID.
 */
export function chooseLastL0Seq(run: readonly RunSst[], asked: bigint | undefined): bigint {
  const highest = run.reduce((one, other) => (one.metadata.maxSeq >= other.metadata.maxSeq ? one : other)).metadata;
  if (highest.maxSeq > LAST_L0_SEQ_MAX) throw noRoomError(highest.path, highest.maxSeq);
  if (asked === undefined) return highest.maxSeq;
  if (typeof asked !== "bigint" || asked < 0n || asked > SEQ_MAX) {
    throw new SstRangeError("ERR_SST_OPTION_INVALID", `lastL0Seq must be a bigint from 0 to ${SEQ_MAX}, not ${String(asked)}`, { details: { option: "lastL0Seq", value: asked } });
  }
  if (asked > LAST_L0_SEQ_MAX) throw noRoomError("lastL0Seq", asked);
  if (asked >= highest.maxSeq) return asked;
  throw new SstError("ERR_SST_INGEST_SEQ", `lastL0Seq ${asked} would hide rows: ${highest.path} has sequence numbers up to ${highest.maxSeq}`, {
    details: { path: highest.path, lastL0Seq: asked, maxSeq: highest.maxSeq },
  });
}

/** New writes take the numbers behind; SlateDB does not notice when they run out, and loses what was written. */
function noRoomError(what: string, seq: bigint): SstError {
  return new SstError("ERR_SST_INGEST_SEQ", `${what} has sequence number ${seq}: above ${LAST_L0_SEQ_MAX} too few are left for what the database will write`, {
    details: { lastL0Seq: seq, max: LAST_L0_SEQ_MAX },
  });
}

function assertMetadata(metadata: SstMetadata | null | undefined, index: number): asserts metadata is SstMetadata {
  if (metadata?.$typeName === SstMetadataSchema.typeName) return;
  throw new SstTypeError("ERR_SST_OPTION_INVALID", `ssts[${index}] is not an SstMetadata; of its JSON, fromJson(SstMetadataSchema, json) of @slate-sst/format/proto makes one`, {
    details: { option: `ssts[${index}]` },
  });
}

function idOf(path: string, { root, now }: RunPlace): Ulid {
  const id = sstIdOf(root, path);
  if (id === undefined) {
    const folder = compactedPrefix(root);
    const name = path.startsWith(folder) ? path.slice(folder.length).split(".")[0] : undefined;
    throw pathError(path, name === undefined || isUlid(name) ? `does not lie where SlateDB looks for it, at ${folder}<ULID>.sst` : `has a name that is no ULID`);
  }
  const aheadMs = ulidTime(id) - now;
  if (aheadMs <= CLOCK_TOLERANCE_MS) return id;
  throw pathError(path, `has a name from the future, ${Math.ceil(aheadMs / MS_PER_S)} s ahead of this machine's clock; garbage collection goes by that time`);
}

function pathError(path: string, problem: string): SstError {
  return new SstError("ERR_SST_INGEST_PATH", `${path} ${problem}; newSstPath(root) makes paths`, { details: { path } });
}

function checkNeighbours(previous: SstMetadata | undefined, { path, firstKey, lastKey }: SstMetadata): void {
  if (compareBytes(firstKey, lastKey) > 0) {
    throw new SstError("ERR_SST_INGEST_ORDER", `${path} has the first key ${showKey(firstKey)}, which sorts after its last key ${showKey(lastKey)}`, {
      details: { path, firstKey, lastKey },
    });
  }
  if (previous === undefined || compareBytes(previous.lastKey, firstKey) < 0) return;
  const details = { path, previousPath: previous.path, firstKey, lastKey, previousFirstKey: previous.firstKey, previousLastKey: previous.lastKey };
  const ranges = `${previous.path} (${showRange(previous)}) and ${path} (${showRange({ firstKey, lastKey })})`;
  if (compareBytes(lastKey, previous.firstKey) < 0) {
    throw new SstError("ERR_SST_INGEST_ORDER", `${ranges} are in the wrong order; give the SSTs in ascending order of their keys`, { details });
  }
  throw new SstError("ERR_SST_INGEST_OVERLAP", `${ranges} overlap; the SSTs of a run have no key in common, all versions of a key lie in one`, { details });
}

function showRange({ firstKey, lastKey }: { readonly firstKey: Uint8Array; readonly lastKey: Uint8Array }): string {
  return `${showKey(firstKey)} to ${showKey(lastKey)}`;
}
