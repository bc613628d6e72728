// SlateDB through its own binding: a scan from the first row on.
import { pathToFileURL } from "node:url";
import { DbReaderBuilder, ObjectStore } from "@slatedb/uniffi";
import type { BindingWriteOptions } from "./binding-write.js";
import { programOptions, serve, Stopwatch } from "./serve.js";

const ALL = { start: undefined, start_inclusive: true, end: undefined, end_inclusive: false };

const { folder, root } = programOptions() as BindingWriteOptions;
const reader = await new DbReaderBuilder(root, ObjectStore.resolve(pathToFileURL(folder).href)).build();

await serve(async ({ rows }) => {
  const watch = new Stopwatch();
  const iterator = await reader.scan(ALL);
  let seen = 0;
  let bytes = 0;
  for (let row = await iterator.next(); row !== undefined && row !== null; row = await iterator.next()) {
    bytes += row.key.length + row.value.length;
    if (++seen === rows) break;
  }
  const result = watch.stop(seen, bytes);
  iterator.dispose();
  return result;
});
await reader.shutdown();
process.exit();
