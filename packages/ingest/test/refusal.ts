// Calls of createDatabase that must be refused, and SSTs to try it with.
import type { ObjectStore } from "@slate-sst/object-store";
import type { Row, SstMetadata } from "@slate-sst/writer";
import { expect } from "vitest";
import { createDatabase, type CreateDatabaseOptions } from "../src/index.js";
import { failure, objectPaths, writeSst } from "./samples.js";

/** Refusals leave the store as it was. */
export async function refusal(store: ObjectStore, root: string, ssts: readonly SstMetadata[], options?: CreateDatabaseOptions): Promise<Error & { code?: string; details?: Record<string, unknown> }> {
  const before = await objectPaths(store);
  const error = await failure(createDatabase(store, root, ssts, options));
  expect(await objectPaths(store)).toEqual(before);
  return error;
}

/** One SST with these keys. */
export async function keysSst(store: ObjectStore, ...keys: string[]): Promise<SstMetadata> {
  return await writeSst(store, "db", keys.map((key): Row => ({ key, value: "v" })));
}
