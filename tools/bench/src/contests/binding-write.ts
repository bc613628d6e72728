// Our writer against SlateDB's own binding. The binding does more (a log, a memtable, a manifest); a bulk load needs none of it.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { LocalObjectStore } from "@slate-sst/object-store";
import { assertSum, databaseSsts, ssTableSum } from "../checks.js";
import { type Contest, type ContestContext, type ContestResult, ratioOutcome, sizeText } from "../contest.js";
import type { BindingWriteOptions } from "../programs/binding-write.js";
import { VALUE_BYTES } from "../rows.js";
import { ownProgram } from "../run/command.js";
import { runRounds } from "../run/rounds.js";
import { Cast, writeLoop } from "./cast.js";

const NAME = "binding-write";
const TITLE = "Writing, against SlateDB's binding";
const BINDING = "@slatedb/uniffi";
/** Ours are short; one of the binding's takes some seconds. */
const PASSES = 3;

export const bindingWriteContest: Contest = { name: NAME, title: TITLE, run: runBindingWrite };

async function runBindingWrite({ rows, rounds, folder, peers, onPass }: ContestContext): Promise<ContestResult> {
  const size = { rows, valueBytes: VALUE_BYTES };
  const database = { folder: join(folder, "binding"), root: "db" } satisfies BindingWriteOptions;
  const missing = "missing" in peers.binding ? peers.binding.missing : "";
  await using cast = new Cast();
  const contestants = [cast.contestant("put", writeLoop(folder, "put.sst", "put", {}), size)];
  contestants.push(cast.contestant("columns", writeLoop(folder, "columns.sst", "columns", {}), size));
  if (missing === "") contestants.push(cast.contestant(BINDING, ownProgram("binding-write", database), size, 1));
  const sides = await runRounds(contestants, { rounds, passes: PASSES, warmUps: 1, onPass });

  const store = new LocalObjectStore(folder);
  const checks: string[] = [];
  for (const path of ["put.sst", "columns.sst"]) assertSum(path, await ssTableSum(store, [path]), size);
  if (missing === "") {
    const paths = await databaseSsts(database.folder, database.root);
    assertSum(BINDING, await ssTableSum(new LocalObjectStore(database.folder), paths), size);
    checks.push(`everybody's rows, read back, are those that were given, all ${rows.toLocaleString("en-US")}; the binding's lie in ${paths.length} SSTs`);
  }
  rmSync(database.folder, { recursive: true, force: true, maxRetries: 3 });
  return {
    name: NAME, title: TITLE, sides, checks, notes: [],
    conditions: `${sizeText(size)}, warm processes; the binding with WriteBatches of 1,000, its defaults, to flushed and closed, one pass a round, ours ${PASSES}`,
    outcomes: [
      ratioOutcome("binding-put", sides, "put", BINDING, missing),
      ratioOutcome("binding-columns", sides, "columns", BINDING, missing),
    ],
    skipped: missing === "" ? [] : [missing],
  };
}
