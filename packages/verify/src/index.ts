export { collectFindings, Verification, verifySst } from "./verify-sst.js";
export type { ExpectedConfig, VerifyOptions, VerifyProgress } from "./options.js";
export { createFinding, showBytes, showCrc, type BitFlip, type Discrepancy, type Finding, type Place } from "./finding.js";
export type { ByteRange, Coverage, EndRow, RowFacts, RuleOutcome, RuleState, VerifyLevel, VerifyResult } from "./result.js";
export { Report, type Details } from "./report.js";
export { type Reach, RuleLedger, type Structure } from "./stop-rules.js";
