// Data blocks one after the other: fetched in large ranges, opened, walked, passed, and handed to every check that wants rows.
import { BlockChecker, compareKeys, type RowNumber, SECTION_BYTES } from "@slate-sst/format";
import type { RuleId } from "@slate-sst/format/rules";
import { feedBlocks, type StoredBlocks } from "@slate-sst/reader";
import type { BlockWalk } from "./block-rules.js";
import type { CoverageMap } from "./coverage.js";
import type { EntryRules } from "./entry-rules.js";
import { changedMeanwhile, type FileSource } from "./file-source.js";
import type { FilterView } from "./filter-rules.js";
import type { Framing } from "./framing.js";
import type { HelpedChunk } from "./helper-job.js";
import type { Helpers } from "./helpers.js";
import { checkSeparator, type IndexView } from "./index-rules.js";
import { joinUnsigned, type Range64 } from "./int64.js";
import { isOfOtherVersion } from "./kind-rules.js";
import type { ResolvedOptions } from "./options.js";
import { COUNTS_PER_BLOCK, type SoundSums } from "./kernel-blocks.js";
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
  /** Threads that may check blocks, too. */
  readonly helpers: Helpers | undefined;
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
  /** Rows that the kernel found sound, and timestamps among them. */
  #kernelRows = 0;
  #createTs = 0;
  #expireTs = 0;
  /** Which of the two knows the row before the next block: the kernel, the rules, or, in between, both. */
  #ahead: "kernel" | "rules" | undefined;

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
    const { helpers, source, index } = this.#parts;
    const { kernel, filter } = this.#checks ?? {};
    const mayBeHelped = kernel !== undefined && this.#parts.onBytes === undefined && this.#parts.opener.isPlain;
    const chunkBlocks = mayBeHelped ? helpers?.begin(source.store, source.path, index, filter?.buildable) : undefined;
    if (helpers === undefined || chunkBlocks === undefined) {
      await helpers?.stop();
      yield* this.#runAlone();
    } else yield* this.#runHelped(helpers, chunkBlocks);
    this.#addRanges();
    yield* this.#askLate();
  }

  /** Reads blocks from the first on, until those begin that helpers have checked. */
  async *#runHelped(helpers: Helpers, chunkBlocks: number): AsyncGenerator<void, void, undefined> {
    const { index } = this.#parts;
    const { kernel } = this.#checks!;
    const endOf = (chunk: number): number => Math.min((chunk + 1) * chunkBlocks, index.blocks);
    let chunk = 0;
    helpers.claim(chunk);
    yield* this.#readBlocks(0, endOf(chunk) - 1, () => {
      if (endOf(chunk) === index.blocks || !helpers.claim(chunk + 1)) return undefined;
      return endOf(++chunk) - 1;
    });
    if (endOf(chunk) === index.blocks) return;
    const { chunks, answers } = await helpers.answers();
    for (const { ranges, filterBits } of answers) {
      kernel!.checker.addRanges(ranges);
      kernel!.checker.addFilterBits(filterBits);
    }
    for (chunk++; chunk * chunkBlocks < index.blocks; chunk++) {
      const first = chunk * chunkBlocks;
      const helped = chunks.get(chunk);
      if (helped === undefined || !this.#acceptHelped(first, endOf(chunk), helped)) yield* this.#readBlocks(first, endOf(chunk) - 1);
      else yield;
    }
  }

  /** Takes in what a helper found. @returns false where it does not follow from what is known of the blocks before. */
  #acceptHelped(first: number, end: number, helped: HelpedChunk): boolean {
    const { kernel, pass, filter } = this.#checks!;
    const { before, last } = helped;
    if (filter?.mayPass(helped.rows) === false) return false;
    this.#resumePass();
    const { key } = pass;
    if (!pass.hasPrevious || compareKeys(key.bytes, key.length, before.key, before.key.length) !== 0 || pass.seqHi !== before.seqHi || pass.seqLo !== before.seqLo) return false;
    kernel!.checker.setKey(last.key, last.key.length, last.seqHi, last.seqLo);
    this.#accept(first, end - first, helped, false);
    const { index } = this.#parts;
    this.bytesRead += index.range(end - 1).end - index.range(first).start;
    this.#advance(first, end);
    return true;
  }

  async *#runAlone(): AsyncGenerator<void, void, undefined> {
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

  async *#readBlocks(first: number, last: number, more?: () => number | undefined): AsyncGenerator<void, void, undefined> {
    const { source, index, options } = this.#parts;
    const { signal } = options;
    try {
      for await (const group of feedBlocks(source.store, source.path, index, first, last, { signal, more, isWhole: true, memory: this.#checks?.kernel?.checker.memory })) {
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
      const sound = this.#runKernel(bytes, offset, block, first + count);
      if (sound > 0) {
        block += sound - 1;
        continue;
      }
      report.ledger.nextBlock();
      const range = index.range(block);
      const place = opener.place(`block[${block}]`, range);
      const stored = bytes.subarray(range.start - offset, range.end - offset);
      const payload = opener.isSynchronous
        ? opener.openNow(stored, "block", place, options.maxBlockBytes, ROW_RULES)
        : await opener.open(stored, "block", place, options.maxBlockBytes, ROW_RULES);
      if (payload === undefined || this.#checks === undefined) this.#gap();
      else if (!this.#runKernelOn(payload, place, block) && !this.#check(this.#checks, payload, place, block)) this.#gap();
    }
    this.#advance(first, first + count);
  }

  /** Tells of blocks that are done. */
  #advance(first: number, end: number): void {
    const { index, options } = this.#parts;
    this.#bytes += index.range(end - 1).end - index.range(first).start;
    options.onProgress?.({ bytes: this.#bytes, totalBytes: index.range(index.blocks - 1).end, blocks: end, rows: this.rows });
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

  /** Has the kernel look at stored blocks that are their own payloads. @returns how many need no more than that. */
  #runKernel(bytes: Uint8Array, offset: number, first: number, end: number): number {
    const kernel = this.#checks?.kernel;
    if (kernel === undefined || !this.#parts.opener.isPlain || !this.#mayRunKernel()) return 0;
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

  /** Adds what the kernel's rows come to. */
  #addRanges(): void {
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

  /** Where the filter may deny keys that the kernel only hashed: reads their blocks again and asks for each of them. */
  async *#askLate(): AsyncGenerator<void, void, undefined> {
    const { source, index, opener, options } = this.#parts;
    const { filter, walk, keys } = this.#checks ?? {};
    for (const { first, end } of filter?.suspects ?? []) {
      for await (const group of feedBlocks(source.store, source.path, index, first, end - 1, { signal: options.signal })) {
        options.signal?.throwIfAborted();
        this.bytesRead += group.bytes.length;
        for (let block = group.first; block < group.first + group.count; block++) {
          const range = index.range(block);
          const place = opener.place(`block[${block}]`, range);
          const payload = opener.openNow(group.bytes.subarray(range.start - group.offset, range.end - group.offset), "block", place, options.maxBlockBytes, ROW_RULES);
          if (payload === undefined || !walk!.walk(payload, place)) continue;
          for (let at = 0, ordinal = 0; at < walk!.bodyEnd; ordinal++) {
            at = walk!.decode(payload, at);
            const { shared, suffixAt, suffixLength } = walk!.row;
            keys!.extend(shared, payload, suffixAt, suffixAt + suffixLength);
            filter!.addLate(keys!.bytes, keys!.length, block, ordinal);
          }
        }
        yield;
      }
    }
  }

  #gap(): void {
    this.#ahead = "rules";
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
