// `slate-sst` in a process of its own.
import { processIo } from "@slate-sst/verify/command-line";
import { runSlateSst } from "./run.js";

/** Runs the command of this process and sets its exit code. */
export async function main(): Promise<void> {
  process.exitCode = await runSlateSst(process.argv.slice(2), processIo());
}
