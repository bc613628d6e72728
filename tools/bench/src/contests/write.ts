// Our writer against RocksDB's, without compression and with the codecs that both have.
import { join } from "node:path";
import type { CompressionName } from "@slate-sst/format";
import { LocalObjectStore } from "@slate-sst/object-store";
import { SstWriter, type SstWriterConfig } from "@slate-sst/writer";
import { assertSameBytes, assertSound, assertSum, rocksdbSum, ssTableSum } from "../checks.js";
import { type Contest, type ContestContext, type ContestResult, type Outcome, ratioOutcome, sizeText } from "../contest.js";
import { WITH_WORKERS, WITHOUT_WORKERS } from "../workers.js";
import { inUnit, spread } from "../report/figures.js";
import { VALUE_BYTES, ValuePool } from "../rows.js";
import { runRounds } from "../run/rounds.js";
import { prepareRows, type WriteWay } from "../write-ways.js";
import { Cast, rocksdbWrite, writeLoop } from "./cast.js";

const ROCKSDB = "RocksDB";
const PUT = "put";
const COLUMNS = "columns";
const WORKERS = "columns, workers";

/** One way of ours to take part. */
interface Entry {
  readonly name: string;
  readonly way: WriteWay;
  readonly config: SstWriterConfig;
}

type Codec = "none" | "lz4" | "snappy" | "zstd";

function writeContest(name: string, compression: Codec): Contest {
  const title = compression === "none" ? "Writing an SST, no compression" : `Writing an SST, ${compression}`;
  return { name, title, run: (context) => runWrite(name, title, compression, context) };
}

export const writeContests: readonly Contest[] = [
  writeContest("write", "none"), writeContest("write-lz4", "lz4"), writeContest("write-snappy", "snappy"), writeContest("write-zstd", "zstd"),
];

async function runWrite(name: string, title: string, compression: Codec, context: ContestContext): Promise<ContestResult> {
  const { rows, rounds, folder, peers, onPass } = context;
  const size = { rows, valueBytes: VALUE_BYTES };
  const oneThread: SstWriterConfig = { compression, ...WITHOUT_WORKERS };
  const entries: Entry[] = [{ name: PUT, way: "put", config: oneThread }];
  entries.push({ name: COLUMNS, way: "columns", config: oneThread });
  if (compression !== "none") entries.push({ name: WORKERS, way: "columns", config: { compression, ...WITH_WORKERS } });
  const pathOf = (entry: Entry): string => `${entry.name.replace(", ", "-")}.sst`;
  const rocksdbFile = join(folder, "rocksdb.sst");
  await using cast = new Cast();
  const contestants = entries.map((entry) => cast.contestant(entry.name, writeLoop(folder, pathOf(entry), entry.way, entry.config), size));
  const { rocksdbWriter } = peers;
  if ("file" in rocksdbWriter) contestants.push(cast.contestant(ROCKSDB, rocksdbWrite(rocksdbWriter, rocksdbFile, compression), size));
  const sides = await runRounds(contestants, { rounds, passes: 3, warmUps: 2, onPass });

  const checks: string[] = [];
  const files = [await writeReference(folder, rows, compression), ...entries.map((entry) => ({ name: entry.name, path: pathOf(entry) }))];
  const digest = await assertSameBytes(files.map((one) => ({ name: one.name, file: join(folder, one.path) })));
  checks.push(`${files.map((one) => one.name).join(" and ")} wrote the same bytes: SHA-256 ${digest}`);
  assertSum("our writer", await ssTableSum(new LocalObjectStore(folder), [files[0]!.path]), size);
  await assertSound(folder, files[0]!.path, "full");
  checks.push(`they are sound (sst-verify, level full), and read back they are the rows that were given, all ${rows.toLocaleString("en-US")}`);
  if ("file" in rocksdbWriter) {
    assertSum(ROCKSDB, await rocksdbSum(peers.rocksdbReader, rocksdbFile), size);
    checks.push("RocksDB's file, read back by RocksDB, holds the same rows");
  }
  return {
    name, title, sides, checks,
    notes: compression === "none" ? [] : putNote(sides),
    conditions: `${sizeText(size)}, one SST, warm processes, 3 passes a round`,
    outcomes: outcomesOf(compression, sides, context),
    skipped: "missing" in rocksdbWriter ? [`RocksDB: ${rocksdbWriter.missing}`] : [],
  };
}

function outcomesOf(compression: Codec, sides: ContestResult["sides"], { peers }: ContestContext): Outcome[] {
  const noPeer = "missing" in peers.rocksdbWriter ? peers.rocksdbWriter.missing : "";
  if (compression === "none") return [ratioOutcome("put", sides, PUT, ROCKSDB, noPeer), ratioOutcome("columns", sides, COLUMNS, ROCKSDB, noPeer)];
  return [
    ratioOutcome(`columns-${compression}`, sides, COLUMNS, ROCKSDB, noPeer),
    ratioOutcome(`columns-${compression}-workers`, sides, WORKERS, ROCKSDB, noPeer),
  ];
}

/** Row by row there is no target with a codec, but it is measured. */
function putNote(sides: ContestResult["sides"]): string[] {
  const outcome = ratioOutcome("put", sides, PUT, ROCKSDB, "");
  return "missing" in outcome ? [] : [`put / RocksDB, same codec: ${spread(outcome.figure, (ratio) => inUnit(ratio, "ratio"))}`];
}

/** The plain way: an object for each row. */
async function writeReference(folder: string, rows: number, compression: CompressionName): Promise<{ readonly name: string; readonly path: string }> {
  const path = "objects.sst";
  await using writer = await SstWriter.create(new LocalObjectStore(folder), path, { compression, mode: "overwrite" });
  await prepareRows("objects", rows, new ValuePool(VALUE_BYTES))(writer);
  await writer.close();
  return { name: "row objects", path };
}
