// What a writer holds of a large SST.
import { join } from "node:path";
import { type Contest, type ContestContext, type ContestResult, type Outcome, sizeText } from "../contest.js";
import type { WrittenOnce } from "../programs/write-once.js";
import { VALUE_BYTES } from "../rows.js";
import type { Pass } from "../run/pass.js";
import { type Measured, runRounds } from "../run/rounds.js";
import { outputOf } from "../run/whole-process.js";
import { summarize } from "../stats.js";
import type { TargetName } from "../targets.js";
import type { WriteWay } from "../write-ways.js";
import { rocksdbWrite } from "./cast.js";
import { writeOnce } from "./process.js";

const NAME = "memory";
const TITLE = "Peak resident memory of a large SST";
/** Times the bench's number of rows. */
const ROWS_FACTOR = 10;
/** Memory varies little from run to run. */
const ROUNDS_MAX = 3;

const KIB = 1024;
const MIB = 1024 * 1024;
const FIXED_BYTES = 96 * MIB;
const ROW_BYTES = 8;
const TAILS = 2;

const TARGET_NAMES: Readonly<Record<"put" | "columns", TargetName>> = { put: "memory-put", columns: "memory-columns" };

export const memoryContest: Contest = { name: NAME, title: TITLE, run: runMemory };

async function runMemory({ rows, rounds, folder, peers, onPass }: ContestContext): Promise<ContestResult> {
  const size = { rows: rows * ROWS_FACTOR, valueBytes: VALUE_BYTES };
  let bound = Number.NaN;
  const ours = (way: WriteWay) => ({
    name: way,
    pass: async (): Promise<Pass> => {
      const { tailBytes, ...pass } = JSON.parse(await outputOf(writeOnce(folder, "ours.sst", way, size))) as WrittenOnce;
      bound = FIXED_BYTES + ROW_BYTES * size.rows + TAILS * tailBytes;
      return pass;
    },
  });
  const contestants = (["put", "columns"] as const).map(ours);
  const sides: Measured[] = await runRounds(contestants, { rounds: Math.min(rounds, ROUNDS_MAX), passes: 1, warmUps: 0, onPass });
  const { rocksdbWriter } = peers;
  const notes: string[] = [];
  if ("file" in rocksdbWriter) {
    const { peakRssKib } = JSON.parse(await outputOf(rocksdbWrite(rocksdbWriter, join(folder, "rocksdb.sst"), "none", size))) as Pass;
    notes.push(`RocksDB took ${inMib((peakRssKib ?? Number.NaN) * KIB)} for the same rows`);
  }
  const outcomeOf = (way: "put" | "columns"): Outcome => {
    const side = sides.find(({ name }) => name === way)!;
    const peaks = side.rounds.map(({ peakRssKib }) => (peakRssKib ?? Number.NaN) * KIB);
    return { target: TARGET_NAMES[way], figure: summarize(peaks.map((peak) => peak / bound)), remark: `${inMib(Math.max(...peaks))} of ${inMib(bound)}` };
  };
  return {
    name: NAME, title: TITLE, sides, notes, conditions: `${sizeText(size)}, one SST, a process for each`,
    outcomes: [outcomeOf("put"), outcomeOf("columns")], checks: [], skipped: [],
  };
}

const inMib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;
