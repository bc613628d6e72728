export { collectFindings, Verification, verifySst } from "./verify-sst.js";
export type { ExpectedConfig, VerifyOptions, VerifyProgress } from "./options.js";
export { createFinding, showBytes, showCrc, type BitFlip, type Discrepancy, type Finding, type Place } from "./finding.js";
export type { ByteRange, Coverage, EndRow, RowFacts, RuleOutcome, RuleState, VerifyLevel, VerifyResult } from "./result.js";
export { Report, type Details } from "./report.js";
export * from "./database/index.js";
export { type Reach, RuleLedger, type Structure } from "./stop-rules.js";
export { type ExplainedPart, type ExplainKind, type ExplainNode, type ExplainOptions, explainedLines, explainPart, explainSst, explainText } from "./explain/index.js";
