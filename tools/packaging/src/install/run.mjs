// Child processes on a given Node.
import { spawn } from "node:child_process";
import { delimiter } from "node:path";

/**
 * Runs a program to its end.
 * @param {string} program
 * @param {readonly string[]} parameters
 * @param {{ folder: string, node: string }} options `node`: folder of the Node that comes first on the path
 * @returns {Promise<{ status: number | null, output: string }>} what it wrote to both streams
 */
export function run(program, parameters, { folder, node }) {
  const env = { ...process.env, PATH: `${node}${delimiter}${process.env["PATH"]}`, NODE_OPTIONS: "", NO_COLOR: "1" };
  const child = spawn(program, parameters, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve({ status, output }));
  });
}

/**
 * Does jobs two at a time, and gives their answers in order.
 * @template T, R
 * @param {readonly T[]} jobs
 * @param {(job: T) => Promise<R>} work
 * @returns {Promise<R[]>}
 */
export async function inTwos(jobs, work) {
  /** @type {R[]} */
  const answers = [];
  const entries = jobs.entries();
  await Promise.all([0, 1].map(async () => {
    for (const [at, job] of entries) answers[at] = await work(job);
  }));
  return answers;
}
