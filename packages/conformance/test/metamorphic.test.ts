// What must not matter: how rows are handed over and how their bytes leave changes no byte of an SST; how its blocks are
// made changes no row of it.
import { BLOCK_SIZES, FORMAT_VERSION_V1, FORMAT_VERSION_V2 } from "@slate-sst/format";
import { LocalObjectStore, MemoryObjectStore, type ObjectStore } from "@slate-sst/object-store";
import { SstReader } from "@slate-sst/reader";
import { SstWriter, type Row, type SstWriterConfig } from "@slate-sst/writer";
import { describe, expect, it } from "vitest";
import { TempFolder } from "../src/oracle/folders.js";
import { randomCase } from "../src/random-rows.js";
import { writerConfig } from "../src/rewrite.js";
import { firstRowDifference } from "../src/row-difference.js";
import { GOLDEN_CODECS, type GoldenRow } from "../src/vectors.js";
import { versionsByKey } from "../src/visible-rows.js";

const PATH = "db/compacted/metamorphic.sst";
const SEEDS = [31, 32, 33, 34, 35, 36] as const;
/** The sequence number of all rows where calls are compared that take none. */
const ONE_SEQ = 77n;

type Write = (writer: SstWriter, rows: readonly GoldenRow[]) => Promise<void>;

const toRow = ({ kind, key, value, seq, createTs, expireTs }: GoldenRow): Row => {
  const common = { key, seq, createTs, expireTs };
  return kind === "delete" ? { kind, ...common } : { kind, value: value ?? new Uint8Array(), ...common };
};

const add: Write = async (writer, rows) => {
  for (const row of rows) await writer.add(toRow(row));
};

/** Never waits, so parts pile up behind those under way. */
const addWithoutWaiting: Write = async (writer, rows) => {
  for (const row of rows) writer.add(toRow(row))?.catch(() => undefined);
};

const writeAll: Write = async (writer, rows) => await writer.writeAll(rows.map(toRow));

const writeAllAsync: Write = async (writer, rows) => {
  async function* source(): AsyncGenerator<Row> {
    for (const row of rows) yield await Promise.resolve(toRow(row));
  }
  await writer.writeAll(source());
};

const callByKind: Write = async (writer, rows) => {
  for (const { kind, key, value = new Uint8Array(), createTs, expireTs } of rows) {
    // A number and a bigint of the same value are the same time.
    const times = { createTs: createTs === undefined ? undefined : Number(createTs), expireTs };
    await (kind === "put" ? writer.put(key, value, times) : kind === "merge" ? writer.merge(key, value, times) : writer.delete(key, times));
  }
};

async function write(rows: readonly GoldenRow[], config: SstWriterConfig, how: Write = add, store: ObjectStore = new MemoryObjectStore()): Promise<Uint8Array> {
  await using writer = await SstWriter.create(store, PATH, config);
  await how(writer, rows);
  await writer.close();
  return await store.get(PATH);
}

async function readBack(bytes: Uint8Array): Promise<GoldenRow[]> {
  const store = new MemoryObjectStore();
  await store.put(PATH, bytes, { mode: "create" });
  await using reader = await SstReader.open(store, PATH);
  const rows: GoldenRow[] = [];
  for await (const row of reader.scan()) rows.push(row);
  return rows;
}

const sameBytes = (left: Uint8Array, right: Uint8Array): boolean => Buffer.compare(left, right) === 0;

describe.each(SEEDS)("seed %i", (seed) => {
  const { rows, config: drawn, title } = randomCase(seed);
  const config = writerConfig({ ...drawn, formatVersion: FORMAT_VERSION_V2, filterFormat: "legacy" });

  const ways: readonly (readonly [string, SstWriterConfig, Write])[] = [
    ["smallest parts, one at a time", { partSize: 1_024, maxPartsInFlight: 1 }, add],
    ["parts of an odd size, many at a time", { partSize: 5_003, maxPartsInFlight: 64 }, add],
    ["small parts without waiting", { partSize: 2_048, maxPartsInFlight: 2 }, addWithoutWaiting],
    ["blocks verified", { verifyBlocks: true }, add],
    ["a digest", { digest: "sha256", partSize: 4_096 }, add],
    ["writeAll of an array", {}, writeAll],
    ["writeAll of an async iterable, small parts", { partSize: 3_000 }, writeAllAsync],
    ["overwrite", { mode: "overwrite" }, add],
    ["duplicates allowed", { onDuplicate: "keepFirst" }, add],
    ["the last duplicate kept", { onDuplicate: "keepLast" }, add],
    ["another sequence number for rows without one", { seq: 12n }, add],
  ];

  it("has the same bytes however they leave", async () => {
    const expected = await write(rows, config);
    for (const [name, changed, how] of ways) {
      expect(sameBytes(await write(rows, { ...config, ...changed }, how), expected), `${name}; ${title}`).toBe(true);
    }
    using folder = new TempFolder("metamorphic");
    expect(sameBytes(await write(rows, { ...config, partSize: 10_000 }, add, new LocalObjectStore(folder.path)), expected), title).toBe(true);
  });

  it("has the same bytes by put, delete and merge as by add", async () => {
    const newest = [...versionsByKey(rows)].map(([row]) => ({ ...row, seq: ONE_SEQ }));
    const expected = await write(newest, config);
    expect(sameBytes(await write(newest, { ...config, seq: ONE_SEQ }, callByKind), expected), title).toBe(true);
  });

  it("has the same rows whatever blocks and filter are", async () => {
    const wanted: readonly SstWriterConfig[] = [
      ...BLOCK_SIZES.map((blockSize) => ({ blockSize })),
      ...GOLDEN_CODECS.map((compression) => ({ compression })),
      { formatVersion: FORMAT_VERSION_V1 },
      { formatVersion: FORMAT_VERSION_V1, compression: "zstd", blockSize: 1024 },
      { filter: false },
      { minFilterKeys: 0, filterBitsPerKey: 3 },
      { minFilterKeys: 0, filterFormat: "composite" },
    ];
    for (const changed of wanted) {
      const found = await readBack(await write(rows, { ...config, ...changed }));
      expect(firstRowDifference(found, rows), `${JSON.stringify(changed)}; ${title}`).toBeUndefined();
    }
  });
});
