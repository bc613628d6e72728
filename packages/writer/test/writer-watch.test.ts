// All that watches one writer: what is told before there is a writer, waits and their lengths, warnings once, and how it ended.
import { create, SstMetadataSchema } from "@slate-sst/format/proto";
import { MEMORY_CAPABILITIES, MemoryObjectStore } from "@slate-sst/object-store";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { SstWriterEvent } from "../src/index.js";
import type { SstTotals } from "../src/telemetry.js";
import { type WatchedWriter, type WatchOptions, WriterWatch } from "../src/writer-watch.js";
import { settled } from "./watched-rows.js";

afterEach(() => void vi.restoreAllMocks());

const PARTS_MAX = 20;
const NOTHING: SstTotals = { puts: 0, deletes: 0, merges: 0, rawKeyBytes: 0, rawValueBytes: 0, encodedBytes: 0, blocks: 0, memory: { buffers: 0, filter: 0, index: 0, stats: 0 } };

/** A watch, all events but for what each has, and the totals that a telemetry is given. */
function begin(options: Partial<WatchOptions> = {}) {
  const events: Record<string, unknown>[] = [];
  let totals: () => SstTotals = () => NOTHING;
  const store = new MemoryObjectStore({ name: "watch", capabilities: { ...MEMORY_CAPABILITIES, uploads: { ...MEMORY_CAPABILITIES.uploads!, partsMax: PARTS_MAX } } });
  const onEvent = ({ store: _store, path: _path, progress: _progress, ...rest }: SstWriterEvent): void => void events.push(rest);
  const blocks: number[] = [];
  const watch = new WriterWatch(store, "a.sst", {
    expectedSize: undefined, expectedRows: undefined, onEvent, keysInEvents: false,
    telemetry: { begin: (sst) => ((totals = sst.totals), { onBlock: (size) => void blocks.push(size) }) }, ...options,
  });
  return { watch, blocks, totals: () => totals(), told: async () => (await settled(), events.splice(0)) };
}

const writer = (given: Partial<WatchedWriter> = {}): WatchedWriter => ({
  state: "writing", rows: 10, position: 1000, crc32: 5, sizeNow: () => 1200,
  totals: () => ({ puts: 7, deletes: 2, merges: 1, rawKeyBytes: 80, rawValueBytes: 800, blocks: 3, memory: { buffers: 1, filter: 2, index: 3, stats: 4 } }), ...given,
});

describe("a watch", () => {
  it("tells of nothing before there is a writer, and of the writer then", () => {
    const { watch, totals } = begin();
    expect(totals()).toEqual(NOTHING);
    const zeros = { state: "writing", rows: 0, bytesEncoded: 0, bytesUploaded: 0, parts: 0, bytesInFlight: 0, estimatedSize: 0, rowsPerSecond: 0, bytesPerSecond: 0 };
    expect(watch.progress()).toMatchObject(zeros);
    watch.attach(writer());
    expect(totals()).toEqual({ ...writer().totals(), encodedBytes: 1000 });
    expect(watch.progress()).toMatchObject({ ...zeros, rows: 10, bytesEncoded: 1000, estimatedSize: 1200, rowsPerSecond: expect.any(Number) as number, bytesPerSecond: expect.any(Number) as number });
  });

  it("tells a telemetry of blocks, where it wants to know", () => {
    const { watch, blocks } = begin();
    watch.onBlock!(4096);
    expect(blocks).toEqual([4096]);
    for (const telemetry of [undefined, { begin: () => ({}) }]) expect(begin({ telemetry }).watch.onBlock).toBeUndefined();
  });

  it("tells when waiting begins and ends, and how long it took, however often it is said", async () => {
    let now = 5000;
    vi.spyOn(performance, "now").mockImplementation(() => now);
    const { watch, told } = begin();
    watch.waiting(false);
    watch.waiting(true);
    now += 30;
    watch.waiting(true);
    now += 40;
    watch.waiting(false);
    watch.waiting(false);
    now += 5;
    watch.waiting(true);
    watch.waiting(false);
    const backpressure = (waiting: boolean, duration: number): object => ({ type: "backpressure", waiting, duration });
    expect(await told()).toEqual([backpressure(true, 0), backpressure(false, 70), backpressure(true, 0), backpressure(false, 0)]);
  });

  it("warns once of each kind, with the error where there is one", async () => {
    const { watch, told } = begin();
    const error = new Error("x");
    watch.warn("upload_left", "one", error);
    watch.warn("upload_left", "two");
    watch.warn("size_exceeded", "three");
    expect(await told()).toEqual([{ type: "warning", code: "upload_left", message: "one", error }, { type: "warning", code: "size_exceeded", message: "three" }]);
  });

  it("warns of an expected size that is outgrown, and not before", async () => {
    const { watch, told } = begin({ expectedSize: 1000 });
    watch.attach(writer({ position: 1000 }));
    watch.store.countParts(1, 1000);
    expect(await told()).toEqual([]);
    watch.attach(writer({ position: 1001 }));
    watch.store.countParts(1, 1);
    expect(await told()).toMatchObject([{ code: "size_exceeded", message: expect.stringContaining("1000 bytes that were expected") as string }]);
    const { watch: other, told: toldOther } = begin();
    other.attach(writer());
    other.store.countParts(1, 1000);
    expect(await toldOther()).toEqual([]);
  });

  it("warns when nine tenths of the store's parts are used", async () => {
    const { watch, told } = begin();
    watch.store.countParts(17, 1);
    expect(await told()).toEqual([]);
    watch.store.countParts(1, 1);
    watch.store.countParts(1, 1);
    expect(await told()).toMatchObject([{ code: "parts_running_out", message: expect.stringContaining("18 of the 20 parts") as string }]);
  });

  it("tells how it ended, and its clock stands still", async () => {
    let now = 1000;
    vi.spyOn(performance, "now").mockImplementation(() => now);
    const metadata = create(SstMetadataSchema, { rowCount: 7n, size: 900n, etag: "e", firstKey: Uint8Array.of(1), lastKey: Uint8Array.of(2) });
    const phases = { encode: 1, upload: 2, publish: 3 };
    for (const [end, event] of [
      [(watch: WriterWatch) => watch.closed(metadata, phases), { type: "closed", rows: 7, size: 900, parts: 2, etag: "e", phases }],
      [(watch: WriterWatch) => watch.failed(Object.assign(new Error("x"), { code: "ERR_X" })), { type: "failed", code: "ERR_X", error: expect.any(Error) as Error }],
      [(watch: WriterWatch) => watch.failed(Object.assign(new Error("x"), { code: 5 })), { type: "failed", code: "unknown", error: expect.any(Error) as Error }],
      [(watch: WriterWatch) => watch.failed(new Error("x")), { type: "failed", code: "unknown", error: expect.any(Error) as Error }],
      [(watch: WriterWatch) => watch.aborted(undefined), { type: "aborted", code: "unknown", removed: true }],
    ] as const) {
      const { watch, told } = begin();
      watch.store.countParts(2, 900);
      now += 100;
      end(watch);
      now += 100;
      expect(watch.progress().elapsed).toBe(100);
      expect(await told()).toEqual([event]);
    }
  });

  it("tells why what was staged is still there", async () => {
    const { watch, told } = begin({ keysInEvents: true });
    const [failure, left] = [Object.assign(new Error("x"), { code: "ERR_X" }), new Error("no")];
    watch.aborted(failure, { error: left });
    expect(await told()).toEqual([{ type: "warning", code: "upload_left", message: expect.stringContaining("a.sst could not be removed") as string, error: left }, { type: "aborted", code: "ERR_X", removed: false, error: failure }]);
  });
});
