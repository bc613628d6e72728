// SlateDB through its own binding: WriteBatches of 1,000 rows into a new database, to flushed and closed, with SlateDB's defaults.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { DbBuilder, FlushType, ObjectStore, Settings, WriteBatch } from "@slatedb/uniffi";
import { firstKey, nextKey, ValuePool } from "../rows.js";
import { programOptions, serve, Stopwatch } from "./serve.js";

export interface BindingWriteOptions {
  readonly folder: string;
  readonly root: string;
}

const BATCH_ROWS = 1000;
const NOT_DURABLE = { await_durable: false };

const { folder, root } = programOptions() as BindingWriteOptions;

await serve(async ({ rows, valueBytes }) => {
  rmSync(join(folder, root), { recursive: true, force: true, maxRetries: 3 });
  mkdirSync(folder, { recursive: true });
  const values = new ValuePool(valueBytes).views();
  const store = ObjectStore.resolve(pathToFileURL(folder).href);
  const settings = Settings.default();
  const builder = new DbBuilder(root, store);
  builder.with_settings(settings);
  const db = await builder.build();
  const key = firstKey();
  const watch = new Stopwatch();
  for (let row = 0; row < rows; ) {
    const batch = new WriteBatch();
    for (const end = Math.min(rows, row + BATCH_ROWS); row < end; row++) {
      batch.put(key, values[row % values.length]!);
      nextKey(key);
    }
    await db.write_with_options(batch, NOT_DURABLE);
    batch.dispose();
  }
  await db.flush_with_options({ flush_type: FlushType.MemTable });
  await db.shutdown();
  const result = watch.stop(rows, 0);
  for (const object of [db, builder, settings, store]) object.dispose();
  return result;
});
// SlateDB's threads may wait for something even then.
process.exit();
