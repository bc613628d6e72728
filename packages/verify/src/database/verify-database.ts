// verifyDatabase: a SlateDB database as one manifest has it, with every SST that it lists. Read-only; damage gives findings.
import { BoundType, type DecodedManifest, MANIFEST_VERSION_V1, SstError } from "@slate-sst/format";
import type { ObjectStore } from "@slate-sst/object-store";
import { DatabaseLayout, databaseTree, type DatabaseTree, findManifest, type ListedSst, type ManifestObject } from "@slate-sst/reader/database";
import type { Finding } from "../finding.js";
import type { RowFacts } from "../result.js";
import { inOrder } from "./in-order.js";
import { checkCopy } from "./info-copy.js";
import { type ManifestContent, readManifest } from "./manifest-file.js";
import { checkManifest, manifestPlace } from "./manifest-rules.js";
import { checkUnreferenced, listSsts, locateSsts, type ObjectCheck, reportMissing, type SstObject } from "./objects.js";
import { readClock, type ResolvedDatabaseOptions, resolveDatabaseOptions, type VerifyDatabaseOptions } from "./options.js";
import { OrderCheck } from "./order-rules.js";
import { DatabaseReport } from "./report.js";
import type { CheckedSst, DatabaseResult, NotChecked } from "./result.js";
import { checkSeqOrder } from "./seq-order.js";
import { checkSst, type SstOutcome } from "./sst-check.js";
import { unflushedWal } from "./wal.js";

const NO_FINDINGS = { error: 0, warning: 0, note: 0 } as const;

/** The check of a database: iterating over it runs it, once, and gives its findings as they come; afterwards it has a result. */
export class DatabaseVerification implements AsyncIterable<Finding> {
  readonly #store: ObjectStore;
  readonly #root: string;
  readonly #layout: DatabaseLayout;
  readonly #options: ResolvedDatabaseOptions;
  readonly #report: DatabaseReport;
  readonly #notChecked: NotChecked[] = [];
  readonly #ssts = new Map<string, CheckedSst>();
  readonly #facts = new Map<string, RowFacts>();
  #isStarted = false;
  #rows = 0;
  #bytesRead = 0;
  #unreferenced = 0;
  #result: DatabaseResult | undefined;

  /** `root`: of the database in the store. */
  constructor(store: ObjectStore, root: string, options: ResolvedDatabaseOptions) {
    this.#store = store;
    this.#root = root;
    this.#layout = new DatabaseLayout(root);
    this.#options = options;
    this.#report = new DatabaseReport(options.level, options.maxFindings);
  }

  /** What it came to. @throws SstError ERR_SST_STATE before the last finding was handed out. */
  get result(): DatabaseResult {
    if (this.#result === undefined) throw this.#misused("has not run to its end");
    return this.#result;
  }

  /** Runs the verification; gives findings as they are made. */
  [Symbol.asyncIterator](): AsyncGenerator<Finding, void, undefined> {
    if (this.#isStarted) throw this.#misused("runs only once");
    this.#isStarted = true;
    return this.#run();
  }

  async *#run(): AsyncGenerator<Finding, void, undefined> {
    const began = performance.now();
    const { signal, manifest } = this.#options;
    const report = this.#report;
    signal?.throwIfAborted();
    const file = await findManifest(this.#store, this.#layout, manifest, signal);
    const content = await readManifest(this.#store, file, report, signal);
    yield* report.take();
    const check: ObjectCheck = { store: this.#store, layout: this.#layout, report, now: readClock(this.#options), signal, notChecked: this.#notChecked };
    const objects = await listSsts(check);
    yield* report.take();
    if (content !== undefined) yield* this.#checkContent(check, file, content, objects);
    this.#result = this.#summary(file, content?.decoded, performance.now() - began);
    yield* report.take();
  }

  async *#checkContent(check: ObjectCheck, file: ManifestObject, content: ManifestContent, objects: ReadonlyMap<string, SstObject>): AsyncGenerator<Finding, void, undefined> {
    const { decoded } = content;
    const { transform, codecs, maxBlockBytes, maxSectionBytes, signal } = this.#options.sst;
    const report = this.#report;
    const tree = databaseTree(decoded);
    checkManifest(file, decoded, tree, report);
    yield* report.take();
    const located = await locateSsts(check, decoded, tree, objects);
    this.#unreferenced = await checkUnreferenced(check, file, decoded, tree, objects);
    yield* report.take();
    for await (const outcome of this.#checkSsts(tree, located)) {
      this.#take(outcome, file, content, located);
      yield* report.take();
    }
    const facts = (name: string): RowFacts | undefined => this.#facts.get(name);
    const order = new OrderCheck(file, facts, report);
    order.check(tree);
    this.#checkLastSeq(file, decoded.manifest.lastL0Seq, tree);
    yield* report.take();
    const reader = { transform, codecs, maxBlockBytes, maxSectionBytes, signal };
    for (const one of tree.trees) {
      await checkSeqOrder({ store: this.#store, file, objects: located, facts, report, reader }, one);
      yield* report.take();
    }
    this.#nameUnchecked(decoded, tree, order.cutBoundaries);
    const wal = await unflushedWal(this.#store, this.#layout, decoded.manifest.replayAfterWalId, reader);
    if (wal !== undefined) this.#notChecked.push(wal);
  }

  /** Verifies every SST that is there, each once. */
  async *#checkSsts(tree: DatabaseTree, located: ReadonlyMap<string, SstObject>): AsyncGenerator<SstOutcome, void, undefined> {
    const { jobs, signal, onProgress } = this.#options;
    const work = new Map<string, { readonly sst: ListedSst; readonly object: SstObject }>();
    for (const sst of tree.listed) {
      const object = located.get(sst.name);
      this.#ssts.set(sst.name, { path: object?.path ?? this.#layout.sstPath(sst.id), state: "missing", size: object?.size ?? 0, findings: NO_FINDINGS });
      if (object !== undefined && !work.has(sst.name)) work.set(sst.name, { sst, object });
    }
    const totalBytes = [...work.values()].reduce((sum, { object }) => sum + object.size, 0);
    let ssts = 0;
    let bytes = 0;
    for await (const outcome of inOrder(work.values(), jobs, ({ sst, object }, either) => checkSst(this.#store, sst, object, this.#options, either), signal)) {
      yield outcome;
      ssts++;
      bytes += outcome.object.size;
      onProgress?.({ ssts, totalSsts: work.size, bytes, totalBytes });
    }
  }

  /** Takes over what was found in an SST, and holds the manifest against it. */
  #take(outcome: SstOutcome, file: ManifestObject, { unknown }: ManifestContent, located: Map<string, SstObject>): void {
    const { sst, object: { path, size } } = outcome;
    const report = this.#report;
    if (outcome.state === "gone") reportMissing(report, sst.name, path, sst.path, "it was removed meanwhile");
    if (outcome.state !== "verified") {
      located.delete(sst.name);
      if (outcome.state === "gone") return;
      this.#ssts.set(sst.name, { path, state: "incomplete", size, findings: NO_FINDINGS });
      this.#notChecked.push({ feature: "ssts", reason: `${path} could not be verified: ${outcome.reason}` });
      report.leaveOpen(["M1.1", "M1.2", "M2.4", "M3.6", "M4.1"], `${path} could not be verified`);
      return;
    }
    const { findings, result, framing } = outcome;
    report.addSst(sst.name, findings, result.findings, result.rules);
    this.#ssts.set(sst.name, { path, state: result.complete ? "checked" : "incomplete", size: result.size, findings: result.findings });
    this.#facts.set(sst.name, result.rows);
    this.#rows += result.rows.count;
    this.#bytesRead += result.bytesRead;
    if (result.blocksRead < result.blocks) report.leaveOpen(["M3.6"], `not all rows of ${path} were read`);
    if (framing !== undefined) checkCopy(file, sst, path, framing, unknown, report);
    else for (const rule of ["M1.1", "M1.2"] as const) report.mayJudge(rule, [sst.name]);
  }

  /** M3.6, once for all SSTs. */
  #checkLastSeq(file: ManifestObject, lastL0Seq: bigint, { listed }: DatabaseTree): void {
    let hiding = 0;
    let highest: { readonly seq: bigint; readonly name: string } | undefined;
    for (const name of new Set(listed.map((sst) => sst.name))) {
      const seq = this.#facts.get(name)?.maxSeq;
      if (!this.#report.mayJudge("M3.6", [name]) || seq === undefined || seq <= lastL0Seq) continue;
      hiding++;
      if (highest === undefined || seq > highest.seq) highest = { seq, name };
    }
    if (highest === undefined) return;
    const { seq, name } = highest;
    this.#report.add("M3.6", [name], () => ({
      ...manifestPlace(file, "manifest.last_l0_seq"), expected: `at least ${seq}, a sequence number in ${this.#ssts.get(name)?.path}`, found: String(lastL0Seq),
      hint: `rows above it are invisible, in ${hiding} SSTs, and may override newer ones later`,
    }));
  }

  #nameUnchecked({ version, manifest }: DecodedManifest, { trees }: DatabaseTree, cutBoundaries: number): void {
    const name = (feature: NotChecked["feature"], reason: string): number => this.#notChecked.push({ feature, reason });
    if (version === MANIFEST_VERSION_V1 && manifest.walObjectStoreUri !== undefined) name("wal", "the write-ahead log is in another object store, which was not looked at");
    if (trees.length > 1) name("segments", "each segment was checked as a tree of its own, but not that its keys begin with its prefix");
    if (cutBoundaries > 0) name("visible-range", `at ${cutBoundaries} boundaries in runs where a visible range cuts, versions of the key at the boundary were not compared`);
    const ranges = trees.flatMap(({ l0, runs }) => [...l0, ...runs]).flatMap(({ uses }) => uses.map(({ visibleRange }) => visibleRange));
    const odd = ranges.filter((range) => range?.startBound.boundType === BoundType.Unknown || range?.endBound.boundType === BoundType.Unknown).length;
    if (odd > 0) name("visible-range", `${odd} visible ranges have an end that does not say whether its key belongs to the range; it was taken for none`);
  }

  #summary({ path, number, size, newest }: ManifestObject, decoded: DecodedManifest | undefined, milliseconds: number): DatabaseResult {
    const { counts, withheld } = this.#report;
    const rules = this.#report.outcomes();
    return {
      root: this.#root,
      level: this.#options.level,
      manifest: { path, number, size, version: decoded?.version, newest },
      sound: counts.error === 0,
      complete: this.#notChecked.length === 0 && rules.every(({ state }) => state !== "stopped" && state !== "skipped"),
      findings: { ...counts },
      withheld,
      rules,
      ssts: [...this.#ssts.values()],
      unreferenced: this.#unreferenced,
      notChecked: this.#notChecked,
      rows: this.#rows,
      bytesRead: this.#bytesRead,
      milliseconds,
    };
  }

  #misused(problem: string): SstError {
    return new SstError("ERR_SST_STATE", `the check of the database at ${JSON.stringify(this.#root)} ${problem}`, { details: { root: this.#root } });
  }
}

/**
 * Checks a database: one manifest, the newest unless told otherwise, and every SST that it lists. Nothing is ever written.
 * Iterate over the answer for findings; then it has a result, which also names what was not checked.
 *
 *     const verification = verifyDatabase(store, "prod/users");
 *     for await (const finding of verification) show(finding);
 *     console.log(verification.result.sound, verification.result.notChecked);
 *
 * A database that is written to meanwhile may lose SSTs that its manifest listed: check it again then.
 * @param root where the database lies in the store; "" for the store's own root.
 * @throws SstTypeError, SstRangeError ERR_SST_OPTION_UNKNOWN, ERR_SST_OPTION_INVALID; StoreError ERR_STORE_PATH. Iteration throws
 *   StoreError, ERR_STORE_NOT_FOUND where there is no manifest, and the signal's reason.
 */
export function verifyDatabase(store: ObjectStore, root: string, options: VerifyDatabaseOptions = {}): DatabaseVerification {
  return new DatabaseVerification(store, root, resolveDatabaseOptions(store, root, options));
}
