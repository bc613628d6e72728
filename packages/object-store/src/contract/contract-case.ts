// What a case of the contract gets to work with.
import type { StoreCapabilities, UploadCapabilities } from "../capabilities.js";
import type { CreateUploadOptions, ObjectStore, PartReceipt, UploadPartOptions } from "../object-store.js";
import { copyBody } from "../object-body.js";
import { ContractError } from "./expect.js";

/** An empty place in a store, for one case. */
export interface ContractSubject {
  /** The store that is tested, empty. */
  readonly store: ObjectStore;
  /** Opens another store object for the same place, as another process would. */
  reopen(): Promise<ObjectStore>;
  /** Removes the place and what is in it. */
  dispose(): Promise<void>;
}

export interface ContractContext extends Pick<ContractSubject, "store" | "reopen"> {
  readonly capabilities: StoreCapabilities;
  /** What the capabilities say of uploads; cases without `uploads` don't ask. */
  readonly uploads: UploadCapabilities;
  /** Bytes of a part that the store takes. */
  readonly partSize: number;
  /** How many objects a large listing has. */
  readonly manyObjects: number;
  /** Names that the adapter's author wants tried, beside the suite's own. */
  readonly extraNames: readonly string[];
}

export interface CaseDefinition {
  /** What holds, in words. */
  readonly name: string;
  /** Whether a store with these capabilities has to do this; every store unless given. */
  readonly needs?: ((capabilities: StoreCapabilities) => boolean) | undefined;
  readonly run: (context: ContractContext) => Promise<void>;
}

/** A need of uploads, and of something that they can do. */
export function needsUploads(also: (uploads: UploadCapabilities) => boolean = () => true): (capabilities: StoreCapabilities) => boolean {
  return ({ uploads }) => uploads !== undefined && also(uploads);
}

/** Bytes that differ with their seed and their position, the same in every run. Seeds count from 0. */
export function sampleBytes(size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size);
  // A xorshift generator; its state must not be 0.
  let state = ~seed;
  for (let at = 0; at < size; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state;
  }
  return bytes;
}

/** Joins parts to what the object is to hold. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return copyBody(parts);
}

/** Begins an upload in mode "overwrite", which every store takes, unless told otherwise. */
export async function begin(context: ContractContext, path: string, options: Partial<CreateUploadOptions> = {}): Promise<string> {
  const { uploadId } = await context.store.createUpload(path, { mode: "overwrite", partSize: context.partSize, ...options });
  return uploadId;
}

/** Uploads parts from a number on, one after the other. */
export async function sendParts(
  store: ObjectStore, path: string, uploadId: string, first: number, bodies: readonly Uint8Array[], options?: UploadPartOptions,
): Promise<PartReceipt[]> {
  const receipts: PartReceipt[] = [];
  for (const [index, body] of bodies.entries()) receipts.push(await store.uploadPart(path, uploadId, first + index, body, options));
  return receipts;
}

/** Of calls made at once, those that succeeded and those that failed, by their position. */
export async function settle(calls: readonly Promise<unknown>[]): Promise<{ done: number[]; failed: { index: number; error: unknown }[] }> {
  const results = await Promise.allSettled(calls);
  return {
    done: results.flatMap((result, index) => (result.status === "fulfilled" ? [index] : [])),
    failed: results.flatMap((result, index) => (result.status === "rejected" ? [{ index, error: result.reason as unknown }] : [])),
  };
}

/** The only item of a list. */
export function only<T>(items: readonly T[], what: string): T {
  const [item] = items;
  if (items.length !== 1 || item === undefined) throw new ContractError(`${what}: expected exactly one, got ${items.length}`);
  return item;
}
