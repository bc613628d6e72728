// The bytes of an SST, explained one by one.
export { type ExplainedPart, explainPart } from "./explain-part.js";
export { explainSst } from "./explain-sst.js";
export { explainedLines, explainText } from "./text.js";
export type { ExplainKind, ExplainNode } from "./node.js";
export type { ExplainOptions } from "./options.js";
