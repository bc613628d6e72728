// `npm run bench`: our writer against RocksDB's, on the same rows in one run.
import { parseArgs } from "node:util";
import { buildPeer } from "./peers/build.js";
import { VALUE_BYTES } from "./rows.js";
import { ownProgram } from "./run/command.js";
import { Resident } from "./run/resident.js";
import { runRounds } from "./run/rounds.js";
import { pairwiseRatios, summarize } from "./stats.js";
import { WorkFolder } from "./work-folder.js";

const { values } = parseArgs({ options: { rows: { type: "string", default: "1000000" }, rounds: { type: "string", default: "8" } } });
const rows = Number(values.rows);
using folder = new WorkFolder();
const built = buildPeer("rocksdb_writer", [{ name: "rocksdb", header: "rocksdb/sst_file_writer.h" }]);
await using put = new Resident(ownProgram("write-loop", { way: "put", rows, valueBytes: VALUE_BYTES, compression: "none", folder: folder.path, path: "put.sst" }));
const contestants = [{ name: "put", pass: () => put.pass() }];
await using rocksdb = "file" in built ? new Resident({ file: built.file, args: [String(rows), `${folder.path}/rocksdb.sst`, "none", String(VALUE_BYTES)] }) : undefined;
if (rocksdb === undefined) console.log(`RocksDB skipped: ${"missing" in built ? built.missing : ""}`);
else contestants.push({ name: "rocksdb", pass: () => rocksdb.pass() });
const measured = await runRounds(contestants, { rounds: Number(values.rounds), passes: 3, warmUps: 2 });
const rates = measured.map(({ name, rounds }) => ({ name, rates: rounds.map((pass) => pass.rows / pass.seconds), peak: rounds.at(-1)?.peakRssKib, cpu: rounds.map((pass) => (pass.cpuSeconds * 1e9) / pass.rows) }));
for (const { name, rates: ofOne, peak, cpu } of rates) console.log(name, summarize(ofOne), "CPU ns a row", summarize(cpu).median, "peak KiB", peak);
const [ours, theirs] = rates;
if (ours !== undefined && theirs !== undefined) console.log("put / rocksdb", summarize(pairwiseRatios(ours.rates, theirs.rates)));
