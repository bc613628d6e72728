// Random differential test: real SlateDB writes an SST, its rows are read back with their sequence numbers and times, and
// written again by SstWriter. The bytes must be the same. For longer runs with other seeds:
//   SLATE_SST_DIFFERENTIAL_CASES=1000 SLATE_SST_DIFFERENTIAL_SEED=5000
import { BLOCK_SIZES, FORMAT_VERSION_V1, FORMAT_VERSION_V2, loadCodec } from "@slate-sst/format";
import { describe, expect, it } from "vitest";
import { TempFolder } from "../src/oracle/folders.js";
import { readSstRows } from "../src/oracle/sst-rows.js";
import { writeWithSlateDb } from "../src/oracle/write.js";
import { inCommitOrder, randomCase, type RandomCase } from "../src/random-rows.js";
import { rewriteSst, writerConfig } from "../src/rewrite.js";
import { firstRowDifference } from "../src/row-difference.js";
import { firstByteDifference } from "../src/sst-sections.js";
import { GOLDEN_CODECS, type GoldenConfig, type GoldenRow } from "../src/vectors.js";

const DEFAULT_CASES = 84;
const DEFAULT_FIRST_SEED = 1;

/** One case in so many is large: hundreds of blocks, filters of thousands of keys. */
const ONE_IN_LARGE = 24;
const LARGE = { keysMax: 4_000, bytesMax: 4_000_000 } as const;
/** Rows of one write batch have the same sequence number and time; with 1 every row has its own. */
const ROWS_PER_BATCH = [1_000, 1, 30] as const;

const cases = integerFromEnvironment("SLATE_SST_DIFFERENTIAL_CASES", DEFAULT_CASES);
const firstSeed = integerFromEnvironment("SLATE_SST_DIFFERENTIAL_SEED", DEFAULT_FIRST_SEED);

function integerFromEnvironment(name: string, fallback: number): number {
  const text = process.env[name] ?? String(fallback);
  if (!/^\d{1,9}$/.test(text)) throw new RangeError(`${name} is ${JSON.stringify(text)}, not an integer of up to 9 digits`);
  return Number(text);
}

const seedsFrom = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);

/** The seed alone decides the case, whatever the number of cases. */
const caseOf = (seed: number): RandomCase => randomCase(seed, seed % ONE_IN_LARGE === 0 ? LARGE : {});

/** What SlateDB is told of a row; it chooses the rest itself. */
const told = (rows: readonly GoldenRow[]): GoldenRow[] => rows.map((row) => ({ ...row, seq: 0n, createTs: undefined }));

/** The settings of published SlateDB 0.12.1 for a case: it writes no others than these two. */
const settingsOf = ({ config }: RandomCase): GoldenConfig => ({ ...config, formatVersion: FORMAT_VERSION_V2, filterFormat: "legacy" });

describe("rows written by real SlateDB and again by SstWriter", () => {
  it.each(seedsFrom(firstSeed, cases))("seed %i: the same bytes", async (seed) => {
    const drawn = caseOf(seed);
    const codec = await loadCodec(drawn.config.compression);
    using folder = new TempFolder("differential");
    const { sst } = await writeWithSlateDb(folder.path, inCommitOrder(drawn.rows, seed), drawn.config, {
      rowsPerBatch: ROWS_PER_BATCH[seed % ROWS_PER_BATCH.length] ?? 1,
    });
    const rows = await readSstRows(sst.bytes);
    expect(firstRowDifference(told(rows), told(drawn.rows)), drawn.title).toBeUndefined();

    const { bytes } = await rewriteSst(rows, { ...writerConfig(settingsOf(drawn)), verifyBlocks: true });
    expect(firstByteDifference(bytes, sst.bytes, codec), drawn.title).toBeUndefined();
  });

  it.each(seedsFrom(firstSeed, cases))("seed %i: written as format version 1, SlateDB reads the same rows", async (seed) => {
    const drawn = caseOf(seed);
    const { bytes } = await rewriteSst(drawn.rows, { ...writerConfig(settingsOf(drawn)), formatVersion: FORMAT_VERSION_V1 });
    expect(firstRowDifference(await readSstRows(bytes), drawn.rows), drawn.title).toBeUndefined();
  });
});

describe("the cases that run by default", () => {
  const drawn = seedsFrom(DEFAULT_FIRST_SEED, DEFAULT_CASES).map((seed) => {
    const { config, rows } = caseOf(seed);
    return { ...config, rows: rows.length };
  });

  it("have every block size, codec and setting of the filter", () => {
    const valuesOf = <Value>(value: (one: (typeof drawn)[number]) => Value): Set<Value> => new Set(drawn.map(value));
    expect(valuesOf(({ blockSize }) => blockSize)).toEqual(new Set(BLOCK_SIZES));
    expect(valuesOf(({ compression }) => compression)).toEqual(new Set(GOLDEN_CODECS));
    expect(valuesOf(({ filterBitsPerKey }) => filterBitsPerKey)).toEqual(new Set([1, 2, 5, 7, 10, 13, 20, 40]));
    expect(valuesOf(({ minFilterKeys, rows }) => Math.sign(minFilterKeys - rows))).toEqual(new Set([-1, 0, 1]));
    expect(valuesOf(({ compression, minFilterKeys, rows }) => `${compression} ${minFilterKeys <= rows}`).size).toBe(2 * GOLDEN_CODECS.length);
    expect(drawn.filter(({ rows }) => rows > 1_000).length).toBeGreaterThan(1);
  });
});
