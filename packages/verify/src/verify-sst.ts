// verifySst: one SST held against every rule, from its end to its rows. Read-only; damage gives findings, never errors.
import { BLOCK_LAYOUTS, type Codec, COMPRESSION_NAMES, FilterFormat, FOOTER_BYTES, loadCodec, SstError, SstType } from "@slate-sst/format";
import { RULE_FAMILIES } from "@slate-sst/format/rules";
import { assertObjectPath, type ObjectStore } from "@slate-sst/object-store";
import type { BlockChecks } from "./block-checks.js";
import { checkCanonicalIndex, checkCanonicalInfo, checkCanonicalStats } from "./canonical.js";
import { CoverageMap } from "./coverage.js";
import { DataBlocks } from "./data-blocks.js";
import { EntryRules } from "./entry-rules.js";
import { FileDigest } from "./file-digest.js";
import { FileSource } from "./file-source.js";
import { checkFilter, type FilterView } from "./filter-rules.js";
import type { Finding } from "./finding.js";
import { checkFraming, type Framing } from "./framing.js";
import type { Helpers } from "./helpers.js";
import { checkIndex, type IndexView } from "./index-rules.js";
import { checkType } from "./kind-rules.js";
import { checkLayout, type Layout } from "./layout.js";
import { type ResolvedOptions, resolveOptions, type VerifyOptions } from "./options.js";
import { Report } from "./report.js";
import type { RowFacts, VerifyResult } from "./result.js";
import { SectionOpener } from "./sections.js";
import { checkStats, type StatsView } from "./stats-rules.js";
import { rulesThatNeed } from "./stop-rules.js";

/** Families of rules about one SST: all but the database's. */
const FAMILIES = Object.keys(RULE_FAMILIES).filter((family) => family !== "M").join("");

const NO_ROWS: RowFacts = { count: 0, puts: 0, deletes: 0, merges: 0, first: undefined, last: undefined, minSeq: undefined, maxSeq: undefined, rawKeyBytes: 0, rawValueBytes: 0 };

/** A verification: iterating over it runs it, once, and gives its findings as they come; afterwards it has a result. */
export class Verification implements AsyncIterable<Finding> {
  readonly #store: ObjectStore;
  readonly #path: string;
  readonly #options: ResolvedOptions;
  readonly #report: Report;
  readonly #coverage = new CoverageMap();
  #isStarted = false;
  #result: VerifyResult | undefined;
  #blocks: DataBlocks | undefined;
  #helpers: Helpers | undefined;
  #blockCount = 0;
  #blockSize: number | undefined;

  /** `path`: of the SST in the store. */
  constructor(store: ObjectStore, path: string, options: ResolvedOptions) {
    this.#store = store;
    this.#path = path;
    this.#options = options;
    this.#blockSize = options.expect.blockSize;
    this.#report = new Report(options.level, options.maxFindings, FAMILIES);
  }

  /** What it came to. @throws SstError ERR_SST_STATE before the last finding was handed out. */
  get result(): VerifyResult {
    if (this.#result === undefined) throw new SstError("ERR_SST_STATE", `the verification of ${this.#path} has not run to its end`, { details: { path: this.#path } });
    return this.#result;
  }

  /** Runs the verification; gives findings as they are made. */
  [Symbol.asyncIterator](): AsyncGenerator<Finding, void, undefined> {
    if (this.#isStarted) throw new SstError("ERR_SST_STATE", `the verification of ${this.#path} runs only once`, { details: { path: this.#path } });
    this.#isStarted = true;
    return this.#run();
  }

  async *#run(): AsyncGenerator<Finding, void, undefined> {
    const began = performance.now();
    const { signal } = this.#options;
    signal?.throwIfAborted();
    const source = await FileSource.open(this.#store, this.#path, signal);
    this.#knowOptions();
    try {
      await this.#startHelpers(source);
      const framing = await checkFraming(source, this.#report);
      if (framing !== undefined) {
        for await (const _ of this.#checkFile(source, framing)) yield* this.#report.take();
      }
    } finally {
      await this.#helpers?.stop();
    }
    this.#result = this.#summary(source, performance.now() - began);
    yield* this.#report.take();
  }

  /** Threads are started at once: until there is something to do they are ready. */
  async #startHelpers({ store, size }: FileSource): Promise<void> {
    const { threads, level, kernel, transform, metadata } = this.#options;
    if (threads === 1 || level !== "full" || !kernel || transform !== undefined || metadata !== undefined) return;
    const { Helpers } = await import("./helpers.js");
    this.#helpers = Helpers.start(store, size, threads);
  }

  #knowOptions(): void {
    const { expect, metadata, codecs, transform } = this.#options;
    const { ledger } = this.#report;
    ledger.know("metadata", metadata !== undefined);
    ledger.know("sha256", metadata?.sha256 !== undefined);
    ledger.know("filter_settings", expect.filter === false || expect.minFilterKeys !== undefined);
    ledger.know("codec_build", codecs.length === 0);
    ledger.know("untransformed", transform === undefined && metadata?.transformed !== true);
    ledger.know("manifest_v2", false);
  }

  #knowInfo({ info, formatVersion, unknown }: Framing): void {
    const { ledger } = this.#report;
    const isTypeKnown = !unknown.has("sst_type");
    ledger.know("compacted", isTypeKnown && info.sstType === SstType.Compacted);
    ledger.know("wal", isTypeKnown && info.sstType === SstType.Wal);
    const hasRestarts = formatVersion === undefined ? undefined : BLOCK_LAYOUTS[formatVersion].hasRestarts;
    ledger.know("all_positions", hasRestarts === false);
    ledger.know("restarts", hasRestarts === true);
    const isFilterThere = info.filterLen > 0;
    ledger.know("filter", isFilterThere);
    ledger.know("composite", isFilterThere && info.filterFormat === FilterFormat.Composite);
    if (!isFilterThere) for (const condition of ["bloom", "key_bloom", "plain_bloom"] as const) ledger.know(condition, false);
    ledger.know("stats", info.statsLen > 0);
    const codec = unknown.has("compression_format") ? undefined : COMPRESSION_NAMES[info.compressionFormat];
    ledger.know("compressed", codec !== "none");
    ledger.know("declared_length", codec === "snappy" || codec === "lz4" || codec === "zstd");
    ledger.know("zstd", codec === "zstd");
  }

  async *#checkFile(source: FileSource, framing: Framing): AsyncGenerator<void, void, undefined> {
    const report = this.#report;
    const { metadata, codecs, transform, level } = this.#options;
    const { info, infoOffset, formatVersion } = framing;
    this.#coverage.explain(infoOffset, source.size - (formatVersion === undefined ? FOOTER_BYTES : 0));
    this.#knowInfo(framing);
    const layout = checkLayout(framing, report);
    // Protobuf comes with it, which is much to load.
    const declared = metadata === undefined ? undefined : new (await import("./declared.js")).DeclaredRules(metadata, source.size, report);
    declared?.checkFraming(framing);
    checkCanonicalInfo(framing, report);
    yield;
    const codec: Codec | undefined = framing.unknown.has("compression_format") ? undefined : await loadCodec(COMPRESSION_NAMES[info.compressionFormat], codecs);
    const opener = new SectionOpener(report, codec, transform);
    const index = await this.#readIndex(source, opener, layout);
    if (index !== undefined) checkType(framing, index, report);
    const stats = await this.#readStats(source, opener, layout);
    const filter = await this.#readFilter(source, opener, layout, framing, index?.blocks === 0);
    yield;
    if (index !== undefined) stats?.checkLength(index.blocks);
    const entries = new EntryRules(framing, report);
    entries.checkAbsence();
    declared?.checkKinds(framing, filter);
    if (index === undefined || level === "quick") return;
    const digest = declared === undefined ? undefined : new FileDigest(metadata?.sha256 !== undefined);
    const onBytes = digest === undefined ? undefined : (bytes: Uint8Array): void => digest.add(bytes);
    const blocks = await DataBlocks.create({ source, framing, index, opener, stats, filter, entries, coverage: this.#coverage, report, options: this.#options, helpers: this.#helpers, onBytes });
    this.#blocks = blocks;
    if (index.blocks > 0 && report.ledger.mayJudge("F4.1", "block", "file")) yield* blocks.run();
    this.#blockSize = blocks.checks.finish() ?? this.#blockSize;
    yield;
    if (declared === undefined || digest === undefined || blocks.checks.pass === undefined) return;
    const { seqs, createTs, expireTs } = blocks.checks.pass;
    const { rows, puts, deletes, merges, rawKeyBytes, rawValueBytes, first, last } = blocks.checks;
    declared.checkRows({ rows, puts, deletes, merges, rawKeyBytes, rawValueBytes, first, last, blocks: index.blocks, seqs, createTs, expireTs });
    if (!report.ledger.mayJudge("D1.8", "file", "file")) return;
    for await (const bytes of source.steps(layout.data.end, source.size)) digest.add(bytes);
    declared.checkDigests(digest.crc32, digest.sha256());
  }

  async #readIndex(source: FileSource, opener: SectionOpener, { index: range, data }: Layout): Promise<IndexView | undefined> {
    const report = this.#report;
    const { level, maxSectionBytes } = this.#options;
    if (!report.ledger.mayJudge("F4.3", "index", "file")) return undefined;
    const payload = await opener.read(source, "index", range, maxSectionBytes, rulesThatNeed("I1.1"));
    if (payload === undefined) return undefined;
    const index = checkIndex(payload, opener.place("index", range), data, report);
    if (index === undefined) return undefined;
    this.#blockCount = index.blocks;
    this.#coverage.explain(range.start, range.end);
    if (level === "quick" && report.ledger.needsHold("F4.1", "block", "file")) this.#coverage.explain(data.start, data.end);
    checkCanonicalIndex(index, report);
    return index;
  }

  async #readStats(source: FileSource, opener: SectionOpener, { stats: range }: Layout): Promise<StatsView | undefined> {
    const report = this.#report;
    if (range === undefined || !report.ledger.mayJudge("F4.4", "stats", "file")) return undefined;
    const payload = await opener.read(source, "stats", range, this.#options.maxSectionBytes, rulesThatNeed("S1.1"));
    if (payload === undefined) return undefined;
    const place = opener.place("stats", range);
    const stats = checkStats(payload, place, report);
    if (stats === undefined) return undefined;
    this.#coverage.explain(range.start, range.end);
    checkCanonicalStats(stats, place, report);
    return stats;
  }

  async #readFilter(source: FileSource, opener: SectionOpener, { filter: range }: Layout, { info, unknown }: Framing, isEmpty: boolean): Promise<FilterView | undefined> {
    const report = this.#report;
    if (range === undefined || !report.ledger.mayJudge("F4.2", "filter", "file")) return undefined;
    const payload = await opener.read(source, "filter", range, this.#options.maxSectionBytes, rulesThatNeed("L1.1"));
    if (payload === undefined || unknown.has("filter_format")) return undefined;
    const filter = checkFilter(payload, opener.place("filter", range), info.filterFormat, isEmpty, report);
    if (filter !== undefined) this.#coverage.explain(range.start, range.end);
    return filter;
  }

  #summary(source: FileSource, milliseconds: number): VerifyResult {
    const report = this.#report;
    const blocks = this.#blocks;
    const rules = report.ledger.outcomes();
    return {
      path: this.#path,
      level: this.#options.level,
      size: source.size,
      sound: report.counts.error === 0,
      complete: rules.every(({ state }) => state !== "stopped" && state !== "skipped"),
      findings: { ...report.counts },
      withheld: report.withheld,
      rules,
      blocks: this.#blockCount,
      blocksRead: blocks?.checks.blocksRead ?? 0,
      rows: blocks === undefined ? NO_ROWS : rowFacts(blocks.checks),
      bytesRead: source.bytesRead + (blocks?.bytesRead ?? 0),
      coverage: this.#coverage.summary(source.size),
      blockSize: this.#blockSize,
      milliseconds,
    };
  }
}

function rowFacts({ rows, puts, deletes, merges, first, last, pass, rawKeyBytes, rawValueBytes }: BlockChecks): RowFacts {
  return { count: rows, puts, deletes, merges, first, last, minSeq: pass?.seqs.min, maxSeq: pass?.seqs.max, rawKeyBytes, rawValueBytes };
}

/**
 * Verifies the SST at a path of a store. Nothing is ever written. Iterate over the answer for findings; then it has a result:
 *
 *     const verification = verifySst(store, path);
 *     for await (const finding of verification) show(finding);
 *     console.log(verification.result.sound);
 *
 * Damage gives findings. Iteration fails only where the file cannot be read: StoreError; SstError ERR_SST_TRUNCATED when the file
 * shrinks meanwhile, ERR_SST_CODEC_MISSING when the package of its codec is not installed; the signal's reason.
 * @throws SstTypeError, SstRangeError ERR_SST_OPTION_UNKNOWN, ERR_SST_OPTION_INVALID; StoreError ERR_STORE_PATH.
 */
export function verifySst(store: ObjectStore, path: string, options: VerifyOptions = {}): Verification {
  assertObjectPath(path);
  return new Verification(store, path, resolveOptions(options));
}

/** Runs a verification to its end. */
export async function collectFindings(verification: Verification): Promise<{ readonly findings: Finding[]; readonly result: VerifyResult }> {
  const findings: Finding[] = [];
  for await (const finding of verification) findings.push(finding);
  return { findings, result: verification.result };
}
