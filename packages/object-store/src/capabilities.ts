// What a store can do, as data: callers plan and refuse by it, the contract suite is switched by it, and nobody asks for a
// store's name. A store never does less than its record says, and refuses by ERR_STORE_UNSUPPORTED what it says it can't do.
import type { ChecksumAlgorithm } from "./checksum.js";

/** What a store can do. Sizes are in bytes. */
export interface StoreCapabilities {
  /**
   * `put` with mode "create" is atomic: of any number of callers at the same time exactly one succeeds. Where this is
   * false, such a put is refused.
   */
  readonly putCreate: boolean;
  /** The largest object `put` takes. */
  readonly putSizeMax: number;
  /** The most bytes of metadata an object can carry, names and values together. 0: the store keeps no metadata. */
  readonly metadataSizeMax: number;
  /** Checksums of bodies that `put` and `uploadPart` take and hold the received bytes against. */
  readonly checksums: readonly ChecksumAlgorithm[];
  /**
   * Bodies leave this machine. Where this is false, nothing can be damaged on the way, and callers need not compute checksums for
   * it. True unless given.
   */
  readonly remote?: boolean | undefined;
  /** Multipart uploads; `undefined` where the store has none. */
  readonly uploads: UploadCapabilities | undefined;
}

/** What a store's multipart uploads can do. Sizes are in bytes. */
export interface UploadCapabilities {
  /**
   * The store knows which uploads were begun. Otherwise an upload is there by its parts alone: parts are taken under any id,
   * and an upload without parts is neither listed nor missed.
   */
  readonly sessions: boolean;
  /** `completeUpload` with mode "create" is atomic. Where this is false, `createUpload` with that mode is refused. */
  readonly create: boolean;
  /** The most parts of an upload, which is the highest part number as well. */
  readonly partsMax: number;
  /** The smallest part, save the last one. */
  readonly partSizeMin: number;
  /** The largest part. */
  readonly partSizeMax: number;
  /** Part sizes, save the last part's, are multiples of this. 1 where any size will do. */
  readonly partSizeStep: number;
  /** The largest object an upload can make. */
  readonly objectSizeMax: number;
  /** Several parts may be under way at once and arrive in any order. Otherwise: one at a time, ascending, from 1. */
  readonly parallelParts: boolean;
  /** A part that was received may be uploaded again and is then replaced. */
  readonly replaceParts: boolean;
  /** Parts received but not given to completion are dropped. Where this is false, such a completion is refused. True unless given. */
  readonly dropParts?: boolean | undefined;
  /** Parts stay when another writer puts or completes an object at the path. Where this is false they are lost then. True unless given. */
  readonly keepsParts?: boolean | undefined;
  /** `listParts` answers. */
  readonly listParts: boolean;
  /** `listUploads` answers. */
  readonly listUploads: boolean;
  /** `abortUpload` removes what was staged. Otherwise it resolves at once and the store lets the parts expire. */
  readonly abort: boolean;
  /** Checksums of the whole object that `completeUpload` takes and verifies. */
  readonly objectChecksums: readonly ChecksumAlgorithm[];
  /** An upload id lets whoever holds it write: keep it out of logs. */
  readonly secretIds: boolean;
}
