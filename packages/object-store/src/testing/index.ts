export { DecoratedObjectStore } from "./decorated-object-store.js";
export { FailingObjectStore, type FailureRule } from "./failing-object-store.js";
export { type RecordedCall, RecordingObjectStore } from "./recording-object-store.js";
export type { StoreCall, StoreMethod } from "./store-call.js";
