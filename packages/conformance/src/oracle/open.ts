// Opening a writable database with real SlateDB.
import { DbBuilder, type Db } from "@slatedb/uniffi";
import { answer, freeAll } from "./answer.js";
import { databaseFolder, folderStore } from "./folders.js";
import { blockSizeName, CONCATENATE, makeSettings, type OracleSettings } from "./settings.js";

/** Opens the database `root` in the folder `dir`, making a new one if there is none; operands are concatenated. Its log lies in the store `logDir`, if that is given. */
export async function openDb(dir: string, root: string, wanted: OracleSettings, limitMs?: number, logDir?: string): Promise<Db> {
  databaseFolder(dir, root); // refuses a root that leads out of the folder
  const settings = makeSettings(wanted);
  const store = folderStore(dir);
  const log = logDir === undefined ? undefined : folderStore(logDir);
  const builder = new DbBuilder(root, store);
  try {
    if (log !== undefined) builder.with_wal_object_store(log);
    builder.with_settings(settings);
    builder.with_merge_operator(CONCATENATE);
    if (wanted.blockSize !== undefined) builder.with_sst_block_size(blockSizeName(wanted.blockSize));
    return await answer(`open database ${root}`, () => builder.build(), limitMs);
  } finally {
    freeAll(builder, settings, store, ...(log === undefined ? [] : [log]));
  }
}
