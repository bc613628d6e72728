// How much memory writing a large SST takes: `node packages/conformance/scripts/memory.mjs --size 5GiB [--discard]`, after
// `npm run build`. A process of its own writes the rows, to a temporary folder or to a store that discards them, and its
// peak resident set must stay below
//   96 MiB + 8 bytes for each row (its key's hash) + twice the filter, index and stats.
// Prints one line. Exit code 0 when the bound holds, 1 when it does not, 2 for wrong arguments.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ROW_BYTES } from "./generated-rows.mjs";

const BYTES_PER_UNIT = { MiB: 2 ** 20, GiB: 2 ** 30 };
const MIB = BYTES_PER_UNIT.MiB;
const DEFAULT_SIZE = "5GiB";

const FIXED_BYTES_MAX = 96 * MIB;
const ROW_MEMORY_BYTES = 8;
const TAILS_MAX = 2;

const USAGE = `memory.mjs [--size ${DEFAULT_SIZE}] [--discard]: the size is that of all keys and values, in MiB or GiB`;

/** @typedef {{ size: number, tail: number, sampled: number, peak: number, seconds: number }} Measured */

/** @returns {{ rows: number, discard: boolean } | undefined} */
function readArguments() {
  try {
    const { values } = parseArgs({ options: { size: { type: "string", default: DEFAULT_SIZE }, discard: { type: "boolean", default: false } } });
    const [, number, unit] = /^(\d+(?:\.\d+)?)(MiB|GiB)$/.exec(values.size) ?? [];
    const bytes = Number(number) * (unit === "GiB" ? BYTES_PER_UNIT.GiB : BYTES_PER_UNIT.MiB);
    return bytes > 0 ? { rows: Math.ceil(bytes / ROW_BYTES), discard: values.discard } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {number} rows
 * @param {string | undefined} folder
 * @returns {Measured}
 */
function measure(rows, folder) {
  const child = fileURLToPath(new URL("./memory-child.mjs", import.meta.url));
  const { status, signal, stdout } = spawnSync(process.execPath, [child, String(rows), ...(folder === undefined ? [] : [folder])], {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the writing process ended with ${signal ?? status}; are the packages built (npm run build)?`);
  return JSON.parse(stdout);
}

/** @param {number} bytes */
const inMib = (bytes) => `${(bytes / MIB).toFixed(1)} MiB`;

const wanted = readArguments();
if (wanted === undefined) {
  console.error(USAGE);
  process.exit(2);
}
const { rows, discard } = wanted;
const folder = discard ? undefined : mkdtempSync(join(tmpdir(), "slate-sst-memory-"));
try {
  const { size, tail, sampled, peak, seconds } = measure(rows, folder);
  const bound = FIXED_BYTES_MAX + ROW_MEMORY_BYTES * rows + TAILS_MAX * tail;
  const holds = peak <= bound;
  console.log(
    `${discard ? "discarding store" : "local store"}, Node ${process.versions.node}: ${rows.toLocaleString("en")} rows in ${seconds.toFixed(1)} s, ` +
      `SST ${inMib(size)} with filter, index and stats of ${inMib(tail)}; ` +
      `peak resident set ${inMib(peak)} (sampled ${inMib(sampled)}), bound ${inMib(bound)}: ${holds ? "holds" : "BROKEN"}`,
  );
  process.exitCode = holds ? 0 : 1;
} finally {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}
