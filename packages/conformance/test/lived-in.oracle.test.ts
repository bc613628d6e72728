// Databases that we made and SlateDB then lives in: it writes over our rows, deletes, merges, flushes, compacts, closes and opens
// again. At each step a model map, SlateDB, our DatabaseReader and our verifier agree; and every SST that SlateDB writes on the
// way, of level 0 or a sorted run, is rebuilt from its rows with identical bytes. A long run:
//   SLATE_SST_DATABASES=500 SLATE_SST_DATABASES_SEED=1000
import { COMPRESSION_NAMES, decodeManifest, loadCodec, type ManifestV1, MANIFEST_VERSION_V1, SST_EXTENSION, SstType } from "@slate-sst/format";
import { referenceRows } from "@slate-sst/format/reference";
import { createDatabase, writeRun, type WriteRunConfig } from "@slate-sst/ingest";
import { LocalObjectStore } from "@slate-sst/object-store";
import { DatabaseReader } from "@slate-sst/reader";
import { verifyDatabase } from "@slate-sst/verify";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DatabaseModel, toWriterRow } from "../src/database-model.js";
import { openDatabase, type OpenOptions, type OracleDatabase, type VisibleRow } from "../src/oracle/database.js";
import { readFilesEndingIn, TempFolder } from "../src/oracle/folders.js";
import { readSstRows } from "../src/oracle/sst-rows.js";
import { randomCase, type RandomCase } from "../src/random-rows.js";
import { rewriteSst } from "../src/rewrite.js";
import { firstRowDifference } from "../src/row-difference.js";
import { firstByteDifference, sectionPayload, sstSections } from "../src/sst-sections.js";
import type { GoldenRow } from "../src/vectors.js";
import { visibleRows } from "../src/visible-rows.js";
import { Xorshift32 } from "../src/xorshift32.js";

const DATABASES = Number(process.env["SLATE_SST_DATABASES"] ?? 3);
const FIRST_SEED = Number(process.env["SLATE_SST_DATABASES_SEED"] ?? 1);
const EPISODES = 3;
const ROOT = "db";

const latin1 = (bytes: Uint8Array | undefined): string | undefined => (bytes === undefined ? undefined : Buffer.from(bytes).toString("latin1"));
/** Without creation times, which SlateDB chooses, and expiries, which the model does not follow through merges. */
const shown = (rows: readonly VisibleRow[]): unknown[] => rows.map(({ key, value, seq }) => [latin1(key), latin1(value), seq]);

async function expectModel(database: OracleDatabase, model: DatabaseModel, title: string): Promise<void> {
  expect(shown(await database.readAll()), title).toEqual(shown(model.visible()));
  const keys = model.keys();
  expect((await database.getAll(keys)).map(latin1), title).toEqual(model.values(keys).map(latin1));
}

/** What our own reader and verifier say of a closed database. */
async function expectOurs(folder: TempFolder, model: DatabaseModel, title: string): Promise<void> {
  const store = new LocalObjectStore(folder.path);
  const reader = await DatabaseReader.open(store, ROOT);
  const rows: GoldenRow[] = [];
  for await (const row of reader.scan()) rows.push(row);
  expect(shown(visibleRows(rows)), title).toEqual(shown(model.visible()));
  const broken: string[] = [];
  // Notes are about files that nothing lists any more, which SlateDB's garbage collector would remove.
  for await (const { rule, severity, path } of verifyDatabase(store, ROOT)) if (severity === "error") broken.push(`${rule} ${path}`);
  expect(broken, title).toEqual([]);
}

/** SSTs that SlateDB wrote, rebuilt by our writer; our decoders, the reference parsers and SlateDB agree on their rows. */
async function expectRebuilt(dir: string, known: Set<string>, config: WriteRunConfig, title: string): Promise<number> {
  const folder = join(dir, ROOT, "compacted");
  let count = 0;
  for (const name of readdirSync(folder).filter((one) => one.endsWith(SST_EXTENSION) && !known.has(one))) {
    known.add(name);
    const bytes = new Uint8Array(readFileSync(join(folder, name)));
    const rows = await readSstRows(bytes);
    const codec = await loadCodec(typeof config.compression === "string" ? config.compression : "none");
    const { formatVersion, blocks, info } = sstSections(bytes, codec);
    expect([info.sstType, COMPRESSION_NAMES[info.compressionFormat]], title).toEqual([SstType.Compacted, config.compression]);
    expect(firstRowDifference(blocks.flatMap((block) => referenceRows(formatVersion, sectionPayload(bytes, block, codec))), rows), title).toBeUndefined();
    expect(firstByteDifference((await rewriteSst(rows, { ...config, formatVersion: 2, filterFormat: "legacy" })).bytes, bytes, codec), `${title}: ${name}`).toBeUndefined();
    count++;
  }
  return count;
}

function newestManifest(dir: string): ManifestV1 {
  const decoded = decodeManifest(readFilesEndingIn(dir, ".manifest").at(-1)?.bytes ?? new Uint8Array());
  if (decoded.version !== MANIFEST_VERSION_V1) throw new Error(`manifest version ${decoded.version}`);
  return decoded.manifest;
}

/** Writes and flushes until SlateDB's compactor has merged level 0 and our run into a new one. */
async function compactAll(folder: TempFolder, database: OracleDatabase, model: DatabaseModel, random: Xorshift32): Promise<boolean> {
  const runs = newestManifest(folder.path).compacted.map(({ id }) => id).join();
  for (let round = 0; round < 40; round++) {
    await model.writeSome(database, random, 15);
    await database.flush();
    if (newestManifest(folder.path).compacted.map(({ id }) => id).join() !== runs) return true;
  }
  return false;
}

function configOf({ config }: RandomCase, random: Xorshift32): WriteRunConfig {
  return { ...config, blockSize: config.blockSize as NonNullable<WriteRunConfig["blockSize"]>, formatVersion: random.oneIn(3) ? 1 : 2 };
}

describe("a database of ours that SlateDB lives in", () => {
  it.each(Array.from({ length: DATABASES }, (_, i) => FIRST_SEED + i))("seed %i", async (seed) => {
    using folder = new TempFolder("lived-in");
    const store = new LocalObjectStore(folder.path);
    const random = new Xorshift32(seed * 7919);
    const drawn = randomCase(seed + 300_000, { keysMax: 120, bytesMax: 60_000 });
    const config = configOf(drawn, random);
    const title = `${drawn.title}, ${JSON.stringify(config)}`;
    const ssts = await writeRun(store, ROOT, drawn.rows.map(toWriterRow), { ...config, sstSize: random.between(300, 60_000) });
    await createDatabase(store, ROOT, ssts);
    const known = new Set(ssts.map(({ path }) => path.slice(path.lastIndexOf("/") + 1)));
    const model = new DatabaseModel(drawn.rows);
    await expectOurs(folder, model, `${title}: new`);
    const options: OpenOptions = {
      ...drawn.config, limitMs: 30_000,
      slateDb: { l0_max_ssts: 4, manifest_poll_interval: "20ms", "compactor_options.poll_interval": "20ms" },
    };
    let rebuilt = 0;
    for (let episode = 0; episode < EPISODES; episode++) {
      const step = `${title}: episode ${episode}`;
      {
        // The last episode has a compactor.
        const isLast = episode === EPISODES - 1;
        await using database = await openDatabase(folder.path, ROOT, isLast ? options : drawn.config);
        await expectModel(database, model, `${step}, opened`);
        await model.writeSome(database, random, 25);
        await database.flush();
        await model.writeSome(database, random, 10);
        await expectModel(database, model, `${step}, written`);
        if (isLast) {
          expect(await compactAll(folder, database, model, random), step).toBe(true);
          await expectModel(database, model, `${step}, compacted`);
        }
      }
      await expectOurs(folder, model, `${step}, closed`);
      rebuilt += await expectRebuilt(folder.path, known, config, step);
    }
    expect(rebuilt, title).toBeGreaterThanOrEqual(EPISODES);
  });
});
