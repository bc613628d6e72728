export type { StoreCapabilities, UploadCapabilities } from "./capabilities.js";
export { crc32Checksum, type Checksum, type ChecksumAlgorithm } from "./checksum.js";
export { LocalObjectStore, type LocalObjectStoreOptions } from "./local/local-object-store.js";
export { MEMORY_CAPABILITIES, MemoryObjectStore, type MemoryObjectStoreOptions } from "./memory-object-store.js";
export { bodyChunks, bodySize, copyBody } from "./object-body.js";
export {
  assertListPrefix, assertObjectPath, compareObjectPaths, isObjectPath, OBJECT_PATH_BYTES_MAX, OBJECT_PATH_SEGMENT_BYTES_MAX, STAGING_SEGMENT,
} from "./object-path.js";
export type {
  CallOptions, CompleteUploadOptions, CreatedUpload, CreateUploadOptions, ListedObject, ListOptions, ObjectBody, ObjectInfo, ObjectMetadata,
  ObjectStore, OpenObject, PartReceipt, PutOptions, PutResult, StreamOptions, UploadInfo, UploadPartOptions, WriteMode,
} from "./object-store.js";
export { openStore, type OpenStoreOptions, type StoreModule, type StoreModuleOptions } from "./open-store.js";
export { planParts, type PartPlan, type PartPlanOptions } from "./part-plan.js";
export { systemClock, type RetryClock } from "./retry/retry-clock.js";
export type { RetryOptions } from "./retry/retry-options.js";
export { RetryingObjectStore } from "./retry/retrying-object-store.js";
export type { StoreAttempt, StoreMethod } from "./store-attempt.js";
export { isStoreError, StoreError, type StoreErrorOptions } from "./store-error.js";
// For adapters: the checks that every store makes before anything else.
export {
  assertGetRange, assertListing, assertObjectCall, assertPut, assertRangeInObject, assertStream, requireUploads,
} from "./call-checks.js";
export { verifyCrc32 } from "./checksum.js";
export type { SettlingStore } from "./retry/settling-store.js";
export { newWriteId, withoutWriteId, withWriteId, WRITE_ID_METADATA } from "./retry/write-id.js";
export { StoreRoot, StoreUrl, storeUrlText } from "./store-url.js";
export { assertPartOfUpload, uploadNotFound } from "./upload-rules.js";
export { assertCompleteUpload, assertCreateUpload, assertListUploads, assertUploadCall, assertUploadPart, partsSize } from "./upload-checks.js";
