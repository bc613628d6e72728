// `slate-sst` in a process of its own.
import { constants } from "node:os";
import { EXIT_SOUND, processIo } from "@slate-sst/verify/command-line";
import { runSlateSst } from "./run.js";

/** Commands that have something to put in order before they end. */
const INTERRUPTIBLE = ["import", "write", "export"];
/** What shells add to the number of the signal that ended a command. */
const SIGNAL_EXIT = 128;

/** Runs the command of this process and sets its exit code. */
export async function main(): Promise<void> {
  const argv = process.argv.slice(2);
  const interrupt = new AbortController();
  let signal: "SIGINT" | "SIGTERM" | undefined;
  const stop = (name: "SIGINT" | "SIGTERM"): void => {
    signal = name;
    interrupt.abort();
  };
  if (INTERRUPTIBLE.includes(argv[0] ?? "")) {
    // The second time ends it by force.
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
  }
  const exitCode = await runSlateSst(argv, processIo(), interrupt.signal);
  process.exitCode = exitCode === EXIT_SOUND || signal === undefined ? exitCode : SIGNAL_EXIT + constants.signals[signal];
  // A standard input that keeps still would keep the process.
  if (signal !== undefined) process.stdin.destroy();
  process.removeListener("SIGINT", stop);
  process.removeListener("SIGTERM", stop);
}
