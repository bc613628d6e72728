// How much memory `sst-verify` takes: `node packages/conformance/scripts/verify-memory.mjs [--size 10GiB | --files 10000]
// [--level full] [--value-bytes 100]`, after `npm run build`. One process writes a large SST, or a folder of many small ones,
// into a temporary folder; another one runs `sst-verify` on it. The peak resident set of that one, less what a process has
// that only loaded the program, must stay below
//   64 MiB + twice the filter and the index
// and 32 MiB more on level paranoid, where the objects of the second reader fill V8's young generation.
// Prints one line. Exit code 0 when the bound holds and everything was sound, 1 when not, 2 for wrong arguments.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const BYTES_PER_UNIT = { MiB: 2 ** 20, GiB: 2 ** 30 };
const MIB = BYTES_PER_UNIT.MiB;

const FIXED_BYTES_MAX = 64 * MIB;
const PARANOID_BYTES_MAX = 32 * MIB;
const TAILS_MAX = 2;
/** Rows of each SST of a folder of many. */
const SMALL_ROWS = 100;
const LEVELS = ["quick", "full", "paranoid"];

const USAGE = "verify-memory.mjs [--size 10GiB | --files 10000] [--level quick|full|paranoid] [--value-bytes 100]: the size is that of all keys and values, in MiB or GiB";

/** @typedef {{ files: number, rowsPerFile: number, level: string, valueBytes: number }} Wanted */

/** @returns {Wanted | undefined} */
function readArguments() {
  try {
    const { values } = parseArgs({
      options: { size: { type: "string" }, files: { type: "string" }, level: { type: "string", default: "full" }, "value-bytes": { type: "string", default: "100" } },
    });
    const { size, files, level } = values;
    const valueBytes = Number(values["value-bytes"]);
    if (!LEVELS.includes(level) || !(Number.isInteger(valueBytes) && valueBytes >= 4 && valueBytes % 4 === 0) || (size !== undefined && files !== undefined)) return undefined;
    if (files !== undefined) return Number.isInteger(Number(files)) && Number(files) > 0 ? { files: Number(files), rowsPerFile: SMALL_ROWS, level, valueBytes } : undefined;
    const [, number, unit] = /^(\d+(?:\.\d+)?)(MiB|GiB)$/.exec(size ?? "10GiB") ?? [];
    const bytes = Number(number) * (unit === "GiB" ? BYTES_PER_UNIT.GiB : BYTES_PER_UNIT.MiB);
    return bytes > 0 ? { files: 1, rowsPerFile: Math.ceil(bytes / (16 + valueBytes)), level, valueBytes } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Runs the measured script in a process of its own.
 * @param {string} what
 * @param {readonly string[]} args
 */
function child(what, args) {
  const script = fileURLToPath(new URL("./verify-memory-child.mjs", import.meta.url));
  const { status, signal, stdout } = spawnSync(process.execPath, [script, what, ...args], { stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" });
  if (status !== 0) throw new Error(`the process that should ${what} ended with ${signal ?? status}; are the packages built (npm run build)?`);
  return JSON.parse(stdout);
}

/** @param {number} bytes */
const inMib = (bytes) => `${(bytes / MIB).toFixed(1)} MiB`;

const wanted = readArguments();
if (wanted === undefined) {
  console.error(USAGE);
  process.exit(2);
}
const { files, rowsPerFile, level, valueBytes } = wanted;
const folder = mkdtempSync(join(tmpdir(), "slate-sst-verify-memory-"));
try {
  /** @type {{ size: number, tail: number }} */
  const { size, tail } = child("write", [folder, String(files), String(rowsPerFile), String(valueBytes)]);
  /** @type {{ peak: number }} */
  const base = child("load", []);
  /** @type {{ peak: number, exitCode: number, seconds: number }} */
  const { peak, exitCode, seconds } = child("verify", [folder, level]);
  const taken = peak - base.peak;
  const bound = FIXED_BYTES_MAX + (level === "paranoid" ? PARANOID_BYTES_MAX : 0) + TAILS_MAX * tail;
  const holds = taken <= bound && exitCode === 0;
  console.log(
    `sst-verify --level ${level}, Node ${process.versions.node}: ${files.toLocaleString("en")} SSTs, ${inMib(size)} in ${seconds.toFixed(1)} s, filter and index of the largest ${inMib(tail)}; ` +
      `peak resident set ${inMib(peak)}, ${inMib(taken)} above the ${inMib(base.peak)} of the loaded program, bound ${inMib(bound)}, exit code ${exitCode}: ${holds ? "holds" : "BROKEN"}`,
  );
  process.exitCode = holds ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
