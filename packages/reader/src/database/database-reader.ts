// DatabaseReader: the rows of a whole SlateDB database as one manifest has it, merged as SlateDB's own scan merges them.
import { BoundType, type BytesBound, booleanOption, type BytesRange, checkOptionNames, type DecodedManifest, decodeManifest, formatUlid, integerOption, MANIFEST_VERSION_V1, SstError } from "@slate-sst/format";
import { isStoreError, type ObjectStore, StoreError } from "@slate-sst/object-store";
import { Bounds, type KeyRange } from "../bounds.js";
import { resolveOptions, type SstReaderOptions, sstReaderOptionNames } from "../options.js";
import type { SstRow } from "../row.js";
import { checkedLimit } from "../scan.js";
import { type ScanOptions, scanOptionNames, SstReader } from "../sst-reader.js";
import { DatabaseLayout } from "./layout.js";
import { findManifest, MANIFEST_BYTES_MAX, type ManifestObject } from "./manifest.js";
import { mergeRows } from "./merge-rows.js";
import { namedError } from "./named-error.js";
import { RowSource } from "./row-source.js";
import { databaseTree, type DatabaseTree, type ListedSst, type SstUse, type TreePlace } from "./tree.js";
import { checkWhole, readWal, walFiles, type WalRows } from "./wal-rows.js";

/** Memory that rows of the write-ahead log may take, unless told otherwise: 256 MiB. */
const DEFAULT_MAX_WAL_BYTES = 256 * 1024 * 1024;

/** How a database is read. Everything is optional. */
export interface DatabaseReaderOptions extends SstReaderOptions {
  /**
   * Path of the manifest to go by, such as that of a checkpoint: of the write-ahead log, those files count that were there when it was written, as for a reader of
   * SlateDB's at a checkpoint. Default: the newest one, and all files behind it.
   */
  readonly manifest?: string | undefined;
  /** Show rows that are only in the write-ahead log yet, as SlateDB does. Default true. */
  readonly wal?: boolean | undefined;
  /** Most bytes of memory that rows of the write-ahead log may take. Default 256 MiB. */
  readonly maxWalBytes?: number | undefined;
}

/** What a scan of a database gives. */
export interface DatabaseScanOptions extends ScanOptions {
  /** Every row that is stored: older versions, tombstones, and rows that SlateDB would not show. Default false. */
  readonly allVersions?: boolean | undefined;
}

/** No key sorts before the empty one. */
const NO_KEY: KeyRange = { lt: "" };

const names: readonly string[] = [...sstReaderOptionNames, ...(["manifest", "wal", "maxWalBytes"] satisfies (keyof DatabaseReaderOptions)[])];
const scanNames: readonly string[] = [...scanOptionNames, "allVersions" satisfies keyof DatabaseScanOptions];

/**
 * Reads one database without running SlateDB. Nothing is written: no checkpoint holds the database, so that SSTs may vanish
 * while it is read, if a writer and its garbage collector are at work.
 */
export class DatabaseReader {
  /** The manifest gone by. */
  readonly manifest: ManifestObject;
  /** What the manifest says. */
  readonly decoded: DecodedManifest;
  /** The SSTs that it lists, and where they stand. */
  readonly tree: DatabaseTree;
  /** Where the database's objects lie. */
  readonly layout: DatabaseLayout;
  readonly #store: ObjectStore;
  readonly #sst: SstReaderOptions;
  readonly #wal: boolean;
  readonly #maxWalBytes: number;
  /** The last file of the log that counts. */
  readonly #walEnd: bigint | undefined;
  readonly #externalRoots: ReadonlyMap<string, string>;

  private constructor(store: ObjectStore, layout: DatabaseLayout, manifest: ManifestObject, decoded: DecodedManifest, options: DatabaseReaderOptions & { readonly wal: boolean; readonly maxWalBytes: number }) {
    this.#store = store;
    this.layout = layout;
    this.manifest = manifest;
    this.decoded = decoded;
    this.tree = databaseTree(decoded);
    const { transform, codecs, maxBlockBytes, maxSectionBytes, kernel, signal, wal, maxWalBytes } = options;
    this.#sst = { transform, codecs, maxBlockBytes, maxSectionBytes, kernel, signal };
    this.#wal = wal;
    this.#maxWalBytes = maxWalBytes;
    this.#walEnd = options.manifest === undefined ? undefined : decoded.manifest.walIdLastSeen;
    this.#externalRoots = new Map((decoded.manifest.externalDbs ?? []).flatMap(({ path, sstIds }) => sstIds.map((id): [string, string] => [formatUlid(id), path])));
  }

  /**
   * Finds and reads the manifest.
   * @param root where the database lies in the store; "" for the store's own root.
   * @throws StoreError ERR_STORE_NOT_FOUND when there is no manifest; SstError ERR_SST_CORRUPT, ERR_SST_TRUNCATED,
   *   ERR_SST_UNSUPPORTED for one that cannot be decoded.
   */
  static async open(store: ObjectStore, root: string, options: DatabaseReaderOptions = {}): Promise<DatabaseReader> {
    checkOptionNames(options, names, "DatabaseReader.open");
    const { manifest: asked, wal: _wal, maxWalBytes: _maxWalBytes, ...sst } = options;
    const { signal } = resolveOptions(sst);
    const wal = booleanOption("wal", options.wal, true);
    const maxWalBytes = integerOption("maxWalBytes", options.maxWalBytes, DEFAULT_MAX_WAL_BYTES, 1, Number.MAX_SAFE_INTEGER);
    const layout = new DatabaseLayout(root);
    const manifest = await findManifest(store, layout, asked, signal);
    const { path, size } = manifest;
    if (size > MANIFEST_BYTES_MAX) throw new SstError("ERR_SST_UNSUPPORTED", `${path} has ${size} bytes, and at most ${MANIFEST_BYTES_MAX} are read`, { details: { path, size } });
    const bytes = Uint8Array.from(await store.get(path, { signal }));
    try {
      return new DatabaseReader(store, layout, manifest, decodeManifest(bytes), { ...options, wal, maxWalBytes });
    } catch (error) {
      throw namedError(error, path);
    }
  }

  /** Opens an SST that the manifest lists. @throws StoreError ERR_STORE_NOT_FOUND, as well when it lies in another store; SstError, whose `details.object` is the path of the SST. */
  async openSst({ id, name, path }: ListedSst): Promise<SstReader> {
    const own = this.layout.sstPath(id);
    try {
      return await SstReader.open(this.#store, own, this.#sst);
    } catch (cause) {
      if (!isStoreError(cause, "ERR_STORE_NOT_FOUND")) throw namedError(cause, own);
      const external = this.#externalRoots.get(name);
      if (external === undefined) throw new StoreError("ERR_STORE_NOT_FOUND", `${own} is missing, and ${this.manifest.path} lists it as ${path}`, { path: own, cause });
      return await this.#openExternal(new DatabaseLayout(external).sstPath(id), external);
    }
  }

  /** WAL files that SlateDB would replay, oldest first. */
  async walFiles(): Promise<string[]> {
    return await this.#walPaths(this.#sst.signal);
  }

  /**
   * The highest sequence number that a scan shows: that of the manifest, or of a row in the write-ahead log, which is read for it as a whole.
   * @throws as scanBatches().
   */
  async lastSeq(): Promise<bigint> {
    this.#checkReadable();
    const { lastL0Seq } = this.decoded.manifest;
    if (!this.#wal) return lastL0Seq;
    const { maxSeq } = await this.#readWal(Bounds.of(NO_KEY), this.#sst.signal);
    return maxSeq > lastL0Seq ? maxSeq : lastL0Seq;
  }

  /** Rows of a range of keys, one by one: see scanBatches(). */
  async *scan(options: DatabaseScanOptions = {}): AsyncGenerator<SstRow, void, undefined> {
    for await (const rows of this.scanBatches(options)) yield* rows;
  }

  /**
   * Rows of a range of keys in arrays, at least one row each, as SlateDB 0.12.1 shows them: the newest version of each key,
   * deleted keys left out, rows whose time to live is over still there. (Where a manifest shows only a range of an SST, keys
   * outside of it are left out as its get does; its scan leaves them out in level 0, and forgets to in runs.) What only a merge operator could join comes as it is
   * stored: operands newest first, then the put they are applied to, if there is one.
   * @throws SstError ERR_SST_UNSUPPORTED for what SlateDB would not read, or this reader cannot; ERR_SST_LIMIT_WAL; StoreError
   *   ERR_STORE_NOT_FOUND where an SST or a file of the write-ahead log is missing; and all that SstReader throws, with the path of the SST in front and in
   *   `details.object`.
   */
  async *scanBatches(options: DatabaseScanOptions = {}): AsyncGenerator<SstRow[], void, undefined> {
    checkOptionNames(options, scanNames, "DatabaseReader.scan");
    const { limit, signal, ...range } = options;
    const reverse = booleanOption("reverse", options.reverse, false);
    const allVersions = booleanOption("allVersions", options.allVersions, false);
    const bounds = Bounds.of(range);
    let left = checkedLimit(limit);
    this.#checkReadable();
    if (left === 0) return;
    const sources: RowSource[] = [];
    const { lastL0Seq } = this.decoded.manifest;
    let maxSeq = lastL0Seq;
    if (this.#wal) {
      const wal = await this.#readWal(bounds, signal ?? this.#sst.signal);
      if (wal.maxSeq > maxSeq) maxSeq = wal.maxSeq;
      if (wal.rows.length > 0) sources.push(new RowSource("the write-ahead log", onlyBatch(reverse ? wal.rows.reverse() : wal.rows), reverse));
    }
    for (const { l0, runs } of this.tree.trees) {
      for (const place of [...l0, ...runs]) sources.push(new RowSource(place.path, this.#placeRows(place, bounds, reverse, signal), reverse));
    }
    try {
      for await (const rows of mergeRows(sources, { reverse, allVersions, maxSeq, limit: left })) {
        const shown = rows.length > left ? rows.slice(0, left) : rows;
        left -= shown.length;
        yield shown;
        if (left === 0) return;
      }
    } finally {
      for (const source of sources) await source.close();
    }
  }

  async #walPaths(signal: AbortSignal | undefined): Promise<string[]> {
    const paths = await walFiles(this.#store, this.layout, this.decoded.manifest.replayAfterWalId, signal);
    const end = this.#walEnd;
    return end === undefined ? paths : paths.filter((path) => (this.layout.walNumber(path) ?? 0n) <= end);
  }

  async #readWal(bounds: Bounds, signal: AbortSignal | undefined): Promise<WalRows> {
    const { manifest } = this.decoded;
    const paths = await this.#walPaths(signal);
    checkWhole(paths, this.layout, manifest);
    return await readWal(this.#store, paths, manifest.lastL0Seq, bounds, this.#maxWalBytes, { ...this.#sst, signal });
  }

  async *#placeRows({ uses }: TreePlace, bounds: Bounds, reverse: boolean, signal: AbortSignal | undefined): AsyncGenerator<SstRow[], void, undefined> {
    for (const { sst, visibleRange } of reverse ? [...uses].reverse() : uses) {
      const visible = visibleRange === undefined ? bounds : bounds.and(Bounds.of(keyRangeOf(visibleRange)));
      if (!visible.mayHold(sst.info.firstEntry, sst.info.lastEntry)) continue;
      await using reader = await this.openSst(sst);
      try {
        yield* reader.scanBatches({ ...visible.toRange(), reverse, signal });
      } catch (error) {
        throw namedError(error, reader.path);
      }
    }
  }

  async #openExternal(path: string, root: string): Promise<SstReader> {
    try {
      return await SstReader.open(this.#store, path, this.#sst);
    } catch (cause) {
      if (!isStoreError(cause, "ERR_STORE_NOT_FOUND")) throw namedError(cause, path);
      throw new StoreError("ERR_STORE_NOT_FOUND", `${path} is not in this store: it belongs to the database at ${JSON.stringify(root)}, of which this one is a clone; open the store that holds both`, { path, cause });
    }
  }

  /** Refuses what would give other rows than SlateDB shows. */
  #checkReadable(): void {
    const { manifest, version } = this.decoded;
    const { path } = this.manifest;
    const refuse = (problem: string): never => {
      throw new SstError("ERR_SST_UNSUPPORTED", `${path}: ${problem}`, { details: { object: path } });
    };
    if (!manifest.initialized) refuse("the database is a clone that was not finished, which SlateDB does not read");
    const [dangling] = this.tree.dangling;
    if (dangling !== undefined) refuse(`${dangling.path} names an SST that the manifest does not list: ${dangling.name}`);
    if (this.#wal && version === MANIFEST_VERSION_V1 && manifest.walObjectStoreUri !== undefined) {
      refuse("the write-ahead log is in another object store; scan without it to see the rows of SSTs alone");
    }
    const uses = this.tree.trees.flatMap(({ l0, runs }) => [...l0, ...runs]).flatMap((place) => place.uses);
    const odd = uses.find(hasUnknownBound);
    if (odd !== undefined) refuse(`${odd.path}.visible_range has an end that does not say whether its key belongs to the range`);
  }
}

function hasUnknownBound({ visibleRange }: SstUse): boolean {
  return visibleRange?.startBound.boundType === BoundType.Unknown || visibleRange?.endBound.boundType === BoundType.Unknown;
}

function keyRangeOf({ startBound, endBound }: BytesRange): KeyRange {
  const key = (bound: BytesBound, type: BoundType): Uint8Array | undefined => (bound.boundType === type ? bound.key : undefined);
  return { gte: key(startBound, BoundType.Included), gt: key(startBound, BoundType.Excluded), lte: key(endBound, BoundType.Included), lt: key(endBound, BoundType.Excluded) };
}

async function* onlyBatch(rows: SstRow[]): AsyncGenerator<SstRow[], void, undefined> {
  yield rows;
}
