// Verifies bytes that lie in memory.
import { MemoryObjectStore } from "@slate-sst/object-store";
import { collectFindings, type Finding, type VerifyOptions, type VerifyResult, verifySst } from "../src/index.js";

export const PATH = "compacted/file.sst";

export async function verifyBytes(bytes: Uint8Array, options: VerifyOptions = {}): Promise<{ readonly findings: Finding[]; readonly result: VerifyResult }> {
  const store = new MemoryObjectStore();
  await store.put(PATH, bytes, { mode: "create" });
  return collectFindings(verifySst(store, PATH, options));
}

/** "rule path" of each finding, sorted. */
export async function rulesAndPlaces(bytes: Uint8Array, options: VerifyOptions = {}): Promise<string[]> {
  const { findings } = await verifyBytes(bytes, options);
  return findings.map(({ rule, path }) => `${rule} ${path}`);
}
