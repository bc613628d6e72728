// The door of multipart uploads: see call-checks.ts.
import type { StoreCapabilities, UploadCapabilities } from "./capabilities.js";
import { assertListing, assertOptions, assertRequiredOptions, assertWriteMode, requireUploads } from "./call-checks.js";
import { assertChecksum, assertChecksumAlgorithm } from "./checksum.js";
import { assertObjectBody, bodySize } from "./object-body.js";
import { assertObjectMetadata } from "./object-metadata.js";
import { assertObjectPath } from "./object-path.js";
import type { CallOptions, CompleteUploadOptions, CreateUploadOptions, ObjectBody, PartReceipt, UploadPartOptions } from "./object-store.js";
import { StoreError } from "./store-error.js";

/** Longest upload id: Google's session addresses stay far below. */
const UPLOAD_ID_LENGTH_MAX = 4096;

const CALL_OPTIONS: readonly (keyof CallOptions)[] = ["signal", "onAttempt"];
const PART_OPTIONS: readonly (keyof UploadPartOptions)[] = ["checksum", "signal", "onAttempt"];
const COMPLETE_OPTIONS: readonly (keyof CompleteUploadOptions)[] = ["mode", "metadata", "checksum", "signal", "onAttempt"];
const CREATE_OPTIONS: readonly (keyof CreateUploadOptions)[] = [
  "mode", "partSize", "expectedSize", "metadata", "checksumAlgorithm", "signal", "onAttempt",
];

/** Checks `createUpload`. */
export function assertCreateUpload(capabilities: StoreCapabilities, path: string, options: CreateUploadOptions): void {
  assertObjectPath(path);
  assertRequiredOptions(options, CREATE_OPTIONS, path);
  assertWriteMode(options.mode, path);
  const uploads = requireUploads(capabilities, path);
  assertObjectMetadata(options.metadata, capabilities.metadataSizeMax, path);
  if (options.checksumAlgorithm !== undefined) assertChecksumAlgorithm(options.checksumAlgorithm, capabilities.checksums, path);
  assertPartSize(uploads, path, options.partSize);
  if (options.expectedSize !== undefined) assertExpectedSize(uploads, path, options.expectedSize, options.partSize);
  if (options.mode === "create" && !uploads.create) {
    throw new StoreError("ERR_STORE_UNSUPPORTED",
      "the store cannot complete an upload only where no object is; use mode \"overwrite\" under a fresh name", { path });
  }
  options.signal?.throwIfAborted();
}

/** Checks `uploadPart` as far as that is possible without knowing the upload. */
export function assertUploadPart(
  capabilities: StoreCapabilities, path: string, uploadId: string, partNumber: number, body: ObjectBody, options: UploadPartOptions | undefined,
): void {
  assertObjectPath(path);
  assertUploadId(uploadId, path);
  assertObjectBody(body, path);
  assertOptions(options, PART_OPTIONS, path);
  const uploads = requireUploads(capabilities, path);
  assertChecksum(options?.checksum, capabilities.checksums, path);
  if (!Number.isSafeInteger(partNumber) || partNumber < 1 || partNumber > uploads.partsMax) {
    throw new StoreError("ERR_STORE_RANGE", `part number ${partNumber}; parts are numbered 1 to ${uploads.partsMax}`, { path });
  }
  assertPartFits(path, partNumber, bodySize(body), uploads.partSizeMax);
  options?.signal?.throwIfAborted();
}

/** Checks a part's body against the upload's part size. @throws StoreError ERR_STORE_RANGE */
export function assertPartFits(path: string, partNumber: number, size: number, partSize: number): void {
  if (size <= partSize) return;
  throw new StoreError("ERR_STORE_RANGE", `part ${partNumber} has ${size} bytes; the part size is ${partSize}`, { path });
}

/** Checks `listParts` and `abortUpload`. */
export function assertUploadCall(capabilities: StoreCapabilities, path: string, uploadId: string, options: CallOptions | undefined): UploadCapabilities {
  assertObjectPath(path);
  assertUploadId(uploadId, path);
  assertOptions(options, CALL_OPTIONS, path);
  const uploads = requireUploads(capabilities, path);
  options?.signal?.throwIfAborted();
  return uploads;
}

/** Checks `listUploads`. */
export function assertListUploads(capabilities: StoreCapabilities, prefix: string, options: CallOptions | undefined): void {
  assertListing(prefix, undefined);
  assertOptions(options, CALL_OPTIONS, prefix);
  if (!requireUploads(capabilities, prefix).listUploads) throw new StoreError("ERR_STORE_UNSUPPORTED", "the store cannot list uploads", { path: prefix });
  options?.signal?.throwIfAborted();
}

/** Checks `completeUpload` as far as that is possible without knowing the upload. */
export function assertCompleteUpload(
  capabilities: StoreCapabilities, path: string, uploadId: string, parts: readonly PartReceipt[], options: CompleteUploadOptions,
): void {
  assertObjectPath(path);
  assertUploadId(uploadId, path);
  assertRequiredOptions(options, COMPLETE_OPTIONS, path);
  assertWriteMode(options.mode, path);
  const uploads = requireUploads(capabilities, path);
  assertObjectMetadata(options.metadata, capabilities.metadataSizeMax, path);
  assertChecksum(options.checksum, uploads.objectChecksums, path);
  assertPartSequence(uploads, path, parts);
  options.signal?.throwIfAborted();
}

/** The bytes of an object made of these parts. */
export function partsSize(parts: readonly PartReceipt[]): number {
  return parts.reduce((size, part) => size + part.size, 0);
}

function assertUploadId(uploadId: unknown, path: string): void {
  if (typeof uploadId === "string" && uploadId.length > 0 && uploadId.length <= UPLOAD_ID_LENGTH_MAX) return;
  throw new StoreError("ERR_STORE_ARGUMENT", `an upload id is a string of 1 to ${UPLOAD_ID_LENGTH_MAX} characters`, { path });
}

function assertPartSize(uploads: UploadCapabilities, path: string, partSize: number): void {
  if (!Number.isSafeInteger(partSize) || partSize < 1) {
    throw new StoreError("ERR_STORE_ARGUMENT", `partSize is a number of bytes, at least 1, not ${String(partSize)}`, { path });
  }
  const { partSizeMin, partSizeMax, partSizeStep } = uploads;
  if (partSize >= partSizeMin && partSize <= partSizeMax && partSize % partSizeStep === 0) return;
  const step = partSizeStep === 1 ? "" : `, in multiples of ${partSizeStep}`;
  throw new StoreError("ERR_STORE_UNSUPPORTED", `parts of ${partSize} bytes; the store takes ${partSizeMin} to ${partSizeMax}${step}`, { path });
}

function assertExpectedSize(uploads: UploadCapabilities, path: string, expectedSize: number, partSize: number): void {
  if (!Number.isSafeInteger(expectedSize) || expectedSize < 0) {
    throw new StoreError("ERR_STORE_ARGUMENT", `expectedSize is a number of bytes, not ${String(expectedSize)}`, { path });
  }
  const parts = Math.ceil(expectedSize / partSize);
  if (parts <= uploads.partsMax && expectedSize <= uploads.objectSizeMax) return;
  throw new StoreError("ERR_STORE_UNSUPPORTED",
    `${expectedSize} bytes need ${parts} parts of ${partSize} bytes; the store takes ${uploads.partsMax} parts and ${uploads.objectSizeMax} bytes`, { path });
}

function assertPartSequence(uploads: UploadCapabilities, path: string, parts: readonly PartReceipt[]): void {
  const mismatch = (text: string): StoreError => new StoreError("ERR_STORE_UPLOAD_MISMATCH", text, { path });
  if (!Array.isArray(parts) || parts.length === 0) throw mismatch("an upload is completed with at least one part; an empty object has one empty part");
  const first = parts[0];
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1;
    if (part.partNumber !== index + 1) throw mismatch(`parts are numbered from 1 without gaps; part ${index + 1} is missing or out of order`);
    if (!Number.isSafeInteger(part.size) || part.size < 0) throw mismatch(`part ${index + 1} has no valid size`);
    if (part.size === 0 && parts.length > 1) throw mismatch(`part ${index + 1} is empty`);
    if (first !== undefined && (last ? part.size > first.size : part.size !== first.size)) {
      throw mismatch(`part ${index + 1} has ${part.size} bytes; all parts but the last have the part size (part 1 has ${first.size})`);
    }
  }
  if (parts.length > uploads.partsMax || partsSize(parts) > uploads.objectSizeMax) {
    throw mismatch(`${parts.length} parts, ${partsSize(parts)} bytes; the store takes ${uploads.partsMax} parts and ${uploads.objectSizeMax} bytes`);
  }
}
