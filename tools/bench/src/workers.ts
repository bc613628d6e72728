// How the bench asks for threads that compress.
import { availableParallelism } from "node:os";
import type { SstWriterConfig } from "@slate-sst/writer";

/** Compression by worker threads, all processors but the one that encodes; and by none. */
export const WITH_WORKERS: SstWriterConfig = { workers: Math.max(1, availableParallelism() - 1) };
export const WITHOUT_WORKERS: SstWriterConfig = { workers: 0 };
