// What this process is connected to.
import { isatty } from "node:tty";
import type { CliIo } from "./cli-io.js";

const STDIN_FD = 0;
const STDOUT_FD = 1;
const STDERR_FD = 2;

/** Streams and surroundings of this process. */
export function processIo(): CliIo {
  const { stdout, stderr, stdin, env } = process;
  return { stdout, stderr, stdin, env, isTTY: { stdin: isatty(STDIN_FD), stdout: isatty(STDOUT_FD), stderr: isatty(STDERR_FD) } };
}
