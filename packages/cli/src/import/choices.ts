// Words that options choose between.
export type { DuplicatePolicy } from "@slate-sst/ingest/import";
export type { VerifyLevel } from "@slate-sst/verify";
