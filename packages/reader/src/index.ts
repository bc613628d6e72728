export { SstReader, type ScanOptions } from "./sst-reader.js";
export type { SstReaderOptions } from "./options.js";
export type { SstRow } from "./row.js";
export type { Bytes, KeyRange } from "./bounds.js";
export type { DataBlock } from "./scan.js";
export type { BlockTransformer } from "./section.js";
export type { FilterPart, SstFilter } from "./filter-view.js";
export type { IndexEntry, SstIndex } from "./index-view.js";
