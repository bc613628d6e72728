// Reports for programs: they are the messages of spec/proto, whatever was found, and are written in pieces.
import { fromJson, RuleState, Severity, toJson, VerifyLevel, VerifyLineSchema, VerifyReportSchema } from "@slate-sst/format/proto";
import { RULES } from "@slate-sst/format/rules";
import { describe, expect, test } from "vitest";
import { JsonLinesReport, JsonReport } from "../src/report/index.js";
import { checksumFinding, FILE, noteFinding, render, rowFinding, sampleResult, type SampleFile } from "./report-samples.js";

const other = { path: "db/compacted/b.sst", uri: "db/compacted/b.sst" };
const findings = [checksumFinding, rowFinding, noteFinding];
const files: SampleFile[] = [
  { file: FILE, findings, result: sampleResult(findings, { withheld: 4, blockSize: 4096 }) },
  { file: other, result: sampleResult([]) },
  { file: { path: "c.sst", uri: "c.sst" }, findings: [noteFinding] },
  { file: { path: "d.sst", uri: "d.sst" } },
];

describe("the JSON report", () => {
  const text = render(new JsonReport(), files);
  const report = fromJson(VerifyReportSchema, JSON.parse(text));

  test("is one VerifyReport", () => {
    expect(report.tool).toMatchObject({ name: "@slate-sst/verify", version: "1.2.3" });
    expect(report.level).toBe(VerifyLevel.FULL);
    expect(report.files.map(({ path }) => path)).toEqual([FILE.path, other.path, "c.sst", "d.sst"]);
    expect(text.endsWith("}\n")).toBe(true);
  });

  test("tells of each finding where it is and what it says", () => {
    expect(report.files[0]?.findings).toMatchObject([
      {
        rule: "F4.2", severity: Severity.ERROR, title: RULES["F4.2"].title, path: "filter", offset: 10n, length: 30n, expected: "0badcafe", found: "12345678",
        hint: checksumFinding.hint, bitFlip: { offset: 20n, bit: 3 },
      },
      { rule: "B3.1", path: "block[3].row[17].shared", payloadOffset: 77n, found: "\u001b[31m80 00" },
      { rule: "C1.1", severity: Severity.NOTE },
    ]);
    expect(report.files[0]?.findings[1]?.bitFlip).toBeUndefined();
    expect(report.files[0]?.findings[0]?.payloadOffset).toBeUndefined();
  });

  test("tells everything the result says", () => {
    const [file] = report.files;
    expect(file).toMatchObject({
      sound: false, complete: true, counts: { errors: 2n, warnings: 0n, notes: 1n }, withheld: 4n, size: 5000n, blocks: 2n, blocksRead: 1n,
      rows: { count: 3n, puts: 2n, deletes: 1n, merges: 0n, first: { key: Uint8Array.of(0, 255), seq: 2n ** 64n - 1n }, minSeq: 1n, maxSeq: 2n ** 64n - 1n, rawKeyBytes: 6n, rawValueBytes: 7n },
      coverage: { explained: 4990n, unexplained: 10n, gaps: [{ start: 10n, end: 20n }] }, blockSize: 4096n, bytesRead: 5000n, milliseconds: 1.5,
    });
    expect(file?.rows?.last).toBeUndefined();
    expect(file?.rules).toHaveLength(Object.keys(RULES).length);
    expect(file?.rules.find(({ rule }) => rule === "F4.2")).toMatchObject({ state: RuleState.BROKEN, findings: 1n });
    expect(report.files[1]).toMatchObject({ sound: true, findings: [] });
    expect(report.files[1]?.failure).toBeUndefined();
    expect(report.files[1]?.blockSize).toBeUndefined();
  });

  test("tells why a file could not be verified, also after findings", () => {
    const failure = { code: "ERR_STORE_NOT_FOUND", message: "gone" };
    expect(report.files[2]).toMatchObject({ sound: false, findings: [{ rule: "C1.1" }], failure: { path: "c.sst", ...failure } });
    expect(report.files[3]).toMatchObject({ sound: false, findings: [], failure: { path: "d.sst", ...failure } });
  });

  test("ends with the sums", () => {
    expect(report.summary).toMatchObject({
      sound: false, files: 4n, filesSound: 1n, filesUnsound: 1n, filesFailed: 2n, filesSkipped: 0n, counts: { errors: 2n, notes: 1n }, withheld: 4n,
      size: 10_000n, bytesRead: 10_000n, milliseconds: 12.5,
    });
  });

  test("writes zeros, so that nobody has to know the defaults", () => {
    expect(JSON.parse(text)).toMatchObject({ files: [{ sound: false }, { withheld: "0" }, {}, { failure: { path: "d.sst" } }] });
    expect(text).toContain('"merges":"0"');
  });

  test("is the message's own JSON, put together", () => {
    expect(toJson(VerifyReportSchema, report, { alwaysEmitImplicit: true })).toEqual(JSON.parse(text));
  });

  test("without a file is one as well", () => {
    expect(fromJson(VerifyReportSchema, JSON.parse(render(new JsonReport(), [])))).toMatchObject({ files: [], summary: { sound: true, files: 0n } });
  });
});

describe("the JSON lines", () => {
  const lines = render(new JsonLinesReport(), files).split("\n");
  const messages = lines.slice(0, -1).map((line) => fromJson(VerifyLineSchema, JSON.parse(line)).line);

  test("are one VerifyLine each: findings and failures in order, then the report", () => {
    expect(lines.at(-1)).toBe("");
    expect(messages.map((message) => message.case)).toEqual(["finding", "finding", "finding", "finding", "failure", "failure", "report"]);
  });

  test("name the file in every finding", () => {
    expect(messages[0]).toMatchObject({ value: { object: FILE.path, rule: "F4.2", bitFlip: { bit: 3 } } });
    expect(messages[3]).toMatchObject({ value: { object: "c.sst", rule: "C1.1" } });
    expect(messages[5]).toMatchObject({ value: { path: "d.sst", code: "ERR_STORE_NOT_FOUND" } });
  });

  test("end with tool, level and sums, without files", () => {
    expect(messages.at(-1)).toMatchObject({ value: { tool: { version: "1.2.3" }, level: VerifyLevel.FULL, summary: { files: 4n, filesFailed: 2n } } });
    expect(lines.at(-2)).not.toContain('"files":[');
  });
});
