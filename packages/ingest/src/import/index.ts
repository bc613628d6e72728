// Files of rows to SSTs and databases: the entry `@slate-sst/ingest/import`. It needs Node.js.
export { discardImport, hasUnfinishedImport, importDatabase, type ImportResult } from "./import-database.js";
export type { ImportEvent, ImportPhase, ImportProgress } from "./events.js";
export type { DuplicatePolicy } from "@slate-sst/writer";
export { type ImportOptions, type RowOptions, SORT_CHOICES, type SortChoice } from "./options.js";
export { splitPlace, type SplitPlace } from "./place.js";
export { planImport, type ImportPlan } from "./plan-import.js";
export { writeSource } from "./write-source.js";
export { SOURCE_FORMATS, type SourceFormat } from "../source/source-files.js";
