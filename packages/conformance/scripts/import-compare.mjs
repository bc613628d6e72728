// A whole import against the official binding that loads the same rows, in one run: `node packages/conformance/scripts/import-compare.mjs [--rows 1000000]
// [--puts 100000] [--rounds 1]`, after `npm run build`. A Parquet file of rows in no order (16 bytes of key, 100 of value) becomes a database by importDatabase,
// sorting included and without verification; the binding, @slatedb/uniffi with its defaults, gets the rows from memory: by WriteBatches of 1,000, to flushed and
// closed, and by puts that are awaited one by one, of which only a sample is measured and the rest reckoned: without waiting for durability, and, of 100 puts, with
// it, where each takes a flush interval. Each runs in a process of its own, one after the other,
// timed from the first call to the last. Exit code 0 when the import takes at most 1/8 of the batches' time and 1/20 of the puts' and its database at most
// 0.55 of the bytes, 1 when not.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const { values: given } = parseArgs({ options: { rows: { type: "string", default: "1000000" }, puts: { type: "string", default: "100000" }, rounds: { type: "string", default: "1" }, child: { type: "string" }, folder: { type: "string" } } });
const rows = Number(given.rows);
const puts = Number(given.puts);

const VALUE_BYTES = 100;
const BATCH_ROWS = 1000;
const DURABLE_PUTS = 100;
const BATCHES_RATIO = 8;
const PUTS_RATIO = 20;
const BYTES_RATIO = 0.55;
/** Odd, so that every row has another key, and they come in no order. */
const SCATTER = 2_654_435_761n;

/** The key and value of a row, of the Parquet file too: its SQL says the same. @param {number} at */
function rowAt(at) {
  const number = (BigInt(at) * SCATTER) & 0xffff_ffffn;
  return { key: Buffer.from(`user:${String(number).padStart(11, "0")}`), value: Buffer.from(`${at}:`.padEnd(VALUE_BYTES, "abcdefghijklmnopqrstuvwxyz")) };
}
const SELECT = `SELECT 'user:' || lpad(((i * ${SCATTER}) & 4294967295)::VARCHAR, 11, '0') AS id, rpad(i || ':', ${VALUE_BYTES}, 'abcdefghijklmnopqrstuvwxyz') AS v FROM range(${rows}) t(i)`;

/** @type {Record<string, (folder: string) => Promise<number>>} */
const CHILDREN = {
  async parquet(folder) {
    const { DuckDBInstance } = await import("@duckdb/node-api");
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    await connection.run(`COPY (${SELECT}) TO '${join(folder, "rows.parquet")}' (FORMAT parquet)`);
    return 0;
  },
  async import(folder) {
    const { importDatabase } = await import("@slate-sst/ingest/import");
    const { openStore } = await import("@slate-sst/object-store");
    const began = performance.now();
    const storeUrl = pathToFileURL(join(folder, "import")).href;
    const { rowCount } = await importDatabase(join(folder, "rows.parquet"), await openStore(storeUrl), "db", { key: "{id}", value: "v", storeUrl, temporaryFolder: folder });
    if (rowCount !== BigInt(rows)) throw new Error(`${rowCount} rows were imported`);
    return performance.now() - began;
  },
  async batches(folder) {
    const { FlushType, WriteBatch } = await import("@slatedb/uniffi");
    const all = Array.from({ length: rows }, (_, at) => rowAt(at));
    const began = performance.now();
    const db = await open(folder, "batches");
    for (let from = 0; from < rows; from += BATCH_ROWS) {
      const batch = new WriteBatch();
      for (const { key, value } of all.slice(from, from + BATCH_ROWS)) batch.put(key, value);
      await db.write_with_options(batch, { await_durable: false });
      batch.dispose();
    }
    await db.flush_with_options({ flush_type: FlushType.MemTable });
    await db.shutdown();
    return performance.now() - began;
  },
  async puts(folder) {
    const { FlushType } = await import("@slatedb/uniffi");
    const all = Array.from({ length: puts }, (_, at) => rowAt(at));
    const db = await open(folder, "puts");
    const began = performance.now();
    for (const { key, value } of all) await db.put_with_options(key, value, { ttl: { tag: "Default" } }, { await_durable: false });
    await db.flush_with_options({ flush_type: FlushType.MemTable });
    const took = performance.now() - began;
    await db.shutdown();
    return took / puts;
  },
  async durable(folder) {
    const db = await open(folder, "durable");
    const began = performance.now();
    for (let at = 0; at < DURABLE_PUTS; at++) {
      const { key, value } = rowAt(at);
      await db.put(key, value);
    }
    const took = performance.now() - began;
    await db.shutdown();
    return took / DURABLE_PUTS;
  },
};

/** @param {string} folder @param {string} name */
async function open(folder, name) {
  const { DbBuilder, ObjectStore } = await import("@slatedb/uniffi");
  mkdirSync(join(folder, name), { recursive: true });
  return await new DbBuilder("db", ObjectStore.resolve(pathToFileURL(join(folder, name)).href)).build();
}

if (given.child !== undefined) {
  console.log(JSON.stringify(await CHILDREN[given.child]?.(given.folder ?? tmpdir())));
  // SlateDB's threads may wait for something even then.
  process.exit();
}

const folder = mkdtempSync(join(tmpdir(), "slate-sst-compare-"));
/** @param {string} child @returns {number} */
const run = (child) => {
  const { status, stdout } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), "--child", child, "--folder", folder, "--rows", given.rows, "--puts", given.puts], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (status !== 0) throw new Error(`${child} failed; are the packages built (npm run build)?`);
  return JSON.parse(stdout);
};
/** Bytes of all files below a folder. @param {string} place @returns {number} */
const bytesOf = (place) => readdirSync(join(folder, place), { recursive: true, withFileTypes: true }).reduce((sum, entry) => sum + (entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : 0), 0);
/** @param {number} ms */
const seconds = (ms) => (ms / 1000).toFixed(2);
/** @param {number[]} list @returns {number} */
const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
try {
  run("parquet");
  /** @type {{ import: number[], batches: number[] }} */
  const times = { import: [], batches: [] };
  for (let round = 0; round < Number(given.rounds); round++) {
    for (const name of /** @type {const} */ (["batches", "import"])) {
      rmSync(join(folder, name), { recursive: true, force: true });
      const took = run(name);
      times[name].push(took);
      console.error(`${name}: ${seconds(took)} s`);
    }
  }
  const [putMs, durableMs] = [run("puts"), run("durable")];
  const [ours, batches] = [median(times.import), median(times.batches)];
  const [ourBytes, theirBytes] = [bytesOf("import"), bytesOf("batches")];
  /** @type {[what: string, ratio: number, bound: number][]} */
  const checks = [
    ["of the batches' time", ours / batches, 1 / BATCHES_RATIO],
    ["of the awaited puts' time", ours / (putMs * rows), 1 / PUTS_RATIO],
    ["of the batches' bytes", ourBytes / theirBytes, BYTES_RATIO],
  ];
  console.log(`${rows} rows of 116 bytes, ${Number(given.rounds)} rounds, medians; Node ${process.versions.node}`);
  console.log(`import from Parquet  ${seconds(ours)} s, ${ourBytes} bytes`);
  console.log(`WriteBatches         ${seconds(batches)} s, ${theirBytes} bytes`);
  console.log(`awaited puts         ${putMs.toFixed(4)} ms each (${puts} measured), ${seconds(putMs * rows)} s for all of them`);
  console.log(`awaited till durable ${durableMs.toFixed(1)} ms each (${DURABLE_PUTS} measured), ${seconds(durableMs * rows)} s for all of them`);
  for (const [what, ratio, bound] of checks) console.log(`import is ${ratio < 0.001 ? ratio.toExponential(1) : ratio.toFixed(3)} ${what}, at most ${bound}: ${ratio <= bound ? "holds" : "BROKEN"}`);
  process.exitCode = checks.every(([, ratio, bound]) => ratio <= bound) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
