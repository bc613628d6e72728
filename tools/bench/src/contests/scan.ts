// Reading all rows of a database that both sides open: our reader its one SST, the binding the database.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createDatabase, writeRun } from "@slate-sst/ingest";
import { LocalObjectStore } from "@slate-sst/object-store";
import { CheckError } from "../checks.js";
import { type Contest, type ContestContext, type ContestResult, ratioOutcome, sizeText } from "../contest.js";
import type { BindingWriteOptions } from "../programs/binding-write.js";
import type { ScanLoopOptions } from "../programs/scan-loop.js";
import { KEY_BYTES, VALUE_BYTES, ValuePool } from "../rows.js";
import { ownProgram } from "../run/command.js";
import { runRounds } from "../run/rounds.js";
import { rowObjects } from "../write-ways.js";
import { Cast } from "./cast.js";

const NAME = "scan";
const TITLE = "Reading all rows";
const COPIES = "scanBatches, copies";
const VIEWS = "scanBatches, views";
const BINDING = "@slatedb/uniffi scan";
/** The binding's scan is slow: it reads as many of the rows as take it about as long as all rows take others. */
const BINDING_ROWS_MAX = 100_000;
/** Ours are short; one of the binding's takes some seconds. */
const PASSES = 3;

export const scanContest: Contest = { name: NAME, title: TITLE, run: runScan };

async function runScan({ rows, rounds, folder: parent, peers, onPass }: ContestContext): Promise<ContestResult> {
  const size = { rows, valueBytes: VALUE_BYTES };
  const folder = join(parent, "scan");
  const database = { folder, root: "db" } satisfies BindingWriteOptions;
  const store = new LocalObjectStore(folder);
  const ssts = await writeRun(store, database.root, rowObjects(rows, new ValuePool(VALUE_BYTES)), { sstSize: Number.MAX_SAFE_INTEGER });
  await createDatabase(store, database.root, ssts);
  const path = ssts[0]!.path;
  const bindingRows = Math.min(rows, BINDING_ROWS_MAX);
  const missing = "missing" in peers.binding ? peers.binding.missing : "";
  const sides = await race();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  for (const { name, rounds: passes } of sides) {
    const expected = name === BINDING ? bindingRows : rows;
    for (const pass of passes) {
      if (pass.rows === expected && pass.fileBytes === expected * (KEY_BYTES + VALUE_BYTES)) continue;
      throw new CheckError(`${name} read ${pass.rows} rows with ${pass.fileBytes} bytes of keys and values instead of ${expected} rows`);
    }
  }
  return {
    name: NAME, title: TITLE, sides, notes: [],
    conditions: `${sizeText(size)}, warm processes; the binding reads the first ${bindingRows.toLocaleString("en-US")} of them, one pass a round, ours ${PASSES}`,
    outcomes: [
      ratioOutcome("scan-copies", sides, COPIES, BINDING, missing),
      ratioOutcome("scan-views", sides, VIEWS, BINDING, missing),
    ],
    checks: ["every pass saw as many rows, and bytes of keys and values, as were written"],
    skipped: missing === "" ? [] : [missing],
  };

  /** The programs have ended when it returns, and nobody writes to the folder any more. */
  async function race(): Promise<ContestResult["sides"]> {
    await using cast = new Cast();
    const ours = (views: boolean): ScanLoopOptions => ({ folder, path, views });
    const contestants = [cast.contestant(COPIES, ownProgram("scan-loop", ours(false)), size)];
    contestants.push(cast.contestant(VIEWS, ownProgram("scan-loop", ours(true)), size));
    if (missing === "") contestants.push(cast.contestant(BINDING, ownProgram("binding-scan", database), { ...size, rows: bindingRows }, 1));
    return await runRounds(contestants, { rounds, passes: PASSES, warmUps: 1, onPass });
  }
}
