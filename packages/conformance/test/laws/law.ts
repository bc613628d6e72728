// How a law is tested: seeded, and with a counter-example that can be pasted into the vectors.
import { toJson } from "@slate-sst/format/proto";
import { ConformanceCaseSchema, ConformanceLayer } from "@slate-sst/format/proto/conformance";
import { MemoryObjectStore, type ObjectStore } from "@slate-sst/object-store";
import { SstReader } from "@slate-sst/reader";
import { type Row, SstWriter, type SstWriterConfig } from "@slate-sst/writer";
import fc from "fast-check";
import { it } from "vitest";
import { BY_HAND, SuiteBuilder } from "../../src/suite/builder.js";
import { configMessage, rowMessage, value } from "../../src/suite/values.js";
import type { GoldenRow } from "../../src/vectors.js";

/** Cases of each law, and the seed of the first; a long run sets other ones. */
const CASES = process.env["SLATE_SST_LAW_CASES"];
const SEED = Number(process.env["SLATE_SST_LAW_SEED"] ?? 20_260);
/** Where a law's SST lies. */
export const PATH = "db/compacted/law.sst";

/** What a counter-example is about, so that it can become a vector. */
export interface Example {
  readonly rows: readonly GoldenRow[];
  readonly config?: SstWriterConfig;
}

/** A law of the README: `check` throws, or gives false, where it does not hold. */
export function law<Case extends Example>(name: string, cases: fc.Arbitrary<Case>, numRuns: number, check: (one: Case) => Promise<boolean | void>): void {
  it(`law of ${name}`, async () => await expectLaw(name, cases, numRuns, check));
}

async function expectLaw<Case extends Example>(name: string, cases: fc.Arbitrary<Case>, numRuns: number, check: (one: Case) => Promise<boolean | void>): Promise<void> {
  const details = await fc.check(fc.asyncProperty(cases, check), { seed: SEED, numRuns: CASES === undefined ? numRuns : Number(CASES) });
  if (details.failed) throw new Error(await failureText(name, details), { cause: details.errorInstance });
}

/** Seed, place, and a vector to paste. */
export async function failureText<Case extends Example>(name: string, details: fc.RunDetails<[Case]>): Promise<string> {
  const [example] = details.counterexample ?? [];
  const vector = example === undefined ? "" : `\nAs a vector:\n${await asVector(example)}`;
  const cause = details.errorInstance instanceof Error ? (details.errorInstance.stack ?? details.errorInstance.message) : "it gave false";
  return `${name}: does not hold after ${details.numRuns} cases and ${details.numShrinks} shrinks. Again: SLATE_SST_LAW_SEED=${details.seed} (path ${details.counterexamplePath})${vector}\n${cause}`;
}

/** A line for vectors/cases/file.json, or for src/suite. The bytes are those that the writer makes: look at them first. */
export async function asVector({ rows, config = {} }: Example): Promise<string> {
  const whole: SstWriterConfig = { formatVersion: 2, blockSize: 4096, compression: "none", minFilterKeys: 1000, filterBitsPerKey: 10, ...config };
  let made = new Uint8Array(0);
  try {
    made = new Uint8Array(await writeRows(rows, whole));
  } catch {
    // Rows that are refused have no bytes; the vector then shows what was asked.
  }
  const suite = new SuiteBuilder(ConformanceLayer.FILE);
  suite.encode({ name: "found", about: "Found by a property", origin: BY_HAND }, value({ case: "file", value: { config: configMessage(whole), rows: rows.map(rowMessage) } }), made);
  const [one] = suite.suite.cases;
  const lines = one === undefined ? "" : JSON.stringify(toJson(ConformanceCaseSchema, one));
  return [lines, ...[...suite.files].map(([path, content]) => `${path}: ${Buffer.from(content).toString("base64")}`)].join("\n");
}

export function toRow({ kind, key, value: bytes, seq, createTs, expireTs }: GoldenRow): Row {
  const common = { key, seq, createTs, expireTs };
  return kind === "delete" ? { kind, ...common } : { kind, value: bytes ?? new Uint8Array(0), ...common };
}

/** The bytes of an SST of these rows. */
export async function writeRows(rows: readonly GoldenRow[], config: SstWriterConfig = {}, how?: (writer: SstWriter, rows: readonly GoldenRow[]) => Promise<void>): Promise<Uint8Array> {
  const store = new MemoryObjectStore();
  await using writer = await SstWriter.create(store, PATH, config);
  if (how !== undefined) await how(writer, rows);
  else for (const row of rows) await writer.add(toRow(row));
  await writer.close();
  return await store.get(PATH);
}

/** A reader of these bytes; dispose of it. */
export async function readerOf(bytes: Uint8Array): Promise<SstReader> {
  const store: ObjectStore = new MemoryObjectStore();
  await store.put(PATH, bytes, { mode: "create" });
  return await SstReader.open(store, PATH);
}

export async function readRows(bytes: Uint8Array): Promise<GoldenRow[]> {
  await using reader = await readerOf(bytes);
  const rows: GoldenRow[] = [];
  for await (const row of reader.scan()) rows.push(row);
  return rows;
}

export const sameBytes = (left: Uint8Array, right: Uint8Array): boolean => Buffer.compare(left, right) === 0;
