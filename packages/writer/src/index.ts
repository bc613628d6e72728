export { SstWriter } from "./sst-writer.js";
export type { CheckpointConfig } from "./checkpoint/checkpoint-config.js";
export { findUploads, removeUpload, type JournalPlace, type UnfinishedUpload, type UploadState } from "./checkpoint/uploads.js";
export type { ResumePoint } from "./checkpoint/boundary.js";
export type { BlockTransformer, DuplicatePolicy, SstWriterConfig } from "./config.js";
export type { ColumnOffsets, RowColumns } from "./columns.js";
export { columnsFromArrow, type ArrowColumnNames } from "./columns-from-arrow.js";
export type { ArrowData, ArrowRecordBatch, ArrowType } from "./arrow-types.js";
export type { Bytes, DeleteRow, MergeRow, PutRow, Row, RowTimes, Timestamp } from "./row.js";
export type {
  AbortedEvent, BackpressureEvent, CheckpointEvent, ClosedEvent, EventBase, FailedEvent, PartEvent, ResumedEvent, RetryEvent, SstWriterEvent, SstWriterEventOf,
  SstWriterEventType, WarningEvent,
} from "./events.js";
export type { WarningCode } from "./generated/telemetry.js";
export type { ProgressCounters, SstProgress } from "./progress.js";
export type { RequestEnd, SstTelemetry, SstTotals, TracedRequest, WriterTelemetry } from "./telemetry.js";
export type { WriterState } from "./writer-life.js";
export { WRITER_NAME, WRITER_VERSION } from "./version.js";
export type { SstMetadata } from "@slate-sst/format/proto";
