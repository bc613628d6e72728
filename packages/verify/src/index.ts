export { createFinding, showBytes, showCrc, type BitFlip, type Discrepancy, type Finding, type Place } from "./finding.js";
export type { ByteRange, Coverage, EndRow, RowFacts, RuleOutcome, RuleState, VerifyLevel, VerifyResult } from "./result.js";
