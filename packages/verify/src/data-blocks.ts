// Data blocks one after the other: fetched in large ranges, opened, walked, passed, and handed to every check that wants rows.
import { SECTION_BYTES } from "@slate-sst/format";
import type { RuleId } from "@slate-sst/format/rules";
import { feedBlocks, type StoredBlocks } from "@slate-sst/reader";
import type { BlockWalk } from "./block-rules.js";
import type { CoverageMap } from "./coverage.js";
import type { EntryRules } from "./entry-rules.js";
import { changedMeanwhile, type FileSource } from "./file-source.js";
import type { FilterView } from "./filter-rules.js";
import type { Framing } from "./framing.js";
import { checkSeparator, type IndexView } from "./index-rules.js";
import { joinUnsigned } from "./int64.js";
import { isOfOtherVersion } from "./kind-rules.js";
import type { ResolvedOptions } from "./options.js";
import type { Report } from "./report.js";
import type { EndRow } from "./result.js";
import { createRowChecks, type RowChecks } from "./row-checks.js";
import type { RowPass } from "./row-order.js";
import type { SectionOpener, SectionPlace } from "./sections.js";
import type { StatsView } from "./stats-rules.js";
import { rulesThatNeed } from "./stop-rules.js";

/** Rules that want the rows of every block. */
const ROW_RULES: readonly RuleId[] = rulesThatNeed("B1.1");

/** What the loop needs. Index and format version are known to be sound. */
export interface DataBlockParts {
  readonly source: FileSource;
  readonly framing: Framing;
  readonly index: IndexView;
  readonly opener: SectionOpener;
  readonly stats: StatsView | undefined;
  readonly filter: FilterView | undefined;
  readonly entries: EntryRules;
  readonly coverage: CoverageMap;
  readonly report: Report;
  readonly options: ResolvedOptions;
  /** Gets all stored bytes of data blocks, in file order. */
  readonly onBytes: ((bytes: Uint8Array) => void) | undefined;
}

export class DataBlocks {
  /** Blocks whose rows were all read. */
  blocksRead = 0;
  rows = 0;
  puts = 0;
  deletes = 0;
  merges = 0;
  rawKeyBytes = 0;
  rawValueBytes = 0;
  first: EndRow | undefined;
  last: EndRow | undefined;
  bytesRead = 0;
  readonly #parts: DataBlockParts;
  readonly #checks: RowChecks | undefined;
  #bytes = 0;
  /** The rows are of another version than the footer names. */
  #isOtherVersion = false;

  private constructor(parts: DataBlockParts, checks: RowChecks | undefined) {
    this.#parts = parts;
    this.#checks = checks;
  }

  static async create(parts: DataBlockParts): Promise<DataBlocks> {
    return new DataBlocks(parts, await createRowChecks(parts));
  }

  /** Sums over the rows that were read. */
  get pass(): RowPass | undefined {
    return this.#checks?.pass;
  }

  /** Reads all blocks; gives way after each range of them. */
  async *run(): AsyncGenerator<void, void, undefined> {
    const { index, options } = this.#parts;
    const isLarge = (block: number): boolean => index.range(block).end - index.range(block).start - SECTION_BYTES > options.maxBlockBytes;
    for (let block = 0; block < index.blocks; ) {
      if (isLarge(block)) {
        await this.#passOver(block++);
        yield;
        continue;
      }
      let end = block + 1;
      while (end < index.blocks && !isLarge(end)) end++;
      yield* this.#readBlocks(block, end - 1);
      block = end;
    }
  }

  /** Judges what takes all rows. @returns the block size, where it is known or follows from the blocks. */
  finish(): number | undefined {
    const { stats, report, options, framing, filter } = this.#parts;
    const checks = this.#checks;
    stats?.checkTotals(this);
    checks?.filter?.finish(this.rows, options.expect.filterBitsPerKey);
    this.#judgeWhetherFilter();
    report.ledger.know("block_size", this.rows > 0);
    const blockSize = checks?.blockSize.finish();
    checks?.second?.finish();
    checks?.canonical?.finish(framing, filter);
    return blockSize;
  }

  async *#readBlocks(first: number, last: number): AsyncGenerator<void, void, undefined> {
    const { source, index, options } = this.#parts;
    const { signal } = options;
    try {
      for await (const group of feedBlocks(source.store, source.path, index, first, last, { signal })) {
        signal?.throwIfAborted();
        await this.#readGroup(group);
        yield;
      }
    } catch (error) {
      throw changedMeanwhile(error, source.path, source.size);
    }
  }

  async #readGroup({ first, count, offset, bytes }: StoredBlocks): Promise<void> {
    const { index, opener, options, report, onBytes } = this.#parts;
    this.bytesRead += bytes.length;
    onBytes?.(bytes);
    for (let block = first; block < first + count; block++) {
      report.ledger.nextBlock();
      const range = index.range(block);
      const place = opener.place(`block[${block}]`, range);
      const stored = bytes.subarray(range.start - offset, range.end - offset);
      const payload = opener.isSynchronous
        ? opener.openNow(stored, "block", place, options.maxBlockBytes, ROW_RULES)
        : await opener.open(stored, "block", place, options.maxBlockBytes, ROW_RULES);
      if (payload === undefined || this.#checks === undefined || !this.#check(this.#checks, payload, place, block)) this.#gap();
    }
    this.#bytes += bytes.length;
    options.onProgress?.({ bytes: this.#bytes, totalBytes: index.range(index.blocks - 1).end, blocks: first + count, rows: this.rows });
  }

  /** A block that is too large to be held: its checksum only. */
  async #passOver(block: number): Promise<void> {
    const { index, opener, source, report, options, onBytes } = this.#parts;
    report.ledger.nextBlock();
    const range = index.range(block);
    await opener.checkLarge(source, "block", opener.place(`block[${block}]`, range));
    report.ledger.skip(ROW_RULES, `block[${block}] is longer than ${options.maxBlockBytes} bytes`);
    if (onBytes !== undefined) for await (const bytes of source.steps(range.start, range.end)) onBytes(bytes);
    this.#bytes += range.end - range.start;
    this.#gap();
  }

  #gap(): void {
    this.#checks?.pass.gap();
    this.#checks?.blockSize.gap();
    this.#checks?.second?.gap();
  }

  /** Everything about one block's rows. @returns false when they could not be read. */
  #check(checks: RowChecks, payload: Uint8Array, place: SectionPlace, block: number): boolean {
    const { walk, pass, isWal } = checks;
    const { index, stats, entries, report, coverage, framing, source } = this.#parts;
    if (block === 0 && framing.formatVersion !== undefined) this.#isOtherVersion = isOfOtherVersion(payload, framing.formatVersion, source.size, report);
    if (this.#isOtherVersion || !walk.walk(payload, place)) return false;
    this.#count(walk);
    const start = pass.run(payload, place, block);
    checks.filter?.endBlock();
    checkSeparator(index, start, isWal, report);
    stats?.checkBlock(block, walk);
    checks.blockSize.add(walk, place, payload.length, start);
    if (block === 0) {
      entries.checkFirst(start);
      this.first = { key: start.key.slice(0, start.keyLength), seq: joinUnsigned(start.seqHi, start.seqLo) };
    }
    if (block === index.blocks - 1) {
      entries.checkLast(pass.lastKey);
      this.last = { key: pass.lastKey.bytes.slice(0, pass.lastKey.length), seq: joinUnsigned(pass.lastSeqHi, pass.lastSeqLo) };
    }
    if (report.ledger.isBlockSound) {
      checks.second?.add(payload, place, block);
      checks.canonical?.addBlock(walk, payload, place, checks.keys);
    } else checks.second?.gap();
    coverage.explain(place.offset, place.offset + place.length);
    return true;
  }

  #count({ rows, puts, deletes, merges, rawKeyBytes, rawValueBytes }: BlockWalk): void {
    this.blocksRead++;
    this.rows += rows;
    this.puts += puts;
    this.deletes += deletes;
    this.merges += merges;
    this.rawKeyBytes += rawKeyBytes;
    this.rawValueBytes += rawValueBytes;
  }

  /** L1.3. */
  #judgeWhetherFilter(): void {
    const { options, framing, report } = this.#parts;
    const { filter, minFilterKeys } = options.expect;
    if (filter !== false && minFilterKeys === undefined) return;
    const isWanted = filter !== false && this.rows >= (minFilterKeys ?? 0);
    const isThere = framing.info.filterLen > 0;
    if (isWanted === isThere) return;
    const expected = isWanted ? `a filter, as there are ${this.rows} rows and ${minFilterKeys} ask for one` : filter === false ? "no filter" : `no filter, as there are only ${this.rows} rows and ${minFilterKeys} ask for one`;
    report.add("L1.3", "filter", () => ({ path: "info.filter_len", offset: framing.infoOffset, length: framing.infoPayload.length, expected, found: isThere ? "a filter" : "no filter" }));
  }
}
