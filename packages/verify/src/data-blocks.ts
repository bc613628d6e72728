// Data blocks one after the other: fetched in large ranges, opened, checked, passed.
import { SECTION_BYTES } from "@slate-sst/format";
import type { RuleId } from "@slate-sst/format/rules";
import { feedBlocks, type StoredBlocks } from "@slate-sst/reader";
import { type BlockCheckParts, BlockChecks } from "./block-checks.js";
import { changedMeanwhile, type FileSource } from "./file-source.js";
import type { Helpers } from "./helpers.js";
import type { SectionOpener } from "./sections.js";
import { rulesThatNeed } from "./stop-rules.js";

/** Rules that want the rows of every block. */
const ROW_RULES: readonly RuleId[] = rulesThatNeed("B1.1");

/** What the loop needs. Index and format version are known to be sound. */
export interface DataBlockParts extends Omit<BlockCheckParts, "fileSize" | "isPlain"> {
  readonly source: FileSource;
  readonly opener: SectionOpener;
  /** Threads that may check blocks, too. */
  readonly helpers: Helpers | undefined;
  /** Gets all stored bytes of data blocks, in file order. */
  readonly onBytes: ((bytes: Uint8Array) => void) | undefined;
}

export class DataBlocks {
  bytesRead = 0;
  /** What was found of their rows. */
  readonly checks: BlockChecks;
  readonly #parts: DataBlockParts;
  #bytes = 0;

  private constructor(parts: DataBlockParts, checks: BlockChecks) {
    this.#parts = parts;
    this.checks = checks;
  }

  static async create(parts: DataBlockParts): Promise<DataBlocks> {
    return new DataBlocks(parts, await BlockChecks.create({ ...parts, fileSize: parts.source.size, isPlain: parts.opener.isPlain }));
  }

  /** Reads all blocks; gives way after each range of them. */
  async *run(): AsyncGenerator<void, void, undefined> {
    const { helpers, source, index, opener, onBytes } = this.#parts;
    const mayBeHelped = this.checks.kernel !== undefined && onBytes === undefined && opener.isPlain && !this.#hasLargeBlocks();
    const chunkBlocks = mayBeHelped ? helpers?.begin(source.store, source.path, index, this.checks.filter?.buildable) : undefined;
    if (helpers === undefined || chunkBlocks === undefined) {
      await helpers?.stop();
      yield* this.#runAlone();
    } else yield* this.#runHelped(helpers, chunkBlocks);
    this.checks.addRanges();
    yield* this.#askLate();
  }

  /** Reads blocks from the first on, until those begin that helpers have checked. */
  async *#runHelped(helpers: Helpers, chunkBlocks: number): AsyncGenerator<void, void, undefined> {
    const { index } = this.#parts;
    const { checker } = this.checks.kernel!;
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
      checker.addRanges(ranges);
      checker.addFilterBits(filterBits);
    }
    for (chunk++; chunk * chunkBlocks < index.blocks; chunk++) {
      const first = chunk * chunkBlocks;
      const helped = chunks.get(chunk);
      const end = endOf(chunk);
      if (helped === undefined || !this.checks.acceptHelped(first, end, helped)) yield* this.#readBlocks(first, end - 1);
      else {
        this.bytesRead += index.range(end - 1).end - index.range(first).start;
        this.#advance(first, end);
        yield;
      }
    }
  }

  async *#runAlone(): AsyncGenerator<void, void, undefined> {
    const { index } = this.#parts;
    for (let block = 0; block < index.blocks; ) {
      if (this.#isLarge(block)) {
        await this.#passOver(block++);
        yield;
        continue;
      }
      let end = block + 1;
      while (end < index.blocks && !this.#isLarge(end)) end++;
      yield* this.#readBlocks(block, end - 1);
      block = end;
    }
  }

  async *#readBlocks(first: number, last: number, more?: () => number | undefined): AsyncGenerator<void, void, undefined> {
    const { source, index, options } = this.#parts;
    const { signal } = options;
    try {
      for await (const group of feedBlocks(source.store, source.path, index, first, last, { signal, more, isWhole: true, memory: this.checks.kernel?.checker.memory })) {
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
      const sound = this.checks.checkStored(bytes, offset, block, first + count);
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
      this.checks.checkBlock(payload, place, block);
    }
    this.#advance(first, first + count);
  }

  /** Whether a block is too large to be held. */
  #isLarge(block: number): boolean {
    const { index, options } = this.#parts;
    const { start, end } = index.range(block);
    return end - start - SECTION_BYTES > options.maxBlockBytes;
  }

  #hasLargeBlocks(): boolean {
    const { blocks } = this.#parts.index;
    for (let block = 0; block < blocks; block++) if (this.#isLarge(block)) return true;
    return false;
  }

  /** Tells of blocks that are done. */
  #advance(first: number, end: number): void {
    const { index, options } = this.#parts;
    this.#bytes += index.range(end - 1).end - index.range(first).start;
    options.onProgress?.({ bytes: this.#bytes, totalBytes: index.range(index.blocks - 1).end, blocks: end, rows: this.checks.rows });
  }

  /** A block that is too large to be held: its checksum only. */
  async #passOver(block: number): Promise<void> {
    const { index, opener, source, report, options, onBytes } = this.#parts;
    report.ledger.nextBlock();
    const range = index.range(block);
    await opener.checkLarge(source, "block", opener.place(`block[${block}]`, range));
    report.ledger.leaveOpen(ROW_RULES, `block[${block}] is longer than ${options.maxBlockBytes} bytes`);
    if (onBytes !== undefined) for await (const bytes of source.steps(range.start, range.end)) onBytes(bytes);
    this.#bytes += range.end - range.start;
    this.checks.gap();
  }

  /** Where the filter may deny keys that the kernel only hashed: reads their blocks again and asks for each of them. */
  async *#askLate(): AsyncGenerator<void, void, undefined> {
    const { source, index, opener, options } = this.#parts;
    for (const { first, end } of this.checks.filter?.suspects ?? []) {
      for await (const group of feedBlocks(source.store, source.path, index, first, end - 1, { signal: options.signal })) {
        options.signal?.throwIfAborted();
        this.bytesRead += group.bytes.length;
        for (let block = group.first; block < group.first + group.count; block++) {
          const range = index.range(block);
          const place = opener.place(`block[${block}]`, range);
          const payload = opener.openNow(group.bytes.subarray(range.start - group.offset, range.end - group.offset), "block", place, options.maxBlockBytes, ROW_RULES);
          if (payload !== undefined) this.checks.askLate(payload, place, block);
        }
        yield;
      }
    }
  }
}
