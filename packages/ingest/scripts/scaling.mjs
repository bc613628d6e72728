// How writeSsts() scales: the same SSTs by one thread, two, and so on, in rounds that take turns. Run a build first.
//
//   node packages/ingest/scripts/scaling.mjs [--rows 4000000] [--ssts 8] [--rounds 5] [--threads 1,2] [--compression none]
//
// Rows are made in the threads and written to a temporary folder. Prints medians, ranges, and how many times as fast as one thread
// each number is: with as many cores and nothing else running, about that number.
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { writeSsts } from "../dist/index.js";

const cores = availableParallelism();
const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "4000000" },
    ssts: { type: "string", default: "8" },
    rounds: { type: "string", default: "5" },
    threads: { type: "string", default: [...new Set([1, 2, cores])].filter((count) => count <= Math.max(2, cores)).join(",") },
    compression: { type: "string", default: "none" },
  },
});
const whole = (/** @type {string} */ text) => {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`a whole number above 0 is needed, not ${text}`);
  return number;
};
const rows = whole(values.rows);
const ssts = whole(values.ssts);
const rounds = whole(values.rounds);
const threadCounts = values.threads.split(",").map(whole);
const module = new URL("scaling-rows.mjs", import.meta.url);
const count = Math.ceil(rows / ssts);
const tasks = Array.from({ length: ssts }, (_, at) => ({ path: `${at}.sst`, module, data: { first: at * count, count } }));

/**
 * Writes the SSTs once.
 * @param {number} threads
 */
async function round(threads) {
  const folder = await mkdtemp(join(tmpdir(), "slate-sst-scaling-"));
  try {
    const started = performance.now();
    const busy = process.cpuUsage();
    const written = await writeSsts(pathToFileURL(folder).href, tasks, { threads, compression: /** @type {"none"} */ (values.compression) });
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(busy);
    return { seconds, cpu: (user + system) / 1e6, checksum: written.map(({ crc32 }) => crc32).join() };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const median = (/** @type {number[]} */ numbers) => [...numbers].sort((left, right) => left - right)[numbers.length >> 1] ?? NaN;

console.log(`${ssts} SSTs, ${(count * ssts).toLocaleString("en")} rows of 16 + 100 bytes, ${values.compression}; Node ${process.version}, ${cores} cores (${cpus()[0]?.model}), load ${loadavg()[0]?.toFixed(1)}`);
/** @type {Map<number, Awaited<ReturnType<typeof round>>[]>} */
const results = new Map(threadCounts.map((threads) => [threads, []]));
const checksums = new Set();
for (let at = 0; at < rounds; at++) {
  for (const threads of threadCounts) {
    const result = await round(threads);
    checksums.add(result.checksum);
    results.get(threads)?.push(result);
  }
}
if (checksums.size !== 1) throw new Error("the files differ from round to round");
const base = median((results.get(threadCounts[0] ?? 1) ?? []).map(({ seconds }) => seconds));
for (const [threads, all] of results) {
  const seconds = all.map((one) => one.seconds);
  const rate = (count * ssts) / median(seconds) / 1e6;
  console.log(`${threads} thread${threads === 1 ? " " : "s"}  ${rate.toFixed(2)} M rows/s  median ${median(seconds).toFixed(2)} s (${Math.min(...seconds).toFixed(2)} to ${Math.max(...seconds).toFixed(2)})  ${median(all.map((one) => one.cpu)).toFixed(2)} s of CPU  ${(base / median(seconds)).toFixed(2)} times`);
}
