export { createDatabase, type CreatedDatabase, type CreateDatabaseOptions } from "./create-database.js";
export { newSstPath, sstPaths, type SstPathOptions } from "./sst-path.js";
export { writeRun, type WriteRunConfig } from "./write-run.js";
export { writeSsts, type WriteSstsConfig } from "./threads/write-ssts.js";
export type { ColumnsTask, ModuleTask, RowSource, RowSourceContext, SstTask } from "./threads/sst-task.js";
