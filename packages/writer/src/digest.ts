// A digest of the whole object, computed while its bytes leave.
import { SstRangeError } from "@slate-sst/format";

export interface Digest {
  update(bytes: Uint8Array): void;
  finish(): Uint8Array;
}

/** The digest asked for, if any. @throws SstRangeError where the platform has no node:crypto. */
export function startDigest(algorithm: "sha256" | undefined): Digest | undefined {
  if (algorithm === undefined) return undefined;
  const crypto = globalThis.process?.getBuiltinModule?.("node:crypto");
  if (crypto === undefined) {
    throw new SstRangeError("ERR_SST_OPTION_INVALID", `digest: "${algorithm}" needs Node.js`, { details: { option: "digest", value: algorithm } });
  }
  const hash = crypto.createHash(algorithm);
  return {
    update: (bytes) => void hash.update(bytes),
    finish: () => new Uint8Array(hash.digest()),
  };
}
