// What an upload's bytes depend on, so that it is gone on with only by the same configuration and for the same object.
import { SstError } from "@slate-sst/format";
import { type CheckpointFingerprint, CheckpointFingerprintSchema, codecMessage, create } from "@slate-sst/format/proto";
import type { ResolvedConfig } from "../config.js";

/** Options that no byte of the SST depends on, or that no journal is kept with. What is in neither place does not compile. */
type NotInTheBytes =
  | "transform" | "digest" | "maxPartsInFlight" | "compressors" | "signal" | "verifyBlocks" | "expectedSize" | "expectedRows" | "onEvent" | "keysInEvents" | "telemetry" | "checkpoint";

type InTheBytes = "path" | "store" | "compression" | "codecLibrary" | Exclude<keyof ResolvedConfig, NotInTheBytes | "codec">;

type Field = Exclude<keyof CheckpointFingerprint, `$${string}`>;

export function fingerprintOf(storeUrl: string, path: string, config: ResolvedConfig): CheckpointFingerprint {
  return create(CheckpointFingerprintSchema, {
    path,
    store: storeUrl,
    mode: config.mode,
    partSize: BigInt(config.partSize),
    formatVersion: config.formatVersion,
    blockSize: config.blockSize,
    compression: codecMessage(config.codec.name),
    codecLibrary: config.codec.library,
    filter: config.filter,
    minFilterKeys: BigInt(config.minFilterKeys),
    filterBitsPerKey: config.filterBitsPerKey,
    filterFormat: config.filterFormat,
    seq: config.seq,
    onDuplicate: config.onDuplicate,
  } satisfies Record<InTheBytes, unknown>);
}

/** @throws SstError ERR_SST_CHECKPOINT_MISMATCH that names every field in which the two differ. */
export function assertSameFingerprint(begun: CheckpointFingerprint, given: CheckpointFingerprint, where: string): void {
  const differing = CheckpointFingerprintSchema.fields.map(({ localName }) => localName as Field).filter((field) => begun[field] !== given[field]);
  if (differing.length === 0) return;
  const text = differing.map((field) => `${field} was ${String(begun[field])}, now ${String(given[field])}`).join("; ");
  const details = { fields: differing, begun: pick(begun, differing), given: pick(given, differing) };
  throw new SstError("ERR_SST_CHECKPOINT_MISMATCH", `the journal ${where} was begun otherwise: ${text}`, { details });
}

function pick(fingerprint: CheckpointFingerprint, names: readonly Field[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, fingerprint[name]]));
}
