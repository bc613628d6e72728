export { createDatabase, type CreatedDatabase, type CreateDatabaseOptions, type DatabasePlan, planDatabase } from "./create-database.js";
export { exportRange, type ExportedRange, type ExportOptions, type ExportTarget } from "./export-range.js";
export { removeOtherSsts } from "./other-ssts.js";
export { newSstPath, sstPaths, type SstPathOptions } from "./sst-path.js";
export { writeRun, type WriteRunConfig } from "./write-run.js";
export { writeSsts, type WriteSstsConfig } from "./threads/write-ssts.js";
export type { ColumnsTask, ModuleTask, RowSource, RowSourceContext, SstTask } from "./threads/sst-task.js";
