// A decoded manifest as rules look at it, whichever layout it has: the SSTs it lists, and the trees that use them. A tree
// is a row of places, newest first: the SSTs of level 0 one by one, then the sorted runs. Besides the main tree there is
// one for each segment.
import { type BytesRange, type DecodedManifest, formatUlid, MANIFEST_VERSION_V1, type SsTableInfo, type Ulid } from "@slate-sst/format";

/** An SST as the manifest lists it. */
export interface ListedSst {
  /** The SST's id. */
  readonly id: Ulid;
  /** The id as text. */
  readonly name: string;
  /** Where the manifest lists it, such as `manifest.l0[0]`. */
  readonly path: string;
  /** The copy of its info in the manifest. */
  readonly info: SsTableInfo;
  /** Version of its blocks, where the manifest says; undefined where it does not. */
  readonly formatVersion: number | undefined;
}

/** A use of an SST at one place of a tree. */
export interface SstUse {
  /** Such as `manifest.compacted[0].ssts[2]`. */
  readonly path: string;
  /** The SST. */
  readonly sst: ListedSst;
  /** Keys of it that count; undefined means all. */
  readonly visibleRange: BytesRange | undefined;
}

/** An SST of level 0, or a sorted run. */
export interface TreePlace {
  /** Where the manifest has it. */
  readonly path: string;
  /** The run's id; undefined in level 0. */
  readonly runId: number | undefined;
  /** Its SSTs, ascending by key in a run; one in level 0. */
  readonly uses: readonly SstUse[];
}

/** The levels of a database, or of one segment of it. */
export interface Tree {
  /** Such as `manifest` or `manifest.segments[0]`. */
  readonly path: string;
  /** SSTs of level 0, newest first. */
  readonly l0: readonly TreePlace[];
  /** Sorted runs, newest first. */
  readonly runs: readonly TreePlace[];
}

/** A view that names an SST which the manifest does not list. */
export interface DanglingView {
  /** Where the manifest has it. */
  readonly path: string;
  /** Id of the SST that is not listed, as text. */
  readonly name: string;
}

/** All SSTs of a manifest, and where they stand. */
export interface DatabaseTree {
  /** In the order of the manifest, each entry of it. */
  readonly listed: readonly ListedSst[];
  /** The main tree, and one for each segment. */
  readonly trees: readonly Tree[];
  /** Views of SSTs that are not listed. */
  readonly dangling: readonly DanglingView[];
}

type Run<Entry> = { readonly id: number; readonly ssts: readonly Entry[] };
type Levels<Entry> = { readonly l0: readonly Entry[]; readonly compacted: readonly Run<Entry>[] };

/** Reads the trees of a manifest, of either version. */
export function databaseTree(decoded: DecodedManifest): DatabaseTree {
  const listed: ListedSst[] = [];
  const dangling: DanglingView[] = [];
  if (decoded.version === MANIFEST_VERSION_V1) {
    const tree = treeOf(decoded.manifest, "manifest", ({ id, info, formatVersion, visibleRange }, path) => {
      const sst = { id, name: formatUlid(id), path, info, formatVersion };
      listed.push(sst);
      return { path, sst, visibleRange };
    });
    return { listed, trees: [tree], dangling };
  }
  const { manifest } = decoded;
  const byName = new Map<string, ListedSst>();
  for (const [at, { id, info, formatVersion }] of manifest.ssts.entries()) {
    const sst = { id, name: formatUlid(id), path: `manifest.ssts[${at}]`, info, formatVersion };
    listed.push(sst);
    if (!byName.has(sst.name)) byName.set(sst.name, sst);
  }
  const use = ({ sstId, visibleRange }: { readonly sstId: Ulid; readonly visibleRange?: BytesRange | undefined }, path: string): SstUse | undefined => {
    const name = formatUlid(sstId);
    const sst = byName.get(name);
    if (sst === undefined) dangling.push({ path, name });
    return sst && { path, sst, visibleRange };
  };
  const segments = (manifest.segments ?? []).map((segment, at) => treeOf(segment, `manifest.segments[${at}]`, use));
  return { listed, trees: [treeOf(manifest, "manifest", use), ...segments], dangling };
}

function treeOf<Entry>(levels: Levels<Entry>, path: string, use: (entry: Entry, path: string) => SstUse | undefined): Tree {
  const used = (entries: readonly Entry[], base: string): SstUse[] => entries.map((entry, at) => use(entry, `${base}[${at}]`)).filter((one) => one !== undefined);
  return {
    path,
    l0: used(levels.l0, `${path}.l0`).map((one) => ({ path: one.path, runId: undefined, uses: [one] })),
    runs: levels.compacted.map(({ id, ssts }, at) => ({ path: `${path}.compacted[${at}]`, runId: id, uses: used(ssts, `${path}.compacted[${at}].ssts`) })),
  };
}

/** The names of all SSTs that a manifest lists. */
export function listedNames(decoded: DecodedManifest): string[] {
  return databaseTree(decoded).listed.map(({ name }) => name);
}
