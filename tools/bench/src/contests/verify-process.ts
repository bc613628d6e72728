// sst-verify against sst_dump, whole processes, each over an SST of its own kind with the same rows.
import { join } from "node:path";
import { type Contest, type ContestContext, type ContestResult, ratioOutcome, sizeText } from "../contest.js";
import { VALUE_BYTES } from "../rows.js";
import { type Command, verifierProgram } from "../run/command.js";
import { type Contestant, runRounds } from "../run/rounds.js";
import { outputOf, runWhole } from "../run/whole-process.js";
import { rocksdbWrite } from "./cast.js";
import { writeOnce } from "./process.js";

const NAME = "verify-process";
const TITLE = "Verifying an SST, whole process";
const VERIFY = "sst-verify";
const VERIFY_ONE = "sst-verify --jobs 1";
const SST_DUMP = "sst_dump";
/** Times the bench's number of rows. */
const ROWS_FACTOR = 5;

export const verifyProcessContest: Contest = { name: NAME, title: TITLE, run: runVerifyProcess };

async function runVerifyProcess({ rows, rounds, folder, peers, onPass }: ContestContext): Promise<ContestResult> {
  const size = { rows: rows * ROWS_FACTOR, valueBytes: VALUE_BYTES };
  const { rocksdbWriter, sstDump, measured } = peers;
  const ours = join(folder, "ours.sst");
  await outputOf(writeOnce(folder, "ours.sst", "put", size));
  const contestant = (name: string, command: Command): Contestant => ({ name, pass: () => runWhole(command, size, measured) });
  const contestants = [contestant(VERIFY, verifierProgram(ours)), contestant(VERIFY_ONE, verifierProgram("--jobs", "1", ours))];
  const missing = "missing" in rocksdbWriter ? rocksdbWriter.missing : "missing" in sstDump ? sstDump.missing : "";
  const checks: string[] = [];
  if ("file" in rocksdbWriter && "file" in sstDump) {
    const theirs = join(folder, "rocksdb.sst");
    await outputOf(rocksdbWrite(rocksdbWriter, theirs, "none", size));
    contestants.push(contestant(SST_DUMP, { file: sstDump.file, args: [`--file=${theirs}`, "--command=check", "--verify_checksum"] }));
  }
  const answer = JSON.parse(await outputOf(verifierProgram("--json", ours))) as { files?: { rows?: { count?: string } }[] };
  const counted = Number(answer.files?.[0]?.rows?.count ?? Number.NaN);
  if (counted !== size.rows) throw new Error(`sst-verify saw ${counted} rows of ${size.rows}`);
  checks.push(`sst-verify found the file sound, and all ${size.rows.toLocaleString("en-US")} rows in it`);
  const sides = await runRounds(contestants, { rounds, passes: 1, warmUps: 1, onPass });
  return {
    name: NAME, title: TITLE, sides, checks, notes: [],
    conditions: `${sizeText(size)}; sst-verify: level full; sst_dump: --command=check --verify_checksum`,
    outcomes: [ratioOutcome("verify-process", sides, VERIFY, SST_DUMP, missing), ratioOutcome("verify-process-one", sides, VERIFY_ONE, SST_DUMP, missing)],
    skipped: missing === "" ? [] : [`sst_dump: ${missing}`],
  };
}
