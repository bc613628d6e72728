export { DecoratedObjectStore } from "./decorated-object-store.js";
export { FailingObjectStore, type FailureRule } from "./failing-object-store.js";
export { type RecordedCall, RecordingObjectStore } from "./recording-object-store.js";
export { FaultPlan, type ServerFault } from "./fault-plan.js";
export { ManualClock } from "./manual-clock.js";
export type { StoreCall } from "./store-call.js";
export type { StoreMethod } from "../store-attempt.js";
