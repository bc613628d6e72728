// The report for people.
import { RULES } from "@slate-sst/format/rules";
import { describe, expect, test } from "vitest";
import { TextReport } from "../src/report/index.js";
import { checksumFinding, FILE, noteFinding, render, rowFinding, sampleResult } from "./report-samples.js";

const ESCAPE = "\u001b";
const shown = (...args: Parameters<typeof sampleResult>): string => render(new TextReport(), [{ file: FILE, findings: args[0], result: sampleResult(...args) }]);

describe("the text report", () => {
  test("groups by file; each finding has rule, title, sentence, place, expected, found and hint", () => {
    expect(shown([checksumFinding, noteFinding])).toBe(
      `db/compacted/a b.sst
  error F4.2 ${RULES["F4.2"].title}
    ${RULES["F4.2"].sentence}
    at        filter (30 bytes from offset 10)
    expected  0badcafe
    found     12345678
    hint      flipping bit 3 of the byte at offset 20 would mend the checksum
  note C1.1 ${RULES["C1.1"].title}
    ${RULES["C1.1"].sentence}
    at        info (8 bytes from offset 50)
    expected  00
    found     01
  not sound: 1 error, 1 note (full, 2 blocks, 3 rows, 5,000 bytes)
  10 bytes in no sound structure: 10 to 19

`,
    );
  });

  test("says a rule's sentence once a file, and the path once", () => {
    const text = shown([checksumFinding, checksumFinding]);
    expect(text.split(RULES["F4.2"].sentence)).toHaveLength(2);
    expect(text.split(FILE.path)).toHaveLength(2);
    expect(text.split("error F4.2")).toHaveLength(3);
  });

  test("says a bit flip also where no hint does", () => {
    const { hint: _hint, ...bare } = checksumFinding;
    expect(shown([bare])).toContain("hint      flipping bit 3 of the byte at offset 20 would mend the checksum");
  });

  test("says where in a payload, and shows control characters harmlessly", () => {
    const text = shown([rowFinding]);
    expect(text).toContain("block[3].row[17].shared (offset 4096, byte 77 of the payload)");
    expect(text).toContain("\\u{1b}[31m80 00");
    expect(text).not.toContain(ESCAPE);
  });

  test("shows a file's name harmlessly", () => {
    const file = { path: `a${ESCAPE}[2J\u202e.sst`, uri: "a" };
    expect(render(new TextReport(), [{ file, result: sampleResult([]) }])).toContain("a\\u{1b}[2J\\u{202e}.sst: sound");
  });

  test("needs one line for a sound file", () => {
    expect(shown([], { coverage: { explained: 5000, unexplained: 0, gaps: [] } })).toBe("db/compacted/a b.sst: sound (full, 2 blocks, 3 rows, 5,000 bytes)\n");
  });

  test("counts what is not shown", () => {
    const result = sampleResult([checksumFinding], { withheld: 1 });
    expect(render(new TextReport(), [{ file: FILE, result }])).toContain("db/compacted/a b.sst: not sound: 1 error, 1 not shown (full");
  });

  test("says what was stopped and what was skipped", () => {
    const rules = sampleResult([checksumFinding]).rules.map((outcome) => {
      if (outcome.rule === "L1.1" || outcome.rule === "L1.2") return { ...outcome, state: "stopped" as const, reason: "F4.2" };
      if (outcome.rule === "R3.1" || outcome.rule === "C2.1") return { ...outcome, state: "skipped" as const, reason: "a limit" };
      return outcome;
    });
    const text = shown([checksumFinding], { rules });
    expect(text).toContain("  2 rules not checked everywhere, because others are broken\n");
    expect(text).toContain("  skipped C2.1, R3.1: a limit\n");
  });

  test("sums up when there are several files", () => {
    const text = render(new TextReport(), [{ file: FILE, result: sampleResult([]) }, { file: FILE, findings: [checksumFinding], result: sampleResult([checksumFinding]) }, { file: FILE }]);
    expect(text).toContain("db/compacted/a b.sst: could not be verified: gone (ERR_STORE_NOT_FOUND)\n");
    expect(text.endsWith("3 files: 1 sound, 1 not sound, 1 could not be verified\n1 error, 0 warnings, 0 notes; 10,000 bytes in 0.0 s\n")).toBe(true);
  });

  test("says nothing but errors when it is to be quiet", () => {
    const quiet = (...findings: (typeof checksumFinding)[]): string => render(new TextReport({ quiet: true }), [{ file: FILE, findings, result: sampleResult(findings) }, { file: FILE, result: sampleResult([]) }]);
    expect(quiet(noteFinding)).toBe("");
    expect(quiet(noteFinding, checksumFinding)).toContain("error F4.2");
    expect(quiet(noteFinding, checksumFinding)).not.toContain("C1.1");
  });

  test("uses colours only when asked to", () => {
    const run = (colors: boolean): string => render(new TextReport({ colors }), [{ file: FILE, findings: [checksumFinding], result: sampleResult([checksumFinding]) }]);
    expect(run(false)).not.toContain(ESCAPE);
    expect(run(true)).toContain(`${ESCAPE}[31merror`);
  });
});
