// Verifies an SST that lies in memory.
import { MemoryObjectStore } from "@slate-sst/object-store";
import { collectFindings, type Finding, type VerifyOptions, type VerifyResult, verifySst } from "@slate-sst/verify";

/** The path that verifyBytes() gives its object. */
const SST_PATH = "compacted/verified.sst";

export interface Verified {
  readonly findings: Finding[];
  readonly result: VerifyResult;
}

export async function verifyBytes(bytes: Uint8Array, options: VerifyOptions = {}): Promise<Verified> {
  const store = new MemoryObjectStore();
  await store.put(SST_PATH, bytes, { mode: "create" });
  return await collectFindings(verifySst(store, SST_PATH, options));
}

/** `rule path` of each finding, in their order. */
export function rulesAndPaths(findings: readonly Finding[]): string[] {
  return findings.map(({ rule, path }) => `${rule} ${path}`);
}
