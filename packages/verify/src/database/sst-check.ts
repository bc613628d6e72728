// One SST of a database: its own verification, and footer and info to hold the manifest against.
import { isSstError } from "@slate-sst/format";
import { isStoreError, type ObjectStore } from "@slate-sst/object-store";
import type { ListedSst } from "@slate-sst/reader/database";
import type { Finding } from "../finding.js";
import type { Framing } from "../framing.js";
import type { VerifyResult } from "../result.js";
import { collectFindings, verifySst } from "../verify-sst.js";
import { readFraming } from "./info-copy.js";
import type { SstObject } from "./objects.js";
import type { ResolvedDatabaseOptions } from "./options.js";

/** What became of an SST. */
export type SstOutcome = { readonly sst: ListedSst; readonly object: SstObject } & (
  | { readonly state: "verified"; readonly findings: readonly Finding[]; readonly result: VerifyResult; readonly framing: Framing | undefined }
  /** It was there when the folder was listed. */
  | { readonly state: "gone" }
  /** It could not be verified, because of something outside of it. */
  | { readonly state: "failed"; readonly reason: string }
);

/** Verifies one SST. Findings name the object. @throws StoreError when the store fails; the signal's reason. */
export async function checkSst(store: ObjectStore, sst: ListedSst, object: SstObject, options: ResolvedDatabaseOptions, signal: AbortSignal): Promise<SstOutcome> {
  const { path } = object;
  try {
    const { findings, result } = await collectFindings(verifySst(store, path, { ...options.sst, maxFindings: options.maxFindings, signal }));
    const framing = await readFraming(store, path, signal);
    return { sst, object, state: "verified", findings: findings.map((finding) => ({ ...finding, object: path })), result, framing };
  } catch (error) {
    if (isStoreError(error, "ERR_STORE_NOT_FOUND")) return { sst, object, state: "gone" };
    if (isSstError(error, "ERR_SST_CODEC_MISSING") || isSstError(error, "ERR_SST_TRUNCATED")) return { sst, object, state: "failed", reason: error.message };
    throw error;
  }
}
