// How an object of a known size goes up: in one request, or in how many parts of which size. A size that no plan can hold
// is refused before the first byte.
import type { StoreCapabilities } from "./capabilities.js";
import type { WriteMode } from "./object-store.js";
import { StoreError } from "./store-error.js";

/** Parts of a plan whose caller asks for no size: S3's smallest. */
const PART_SIZE_PREFERRED = 5 * 1024 * 1024;

/** What is known of an object before its first byte. */
export interface PartPlanOptions {
  /** Bytes of the object. An estimate should be a high one. */
  readonly expectedSize: number;
  /** Bytes of a part that would do: larger ones are planned only where these would be too many. Default 5 MiB. */
  readonly partSize?: number | undefined;
  /** Whether the object must not exist. Default "create". */
  readonly mode?: WriteMode | undefined;
}

/** How an object is cut into parts. */
export interface PartPlan {
  /** Bytes of every part but the last. */
  readonly partSize: number;
  /** Parts of an upload; 0 where the object is put in one request. */
  readonly parts: number;
}

/**
 * Plans an object: one request when it is smaller than a part, else the fewest changes to `partSize` that the store's limits
 * ask for.
 * @throws StoreError ERR_STORE_UNSUPPORTED when no part size holds the object, or the store can't create it in parts;
 * ERR_STORE_ARGUMENT
 */
export function planParts(capabilities: StoreCapabilities, options: PartPlanOptions): PartPlan {
  const { expectedSize, mode = "create" } = options;
  if (!Number.isSafeInteger(expectedSize) || expectedSize < 0) {
    throw new StoreError("ERR_STORE_ARGUMENT", `expectedSize is a number of bytes, not ${String(expectedSize)}`);
  }
  if (options.partSize !== undefined && (!Number.isSafeInteger(options.partSize) || options.partSize < 1)) {
    throw new StoreError("ERR_STORE_ARGUMENT", `partSize is a number of bytes, at least 1, not ${String(options.partSize)}`);
  }
  const { uploads, putSizeMax, putCreate } = capabilities;
  const refuse = (why: string): StoreError => new StoreError("ERR_STORE_UNSUPPORTED", `an object of ${expectedSize} bytes: ${why}`);
  if (mode === "create" && !putCreate) throw refuse("the store cannot create an object only where none is; use mode \"overwrite\" under a fresh name");
  if (uploads === undefined) {
    if (expectedSize > putSizeMax) throw refuse(`the store takes ${putSizeMax} bytes in one request, and has no multipart uploads`);
    return { partSize: Math.min(Math.max(options.partSize ?? PART_SIZE_PREFERRED, expectedSize + 1), putSizeMax), parts: 0 };
  }
  const { partSizeMin, partSizeStep, partsMax, objectSizeMax } = uploads;
  const largest = Math.floor(uploads.partSizeMax / partSizeStep) * partSizeStep;
  const preferred = options.partSize ?? Math.min(PART_SIZE_PREFERRED, largest);
  if (preferred > largest) throw refuse(`partSize is ${preferred}, and the store takes parts of at most ${largest} bytes`);
  const partSize = Math.ceil(Math.max(preferred, partSizeMin, Math.ceil(expectedSize / partsMax)) / partSizeStep) * partSizeStep;
  if (expectedSize < partSize && partSize <= largest && expectedSize <= putSizeMax) return { partSize, parts: 0 };
  if (expectedSize > objectSizeMax) throw refuse(`the store takes ${objectSizeMax}`);
  if (partSize > largest) throw refuse(`the store takes ${partsMax} parts of at most ${largest} bytes`);
  if (mode === "create" && !uploads.create) {
    if (expectedSize <= Math.min(putSizeMax, largest - 1)) {
      return { partSize: Math.ceil((expectedSize + 1) / partSizeStep) * partSizeStep, parts: 0 };
    }
    throw refuse(`the store cannot complete an upload only where no object is, and takes ${putSizeMax} bytes in one request; use mode "overwrite" under a fresh name`);
  }
  return { partSize, parts: Math.max(1, Math.ceil(expectedSize / partSize)) };
}
