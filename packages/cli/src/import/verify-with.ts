// The verifier in front of the manifest.
import { SstError } from "@slate-sst/format";
import type { ImportOptions } from "@slate-sst/ingest/import";
import { verifySst } from "@slate-sst/verify";
import type { VerifyLevel } from "./choices.js";

/** Refuses an SST with findings that are errors. */
export function verifyWith(level: VerifyLevel): NonNullable<ImportOptions["verify"]> {
  return async (store, metadata, signal) => {
    const verification = verifySst(store, metadata.path, { level, metadata, signal });
    for await (const { severity, rule, expected, found } of verification) {
      if (severity !== "error") continue;
      throw new SstError("ERR_SST_IMPORT_VERIFY", `${metadata.path} did not pass verification, nothing is published: ${rule}: expected ${expected}, found ${found}`, { details: { path: metadata.path, rule } });
    }
  };
}
