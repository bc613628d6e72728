// Results as contests give them, for tests of reports.
import type { ContestResult } from "../src/contest.js";
import type { Pass } from "../src/run/pass.js";
import type { BenchReport } from "../src/report/report.js";
import { summarize } from "../src/stats.js";

export const pass = (rows: number, seconds: number, peakRssKib: number | "unknown" = 2048): Pass => ({ rows, seconds, cpuSeconds: seconds * 1.5, fileBytes: 0, peakRssKib: peakRssKib === "unknown" ? undefined : peakRssKib });

export const writing: ContestResult = {
  name: "write", title: "Writing", conditions: "rows of 16 + 100 bytes",
  sides: [{ name: "put", rounds: [pass(1000, 0.001), pass(1000, 0.002), pass(1000, 0.004, 4096)] }, { name: "RocksDB | theirs", rounds: [pass(1000, 0.001, "unknown")] }],
  outcomes: [{ target: "put", figure: summarize([0.5, 1.25, 2]) }, { target: "columns", figure: summarize([1.2]), remark: "nearly" }, { target: "binding-put", missing: "not installed" }],
  notes: ["a note"], checks: ["the same bytes"], skipped: ["the binding"],
};

export const curves: ContestResult = {
  name: "rows", title: "Cost per row", conditions: "warm", sides: [], notes: [], checks: [], skipped: [],
  outcomes: [{ target: "flat-rows-put", figure: summarize([1.5]) }, { target: "memory-put", figure: summarize([1.01]) }, { target: "verify-rows", figure: summarize([9e6, 11e6, 12e6]) }],
  series: {
    of: "rows", sizes: [100_000, 1_000_000, 10_000_000],
    curves: [
      { name: "put", rates: [summarize([2e6, 3e6, 3.5e6]), summarize([3e6]), summarize([2.5e6])] },
      { name: "A < B & C", rates: [summarize([4e6]), summarize([5e6]), summarize([4.8e6])] },
    ],
  },
};

export const report: BenchReport = {
  date: "2026-02-03T04:05:06.000Z", command: "npm run bench -- --write", inMemory: true, rows: 1_000_000, rounds: 8,
  machine: { cpu: "Some CPU", cores: 2, memoryBytes: 3 * 2 ** 30, system: "Some Linux" },
  versions: { "Node.js": "20.20.2", RocksDB: "7.8.3" },
  contests: [writing, curves],
};
