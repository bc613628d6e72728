// Where the journal of an SST lies, and what cannot be had together with one.
import { checkOptionNames, integerOption, invalidOption, SstRangeError } from "@slate-sst/format";
import { isObjectPath, type ObjectStore } from "@slate-sst/object-store";

/** Keeps a journal of the upload, by which SstWriter.resume() goes on with it in another process. */
export interface CheckpointConfig {
  /**
   * The store of the journal: that of the SST or another one. It must be able to put an object only where there is none.
   * Whoever can read it learns the keys of the SST; where the SST's store has secret upload ids, that secret as well.
   */
  readonly store: ObjectStore;
  /** Path under which journals lie, each in a folder of its own. It must lie outside of databases. Many SSTs can share one. */
  readonly prefix: string;
  /**
   * Parts for one record, 1 to 1,000: how much may have to be written again after a crash. Unless given, 1, and 8 where the SST's store
   * is a folder or memory, in which a part takes about as long as a record does. detach() leaves nothing out.
   */
  readonly everyParts?: number;
  /** What detach() gave: only the journal of that writer is resumed. */
  readonly token?: string;
}

/** The same with nothing left open. */
export interface ResolvedCheckpoint extends CheckpointConfig {
  readonly everyParts: number;
}

const EVERY_PARTS_MAX = 1000;
const EVERY_PARTS_DEFAULT = 1;
/** Where parts do not travel. */
const EVERY_PARTS_NEARBY = 8;

const names = ["store", "prefix", "everyParts", "token"] as const satisfies readonly (keyof CheckpointConfig)[];

/** Everything in a writer's configuration that a journal has to do with. */
interface Companions {
  readonly transform?: unknown;
  readonly digest?: unknown;
}

/**
 * Checks where the journal will lie.
 * @param target where the SST will.
 * @throws SstTypeError, SstRangeError ERR_SST_OPTION_…
 */
export function checkpointOption(value: unknown, target: ObjectStore, workers: number, { transform, digest }: Companions): ResolvedCheckpoint | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "object" || value === null) throw invalidOption("checkpoint", value, "an object with store and prefix");
  checkOptionNames(value, names, "checkpoint");
  const { store, prefix, everyParts, token } = value as Partial<CheckpointConfig>;
  if (typeof store?.put !== "function" || typeof store.capabilities !== "object") throw invalidOption("checkpoint.store", store, "an ObjectStore");
  if (!isObjectPath(prefix)) throw invalidOption("checkpoint.prefix", prefix, "an object path");
  if (token !== undefined && typeof token !== "string") throw invalidOption("checkpoint.token", token, "what detach() gave");
  if (!store.capabilities.putCreate) throw invalidOption("checkpoint.store", store.url, "a store that can put an object only where there is none");
  if (digest !== undefined) throw refused("digest", "the state of that digest cannot be saved; crc32 is in the metadata, and a digest can be made of the object afterwards");
  if (transform !== undefined) throw refused("transform", "blocks that wait for a transformer belong to no checkpoint, and a journal holds keys as they are");
  if (workers > 0) throw refused("workers", "blocks that wait for a thread belong to no checkpoint");
  const nearby = target.capabilities.remote === false;
  const every = integerOption("checkpoint.everyParts", everyParts, nearby ? EVERY_PARTS_NEARBY : EVERY_PARTS_DEFAULT, 1, EVERY_PARTS_MAX);
  return { store, prefix, everyParts: every, ...(token === undefined ? {} : { token }) };
}

function refused(option: string, why: string): SstRangeError {
  return new SstRangeError("ERR_SST_OPTION_INVALID", `${option} cannot be had together with checkpoint: ${why}`, { details: { option, with: "checkpoint" } });
}
