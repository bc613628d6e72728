// Forms of reports, and what makes them out of findings and results: the entry `@slate-sst/verify/report`.
export { JsonLinesReport, JsonReport } from "./json-report.js";
export type { Failure, Report, ReportedFile, ReportHead, RunSummary } from "./report.js";
export { SarifReport } from "./sarif-report.js";
export { databaseSummary, Tally } from "./tally.js";
export { TextReport, type TextReportOptions } from "./text-report.js";
