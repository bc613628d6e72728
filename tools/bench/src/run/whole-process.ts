// A program from its start to its end.
import { spawn } from "node:child_process";
import type { Built } from "../peers/build.js";
import { keepTrack } from "./children.js";
import { type Command, ProgramError, shown } from "./command.js";
import type { Pass, PassSize } from "./pass.js";

const MILLISECONDS = 1e3;

/**
 * Runs a program once.
 * @param measured peers/measured.cc, which knows what the kernel counted; without it, only the wall time is known
 * @throws ProgramError when it ends with anything but 0
 */
export async function runWhole(command: Command, { rows }: PassSize, measured: Built): Promise<Pass> {
  const wrapped: Command = "file" in measured ? { file: measured.file, args: [command.file, ...command.args] } : command;
  const started = performance.now();
  const stdout = await outputOf(wrapped);
  const seconds = (performance.now() - started) / MILLISECONDS;
  if ("missing" in measured) return { rows, seconds, cpuSeconds: Number.NaN, fileBytes: 0, peakRssKib: undefined };
  const counted = JSON.parse(stdout) as Pick<Pass, "seconds" | "cpuSeconds" | "peakRssKib">;
  return { ...counted, rows, fileBytes: 0 };
}

/** What a program prints. @throws ProgramError when it ends with anything but 0 */
export async function outputOf(command: Command): Promise<string> {
  return await new Promise((resolve, reject) => {
    const child = keepTrack(spawn(command.file, command.args, { stdio: ["ignore", "pipe", "pipe"] }));
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve(stdout);
      else reject(new ProgramError(`${shown(command)} ended with ${signal ?? code}\n${stderr}${stdout}`));
    });
  });
}
