// Whole processes: a program starts, makes rows, writes one SST, ends.
import { join } from "node:path";
import { LocalObjectStore } from "@slate-sst/object-store";
import { assertSum, rocksdbSum, ssTableSum } from "../checks.js";
import { type Contest, type ContestContext, type ContestResult, ratioOutcome, sizeText } from "../contest.js";
import { VALUE_BYTES } from "../rows.js";
import { type Command, ownProgram } from "../run/command.js";
import type { PassSize } from "../run/pass.js";
import { type Contestant, runRounds } from "../run/rounds.js";
import { runWhole } from "../run/whole-process.js";
import type { WriteWay } from "../write-ways.js";
import { rocksdbWrite } from "./cast.js";

const NAME = "process";
const TITLE = "Writing an SST, whole process";
const ROCKSDB = "RocksDB";
/** Times the bench's number of rows. */
const ROWS_FACTOR = 5;

export const processContest: Contest = { name: NAME, title: TITLE, run: runProcess };

/** Our writer in a process of its own. */
export function writeOnce(folder: string, path: string, way: WriteWay, size: PassSize): Command {
  return ownProgram("write-once", { folder, path, way, config: {}, ...size });
}

async function runProcess({ rows, rounds, folder, peers, onPass }: ContestContext): Promise<ContestResult> {
  const size = { rows: rows * ROWS_FACTOR, valueBytes: VALUE_BYTES };
  const { rocksdbWriter, rocksdbReader, measured } = peers;
  const contestant = (name: string, command: Command): Contestant => ({ name, pass: () => runWhole(command, size, measured) });
  const ways: WriteWay[] = ["put", "columns"];
  const contestants = ways.map((way) => contestant(way, writeOnce(folder, `${way}.sst`, way, size)));
  const rocksdbFile = join(folder, "rocksdb.sst");
  if ("file" in rocksdbWriter) contestants.push(contestant(ROCKSDB, rocksdbWrite(rocksdbWriter, rocksdbFile, "none", size)));
  const sides = await runRounds(contestants, { rounds, passes: 1, warmUps: 1, onPass });

  const store = new LocalObjectStore(folder);
  for (const way of ways) assertSum(way, await ssTableSum(store, [`${way}.sst`]), size);
  if ("file" in rocksdbWriter) assertSum(ROCKSDB, await rocksdbSum(rocksdbReader, rocksdbFile), size);
  const missing = "missing" in rocksdbWriter ? rocksdbWriter.missing : "";
  return {
    name: NAME, title: TITLE, sides, notes: [],
    conditions: `${sizeText(size)}, made by the program itself, from its start to its end`,
    outcomes: [ratioOutcome("process-columns", sides, "columns", ROCKSDB, missing)],
    checks: [`everybody's rows, read back, are those that were given, all ${size.rows.toLocaleString("en-US")}`],
    skipped: missing === "" ? [] : [`RocksDB: ${missing}`],
  };
}
