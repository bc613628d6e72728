// `sst-verify` in a process of its own.
import { runVerify } from "./run.js";

/** Runs the command of this process and sets its exit code. */
export async function main(): Promise<void> {
  const { stdout, stderr, stdin, env } = process;
  const isTTY = { stdin: stdin.isTTY === true, stdout: stdout.isTTY === true, stderr: stderr.isTTY === true };
  process.exitCode = await runVerify(process.argv.slice(2), { stdout, stderr, stdin, env, isTTY });
}
