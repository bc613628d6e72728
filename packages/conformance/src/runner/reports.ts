// A run's report: for people on a terminal, and as JUnit XML, JSON or HTML.
import { toJsonString } from "@slate-sst/format/proto";
import { type ConformanceReport, ConformanceReportSchema, type ConformanceResult, ConformanceVerdict } from "@slate-sst/format/proto/conformance";
import { harmless } from "@slate-sst/verify/command-line";
import { layerName } from "../suite/builder.js";

export type ReportFormat = "junit" | "json" | "html";
export const REPORT_FORMATS: readonly ReportFormat[] = ["junit", "json", "html"];
/** How the file of a report ends. */
export const REPORT_ENDINGS: Readonly<Record<ReportFormat, string>> = { junit: "xml", json: "json", html: "html" };

const FAILURES_SHOWN = 20;
const COLUMNS = ["passed", "failed", "expected", "skipped"] as const;
const MS_PER_S = 1000;

const VERDICTS: Readonly<Record<ConformanceVerdict, string>> = {
  [ConformanceVerdict.UNSPECIFIED]: "unknown", [ConformanceVerdict.PASSED]: "passed", [ConformanceVerdict.FAILED]: "failed", [ConformanceVerdict.EXPECTED_FAILURE]: "expected failure", [ConformanceVerdict.SKIPPED]: "skipped",
};

/** What a testee has said, so that it is only read: it moves no cursor. */
const shown = (text: string): string => text.split("\n").map(harmless).join("\n");

/** The table and what needs a look. */
export function summaryText(report: ConformanceReport): string {
  const rows = report.layers.map(({ layer, passed, failed, expectedFailures, skipped }) => [layerName(layer), passed, failed, expectedFailures, skipped] as const);
  const total = [1, 2, 3, 4].map((column) => rows.reduce((sum, row) => sum + Number(row[column]), 0));
  const line = (cells: readonly (string | number)[]): string => cells.map((cell, i) => (i === 0 ? String(cell).padEnd(10) : String(cell).padStart(9))).join("");
  const failed = report.results.filter(({ verdict }) => verdict === ConformanceVerdict.FAILED);
  return [
    line(["layer", ...COLUMNS]),
    ...rows.map(line),
    line(["all", ...total]),
    ...(failed.length === 0 ? [] : ["", "Failed:", ...failed.slice(0, FAILURES_SHOWN).map(({ caseId, message }) => `  ${caseId}: ${shown(message)}`)]),
    ...(failed.length > FAILURES_SHOWN ? [`  and ${failed.length - FAILURES_SHOWN} more`] : []),
    ...(report.staleExpectations.length === 0 ? [] : ["", "Expected failures that are none:", ...report.staleExpectations.map((stale) => `  ${stale}`)]),
    "",
    report.passed ? "Conformant in everything it was asked, but for what is listed." : "Not conformant.",
    "",
  ].join("\n");
}

export function reportText(report: ConformanceReport, format: ReportFormat): string {
  if (format === "json") return `${toJsonString(ConformanceReportSchema, report, { prettySpaces: 1 })}\n`;
  return format === "junit" ? junit(report) : html(report);
}

const escaped = (text: string): string =>
  // Control characters and noncharacters have no place in XML 1.0.
  text.toWellFormed().replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd").replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

const nameOf = ({ caseId }: ConformanceResult): [string, string] => {
  const slash = caseId.indexOf("/");
  return [caseId.slice(0, slash), caseId.slice(slash + 1)];
};

function junit(report: ConformanceReport): string {
  const failures = report.results.filter(({ verdict }) => verdict === ConformanceVerdict.FAILED).length + report.staleExpectations.length;
  const skipped = report.results.filter(({ verdict }) => verdict === ConformanceVerdict.SKIPPED || verdict === ConformanceVerdict.EXPECTED_FAILURE).length;
  const cases = report.results.map((result) => {
    const [layer, name] = nameOf(result);
    const open = `  <testcase classname="${escaped(layer)}" name="${escaped(name)}" time="${(result.durationMs / MS_PER_S).toFixed(3)}"`;
    switch (result.verdict) {
      case ConformanceVerdict.PASSED:
        return `${open}/>`;
      case ConformanceVerdict.FAILED:
        return `${open}><failure message="${escaped(result.message)}"/></testcase>`;
      default:
        return `${open}><skipped message="${escaped(`${VERDICTS[result.verdict]}: ${result.message}`)}"/></testcase>`;
    }
  });
  const stale = report.staleExpectations.map((one) => `  <testcase classname="expected-failures" name="${escaped(one)}"><failure message="${escaped(one)}"/></testcase>`);
  const all = [...cases, ...stale];
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="${escaped(`slate-sst-conformance: ${report.testee}`)}" tests="${all.length}" failures="${failures}" skipped="${skipped}">\n${all.join("\n")}\n</testsuite>\n`;
}

function html(report: ConformanceReport): string {
  const cell = (text: string | number): string => `<td>${escaped(String(text))}</td>`;
  const layers = report.layers.map(({ layer, passed, failed, expectedFailures, skipped }) => `<tr>${[layerName(layer), passed, failed, expectedFailures, skipped].map(cell).join("")}</tr>`);
  const results = report.results.map(({ caseId, verdict, message, durationMs }) => `<tr class="${VERDICTS[verdict].replace(" ", "-")}">${[caseId, VERDICTS[verdict], message, durationMs.toFixed(1)].map(cell).join("")}</tr>`);
  const stale = report.staleExpectations.map((one) => `<li>${escaped(one)}</li>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(report.testee)}</title><style>
body{font:14px/1.4 system-ui,sans-serif;margin:2em}table{border-collapse:collapse;margin:1em 0}td,th{border:1px solid #ccc;padding:.2em .6em;text-align:left;vertical-align:top}
.failed{background:#fdd}.expected-failure{background:#ffd}.skipped{color:#777}
</style></head><body>
<h1>${escaped(report.testee)}</h1><p>${report.passed ? "Conformant in everything it was asked, but for what is listed." : "Not conformant."}</p>
<table><tr><th>layer</th>${COLUMNS.map((name) => `<th>${name}</th>`).join("")}</tr>${layers.join("")}</table>
${stale.length === 0 ? "" : `<h2>Expected failures that are none</h2><ul>${stale.join("")}</ul>`}
<table><tr><th>case</th><th>verdict</th><th>message</th><th>ms</th></tr>${results.join("\n")}</table>
</body></html>
`;
}
