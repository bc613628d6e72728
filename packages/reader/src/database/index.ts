// Databases as manifests describe them: what reads, checks or shows one starts here.
export { DatabaseReader, type DatabaseReaderOptions, type DatabaseScanOptions } from "./database-reader.js";
export { compare, compareStarts, isInSpan, type KeySpan, overlap, type SpanEnd, visibleSpan } from "./key-span.js";
export { DatabaseLayout, ulidTime } from "./layout.js";
export { findManifest, MANIFEST_BYTES_MAX, type ManifestObject } from "./manifest.js";
export { namedError } from "./named-error.js";
export { databaseTree, type DanglingView, type DatabaseTree, listedNames, type ListedSst, type SstUse, type Tree, type TreePlace } from "./tree.js";
export { walFiles } from "./wal-rows.js";
