// The kernel against the plain TypeScript: whatever the file, both must say the same of it, rows and findings and errors alike.
//
// SLATE_SST_KERNEL_FUZZ is the number of damaged files.
import { isSstError } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { type RowColumns, SstReader, type SstReaderOptions, type SstRow } from "@slate-sst/reader";
import type { VerifyOptions } from "@slate-sst/verify";
import { beforeAll, describe, expect, it } from "vitest";
import { FORGERIES, takeApart } from "../src/forgeries/index.js";
import { forgeryBase } from "../src/forgery-bases.js";
import { fuzzInput, fuzzSources, type FuzzSource } from "../src/mutations/fuzz-input.js";
import { countFromEnvironment } from "../src/mutations/sampled.js";
import { type GoldenRow, goldenSsts } from "../src/vectors.js";
import { verifyBytes } from "../src/verify-bytes.js";

const DEFAULT_INPUTS = 600;
const INPUTS = countFromEnvironment("SLATE_SST_KERNEL_FUZZ", DEFAULT_INPUTS);
const FIRST_SEED = 1_000_000;
const ALL_MS_MAX = 3_600_000;
const FINDINGS_MAX = 2000;
/** Rows of a batch of columns: few, so that batches are cut. */
const ROWS_MAX = 7;

const goldens = goldenSsts();
const base64 = (bytes: Uint8Array | undefined): string => (bytes === undefined ? "-" : Buffer.from(bytes).toString("base64"));

/** All that a verification says, but for what depends on the way it took. */
async function said(bytes: Uint8Array, options: VerifyOptions): Promise<unknown> {
  const { findings, result } = await verifyBytes(bytes, { maxFindings: FINDINGS_MAX, ...options });
  // Where a filter denies keys, the kernel's blocks are read a second time.
  const { milliseconds: _, bytesRead: __, ...rest } = result;
  return { findings, result: rest };
}

async function expectSame(bytes: Uint8Array, title: string, options: VerifyOptions = {}): Promise<void> {
  expect(await said(bytes, { ...options, kernel: true }), title).toEqual(await said(bytes, { ...options, kernel: false }));
}

const shown = ({ kind, key, value, seq, createTs, expireTs }: SstRow | GoldenRow): string => [kind, base64(key), base64(value), seq, createTs ?? "-", expireTs ?? "-"].join(" ");

/** Rows of columns, one by one. */
function* rowsIn(columns: RowColumns): Generator<SstRow> {
  const { rows, keys, keyOffsets, values, valueOffsets, kinds, seqs } = columns;
  const timestamp = (row: number, numbers: BigInt64Array | undefined, validity: Uint8Array | undefined): bigint | undefined =>
    numbers === undefined || (validity !== undefined && ((validity[row >> 3]! >> (row & 7)) & 1) === 0) ? undefined : numbers[row];
  for (let row = 0; row < rows; row++) {
    const kind = (["put", "delete", "merge"] as const)[kinds[row]!]!;
    const value = values.subarray(valueOffsets[row], valueOffsets[row + 1]);
    const found = {
      kind, key: keys.subarray(keyOffsets[row], keyOffsets[row + 1]), value: kind === "delete" ? undefined : value, seq: seqs[row]!,
      createTs: timestamp(row, columns.createTs, columns.createTsValidity), expireTs: timestamp(row, columns.expireTs, columns.expireTsValidity),
    };
    yield found as SstRow;
  }
}

type Way = "copies" | "views" | "columns";

/** The rows that come, and what the reading ended with. */
async function readWith(bytes: Uint8Array, options: SstReaderOptions, way: Way, range: { gte?: Uint8Array; lt?: Uint8Array; limit?: number } = {}): Promise<readonly string[]> {
  const store = new MemoryObjectStore();
  await store.put("a.sst", bytes, { mode: "create" });
  const lines: string[] = [];
  try {
    await using reader = await SstReader.open(store, "a.sst", options);
    if (way === "columns") for await (const columns of reader.scanColumns({ ...range, rowsMax: ROWS_MAX })) lines.push(...[...rowsIn(columns)].map(shown));
    else for await (const rows of reader.scanBatches({ ...range, views: way === "views" })) lines.push(...rows.map(shown));
  } catch (error) {
    if (!isSstError(error)) throw error;
    const { path, offset, payloadOffset } = error.details;
    lines.push(`${error.code} ${String(path)} ${String(offset)} ${String(payloadOffset)}: ${error.message}`);
  }
  return lines;
}

async function expectSameRows(bytes: Uint8Array, title: string): Promise<void> {
  const plain = await readWith(bytes, { kernel: false }, "copies");
  for (const way of ["copies", "views", "columns"] as const) expect(await readWith(bytes, { kernel: true }, way), `${title}, ${way}`).toEqual(plain);
  expect(await readWith(bytes, { kernel: false }, "columns"), `${title}, columns without the kernel`).toEqual(plain);
}

describe("golden files", () => {
  it.each(goldens.map((golden) => [golden.name, golden] as const))("%s", async (name, { bytes, rows }) => {
    await expectSame(bytes, name);
    await expectSameRows(bytes, name);
    expect(await readWith(bytes, {}, "views")).toEqual(rows.map(shown));
  });

  it.each(goldens.filter(({ kind, rows }) => kind !== "wal" && rows.length > 0).map((golden) => [golden.name, golden] as const))("%s, ranges of it", async (_, { bytes, rows }) => {
    for (const [from, to, limit] of [[0, 1, 3], [1, 2, 2], [0.3, 0.7, undefined], [0.5, 1, 1], [0.9, 0.1, undefined]] as const) {
      const key = (part: number): Uint8Array => rows[Math.min(rows.length - 1, Math.floor(part * rows.length))]!.key;
      const range = { gte: key(from), ...(to <= 1 && { lt: key(to) }), ...(limit !== undefined && { limit }) };
      const plain = await readWith(bytes, { kernel: false }, "copies", range);
      for (const way of ["copies", "views", "columns"] as const) expect(await readWith(bytes, {}, way, range)).toEqual(plain);
    }
  });
});

describe("forgeries", () => {
  it.each(FORGERIES.map((forgery) => [forgery.name, forgery] as const))("%s", async (name, { base, knowsConfig, make }) => {
    const { bytes: sound, codec, config } = await forgeryBase(base);
    const { bytes } = make(takeApart(sound, codec));
    await expectSame(bytes, name, knowsConfig === true ? { expect: config } : {});
    await expectSameRows(bytes, name);
  });
});

describe("damaged files", () => {
  let sources: readonly FuzzSource[] = [];

  beforeAll(async () => {
    sources = await fuzzSources();
  });

  it("are the same to both", async () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + INPUTS; seed++) {
      const { bytes, title } = fuzzInput(sources, seed);
      await expectSame(bytes, `seed ${seed}: ${title}`);
      await expectSameRows(bytes, `seed ${seed}: ${title}`);
    }
  }, ALL_MS_MAX);
});
