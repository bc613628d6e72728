// Rows, stores and listeners of the tests that watch a writer.
import { MEMORY_CAPABILITIES, MemoryObjectStore, type ObjectStore, RetryingObjectStore, type StoreCapabilities, StoreError } from "@slate-sst/object-store";
import { FailingObjectStore, ManualClock } from "@slate-sst/object-store/testing";
import { type SstWriterConfig, type SstWriterEvent, SstWriter } from "../src/index.js";

export const PART = 4096;

/** What a memory store claims when it plays one behind a network. */
export const REMOTE: StoreCapabilities = { ...MEMORY_CAPABILITIES, remote: true };

export const key = (row: number): string => `secret-${String(row).padStart(8, "0")}`;

/** Puts rows of about a KiB. */
export async function putRows(writer: SstWriter, rows: number, first = 0): Promise<void> {
  for (let row = first; row < first + rows; row++) await writer.put(key(row), new Uint8Array(1024).fill(row));
}

/** A writer and all events it told of. */
export async function watchedWriter(store: ObjectStore, config: SstWriterConfig = {}): Promise<{ writer: SstWriter; events: SstWriterEvent[] }> {
  const events: SstWriterEvent[] = [];
  const writer = await SstWriter.create(store, "db/a.sst", { partSize: PART, onEvent: (event) => events.push(event), ...config });
  return { writer, events };
}

/** Lets what is queued happen. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** A store whose calls of a method fail once by what passes, at the n-th one, and are made again. */
export function retryingStore(method: "uploadPart" | "put" | "head", call: number, when: "before" | "after" = "before"): ObjectStore {
  const error = new StoreError("ERR_STORE_FAILED", "the service is busy", { retryable: true, cause: Object.assign(new Error("busy"), { code: "SlowDown" }) });
  const failing = new FailingObjectStore(new MemoryObjectStore(), { method, call, when, error });
  return new RetryingObjectStore(failing, { clock: new ManualClock(), random: () => 0.5 });
}
