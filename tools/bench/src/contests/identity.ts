// Fewer rows, and SlateDB's own file of them: ours must be the same, byte for byte, whichever way the rows came.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { LocalObjectStore } from "@slate-sst/object-store";
import { SstReader, type SstRow } from "@slate-sst/reader";
import { SstWriter } from "@slate-sst/writer";
import { assertSameBytes, assertSound, CheckError, databaseSsts } from "../checks.js";
import type { Contest, ContestContext, ContestResult } from "../contest.js";
import { WITH_WORKERS } from "../workers.js";
import { firstKey, nextKey, VALUE_BYTES, ValuePool } from "../rows.js";
import { prepareRows, type WriteWay } from "../write-ways.js";

const NAME = "identity";
const TITLE = "The same bytes as SlateDB";
const ROWS_MAX = 20_000;

/** Our names of codecs and the binding's. */
const CODECS = { none: null, lz4: "Lz4", snappy: "Snappy", zstd: "Zstd" } as const;
type Codec = keyof typeof CODECS;

/** A database is kept in memory until its one flush. */
const MEMTABLE_BYTES = 2 ** 30;

export const identityContest: Contest = { name: NAME, title: TITLE, run: runIdentity };

async function runIdentity({ rows: wanted, folder, peers, onPass }: ContestContext): Promise<ContestResult> {
  const rows = Math.min(wanted, ROWS_MAX);
  const result = { name: NAME, title: TITLE, conditions: `${rows.toLocaleString("en-US")} rows of 16 + ${VALUE_BYTES} bytes, each codec`, sides: [], outcomes: [], notes: [] };
  if ("missing" in peers.binding) return { ...result, checks: [], skipped: [peers.binding.missing] };
  const codecs = Object.keys(CODECS) as Codec[];
  const ways: WriteWay[] = ["objects", "put", "columns"];
  const checks: string[] = [];
  for (const [at, codec] of codecs.entries()) {
    const root = `identity-${codec}`;
    await writeWithSlateDb(folder, root, rows, codec);
    const [slatedb, ...more] = await databaseSsts(folder, root);
    if (slatedb === undefined || more.length > 0) throw new CheckError(`one flush of SlateDB left ${more.length + (slatedb === undefined ? 0 : 1)} SSTs`);
    const files = [{ name: "SlateDB", file: join(folder, slatedb) }, ...(await rewrite(folder, slatedb, rows, codec, ways))];
    const digest = await assertSameBytes(files);
    await assertSound(folder, slatedb, "paranoid");
    checks.push(`${codec}: ${files.map(({ name }) => name).join(", ")} wrote the same bytes: SHA-256 ${digest}`);
    rmSync(join(folder, root), { recursive: true, force: true, maxRetries: 3 });
    onPass(at + 1, codecs.length);
  }
  return { ...result, checks, skipped: [] };
}

/** One WriteBatch: all rows get one sequence number and one create timestamp. */
async function writeWithSlateDb(folder: string, root: string, rows: number, codec: Codec): Promise<void> {
  const { DbBuilder, FlushType, ObjectStore, Settings, WriteBatch } = await import("@slatedb/uniffi");
  mkdirSync(folder, { recursive: true });
  const settings = Settings.default();
  const wanted = { wal_enabled: false, l0_sst_size_bytes: MEMTABLE_BYTES, max_unflushed_bytes: MEMTABLE_BYTES, compactor_options: null, garbage_collector_options: null, compression_codec: CODECS[codec] };
  for (const [name, value] of Object.entries(wanted)) settings.set(name, JSON.stringify(value));
  const store = ObjectStore.resolve(pathToFileURL(folder).href);
  const builder = new DbBuilder(root, store);
  builder.with_settings(settings);
  const db = await builder.build();
  const batch = new WriteBatch();
  const values = new ValuePool(VALUE_BYTES).views();
  const key = firstKey();
  for (let row = 0; row < rows; row++) {
    batch.put(key, values[row % values.length]!);
    nextKey(key);
  }
  await db.write_with_options(batch, { await_durable: false });
  await db.flush_with_options({ flush_type: FlushType.MemTable });
  await db.shutdown();
  for (const object of [batch, db, builder, store, settings]) object.dispose();
}

/** Ends the scan, so that it lets go of the file. */
async function firstBatch(reader: SstReader): Promise<readonly SstRow[] | undefined> {
  for await (const rows of reader.scanBatches({ limit: 1 })) return rows;
  return undefined;
}

/** The same rows through our writer, with the sequence number and the timestamp that SlateDB chose. */
async function rewrite(folder: string, slatedb: string, rows: number, codec: Codec, ways: readonly WriteWay[]): Promise<{ name: string; file: string }[]> {
  const store = new LocalObjectStore(folder);
  await using reader = await SstReader.open(store, slatedb);
  const [first] = (await firstBatch(reader)) ?? [];
  if (first?.createTs === undefined) throw new CheckError("SlateDB wrote no create timestamp");
  const files: { name: string; file: string }[] = [];
  for (const way of ways) {
    for (const threads of [{}, WITH_WORKERS]) {
      const path = `identity-${codec}/ours/${way}-${files.length}.sst`;
      await using writer = await SstWriter.create(store, path, { compression: codec, seq: first.seq, ...threads });
      await prepareRows(way, rows, new ValuePool(VALUE_BYTES), "meanwhile", first.createTs)(writer);
      await writer.close();
      files.push({ name: threads === WITH_WORKERS ? `${way} with workers` : way, file: join(folder, path) });
    }
  }
  return files;
}
