// `slate-sst` in a process of its own.
import { processIo } from "@slate-sst/verify/command-line";
import { runSlateSst } from "./run.js";

/** Commands that have something to put in order before they end. */
const INTERRUPTIBLE = ["import", "write", "export"];

/** Runs the command of this process and sets its exit code. */
export async function main(): Promise<void> {
  const argv = process.argv.slice(2);
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort();
  if (INTERRUPTIBLE.includes(argv[0] ?? "")) {
    // The second time ends it by force.
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
  }
  process.exitCode = await runSlateSst(argv, processIo(), interrupt.signal);
  process.removeListener("SIGINT", stop);
  process.removeListener("SIGTERM", stop);
}
