// What is checked of every block's rows: by the kernel, which is quick, as long as all is sound; by the rules, one after the other, where it is not.
import { BlockChecker, compareKeys, type RowNumber } from "@slate-sst/format";
import type { BlockWalk } from "./block-rules.js";
import type { CoverageMap } from "./coverage.js";
import type { EntryRules } from "./entry-rules.js";
import type { FilterView } from "./filter-rules.js";
import type { Framing } from "./framing.js";
import type { HelpedChunk } from "./helper-job.js";
import { checkSeparator, type IndexView } from "./index-rules.js";
import { joinUnsigned, type Range64 } from "./int64.js";
import { COUNTS_PER_BLOCK, type SoundSums } from "./kernel-blocks.js";
import { isOfOtherVersion } from "./kind-rules.js";
import type { ResolvedOptions } from "./options.js";
import type { Report } from "./report.js";
import type { EndRow } from "./result.js";
import { createRowChecks, type RowChecks } from "./row-checks.js";
import type { RowPass } from "./row-order.js";
import type { SectionPlace } from "./sections.js";
import type { StatsView } from "./stats-rules.js";

/** What blocks are held against. Index and format version are known to be sound. */
export interface BlockCheckParts {
  /** Bytes of the file. */
  readonly fileSize: number;
  /** Whether the stored bytes of a block are its payload. */
  readonly isPlain: boolean;
  readonly framing: Framing;
  readonly index: IndexView;
  readonly stats: StatsView | undefined;
  readonly filter: FilterView | undefined;
  readonly entries: EntryRules;
  readonly coverage: CoverageMap;
  readonly report: Report;
  readonly options: ResolvedOptions;
}

export class BlockChecks {
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
  readonly #parts: BlockCheckParts;
  readonly #checks: RowChecks | undefined;
  /** The rows are of another version than the footer names. */
  #isOtherVersion = false;
  /** Rows that the kernel found sound, and timestamps among them. */
  #kernelRows = 0;
  #createTs = 0;
  #expireTs = 0;
  /** Which of the two knows the row before the next block: the kernel, the rules, or, in between, both. */
  #ahead: "kernel" | "rules" | undefined;

  private constructor(parts: BlockCheckParts, checks: RowChecks | undefined) {
    this.#parts = parts;
    this.#checks = checks;
  }

  static async create(parts: BlockCheckParts): Promise<BlockChecks> {
    return new BlockChecks(parts, await createRowChecks(parts));
  }

  /** Sums over the rows that were read. */
  get pass(): RowPass | undefined {
    return this.#checks?.pass;
  }

  /** What the kernel looks with; undefined where it may not. */
  get kernel(): RowChecks["kernel"] {
    return this.#checks?.kernel;
  }

  /** What rows are asked of the filter; undefined where it is not asked. */
  get filter(): RowChecks["filter"] {
    return this.#checks?.filter;
  }

  /** Checks the rows of one block. @param payload undefined where it could not be read. */
  checkBlock(payload: Uint8Array | undefined, place: SectionPlace, block: number): void {
    if (payload === undefined || this.#checks === undefined) this.gap();
    else if (!this.#runKernelOn(payload, place, block) && !this.#check(this.#checks, payload, place, block)) this.gap();
  }

  /** Takes in what a helper found. @returns false where it does not follow from what is known of the blocks before. */
  acceptHelped(first: number, end: number, helped: HelpedChunk): boolean {
    const { kernel, pass, filter } = this.#checks!;
    const { before, last } = helped;
    if (filter?.mayPass(helped.rows) === false) return false;
    this.#resumePass();
    const { key } = pass;
    if (!pass.hasPrevious || compareKeys(key.bytes, key.length, before.key, before.key.length) !== 0 || pass.seqHi !== before.seqHi || pass.seqLo !== before.seqLo) return false;
    kernel!.checker.setKey(last.key, last.key.length, last.seqHi, last.seqLo);
    this.#accept(first, end - first, helped, false);
    return true;
  }

  /** Has the kernel look at blocks as they are stored. @returns how many need no more than that; 0 where stored bytes are no payloads. */
  checkStored(bytes: Uint8Array, offset: number, first: number, end: number): number {
    const kernel = this.#checks?.kernel;
    if (kernel === undefined || !this.#parts.isPlain || !this.#mayRunKernel()) return 0;
    const count = kernel.run(bytes, offset, first, end);
    if (count > 0) this.#accept(first, count, kernel.sound, false);
    return count;
  }

  /** The same with the payload of one block that is compressed. */
  #runKernelOn(payload: Uint8Array, place: SectionPlace, block: number): boolean {
    const kernel = this.#checks?.kernel;
    if (kernel === undefined || place.isPlain || !this.#mayRunKernel() || !kernel.runOne(payload, block)) return false;
    this.#accept(block, 1, kernel.sound, true);
    return true;
  }

  #mayRunKernel(): boolean {
    const { kernel, pass, filter } = this.#checks!;
    if (filter?.mayPass(BlockChecker.rowsMax) === false) return false;
    if (this.#ahead === "rules") {
      if (pass.hasPrevious) kernel!.checker.setKey(pass.key.bytes, pass.key.length, pass.seqHi, pass.seqLo);
      else kernel!.checker.forgetKey();
      this.#ahead = undefined;
    }
    return true;
  }

  /** Takes in blocks that the kernel found sound. Its checker stands behind their last row. @param isOpen whether the ledger has been told of the block. */
  #accept(first: number, blocks: number, sound: SoundSums, isOpen: boolean): void {
    const { index, stats, report, coverage } = this.#parts;
    const { filter } = this.#checks!;
    const { counts } = sound;
    this.#ahead = "kernel";
    for (let nth = 0; nth < blocks; nth++) {
      if (!isOpen) report.ledger.nextBlock();
      const at = nth * COUNTS_PER_BLOCK;
      const deletes = counts[at + 1]!;
      const merges = counts[at + 2]!;
      const puts = counts[at]! - deletes - merges;
      this.puts += puts;
      this.deletes += deletes;
      this.merges += merges;
      stats?.checkBlock(first + nth, { puts, deletes, merges });
      if (first + nth === 0) this.#acceptFirst();
      if (first + nth === index.blocks - 1) this.#acceptLast();
    }
    this.blocksRead += blocks;
    this.rows += sound.rows;
    this.rawKeyBytes += sound.rawKeyBytes;
    this.rawValueBytes += sound.rawValueBytes;
    this.#createTs += sound.createTs;
    this.#expireTs += sound.expireTs;
    this.#kernelRows += sound.rows;
    filter?.pass(first, blocks, sound.rows);
    coverage.explain(index.range(first).start, index.range(first + blocks - 1).end);
  }

  #acceptFirst(): void {
    const { checker } = this.#checks!.kernel!;
    const key = checker.firstKey(0);
    const [seqHi, seqLo] = [checker.firstSeq(0, "hi"), checker.firstSeq(0, "lo")];
    this.#parts.entries.checkFirst({ key, keyLength: key.length, seqHi, seqLo });
    this.first = { key: key.slice(), seq: joinUnsigned(seqHi, seqLo) };
  }

  #acceptLast(): void {
    const { pass } = this.#checks!;
    this.#resumePass();
    this.#parts.entries.checkLast(pass.lastKey);
    this.last = { key: pass.lastKey.bytes.slice(0, pass.lastKey.length), seq: joinUnsigned(pass.lastSeqHi, pass.lastSeqLo) };
  }

  /** Tells the rules which row the kernel saw last. */
  #resumePass(): void {
    const { kernel, pass } = this.#checks!;
    if (this.#ahead === "kernel") pass.resume(kernel!.checker.key, kernel!.checker.rowNumber("seq", "hi"), kernel!.checker.rowNumber("seq", "lo"));
    this.#ahead = undefined;
  }

  /** All blocks were looked at: adds what the kernel's rows come to. */
  addRanges(): void {
    const kernel = this.#checks?.kernel;
    if (kernel === undefined) return;
    const { seqs, createTs, expireTs } = this.#checks!.pass;
    const add = (range: Range64, count: number, min: RowNumber, max: RowNumber): void => {
      const { checker } = kernel;
      range.addAll(count, checker.rowNumber(min, "hi"), checker.rowNumber(min, "lo"), checker.rowNumber(max, "hi"), checker.rowNumber(max, "lo"));
    };
    add(seqs, this.#kernelRows, "minSeq", "maxSeq");
    add(createTs, this.#createTs, "minCreate", "maxCreate");
    add(expireTs, this.#expireTs, "minExpire", "maxExpire");
  }

  /** Asks the filter for every key of a block that the kernel only hashed. */
  askLate(payload: Uint8Array, place: SectionPlace, block: number): void {
    const { filter, walk, keys } = this.#checks!;
    if (!walk.walk(payload, place)) return;
    for (let at = 0, ordinal = 0; at < walk.bodyEnd; ordinal++) {
      at = walk.decode(payload, at);
      const { shared, suffixAt, suffixLength } = walk.row;
      keys.extend(shared, payload, suffixAt, suffixAt + suffixLength);
      filter!.addLate(keys.bytes, keys.length, block, ordinal);
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

  /** The rows of a block are not known. */
  gap(): void {
    this.#ahead = "rules";
    this.#checks?.pass.gap();
    this.#checks?.blockSize.gap();
    this.#checks?.second?.gap();
  }

  /** Everything about one block's rows. @returns false when they could not be read. */
  #check(checks: RowChecks, payload: Uint8Array, place: SectionPlace, block: number): boolean {
    const { walk, pass, isWal } = checks;
    const { index, stats, entries, report, coverage, framing, fileSize } = this.#parts;
    if (block === 0 && framing.formatVersion !== undefined) this.#isOtherVersion = isOfOtherVersion(payload, framing.formatVersion, fileSize, report);
    if (this.#isOtherVersion || !walk.walk(payload, place)) return false;
    this.#resumePass();
    this.#ahead = "rules";
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
