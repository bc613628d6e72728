// explainSst(): a whole SST as a tree of its bytes, from the first to the last.
import { invalidOption, isFormatVersion, isSstError, loadCodec, noneCodec, SECTION_BYTES } from "@slate-sst/format";
import { WALK_STRUCTURES, WALK_TABLES, type WalkTable } from "@slate-sst/format/walk";
import { assertObjectPath, type ObjectStore } from "@slate-sst/object-store";
import { feedBlocks } from "@slate-sst/reader";
import { changedMeanwhile, FileSource } from "../file-source.js";
import { explainBlock } from "./block-walk.js";
import { type BlockStarts, blockStarts, type FilePlan, type Part, planFile } from "./file-plan.js";
import { explainFilter } from "./filter-walk.js";
import { explainFlatBuffer } from "./flatbuffer-walk.js";
import { type ExplainNode, Name, Region } from "./node.js";
import { type ExplainOptions, type ResolvedExplainOptions, resolveExplainOptions } from "./options.js";
import { explainSection, openPayload, type PayloadWalk, plainContext, type SectionContext, storedPart } from "./section-walk.js";
import { explainWalked, walkForward } from "./structure-walk.js";
import { NO_BYTES } from "./values.js";

/** Nodes that need nothing more from the store, a section's or block's at a time. */
type Batches = AsyncGenerator<Iterable<ExplainNode>, void, undefined>;

const flatBuffers: Readonly<Partial<Record<Part["name"], WalkTable>>> = { index: WALK_TABLES.SsTableIndex, stats: WALK_TABLES.SstStats, info: WALK_TABLES.SsTableInfo };

/**
 * Explains every byte of an SST, in the order of the file. Damage is told by the nodes' errors and never thrown; bytes that
 * cannot be decoded are raw nodes. Holds one data block or one of the other sections at a time, and where blocks begin.
 * @throws StoreError; SstTypeError ERR_SST_OPTION_UNKNOWN; SstRangeError ERR_SST_OPTION_INVALID; SstError ERR_SST_TRUNCATED
 *   when the file became shorter meanwhile.
 */
export async function* explainSst(store: ObjectStore, path: string, options: ExplainOptions = {}): AsyncGenerator<ExplainNode, void, undefined> {
  for await (const batch of explainBatches(store, path, options)) {
    // Not yield*: that would wait for each node twice.
    for (const node of batch) yield node;
  }
}

/** The same, a batch for each section and block, so that whoever wants them all at once waits only where there is something to wait for. */
export async function* explainBatches(store: ObjectStore, path: string, options: ExplainOptions): Batches {
  assertObjectPath(path);
  const resolved = resolveExplainOptions(options);
  const source = await FileSource.open(store, path, resolved.signal);
  const plan = await planFile(source, resolved.maxSectionBytes);
  const batches = new FileWalk(source, plan, await contextOf(plan, resolved), resolved).run();
  const { at } = resolved;
  if (at === undefined) return yield* batches;
  if (at >= source.size) throw invalidOption("at", at, `a byte of the file, 0 to ${source.size - 1}`);
  for await (const batch of batches) yield holding(batch, at);
}

/** The nodes that hold a byte; where in a payload it is, a codec does not tell. */
function* holding(nodes: Iterable<ExplainNode>, at: number): Generator<ExplainNode, void, undefined> {
  for (const node of nodes) if (node.inPayload || (node.offset <= at && at < node.offset + node.length)) yield node;
}

async function contextOf(plan: FilePlan, { codecs, transform, style }: ResolvedExplainOptions): Promise<SectionContext> {
  if (plan.compression === undefined) return { codec: undefined, codecProblem: `compression_format ${plan.compressionFormat} is not known`, transform, style };
  try {
    return { codec: await loadCodec(plan.compression, codecs), codecProblem: undefined, transform, style };
  } catch (error) {
    if (!isSstError(error, "ERR_SST_CODEC_MISSING")) throw error;
    return { codec: undefined, codecProblem: error.message, transform, style };
  }
}

class FileWalk {
  constructor(
    private readonly source: FileSource,
    private readonly plan: FilePlan,
    private readonly context: SectionContext,
    private readonly options: ResolvedExplainOptions,
  ) {}

  async *run(): Batches {
    const { at } = this.options;
    for (const part of this.plan.parts) {
      if (at !== undefined && (at < part.start || at >= part.end)) continue;
      this.options.signal?.throwIfAborted();
      if (part.name === "info") yield this.plan.lost.map(({ name, start, problem }) => this.#note(Name.top(name), start, problem));
      if (part.name === "data") yield* this.#explainData(part);
      else if (part.name === "unknown") yield [await this.#whole("raw", Name.top("unknown"), part, part.problem)];
      else yield part.name === "footer" ? await this.#explainFooter(part) : await this.#explainPart(part);
    }
  }

  async #explainFooter({ start, end }: Part): Promise<Iterable<ExplainNode>> {
    const region = new Region(await this.source.read(start, end), start, false, this.context.style);
    const name = Name.top("footer");
    const walked = walkForward(WALK_STRUCTURES.Footer, region.bytes, 0, region.length);
    return [region.group(name, 0, region.length, { value: `${region.length} bytes`, doc: WALK_STRUCTURES.Footer.doc }), ...explainWalked(region, name, walked, region.length, "rest")];
  }

  async #explainPart(part: Part): Promise<Iterable<ExplainNode>> {
    const { maxSectionBytes } = this.options;
    const name = Name.top(part.name);
    if (part.end - part.start - SECTION_BYTES > maxSectionBytes) return [await this.#whole("skipped", name, part, `longer than the limit of ${maxSectionBytes} bytes`)];
    const table = flatBuffers[part.name];
    const walk: PayloadWalk = (region, inner) => (table === undefined ? explainFilter(region, inner, this.plan.filterFormat) : explainFlatBuffer(region, inner, table));
    const context = part.name === "info" ? plainContext(this.context, noneCodec) : this.context;
    return explainSection(await this.source.read(part.start, part.end), part.start, name, context, maxSectionBytes, walk);
  }

  async *#explainData(part: Part): Batches {
    const { starts, entries, count } = await this.#blockStarts(part.end);
    const blocks = starts.length;
    const { at, firstBlock, lastBlock } = this.options;
    const startOf = (block: number): number => (block < blocks ? starts[block]! : part.end);
    // Before the first block there is none.
    const asked = at === undefined ? undefined : starts.findLastIndex((start) => start <= at);
    const first = Math.min(asked === undefined ? firstBlock : Math.max(asked, 0), blocks);
    const end = Math.min((asked ?? lastBlock) + 1, blocks);
    const nameOf = (from: number, to = from + 1): Name => Name.top(to - from === 1 ? `block[${entries[from]}]` : `block[${entries[from]}..${entries[to - 1]}]`);
    if (count > blocks) yield [this.#note(Name.top("data"), 0, `${count - blocks} of ${count} entries of the index lead to no block`)];
    if (startOf(0) > 0) yield [await this.#whole("raw", Name.top("unknown"), { start: 0, end: startOf(0) }, "no block of the index lies here")];
    if (first > 0) yield [await this.#whole("skipped", nameOf(0, first), { start: startOf(0), end: startOf(first) })];
    const isLarge = (block: number): boolean => startOf(block + 1) - startOf(block) - SECTION_BYTES > this.options.maxBlockBytes;
    for (let block = first; block < end; ) {
      let next = block;
      while (next < end && !isLarge(next)) next++;
      if (next > block) yield* this.#explainBlocks(block, next - 1, startOf, nameOf);
      else {
        yield [await this.#whole("skipped", nameOf(block), { start: startOf(block), end: startOf(block + 1) }, `longer than the limit of ${this.options.maxBlockBytes} bytes`)];
        next++;
      }
      block = next;
    }
    if (end < blocks) yield [await this.#whole("skipped", nameOf(Math.max(first, end), blocks), { start: startOf(Math.max(first, end)), end: part.end })];
  }

  async *#explainBlocks(first: number, last: number, startOf: (block: number) => number, nameOf: (block: number) => Name): Batches {
    const { source, context, options } = this;
    const range = (block: number): { readonly start: number; readonly end: number } => ({ start: startOf(block), end: startOf(block + 1) });
    const walk: PayloadWalk = (region, name) => this.#explainRows(region, name);
    try {
      for await (const group of feedBlocks(source.store, source.path, { range }, first, last, { signal: options.signal })) {
        options.signal?.throwIfAborted();
        for (let block = group.first; block < group.first + group.count; block++) {
          const { start, end } = range(block);
          yield await explainSection(group.bytes.subarray(start - group.offset, end - group.offset), start, nameOf(block), context, options.maxBlockBytes, walk);
        }
      }
    } catch (error) {
      throw changedMeanwhile(error, source.path, source.size);
    }
  }

  *#explainRows(region: Region, name: Name): Generator<ExplainNode, void, undefined> {
    const { formatVersion } = this.plan;
    if (isFormatVersion(formatVersion)) yield* explainBlock(region, name, formatVersion);
    else yield region.leaf("raw", name.child("payload"), 0, region.length, { error: `format_version ${formatVersion} is not known` });
  }

  /** The index is read here for where blocks lie, and once more when it is its turn to be explained. */
  async #blockStarts(dataEnd: number): Promise<BlockStarts> {
    const index = this.plan.parts.find(({ name }) => name === "index");
    if (index === undefined || index.end - index.start - SECTION_BYTES > this.options.maxSectionBytes) return blockStarts(undefined, dataEnd);
    const payload = await openPayload(storedPart(await this.source.read(index.start, index.end)), this.context, this.options.maxSectionBytes);
    return blockStarts(typeof payload === "string" ? undefined : payload, dataEnd);
  }

  /** What is wrong with the file beside its bytes. */
  #note(name: Name, at: number, error: string | undefined): ExplainNode {
    return new Region(NO_BYTES, at, false, this.context.style).group(name, 0, 0, { error });
  }

  /** One leaf for bytes of which only the first are read. */
  async #whole(kind: "raw" | "skipped", name: Name, { start, end }: Pick<Part, "start" | "end">, error?: string): Promise<ExplainNode> {
    const { style } = this.context;
    const bytes = await this.source.read(start, Math.min(end, start + style.bytes));
    const node = new Region(bytes, start, false, style).leaf(kind, name, 0, bytes.length, { value: `${end - start} bytes`, error });
    return { ...node, length: end - start };
  }
}
