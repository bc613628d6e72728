// The order of SSTs in runs: M2.2 to M2.6. What is compared are the visible keys, by the copies of the infos in the
// manifest, which is what SlateDB goes by.
import { KEY_BYTES_MIN } from "@slate-sst/format";
import { compare, compareStarts, type DatabaseTree, type KeySpan, type ManifestObject, overlap, type SstUse, type TreePlace, visibleSpan } from "@slate-sst/reader/database";
import { type Finding, showBytes } from "../finding.js";
import type { RowFacts } from "../result.js";
import { manifestPlace } from "./manifest-rules.js";
import type { DatabaseReport } from "./report.js";

/** What was learnt from the rows of an SST; undefined where they were not read. */
export type FactsOf = (name: string) => RowFacts | undefined;

type PlaceOf = Pick<Finding, "object" | "path" | "offset" | "length">;

export class OrderCheck {
  readonly #file: ManifestObject;
  readonly #facts: FactsOf;
  readonly #report: DatabaseReport;
  /** Boundaries where a visible range cuts, so that the rows at the end of the file are not the ones to compare. */
  cutBoundaries = 0;

  constructor(file: ManifestObject, facts: FactsOf, report: DatabaseReport) {
    this.#file = file;
    this.#facts = facts;
    this.#report = report;
  }

  check(tree: DatabaseTree): void {
    for (const { name, path, info } of tree.listed) {
      const { firstEntry, lastEntry } = info;
      if (!this.#report.mayJudge("M2.6", [name])) {
        this.#report.mayJudge("M2.5", [name]);
      } else if (firstEntry === undefined || firstEntry.length < KEY_BYTES_MIN) {
        this.#report.add("M2.6", [name], () => ({
          ...manifestPlace(this.#file, `${path}.info.first_entry`), expected: `a key of at least ${KEY_BYTES_MIN} byte`,
          found: firstEntry === undefined ? "none" : "no bytes", hint: "SlateDB panics when it opens the database",
        }));
      } else if (lastEntry !== undefined && compare(firstEntry, lastEntry) > 0) {
        this.#report.add("M2.5", [name], () => ({
          ...this.#keyPlace(`${path}.info.first_entry`, firstEntry), expected: `at most ${showBytes(lastEntry)}, which is last_entry`, found: showBytes(firstEntry),
        }));
      }
    }
    for (const { runs } of tree.trees) for (const run of runs) this.#checkRun(run);
  }

  #checkRun({ uses }: TreePlace): void {
    let before: { readonly use: SstUse; readonly span: KeySpan } | undefined;
    for (const use of uses) {
      const span = visibleSpan(use.sst.info, use.visibleRange, this.#facts(use.sst.name)?.last?.key);
      if (span === undefined) continue;
      if (before !== undefined) this.#checkPair(before.use, before.span, use, span);
      before = { use, span };
    }
  }

  #checkPair(left: SstUse, leftSpan: KeySpan, right: SstUse, rightSpan: KeySpan): void {
    const subjects = [left.sst.name, right.sst.name];
    const place = (): PlaceOf => this.#keyPlace(`${right.path}${rightSpan.lower.inclusive ? ".info.first_entry" : ".visible_range"}`, rightSpan.lower.key);
    if (!this.#report.mayJudge("M2.2", subjects)) return this.#stop(subjects);
    if (compareStarts(leftSpan, rightSpan) > 0) {
      this.#report.add("M2.2", subjects, () => ({
        ...place(), expected: `at least ${showBytes(leftSpan.lower.key)}, where ${left.path} begins`, found: showBytes(rightSpan.lower.key), hint: "rows silently vanish",
      }));
      return this.#stop(subjects);
    }
    const { upper } = leftSpan;
    if (upper === undefined) {
      this.#report.leaveOpen(["M2.3", "M2.4"], `${left.path} has no last_entry, and its rows were not read`);
      return undefined;
    }
    const order = overlap(upper, rightSpan);
    if (order > 0) {
      this.#report.add("M2.3", subjects, () => ({
        ...place(), expected: `at least ${showBytes(upper.key)}, where ${left.path} ends`, found: showBytes(rightSpan.lower.key), hint: "scans return keys twice and unsorted",
      }));
      this.#report.mayJudge("M2.4", subjects);
    } else if (order === 0) {
      this.#checkBoundary(left, leftSpan, right, rightSpan);
    }
    return undefined;
  }

  /** Both have rows of one key: the versions must go on descending. */
  #checkBoundary(left: SstUse, leftSpan: KeySpan, right: SstUse, rightSpan: KeySpan): void {
    const subjects = [left.sst.name, right.sst.name];
    if (!this.#report.mayJudge("M2.4", subjects)) return;
    if (leftSpan.isCut || rightSpan.isCut) {
      this.cutBoundaries++;
      this.#report.leaveOpen(["M2.4"], `a visible range cuts where ${left.path} ends or ${right.path} begins`);
      return;
    }
    const last = this.#facts(left.sst.name)?.last;
    const first = this.#facts(right.sst.name)?.first;
    if (last === undefined || first === undefined) {
      this.#report.leaveOpen(["M2.4"], `the rows where ${left.path} ends or ${right.path} begins were not read`);
    } else if (first.seq >= last.seq) {
      this.#report.add("M2.4", subjects, () => ({
        ...this.#keyPlace(`${right.path}.info.first_entry`, rightSpan.lower.key), expected: `rows of ${showBytes(first.key)} with sequence numbers below ${last.seq}, as ${left.path} ends with`,
        found: `sequence number ${first.seq}`,
      }));
    }
  }

  /** The rules that would have been next, so that it is known that they were stopped. */
  #stop(subjects: readonly string[]): void {
    this.#report.mayJudge("M2.3", subjects);
    this.#report.mayJudge("M2.4", subjects);
  }

  /** Where a key stands: the decoder hands out views of the manifest behind its header, so that there its position is known. */
  #keyPlace(path: string, key: Uint8Array): PlaceOf {
    return { ...manifestPlace(this.#file, path), ...(key.buffer.byteLength === this.#file.size ? { offset: key.byteOffset, length: key.length } : {}) };
  }
}
