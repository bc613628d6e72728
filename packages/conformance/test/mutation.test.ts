// How much damage the verifier sees. Golden SSTs are damaged in one place each: a bit flipped, the end cut off, a byte
// inserted. Each must be reported at level full, and one flipped bit must give one finding. What is not reported has to
// stand in mutation-survivors.json, with its reason.
//
// SLATE_SST_MUTATIONS is the most mutations of each kind for each small file, `all` for every one there is;
// SLATE_SST_MUTATIONS_LARGE the same for the others, which are too large for all.
import { MemoryObjectStore } from "@slate-sst/object-store";
import { collectFindings, verifySst } from "@slate-sst/verify";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Mutation, mutate, mutationName } from "../src/mutations/mutations.js";
import { countFromEnvironment, sampledMutations } from "../src/mutations/sampled.js";
import { type GoldenSst, goldenSsts } from "../src/vectors.js";

/** Files up to this size can be damaged in every place. */
const SMALL_BYTES_MAX = 3 * 1024;
/** Larger ones take long for each mutation and have nothing in them that others have not. */
const LARGE_BYTES_MAX = 64 * 1024;
const SMALL_DEFAULT = 300;
const LARGE_DEFAULT = 20;
const SEED = 7;
/** The run of all takes minutes for each file. */
const ALL_MS_MAX = 1_800_000;

const smallCount = countFromEnvironment("SLATE_SST_MUTATIONS", SMALL_DEFAULT);
const largeCount = countFromEnvironment("SLATE_SST_MUTATIONS_LARGE", LARGE_DEFAULT);
const survivorsKnown = (JSON.parse(readFileSync(new URL("mutation-survivors.json", import.meta.url), "utf8")) as { survivors: Record<string, Record<string, string>> }).survivors;

const goldens = goldenSsts().filter(({ size }) => size <= LARGE_BYTES_MAX);
const small = goldens.filter(({ size }) => size <= SMALL_BYTES_MAX);
const large = goldens.filter(({ size }) => size > SMALL_BYTES_MAX);

interface Tally {
  tried: number;
  readonly survivors: string[];
  /** Flips with more than one error. */
  readonly repeated: string[];
}

async function errorsOf(bytes: Uint8Array): Promise<string[]> {
  const store = new MemoryObjectStore();
  await store.put("a.sst", bytes, { mode: "create" });
  const { findings } = await collectFindings(verifySst(store, "a.sst", { level: "full" }));
  return findings.filter(({ severity }) => severity === "error").map(({ rule, path }) => `${rule} ${path}`);
}

async function tallied({ bytes }: GoldenSst, mutations: Iterable<Mutation>): Promise<Tally> {
  const tally: Tally = { tried: 0, survivors: [], repeated: [] };
  for (const mutation of mutations) {
    tally.tried++;
    const errors = await errorsOf(mutate(bytes, mutation));
    const name = mutationName(mutation);
    if (errors.length === 0) tally.survivors.push(name);
    if (mutation.kind === "flip" && errors.length > 1) tally.repeated.push(`${name}: ${errors.join(", ")}`);
  }
  return tally;
}

function expectCaught(golden: GoldenSst, { tried, survivors, repeated }: Tally): void {
  const known = survivorsKnown[golden.name] ?? {};
  expect(tried).toBeGreaterThan(0);
  expect(survivors.filter((name) => known[name] === undefined), `${golden.name}: not reported`).toEqual([]);
  expect(repeated, `${golden.name}: one flip, several findings`).toEqual([]);
}

describe("small golden SSTs", () => {
  it("are many", () => expect(small.length).toBeGreaterThanOrEqual(16));

  it.each(small.map((golden) => [golden.name, golden] as const))("%s", async (_, golden) => {
    expectCaught(golden, await tallied(golden, sampledMutations(golden.size, smallCount, SEED)));
  }, ALL_MS_MAX);
});

describe("larger golden SSTs, sampled", () => {
  it.each(large.map((golden) => [golden.name, golden] as const))("%s", async (_, golden) => {
    expectCaught(golden, await tallied(golden, sampledMutations(golden.size, largeCount, SEED)));
  }, ALL_MS_MAX);
});

describe("the list of survivors", () => {
  it("names vectors that there are, and gives a reason for each", () => {
    for (const [name, mutations] of Object.entries(survivorsKnown)) {
      expect(goldens.map((golden) => golden.name)).toContain(name);
      for (const reason of Object.values(mutations)) expect(reason.length).toBeGreaterThan(20);
    }
  });
});
