import { describe, expect, it } from "vitest";
import { rate } from "../src/report/figures.js";
import { markdownReport, markdownTable } from "../src/report/markdown.js";
import { type BenchReport, jsonReport, judge } from "../src/report/report.js";
import { contestText, targetsText, textTable } from "../src/report/text.js";
import { isReached, TARGETS } from "../src/targets.js";
import { curves, report, writing } from "./samples.js";

describe("verdicts", () => {
  it("hold medians against what is required: at least for rates, at most for shares and factors", () => {
    const verdicts = judge([writing, curves]).map(({ name, verdict }) => `${name}: ${verdict}`);
    expect(verdicts).toEqual(["put: reached", "columns: missed", "binding-put: not measured", "flat-rows-put: reached", "memory-put: missed", "verify-rows: reached"]);
  });

  it("count what is exactly enough as reached, and nothing that is no number", () => {
    for (const target of Object.values(TARGETS)) {
      expect(isReached(target, target.required)).toBe(true);
      expect(isReached(target, Number.NaN)).toBe(false);
    }
  });
});

describe("reports", () => {
  it("align text tables", () => {
    expect(textTable({ head: ["", "rate"], rows: [["a", "1"], ["longer", "22"]] })).toBe(["          rate", "  a       1", "  longer  22"].join("\n"));
  });

  it("escape what Markdown would take for a column", () => {
    expect(markdownTable({ head: ["a"], rows: [["b | c"]] })).toBe("| a |\n| --- |\n| b \\| c |");
  });

  it("say for each contestant its rates, processor time and largest peak", () => {
    const text = contestText(writing);
    expect(text).toMatch(/put +500 k \[250 k \.\. 1\.00 M\] +3 +3000 +4$/m);
    expect(text).toMatch(/RocksDB \| theirs +1\.00 M +1 +1500 +\?$/m);
    expect(text).toContain("columns: 1.20 (nearly), at least 1.30: missed");
    expect(text).toContain("put, row by row: not installed, at least 80.0: not measured");
    expect(text).toContain("checked: the same bytes");
    expect(text).toContain("SKIPPED: the binding");
  });

  it("count verdicts, and warn when the run was too small for them", () => {
    expect(targetsText(report)).toContain("3 reached, 2 missed, 1 not measured");
    expect(targetsText(report)).not.toContain("Not a run to judge by");
    for (const small of [{ rows: 1000 }, { rounds: 7 }]) {
      const other: BenchReport = { ...report, ...small };
      expect(targetsText(other)).toContain("Not a run to judge by");
      expect(markdownReport(other)).toContain("**Not a run to judge by");
    }
  });

  it("are a Markdown page with machine, versions, date, command, every table and every plot", () => {
    const page = markdownReport(report);
    for (const part of ["`npm run bench -- --write`", "2026-02-03", "2 x Some CPU, 3.0 GiB", "Node.js 20.20.2, RocksDB 7.8.3", "memory-backed"]) expect(page).toContain(part);
    expect(page).toContain("| put, row by row | RocksDB SstFileWriter | at least 1.00 | 1.25 [0.50 .. 2.00] | reached |");
    expect(page).toContain("| verify in process, rows and order (an SST without filter) |  | at least 10.0 M rows/s | 11.0 M [9.00 M .. 12.0 M] rows/s | reached |");
    expect(page).toContain("| put | 500 k [250 k .. 1.00 M] | 3 | 3000 | 4 |");
    expect(page).toContain("![Cost per row: rows a second](plots/rows.svg)");
    expect(page).toContain("- Skipped: the binding");
    expect(page).not.toContain("Not a run to judge by");
    expect(page).not.toMatch(/\n{3}/);
  });

  it("are JSON with every pass and every verdict", () => {
    const parsed = JSON.parse(jsonReport(report)) as { contests: { sides: { rounds: unknown[] }[] }[]; targets: { name: string; verdict: string }[] };
    expect(parsed.contests[0]?.sides[0]?.rounds).toHaveLength(3);
    expect(parsed.targets.map(({ name, verdict }) => [name, verdict])[1]).toEqual(["columns", "missed"]);
  });

  it("show rates by three digits", () => {
    expect([5, 999, 1000, 36_343, 372_000, 1_234_567, 12_345_678].map(rate)).toEqual(["5.00", "999", "1.00 k", "36.3 k", "372 k", "1.23 M", "12.3 M"]);
  });
});
