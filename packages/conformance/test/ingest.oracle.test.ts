// Databases made by createDatabase, opened by real SlateDB: it must see every row, and go on from there.
import { decodeManifest, encodeManifestV1, MANIFEST_VERSION_V1, type ManifestV1 } from "@slate-sst/format";
import { createDatabase, newSstPath, writeRun, type WriteRunConfig } from "@slate-sst/ingest";
import { LocalObjectStore } from "@slate-sst/object-store";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DatabaseModel, partsOf, toWriterRow, writeParts } from "../src/database-model.js";
import { openDatabase, openReader, type OpenOptions, type OracleReader, type VisibleRow } from "../src/oracle/database.js";
import { listFiles, readFilesEndingIn, TempFolder } from "../src/oracle/folders.js";
import { randomCase, type RandomCase } from "../src/random-rows.js";
import { GOLDEN_CODECS } from "../src/side-car.js";
import { goldenManifest, type GoldenRow } from "../src/vectors.js";
import { versionsByKey } from "../src/visible-rows.js";
import { Xorshift32 } from "../src/xorshift32.js";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));
const latin1 = (array: Uint8Array | undefined): string | undefined => (array === undefined ? undefined : Buffer.from(array).toString("latin1"));
/** Byte arrays as text: vitest compares long arrays element by element, which takes seconds. */
const shown = (rows: readonly VisibleRow[]): unknown[] => rows.map((row) => [latin1(row.key), latin1(row.value), row.seq, row.createTs, row.expireTs]);
const shownWithoutCreateTs = (rows: readonly VisibleRow[]): unknown[] => rows.map((row) => [latin1(row.key), latin1(row.value), row.seq, row.expireTs]);

const SEED = 71_000;
const SSTS = [1, 2, 20] as const;
const VERSIONS = [1, 2] as const;
const WRITES = 40;

/** The first case from a seed on that has so many keys. */
function caseWithKeys(seed: number, keys: number): RandomCase {
  for (let next = seed; ; next++) {
    const drawn = randomCase(next, { keysMax: 200, bytesMax: 100_000 });
    if ([...versionsByKey(drawn.rows)].length >= keys) return drawn;
  }
}

/** Rows as a bulk load has them: the newest version of each key, without a sequence number. */
function withoutSeqs(rows: readonly GoldenRow[]): GoldenRow[] {
  return [...versionsByKey(rows)].map(([newest]) => ({ ...newest, seq: 0n }));
}

function configOf({ config }: RandomCase): WriteRunConfig {
  return { ...config, blockSize: config.blockSize as NonNullable<WriteRunConfig["blockSize"]> };
}

/** Keys that no row has: neighbours of those that are there. */
function absentKeys(model: DatabaseModel): Uint8Array[] {
  const present = new Set(model.keys().map(latin1));
  return model.keys().slice(0, 50).map((key) => new Uint8Array([...key.subarray(0, 60_000), 0])).filter((key) => !present.has(latin1(key)));
}

async function expectGets(open: OracleReader, model: DatabaseModel, title: string): Promise<void> {
  const keys = [...model.keys(), ...absentKeys(model)];
  expect((await open.getAll(keys)).map(latin1), title).toEqual(model.values(keys).map(latin1));
}

/** Everything that real SlateDB must do with a database of ours. */
async function exercise(dir: string, root: string, rows: readonly GoldenRow[], lastL0Seq: bigint, title: string, options: OpenOptions = {}): Promise<void> {
  const model = new DatabaseModel(rows);
  {
    await using reader = await openReader(dir, root);
    expect(shown(await reader.readAll()), title).toEqual(shown(model.visible()));
    await expectGets(reader, model, title);
  }
  {
    await using database = await openDatabase(dir, root, options);
    expect(shown(await database.readAll()), title).toEqual(shown(model.visible()));
    await expectGets(database, model, title);
    const seqs = await model.writeSome(database, new Xorshift32(rows.length), WRITES);
    expect(seqs, title).toEqual(seqs.map((_, i) => lastL0Seq + 1n + BigInt(i)));
    expect(shownWithoutCreateTs(await database.readAll()), title).toEqual(shownWithoutCreateTs(model.visible()));
    await database.flush();
    await model.writeSome(database, new Xorshift32(rows.length + 1), WRITES);
  }
  await using again = await openDatabase(dir, root, options);
  expect(shownWithoutCreateTs(await again.readAll()), title).toEqual(shownWithoutCreateTs(model.visible()));
  await expectGets(again, model, title);
}

function newestManifest(dir: string): ManifestV1 {
  const files = readFilesEndingIn(dir, ".manifest");
  const decoded = decodeManifest(files.at(-1)?.bytes ?? new Uint8Array());
  if (decoded.version !== MANIFEST_VERSION_V1) throw new Error(`manifest version ${decoded.version}`);
  return decoded.manifest;
}

const maxSeq = (rows: readonly GoldenRow[]): bigint => rows.reduce((seq, row) => (row.seq > seq ? row.seq : seq), 0n);

const matrix = VERSIONS.flatMap((formatVersion) => GOLDEN_CODECS.flatMap((compression) => SSTS.map((count) => ({ formatVersion, compression, count }))));

describe("real SlateDB reads and continues a database of ours", () => {
  it.each(matrix.map((one, index) => ({ ...one, index })))("V$formatVersion, $compression, $count SSTs", async ({ formatVersion, compression, count, index }) => {
    using folder = new TempFolder("ingest");
    const store = new LocalObjectStore(folder.path);
    const drawn = caseWithKeys(SEED + index * 1_000, count);
    // Rows that bring their own sequence numbers, versions among them, and rows that do not, in turn.
    const rows = index % 2 === 0 ? drawn.rows : withoutSeqs(drawn.rows);
    const ssts = await writeParts(store, "db", partsOf(rows, count), { ...configOf(drawn), formatVersion, compression });
    expect(ssts.length).toBe(count);
    const made = await createDatabase(store, "db", ssts);
    expect(made).toMatchObject({ rowCount: BigInt(rows.length), lastL0Seq: maxSeq(rows) });
    await exercise(folder.path, "db", rows, made.lastL0Seq, `${drawn.title}, as V${formatVersion} ${compression}`);
  });

  it("of random rows and settings, cut into SSTs of random sizes by writeRun", async () => {
    for (let seed = SEED + 500_000; seed < SEED + 500_006; seed++) {
      using folder = new TempFolder("ingest");
      const store = new LocalObjectStore(folder.path);
      const drawn = randomCase(seed, { bytesMax: 200_000 });
      const sstSize = new Xorshift32(seed).between(200, 40_000);
      const ssts = await writeRun(store, "a/b c", drawn.rows.map(toWriterRow), { ...configOf(drawn), sstSize });
      const { lastL0Seq } = await createDatabase(store, "a/b c", ssts);
      expect(lastL0Seq, drawn.title).toBe(maxSeq(drawn.rows));
      await exercise(folder.path, "a/b c", drawn.rows, lastL0Seq, `${drawn.title}, ${ssts.length} SSTs of ${sstSize} bytes`);
    }
  });
});

describe("sequence numbers", () => {
  const rows = Array.from({ length: 300 }, (_, i): GoldenRow => ({ kind: "put", key: bytes(`key${1000 + i}`), value: bytes(`v${i}`), seq: 0n, createTs: undefined, expireTs: undefined }));

  it.each([
    ["none: 0", rows, {}, undefined, 0n],
    ["one for all", rows.map((row) => ({ ...row, seq: 77n })), {}, undefined, 77n],
    ["one for all by the writer's default", rows.map((row) => ({ ...row, seq: 0n })), { seq: 5n }, undefined, 5n],
    ["descending", rows.map((row, i) => ({ ...row, seq: BigInt(rows.length - i) })), {}, undefined, 300n],
    ["beyond 2^53", rows.map((row, i) => ({ ...row, seq: 2n ** 60n + BigInt(i) })), {}, undefined, 2n ** 60n + 299n],
    ["with a higher start for new writes", rows, {}, 1_000_000n, 1_000_000n],
  ] as const)("%s", async (_, given, config, asked, expected) => {
    using folder = new TempFolder("ingest");
    const store = new LocalObjectStore(folder.path);
    const ssts = await writeRun(store, "db", given.map(toWriterRow), { ...config, sstSize: 3_000 });
    const made = await createDatabase(store, "db", ssts, asked === undefined ? {} : { lastL0Seq: asked });
    expect(made.lastL0Seq).toBe(expected);
    const seq = "seq" in config ? config.seq : undefined;
    await exercise(folder.path, "db", seq === undefined ? given : given.map((row) => ({ ...row, seq })), expected, "sequence numbers");
  });
});

describe("rows that have expired", () => {
  it("are still returned by reads, as those of SlateDB's own files", async () => {
    using folder = new TempFolder("ingest");
    const store = new LocalObjectStore(folder.path);
    const rows = ["a", "b", "c"].map((key, i): GoldenRow => ({ kind: "put", key: bytes(key), value: bytes("v"), seq: 1n, createTs: 1n, expireTs: i === 1 ? undefined : BigInt(1_000 * i) }));
    await createDatabase(store, "db", await writeRun(store, "db", rows.map(toWriterRow)));
    await using reader = await openReader(folder.path, "db");
    expect(shown(await reader.readAll())).toEqual(shown(rows.map((row) => ({ ...row, value: row.value ?? new Uint8Array(), createTs: 1n }))));
    expect(latin1(await reader.get(bytes("a")))).toBe("v");
  });
});

describe("the manifest", () => {
  it("is SlateDB's own first one but for the run and the sequence number", async () => {
    using folder = new TempFolder("ingest");
    const store = new LocalObjectStore(folder.path);
    const { manifestPath } = await createDatabase(store, "db", await writeRun(store, "db", [{ key: "a", value: "1", seq: 9n }]));
    const decoded = decodeManifest(new Uint8Array(readFileSync(join(folder.path, manifestPath))));
    expect(decoded.version).toBe(MANIFEST_VERSION_V1);
    const emptied = { ...(decoded.manifest as ManifestV1), compacted: [], lastL0Seq: 0n, recentSnapshotMinSeq: 0n };
    expect(Buffer.from(encodeManifestV1(emptied)).toString("hex")).toBe(Buffer.from(goldenManifest("puts-small--manifest-first").bytes).toString("hex"));
  });

  it("keeps our run, entry for entry, in the manifests that SlateDB writes after it", async () => {
    using folder = new TempFolder("ingest");
    const store = new LocalObjectStore(folder.path);
    const drawn = caseWithKeys(SEED, 20);
    const ssts = [...(await writeParts(store, "db", partsOf(drawn.rows, 20).slice(0, 10), { ...configOf(drawn), formatVersion: 1 })), ...(await writeParts(store, "db", partsOf(drawn.rows, 20).slice(10), configOf(drawn)))];
    await createDatabase(store, "db", ssts);
    const before = newestManifest(folder.path);
    {
      await using database = await openDatabase(folder.path, "db");
      await database.put(bytes("new"), bytes("row"));
    }
    const after = newestManifest(folder.path);
    expect(after.writerEpoch).toBe(1n);
    expect(after.compacted.map(({ id, ssts: entries }) => [id, entries.map((entry) => [entry.id, entry.formatVersion])])).toEqual(before.compacted.map(({ id, ssts: entries }) => [id, entries.map((entry) => [entry.id, entry.formatVersion])]));
    for (const [i, { info }] of (after.compacted[0]?.ssts ?? []).entries()) expect([latin1(info.firstEntry), latin1(info.lastEntry), info.indexOffset]).toEqual([latin1(ssts[i]?.firstKey), latin1(ssts[i]?.lastKey), Number(ssts[i]?.info?.indexOffset)]);
  });
});

describe("compaction by SlateDB", () => {
  it.each(VERSIONS)("merges our run of V%i SSTs with what was written later", async (formatVersion) => {
    using folder = new TempFolder("ingest");
    const store = new LocalObjectStore(folder.path);
    const drawn = caseWithKeys(SEED + 900_000, 20);
    const ssts = await writeParts(store, "db", partsOf(drawn.rows, 3), { ...configOf(drawn), formatVersion });
    await createDatabase(store, "db", ssts);
    const ours = newestManifest(folder.path).compacted[0]?.ssts.map(({ id }) => id.low) ?? [];
    const model = new DatabaseModel(drawn.rows);
    const isListed = (): boolean => newestManifest(folder.path).compacted.some((run) => run.ssts.some(({ id }) => ours.includes(id.low)));
    const options: OpenOptions = { slateDb: { l0_max_ssts: 4, manifest_poll_interval: "20ms", "compactor_options.poll_interval": "20ms" }, limitMs: 20_000 };
    {
      await using database = await openDatabase(folder.path, "db", options);
      // A flush waits for the compactor when level 0 is full, so each round gives it work; it takes our run with the fourth.
      for (let round = 0; round < 60 && isListed(); round++) {
        await model.writeSome(database, new Xorshift32(round + 1), 100);
        await database.flush();
      }
      expect(isListed()).toBe(false);
      expect(shownWithoutCreateTs(await database.readAll())).toEqual(shownWithoutCreateTs(model.visible()));
      await expectGets(database, model, "compacted");
    }
    await using again = await openDatabase(folder.path, "db");
    expect(shownWithoutCreateTs(await again.readAll())).toEqual(shownWithoutCreateTs(model.visible()));
  });
});

describe("the place of a database", () => {
  const rows = withoutSeqs(caseWithKeys(SEED, 20).rows);

  it("may be the root of a local store, whose staging area does not disturb SlateDB", async () => {
    using folder = new TempFolder("ingest");
    const store = new LocalObjectStore(folder.path);
    const ssts = await writeRun(store, "", rows.map(toWriterRow), { sstSize: 2_000 });
    const { manifestPath } = await createDatabase(store, "", ssts);
    expect(listFiles(folder.path)).toEqual([...ssts.map(({ path }) => path), manifestPath].sort());
    const { uploadId } = await store.createUpload("compacted/01ARYZ6S41TSV4RRFFQ69G5FAV.sst", { mode: "create", partSize: 8 });
    await store.uploadPart("compacted/01ARYZ6S41TSV4RRFFQ69G5FAV.sst", uploadId, 1, new Uint8Array(8));
    expect(listFiles(folder.path).filter((name) => name.startsWith(".slate-sst/")).length).toBeGreaterThan(0);
    await exercise(folder.path, "", rows, 0n, "root of the store");
    await store.abortUpload("compacted/01ARYZ6S41TSV4RRFFQ69G5FAV.sst", uploadId);
  });

  it("may be beside others whose names begin alike", async () => {
    using folder = new TempFolder("ingest");
    const store = new LocalObjectStore(folder.path);
    // The inner one last: it would lie in the root of the outer one.
    const parts = partsOf(rows, 3).map((part, i) => ({ part, root: ["db2", "db", "db/inner"][i] ?? "" }));
    for (const { part, root } of parts) {
      const { manifestPath } = await createDatabase(store, root, await writeRun(store, root, part.map(toWriterRow)));
      expect(manifestPath).toBe(`${root}/manifest/00000000000000000001.manifest`);
    }
    for (const { part, root } of parts) await exercise(folder.path, root, part, 0n, root);
  });

  it("has the characters that SlateDB leaves as they are, and no others", async () => {
    const ascii = Array.from({ length: 0x7f - 0x20 }, (_, i) => String.fromCharCode(0x20 + i)).filter((character) => character !== "/" && character !== "\\");
    for (const character of [...ascii, "ä", "\u{1f600}"]) {
      using folder = new TempFolder("ingest");
      const root = `a${character}b`;
      {
        await using database = await openDatabase(folder.path, root, { create: true });
        await database.flush();
      }
      const isKept = listFiles(folder.path).every((name) => name.startsWith(`${root}/`));
      if (isKept) expect(newSstPath(root)).toContain(`${root}/compacted/`);
      else expect(() => newSstPath(root), root).toThrow(expect.objectContaining({ code: "ERR_SST_INGEST_ROOT" }));
    }
  });
});
