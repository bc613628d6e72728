// Hostile files. Golden SSTs and forgeries are damaged at random, several times over, with and without checksums mended,
// and random bytes are offered as files. Whatever comes: the reader answers or fails with a typed error, the verifier
// answers, nothing hangs, nothing takes memory without bound, no promise is left rejected.
//
// SLATE_SST_FUZZ is the number of inputs, SLATE_SST_FUZZ_SEED the first seed, SLATE_SST_FUZZ_PARANOID_EVERY says which
// inputs are verified at level paranoid. A failure names the seed of its input.
import { isSstError } from "@slate-sst/format";
import { isStoreError, MemoryObjectStore } from "@slate-sst/object-store";
import { SstReader } from "@slate-sst/reader";
import { collectFindings, type VerifyLevel, verifySst } from "@slate-sst/verify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fuzzInput, fuzzSources, type FuzzSource } from "../src/mutations/fuzz-input.js";
import { countFromEnvironment } from "../src/mutations/sampled.js";

const PATH = "a.sst";
const DEFAULT_INPUTS = 5000;
const FIRST_SEED = countFromEnvironment("SLATE_SST_FUZZ_SEED", 1);
const INPUTS = countFromEnvironment("SLATE_SST_FUZZ", DEFAULT_INPUTS);
/** Inputs in one test. */
const BATCH = 1000;
const ALL_MS_MAX = 3_600_000;
/** One input: CPU time, as other processes may have the machine. */
const CPU_MS_MAX = 2000;
/** What the process may have grown by in the end. */
const GROWTH_BYTES_MAX = 512 * 1024 * 1024;
const KEYS_ASKED = 3;
/** One input in so many is verified at level paranoid, which takes longer. */
const PARANOID_EVERY = countFromEnvironment("SLATE_SST_FUZZ_PARANOID_EVERY", 8);
const MICROSECONDS = 1000;

const rejections: unknown[] = [];
const note = (reason: unknown): void => void rejections.push(reason);
let sources: readonly FuzzSource[] = [];
let rssBefore = 0;

beforeAll(async () => {
  process.on("unhandledRejection", note);
  sources = await fuzzSources();
  rssBefore = process.memoryUsage.rss();
});
afterAll(() => void process.off("unhandledRejection", note));

const isTyped = (error: unknown): boolean => isSstError(error) || isStoreError(error);

/** What went wrong with a call, if anything did. */
async function complaint(what: string, run: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return isTyped(error) ? undefined : `${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
}

async function read(store: MemoryObjectStore): Promise<void> {
  await using reader = await SstReader.open(store, PATH);
  const keys: Uint8Array[] = [];
  try {
    for await (const rows of reader.scanBatches()) if (keys.length < KEYS_ASKED && rows[0] !== undefined) keys.push(rows[0].key);
  } finally {
    keys.push(Uint8Array.of(1), Uint8Array.of(0xff));
    for (const key of keys) await get(reader, key);
  }
}

async function get(reader: SstReader, key: Uint8Array): Promise<void> {
  const problem = await complaint("get", async () => await reader.get(key));
  if (problem !== undefined) throw new Error(problem);
}

/** All that is wrong with what one input led to. */
async function complaintsAbout(bytes: Uint8Array, level: VerifyLevel): Promise<string[]> {
  const store = new MemoryObjectStore();
  await store.put(PATH, bytes, { mode: "create" });
  const before = process.cpuUsage();
  const complaints = [
    await complaint("reader", async () => await read(store)),
    await complaint("verifier", async () => {
      const { findings, result } = await collectFindings(verifySst(store, PATH, { level }));
      if (result.findings.error + result.findings.warning + result.findings.note !== findings.length + result.withheld) throw new Error("findings are counted wrong");
      for (const { offset, length, path } of findings) if (!(offset >= 0 && length >= 0 && offset + length <= bytes.length)) throw new Error(`${path} lies at ${offset}, ${length} bytes, of ${bytes.length}`);
    }),
  ].filter((text) => text !== undefined);
  const { user, system } = process.cpuUsage(before);
  const milliseconds = (user + system) / MICROSECONDS;
  if (milliseconds > CPU_MS_MAX) complaints.push(`took ${milliseconds} ms of CPU`);
  return complaints;
}

const batches = Array.from({ length: Math.ceil(INPUTS / BATCH) }, (_, i) => FIRST_SEED + i * BATCH);

describe("hostile files", () => {
  it.each(batches)("from seed %i on", async (first) => {
    const problems: string[] = [];
    const end = Math.min(first + BATCH, FIRST_SEED + INPUTS);
    for (let seed = first; seed < end; seed++) {
      const { bytes, title } = fuzzInput(sources, seed);
      for (const problem of await complaintsAbout(bytes, seed % PARANOID_EVERY === 0 ? "paranoid" : "full")) problems.push(`seed ${seed} (${title}): ${problem}`);
    }
    expect(problems).toEqual([]);
  }, ALL_MS_MAX);

  it("left no rejected promise", async () => {
    await new Promise((resolve) => setImmediate(resolve));
    expect(rejections).toEqual([]);
  });

  it("took no memory for good", () => expect(process.memoryUsage.rss() - rssBefore).toBeLessThan(GROWTH_BYTES_MAX));
});
