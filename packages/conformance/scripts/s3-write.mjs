// Writing one SST to an S3 server on this machine that forgets the bytes, after `npm run build`:
//   node packages/conformance/scripts/s3-write.mjs --size 12GiB     memory stays flat, and what arrives is what was written:
//     the peak resident set must stay below 160 MiB + 8 bytes for each row + twice the filter, index and stats; size, CRC-32
//     and parts at the server must be those of the SST, also past 4 GiB
//   node packages/conformance/scripts/s3-write.mjs --compare --size 512MiB     in turn with the same SST written to a local
//     folder: S3 must reach 0.6 of the folder's rows a second; payloads are not signed, as over https (--signed signs them)
// The size is that of all keys and values, in MiB or GiB. Exit code 0 when that holds, 1 when not, 2 for wrong arguments.
import { fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ROW_BYTES } from "./generated-rows.mjs";

const BYTES_PER_UNIT = { MiB: 2 ** 20, GiB: 2 ** 30 };
const MIB = BYTES_PER_UNIT.MiB;
const FIXED_BYTES_MAX = 160 * MIB;
const ROW_MEMORY_BYTES = 8;
const TAILS_MAX = 2;
const PART_SIZE = 5 * MIB;
const RATIO_MIN = 0.6;
/** Each place is written to so often, in turn; the fastest run counts. */
const ROUNDS = 3;

const USAGE = "s3-write.mjs [--size 512MiB] [--compare] [--signed]";

/** @typedef {{ size: number, crc32: number, tail: number, peak: number, seconds: number, cpu: number }} Measured */

function readArguments() {
  try {
    const { values } = parseArgs({ options: { size: { type: "string", default: "512MiB" }, compare: { type: "boolean", default: false }, signed: { type: "boolean", default: false } } });
    const [, number, unit] = /^(\d+(?:\.\d+)?)(MiB|GiB)$/.exec(values.size) ?? [];
    const bytes = Number(number) * (unit === "GiB" ? BYTES_PER_UNIT.GiB : BYTES_PER_UNIT.MiB);
    return bytes > 0 ? { rows: Math.ceil(bytes / ROW_BYTES), compare: values.compare, signed: values.signed } : undefined;
  } catch {
    return undefined;
  }
}

/** @param {string} place @param {number} rows @param {string} name @param {boolean} signed @returns {Measured} */
function write(place, rows, name, signed) {
  const child = fileURLToPath(new URL("./s3-write-child.mjs", import.meta.url));
  const { status, signal, stdout } = spawnSync(process.execPath, ["--no-warnings", child, place, String(rows), name, signed ? "signed" : "unsigned"], {
    stdio: ["ignore", "pipe", "inherit"], encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the writing process ended with ${signal ?? status}; are the packages built (npm run build)?`);
  return JSON.parse(stdout);
}

/** @param {number} bytes */
const inMib = (bytes) => `${(bytes / MIB).toFixed(1)} MiB`;

/** @param {string} endpoint @param {import("node:child_process").ChildProcess} server @param {number} rows @param {boolean} signed */
async function large(endpoint, server, rows, signed) {
  const { size, crc32, tail, peak, seconds } = write(endpoint, rows, "large.sst", signed);
  server.send("report");
  const [{ held, uploads }] = await once(server, "message");
  const bound = FIXED_BYTES_MAX + ROW_MEMORY_BYTES * rows + TAILS_MAX * tail;
  const expected = { key: "large.sst", size, crc32, parts: size < PART_SIZE ? 0 : Math.ceil(size / PART_SIZE) };
  const arrived = JSON.stringify(held) === JSON.stringify([expected]) && uploads === 0;
  const holds = peak <= bound && arrived;
  console.log(
    `S3 server that discards, Node ${process.versions.node}: ${rows.toLocaleString("en")} rows in ${seconds.toFixed(1)} s, SST ${inMib(size)} in ${expected.parts} parts ` +
      `(filter, index and stats ${inMib(tail)}); it arrived ${arrived ? "whole: size, CRC-32 and parts are equal" : `DIFFERENT: ${JSON.stringify(held)}, uploads left: ${uploads}`}; ` +
      `peak resident set ${inMib(peak)}, bound ${inMib(bound)}: ${holds ? "holds" : "BROKEN"}`,
  );
  return holds;
}

/** @param {string} endpoint @param {number} rows @param {boolean} signed */
function compare(endpoint, rows, signed) {
  const folder = mkdtempSync(join(tmpdir(), "slate-sst-s3-"));
  try {
    /** @type {{ local: Measured[], s3: Measured[] }} */
    const runs = { local: [], s3: [] };
    for (let round = 0; round < ROUNDS; round++) {
      runs.local.push(write(folder, rows, `${round}.sst`, false));
      runs.s3.push(write(endpoint, rows, `${round}.sst`, signed));
    }
    const best = (/** @type {Measured[]} */ of) => of.reduce((left, right) => (right.seconds < left.seconds ? right : left));
    const [local, s3] = [best(runs.local), best(runs.s3)];
    const rate = (/** @type {Measured} */ { seconds }) => `${Math.round(rows / seconds).toLocaleString("en")} rows/s`;
    const ratio = local.seconds / s3.seconds;
    const holds = ratio >= RATIO_MIN;
    console.log(
      `Node ${process.versions.node}, ${rows.toLocaleString("en")} rows, best of ${ROUNDS} in turn: local folder ${rate(local)} (CPU ${local.cpu.toFixed(2)} s), ` +
        `S3 on loopback ${rate(s3)} (CPU ${s3.cpu.toFixed(2)} s), payloads ${signed ? "signed" : "not signed"}: ${ratio.toFixed(2)} of the folder, at least ${RATIO_MIN}: ${holds ? "holds" : "BROKEN"}`,
    );
    return holds;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const wanted = readArguments();
if (wanted === undefined) {
  console.error(USAGE);
  process.exit(2);
}
const server = fork(fileURLToPath(new URL("./s3-server.mjs", import.meta.url)), { execArgv: ["--no-warnings"] });
try {
  const [{ endpoint }] = await once(server, "message");
  const holds = wanted.compare ? compare(endpoint, wanted.rows, wanted.signed) : await large(endpoint, server, wanted.rows, wanted.signed);
  process.exitCode = holds ? 0 : 1;
} finally {
  server.disconnect();
}
