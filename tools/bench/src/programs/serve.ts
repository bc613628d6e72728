// The other end of Resident: a pass for each line of standard input, what it took as a line of JSON.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Pass, PassSize } from "../run/pass.js";

const MICROSECONDS = 1e6;
const MILLISECONDS = 1e3;

/** Time on the wall and of the processor since it was made. */
export class Stopwatch {
  readonly #started = performance.now();
  readonly #cpu = process.cpuUsage();

  /** What a pass over so many rows took until now. */
  stop(rows: number, fileBytes: number): Pass {
    const seconds = (performance.now() - this.#started) / MILLISECONDS;
    const { user, system } = process.cpuUsage(this.#cpu);
    return { rows, seconds, cpuSeconds: (user + system) / MICROSECONDS, fileBytes, peakRssKib: ownPeakRssKib() };
  }
}

/** Not the resource usage's maxRSS: on Linux that begins with the memory of whoever started the process. */
function ownPeakRssKib(): number {
  try {
    const [, kib] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    if (kib !== undefined) return Number(kib);
  } catch {
    // No such file: not Linux.
  }
  return process.resourceUsage().maxRSS;
}

/** The options that `ownProgram` passed. */
export function programOptions(): unknown {
  const [json] = process.argv.slice(2);
  if (json === undefined) throw new RangeError("this program is started by the bench, with its options as JSON");
  return JSON.parse(json) as unknown;
}

/** Makes passes until standard input ends. */
export async function serve(pass: (size: PassSize) => Promise<Pass>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const [rows = 0, valueBytes = 0] = line.split(" ").map(Number);
    console.log(JSON.stringify(await pass({ rows, valueBytes })));
  }
}
