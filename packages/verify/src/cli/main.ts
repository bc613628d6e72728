// `sst-verify` in a process of its own.
import { isatty } from "node:tty";
import { runVerify } from "./run.js";

const STDIN_FD = 0;
const STDOUT_FD = 1;
const STDERR_FD = 2;

/** Runs the command of this process and sets its exit code. */
export async function main(): Promise<void> {
  const { stdout, stderr, stdin, env } = process;
  const isTTY = { stdin: isatty(STDIN_FD), stdout: isatty(STDOUT_FD), stderr: isatty(STDERR_FD) };
  process.exitCode = await runVerify(process.argv.slice(2), { stdout, stderr, stdin, env, isTTY });
}
