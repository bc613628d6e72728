export { createDatabase, type CreatedDatabase, type CreateDatabaseOptions } from "./create-database.js";
export { newSstPath, sstPaths, type SstPathOptions } from "./sst-path.js";
export { writeRun, type WriteRunConfig } from "./write-run.js";
