// SstReader: an SST opened by its end, and its rows.
import {
  checkOptionNames, COMPRESSION_NAMES, type Codec, decodeStats, FOOTER_BYTES, type FormatVersion, integerOption, loadCodec, SstError, type SsTableInfo, type SstStats, SstType,
} from "@slate-sst/format";
import { assertObjectPath, isStoreError, type ObjectStore } from "@slate-sst/object-store";
import { type Bytes, keyBytes, type KeyRange, keyRangeNames } from "./bounds.js";
import type { RowColumns } from "./columns.js";
import { type FileEnd, type FileRange, readFileEnd, readFooter, relocated } from "./file-end.js";
import { SstFilter } from "./filter-view.js";
import { type IndexEntry, SstIndex } from "./index-view.js";
import { resolveOptions, type ResolvedReaderOptions, type SstReaderOptions } from "./options.js";
import type { SstRow } from "./row.js";
import { type DataBlock, type ScanSource, scanBlocks, scanDataBlocks, scanInColumns } from "./scan.js";
import { Scanners } from "./scanners.js";
import { SectionOpener } from "./section.js";

/** Bytes of the file's end that open() asks for: footer, info, and the other sections of most files. */
const TAIL_BYTES = 64 * 1024;

/** Rows of a batch of columns, unless told otherwise. */
const DEFAULT_ROWS_MAX = 8192;
/** Keys and values of a batch of columns stay below 2 GiB, whatever is asked for. */
const ROWS_MAX = 2 ** 31 - 1;

/** What a scan gives. */
export interface ScanOptions extends KeyRange {
  /** Keys descend; versions of one key still come newest first. */
  readonly reverse?: boolean | undefined;
  /** At most this many rows. */
  readonly limit?: number | undefined;
  /**
   * Rows may be views, which read from the scan's memory what they are asked for: several times as fast, and valid only until the next
   * batch is asked for; of scan(), until the next row. `false` unless given: rows are copies.
   */
  readonly views?: boolean | undefined;
  /** Ends the scan, which rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What a scan in columns gives. */
export interface ScanColumnsOptions extends KeyRange {
  /** Most rows of a batch, 1 to 2^31 - 1; batches may be smaller. Default 8,192. */
  readonly rowsMax?: number | undefined;
  /** At most this many rows in all. */
  readonly limit?: number | undefined;
  /** Ends the scan, which rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export const scanOptionNames: readonly string[] = [...keyRangeNames, ...(["reverse", "limit", "views", "signal"] satisfies (keyof ScanOptions)[])];
const scanColumnsNames: readonly string[] = [...keyRangeNames, ...(["rowsMax", "limit", "signal"] satisfies (keyof ScanColumnsOptions)[])];

const NO_SCANNERS = new Scanners(false);

/** The end of the file as far as it was read, which saves requests. */
interface Tail {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/**
 * Reads one SST. Nothing in the file is trusted: every position, length and count is checked before it is used, and
 * errors carry a code, the offset in the file and a path such as `block[3].row[17].shared`.
 * What a verifier checks beyond that (order, stats, separators, the filter's content) is not checked here.
 */
export class SstReader implements AsyncDisposable {
  /** Where the SST lies in its store. */
  readonly path: string;
  /** Bytes of the file. */
  readonly size: number;
  readonly #store: ObjectStore;
  readonly #end: FileEnd;
  readonly #tail: Tail;
  readonly #opener: SectionOpener;
  readonly #options: ResolvedReaderOptions;
  #index: Promise<SstIndex> | undefined;
  #stats: Promise<SstStats | undefined> | undefined;
  #filter: Promise<SstFilter | undefined> | undefined;
  readonly #scanners: Scanners;
  #closed = false;

  private constructor(store: ObjectStore, path: string, size: number, end: FileEnd, tail: Tail, codec: Codec, options: ResolvedReaderOptions) {
    this.#store = store;
    this.path = path;
    this.size = size;
    this.#end = end;
    this.#tail = tail;
    this.#opener = new SectionOpener(codec, options.transform);
    this.#options = options;
    this.#scanners = new Scanners(options.kernel);
  }

  /**
   * Opens an SST: its size, and at most two ranges, for the footer and for the rest of the file's end.
   * @throws StoreError ERR_STORE_NOT_FOUND; SstError ERR_SST_TRUNCATED, ERR_SST_CORRUPT, ERR_SST_CHECKSUM,
   *   ERR_SST_UNSUPPORTED, ERR_SST_CODEC_MISSING.
   */
  static async open(store: ObjectStore, path: string, options: SstReaderOptions = {}): Promise<SstReader> {
    assertObjectPath(path);
    const resolved = resolveOptions(options);
    const { signal } = resolved;
    const { size } = await store.head(path, { signal });
    const read = (start: number, end: number): Promise<Uint8Array> => getRange(store, path, start, end, size, signal);
    const start = Math.max(0, size - TAIL_BYTES);
    let tail: Tail = { start, bytes: await read(start, size) };
    const footer = readFooter(tail.bytes, size);
    if (footer.infoOffset < start) {
      const rest = await read(footer.infoOffset, start);
      const joined = new Uint8Array(rest.length + tail.bytes.length);
      joined.set(rest);
      joined.set(tail.bytes, rest.length);
      tail = { start: footer.infoOffset, bytes: joined };
    }
    const section = tail.bytes.subarray(footer.infoOffset - tail.start, size - FOOTER_BYTES - tail.start);
    const end = readFileEnd(section, footer);
    const codec = await loadCodec(COMPRESSION_NAMES[end.info.compressionFormat], resolved.codecs);
    return new SstReader(store, path, size, end, tail, codec, resolved);
  }

  /** Version of the data blocks, from the footer. */
  get formatVersion(): FormatVersion {
    return this.#end.formatVersion;
  }

  /** The info as the file has it. First and last entry are views. */
  get info(): SsTableInfo {
    return this.#end.info;
  }

  /** Position of the info section in the file. */
  get infoOffset(): number {
    return this.#end.infoOffset;
  }

  /** The index: where blocks lie and which keys they hold. Read once. */
  index(): Promise<SstIndex> {
    this.#check();
    this.#index ??= this.#section("index", this.#end.index).then((payload) => new SstIndex(payload, this.#end.data, this.#end.index.start));
    return this.#index;
  }

  /** The stats, or undefined in WAL files and files of releases before 0.11.2. Read once. */
  stats(): Promise<SstStats | undefined> {
    this.#check();
    this.#stats ??= this.#readStats();
    return this.#stats;
  }

  /** The filter, or undefined when the SST has none. Read once. */
  filter(): Promise<SstFilter | undefined> {
    this.#check();
    this.#filter ??= this.#readFilter();
    return this.#filter;
  }

  /** Entries of the index in file order. */
  async *entries(): AsyncGenerator<IndexEntry, void, undefined> {
    const index = await this.index();
    for (let block = 0; block < index.blocks; block++) yield index.entry(block);
  }

  /** Data blocks in file order, decompressed. A block's payload is valid until the next one is asked for. */
  async *blocks(options: { readonly signal?: AbortSignal | undefined } = {}): AsyncGenerator<DataBlock, void, undefined> {
    const index = await this.index();
    if (index.blocks > 0) yield* scanDataBlocks(this.#source(index), 0, index.blocks - 1, { signal: options.signal });
  }

  /** Rows of a range of keys, one by one. */
  async *scan(options: ScanOptions = {}): AsyncGenerator<SstRow, void, undefined> {
    for await (const rows of this.scanBatches(options)) yield* rows;
  }

  /**
   * Rows of a range of keys in arrays, at least one row each: one promise for many rows. Rows are copies, whose keys and values are
   * parts of buffers that the rows of an array share: keep many of few arrays, or copy what you keep.
   * @throws SstTypeError, SstRangeError ERR_SST_OPTION_UNKNOWN, ERR_SST_OPTION_INVALID; SstError for what is damaged; StoreError.
   */
  async *scanBatches(options: ScanOptions = {}): AsyncGenerator<SstRow[], void, undefined> {
    checkOptionNames(options, scanOptionNames, "SstReader.scan");
    const index = await this.index();
    yield* scanBlocks(this.#source(index), options, this.info.sstType === SstType.Wal);
  }

  /**
   * Rows of a range of keys in columns, ascending, at least one row each: the shape that SstWriter.writeColumns takes.
   * @throws as scanBatches().
   */
  async *scanColumns(options: ScanColumnsOptions = {}): AsyncGenerator<RowColumns, void, undefined> {
    checkOptionNames(options, scanColumnsNames, "SstReader.scanColumns");
    const rowsMax = integerOption("rowsMax", options.rowsMax, DEFAULT_ROWS_MAX, 1, ROWS_MAX);
    const index = await this.index();
    yield* scanInColumns(this.#source(index), options, this.info.sstType === SstType.Wal, rowsMax);
  }

  /**
   * The newest row of a key, be it a value, a tombstone or a merge operand, found through filter and index as SlateDB does.
   * @returns undefined when the SST has no row of this key.
   */
  async get(key: Bytes): Promise<SstRow | undefined> {
    const bytes = keyBytes("key", key);
    if (this.info.sstType === SstType.Wal) throw new SstError("ERR_SST_UNSUPPORTED", `${this.path} is a WAL file: its rows are not sorted, scan() it instead`, { details: { path: "info.sst_type" } });
    const filter = await this.filter();
    if (filter?.mayContain(bytes) === false) return undefined;
    // One or two blocks: not worth a scanner's memory.
    const source = { ...this.#source(await this.index()), scanners: NO_SCANNERS };
    for await (const rows of scanBlocks(source, { gte: bytes, lte: bytes, limit: 1 }, false)) return rows[0];
    return undefined;
  }

  /** Lets go of what was read. Later calls are refused. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#index = this.#stats = this.#filter = undefined;
    this.#scanners.clear();
  }

  /** As `close()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #check(): void {
    if (this.#closed) throw new SstError("ERR_SST_STATE", `the reader of ${this.path} is closed`, { details: { state: "closed" } });
  }

  #source(index: SstIndex): ScanSource {
    return {
      store: this.#store,
      path: this.path,
      index,
      formatVersion: this.formatVersion,
      opener: this.#opener,
      maxBlockBytes: this.#options.maxBlockBytes,
      scanners: this.#scanners,
      check: () => this.#check(),
    };
  }

  async #section(name: string, range: FileRange): Promise<Uint8Array> {
    const { start, bytes } = this.#tail;
    const { signal, maxSectionBytes } = this.#options;
    const stored = range.start >= start ? bytes.subarray(range.start - start, range.end - start) : await getRange(this.#store, this.path, range.start, range.end, this.size, signal);
    const payload = await this.#opener.open(stored, name, range.start, maxSectionBytes);
    return payload;
  }

  async #readStats(): Promise<SstStats | undefined> {
    const range = this.#end.stats;
    if (range === undefined) return undefined;
    const payload = await this.#section("stats", range);
    try {
      return decodeStats(payload);
    } catch (error) {
      throw relocated(error, "", range.start);
    }
  }

  async #readFilter(): Promise<SstFilter | undefined> {
    const range = this.#end.filter;
    if (range === undefined) return undefined;
    return new SstFilter(await this.#section("filter", range), this.info.filterFormat, range.start);
  }
}

/** A range of the file; a file that has become shorter meanwhile is damage, not a mistake of the caller. */
async function getRange(store: ObjectStore, path: string, start: number, end: number, size: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
  try {
    return await store.getRange(path, start, end, { signal });
  } catch (cause) {
    if (!isStoreError(cause, "ERR_STORE_RANGE")) throw cause;
    throw new SstError("ERR_SST_TRUNCATED", `${path} had ${size} bytes and now ends before ${end}`, { cause, details: { path: "file", offset: start, size } });
  }
}

