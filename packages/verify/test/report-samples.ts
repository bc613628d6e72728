// Findings and results as the engine makes them, and a run of a report over them.
import { type BitFlip, createFinding, type Finding } from "../src/finding.js";
import { RULES, type RuleId } from "@slate-sst/format/rules";
import type { Report, ReportedFile } from "../src/report/report.js";
import { Tally } from "../src/report/tally.js";
import type { RuleOutcome, VerifyResult } from "../src/result.js";

export const FILE: ReportedFile = { path: "db/compacted/a b.sst", uri: "db/compacted/a%20b.sst" };

export const bitFlip: BitFlip = { offset: 20, bit: 3 };

export const checksumFinding: Finding = createFinding("F4.2", { path: "filter", offset: 10, length: 30 }, {
  expected: "0badcafe", found: "12345678", hint: "flipping bit 3 of the byte at offset 20 would mend the checksum", bitFlip,
});

export const rowFinding: Finding = createFinding("B3.1", { path: "block[3].row[17].shared", offset: 4096, length: 0, payloadOffset: 77 }, { expected: "a minimal varint", found: "\u001b[31m80 00" });

export const noteFinding: Finding = createFinding("C1.1", { path: "info", offset: 50, length: 8 }, { expected: "00", found: "01" });

/** A result with the outcomes of all rules. */
export function sampleResult(findings: readonly Finding[], rest: Partial<VerifyResult> = {}): VerifyResult {
  const counts = { error: 0, warning: 0, note: 0 };
  for (const { severity } of findings) counts[severity]++;
  const rules = (Object.keys(RULES) as RuleId[]).map((rule): RuleOutcome => {
    const broken = findings.filter((finding) => finding.rule === rule).length;
    return { rule, state: broken > 0 ? "broken" : "held", findings: broken };
  });
  return {
    path: "x.sst", level: "full", size: 5000, sound: counts.error === 0, complete: true, findings: counts, withheld: 0, rules, blocks: 2, blocksRead: 1,
    rows: {
      count: 3, puts: 2, deletes: 1, merges: 0, first: { key: Uint8Array.of(0, 255), seq: 2n ** 64n - 1n }, last: undefined,
      minSeq: 1n, maxSeq: 2n ** 64n - 1n, rawKeyBytes: 6, rawValueBytes: 7,
    },
    bytesRead: 5000, coverage: { explained: 4990, unexplained: 10, gaps: [{ start: 10, end: 20 }] }, blockSize: undefined, milliseconds: 1.5, ...rest,
  };
}

/** One file of a run: its findings, and how it ended. */
export interface SampleFile {
  readonly file: ReportedFile;
  readonly findings?: readonly Finding[];
  readonly result?: VerifyResult;
}

/** The whole text of a report over some files; those without a result could not be verified. */
export function render(report: Report, files: readonly SampleFile[]): string {
  const tally = new Tally();
  let text = report.begin({ name: "@slate-sst/verify", version: "1.2.3", level: "full" });
  for (const { file, findings = [], result } of files) {
    for (const finding of findings) text += report.finding(file, finding);
    if (result === undefined) {
      tally.addFailure();
      text += report.failure(file, { code: "ERR_STORE_NOT_FOUND", message: "gone" });
    } else {
      tally.add(result);
      text += report.result(file, result);
    }
  }
  return text + report.end(tally.summary(12.5));
}
