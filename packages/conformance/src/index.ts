export { GOLDEN_CODECS, goldenManifest, goldenManifests, goldenSst, goldenSsts, type GoldenCodec, type GoldenConfig, type GoldenManifest, type GoldenRow, type GoldenSst, type SideCarBlock, type SideCarCounts, type SideCarFilter, type SideCarInfo, type SideCarStats } from "./vectors.js";
export { ANSWER_MS_MAX, NO_ANSWER, OracleError } from "./oracle/answer.js";
export { openDatabase, openReader, OracleDatabase, OracleReader, type OpenOptions, type ScanRange, type VisibleRow } from "./oracle/database.js";
export { listFiles, placeFiles, readFilesEndingIn, TempFolder, type StoredFile } from "./oracle/folders.js";
export { SLATEDB_BLOCK_SIZES, type OracleSettings } from "./oracle/settings.js";
export { readSstRows } from "./oracle/sst-rows.js";
export { writeWithSlateDb, type RowToWrite, type WriteOptions, type WrittenDatabase } from "./oracle/write.js";
export { inCommitOrder, randomCase, type RandomCase, type RandomConfig, type RandomOptions } from "./random-rows.js";
export { versionsByKey, visibleRows } from "./visible-rows.js";
