// The verifier in a warm process, with and without a filter to rebuild.
import { LocalObjectStore } from "@slate-sst/object-store";
import { SstWriter, type SstWriterConfig } from "@slate-sst/writer";
import { type Contest, type ContestContext, type ContestResult, type Outcome, sizeText } from "../contest.js";
import type { VerifyLoopOptions } from "../programs/verify-loop.js";
import { VALUE_BYTES, ValuePool } from "../rows.js";
import { ownProgram } from "../run/command.js";
import { rateOf } from "../run/pass.js";
import { type Measured, runRounds } from "../run/rounds.js";
import { summarize } from "../stats.js";
import type { TargetName } from "../targets.js";
import { prepareRows } from "../write-ways.js";
import { Cast } from "./cast.js";

const NAME = "verify";
const TITLE = "Verifying an SST, in process";
const ROWS_AND_ORDER = "rows and order";
const WITH_FILTER = "with filter";

export const verifyLoopContest: Contest = { name: NAME, title: TITLE, run: runVerifyLoop };

async function runVerifyLoop({ rows, rounds, folder, onPass }: ContestContext): Promise<ContestResult> {
  const size = { rows, valueBytes: VALUE_BYTES };
  const write = async (path: string, config: SstWriterConfig): Promise<VerifyLoopOptions> => {
    await using writer = await SstWriter.create(new LocalObjectStore(folder), path, config);
    await prepareRows("put", rows, new ValuePool(VALUE_BYTES))(writer);
    await writer.close();
    return { folder, path };
  };
  await using cast = new Cast();
  const contestants = [
    cast.contestant(ROWS_AND_ORDER, ownProgram("verify-loop", await write("plain.sst", { filter: false })), size),
    cast.contestant(WITH_FILTER, ownProgram("verify-loop", await write("filtered.sst", {})), size),
  ];
  const sides = await runRounds(contestants, { rounds, passes: 3, warmUps: 2, onPass });
  return {
    name: NAME, title: TITLE, sides, notes: [],
    conditions: `${sizeText(size)}, verifySst of level full, warm processes, 3 passes a round`,
    outcomes: [rateOutcome("verify-rows", sides, ROWS_AND_ORDER), rateOutcome("verify-filter", sides, WITH_FILTER)],
    checks: ["every pass found its SST sound and complete"],
    skipped: [],
  };
}

function rateOutcome(target: TargetName, sides: readonly Measured[], name: string): Outcome {
  const { rounds } = sides.find((side) => side.name === name)!;
  return { target, figure: summarize(rounds.map(rateOf)) };
}
