// Rows and SSTs for tests, and the paths they get: a clock and random bytes that are always the same.
import type { ObjectStore } from "@slate-sst/object-store";
import type { Row, SstMetadata } from "@slate-sst/writer";
import { sstPaths, writeRun, type WriteRunConfig } from "../src/index.js";

/** 2023-11-14T22:13:20Z. */
export const NOW = 1_700_000_000_000;

/** Paths that ascend from the same one on in every test. */
export function paths(root: string, now: number = NOW): () => string {
  return sstPaths(root, { now: () => now, random: (count) => new Uint8Array(count).fill(1) });
}

/** `count` puts with keys of `prefix` and six digits, from `first` on. */
export function puts(count: number, first = 0, prefix = "key"): Row[] {
  return Array.from({ length: count }, (_, i): Row => ({ key: `${prefix}${String(first + i).padStart(6, "0")}`, value: `value ${first + i}` }));
}

/** One SST of rows under the root. */
export async function writeSst(store: ObjectStore, root: string, rows: readonly Row[], config: WriteRunConfig = {}): Promise<SstMetadata> {
  const [sst, ...others] = await writeRun(store, root, rows, config);
  if (sst === undefined || others.length > 0) throw new Error(`${others.length + 1} SSTs`);
  return sst;
}

/** Paths of all objects of a store. */
export async function objectPaths(store: ObjectStore, prefix = ""): Promise<string[]> {
  const listed: string[] = [];
  for await (const { path } of store.list(prefix)) listed.push(path);
  return listed;
}

/** What a promise rejects with; fails the test when it resolves. */
export async function failure(promise: Promise<unknown>): Promise<Error & { code?: string; details?: Record<string, unknown> }> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
    throw new TypeError("the promise rejected with something that is no error", { cause: error });
  }
  throw new Error("the promise did not reject");
}

export const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
