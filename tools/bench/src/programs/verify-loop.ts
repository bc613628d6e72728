// Our verifier in a warm process: every byte and every row of one SST, level full.
import { LocalObjectStore } from "@slate-sst/object-store";
import { collectFindings, verifySst } from "@slate-sst/verify";
import { programOptions, serve, Stopwatch } from "./serve.js";

export interface VerifyLoopOptions {
  readonly folder: string;
  readonly path: string;
}

const { folder, path } = programOptions() as VerifyLoopOptions;
const store = new LocalObjectStore(folder);

await serve(async () => {
  const watch = new Stopwatch();
  const { result } = await collectFindings(verifySst(store, path, { level: "full" }));
  if (!result.sound || !result.complete) throw new Error(`${path} is not sound`);
  return watch.stop(result.rows.count, result.size);
});
