// The store in front of a store: what it asks the journal before each request, what it keeps of each answer, and which parts it does not send.
import { crc32 } from "@slate-sst/format";
import { CheckpointCursorSchema, CheckpointFingerprintSchema, create, type SstMetadata, SstMetadataSchema } from "@slate-sst/format/proto";
import { crc32Checksum, MEMORY_CAPABILITIES, MemoryObjectStore, type StoreCapabilities } from "@slate-sst/object-store";
import { DecoratedObjectStore, RecordingObjectStore, type StoreCall } from "@slate-sst/object-store/testing";
import { describe, expect, it } from "vitest";
import { Divergence } from "../src/checkpoint/divergence.js";
import { Journal } from "../src/checkpoint/journal.js";
import { chainOf } from "../src/checkpoint/journal-names.js";
import { type CheckpointedWriter, JournaledUpload } from "../src/checkpoint/journaled-upload.js";
import type { KnownPart } from "../src/checkpoint/known-part.js";
import { JOURNAL_MARK } from "../src/checkpoint/mark.js";
import { EventEmitter } from "../src/event-emitter.js";
import { WatchedStore } from "../src/watched-store.js";
import { contents } from "./resumed-runs.js";
import { PATH, rejectionOf } from "./sample-rows.js";

const PART = 64;
const OPTIONS = { mode: "create", partSize: PART } as const;
const body = (fill: number, length = PART): Uint8Array => new Uint8Array(length).fill(fill);
const fingerprint = create(CheckpointFingerprintSchema, { path: PATH });

interface Writer extends CheckpointedWriter {
  finished: SstMetadata | undefined;
  arrivals: number;
}

/** An upload with a journal that was begun. */
async function open(capabilities: Partial<StoreCapabilities> = {}) {
  const inner = new MemoryObjectStore({ capabilities: { ...MEMORY_CAPABILITIES, ...capabilities } });
  const store = new RecordingObjectStore(inner);
  const journal = new Journal(store, "journals/x", PATH);
  await journal.begin(fingerprint);
  const writer: Writer = { finished: undefined, end: undefined, arrivals: 0, partArrived: () => void writer.arrivals++, recorded: async () => Promise.resolve() };
  const emitter = new EventEmitter({ store: store.url, path: PATH, keys: false, progress: () => undefined as never });
  const watched = new WatchedStore(store, { emitter, telemetry: undefined, objectCrc32: () => 7, onPart: () => undefined });
  const upload = new JournaledUpload(watched, store, journal, writer, new Divergence(PATH, PART));
  store.reset();
  /** A newer writer takes the journal over. */
  const fence = async (): Promise<void> => await new Journal(inner, "journals/x", PATH).raise(journal.id, 0, fingerprint);
  const lastRecord = async () => {
    const last = chainOf((await journal.names()).records).at(-1);
    return last === undefined ? undefined : await journal.readRecord(last);
  };
  return { inner, store, journal, writer, watched, upload, fence, lastRecord };
}

/** Parts that are there from before. */
async function withKnown(count: number) {
  const opened = await open();
  const { uploadId } = await opened.inner.createUpload(PATH, { ...OPTIONS, checksumAlgorithm: "crc32" });
  const parts: KnownPart[] = [];
  for (let number = 1; number <= count; number++) {
    const crc = crc32(body(number));
    parts.push({ crc32: crc, receipt: await opened.inner.uploadPart(PATH, uploadId, number, body(number), { checksum: crc32Checksum(crc) }) });
  }
  opened.upload.load({ uploadId, parts });
  return { ...opened, uploadId, parts };
}

describe("an upload with a journal", () => {
  it("begins with a look at the journal before and after, and a record of its id; once", async () => {
    const { store, journal, upload, lastRecord } = await open();
    expect([upload.url, upload.capabilities]).toEqual([store.url, store.capabilities]);
    const { uploadId } = await upload.createUpload(PATH, OPTIONS);
    expect(store.calls().map(({ method }) => method)).toEqual(["list", "createUpload", "list", "put", "list"]);
    expect([upload.uploadId, (await lastRecord())!.uploadId]).toEqual([uploadId, uploadId]);
    expect(await upload.createUpload(PATH, OPTIONS)).toEqual({ uploadId });
    expect(store.count("createUpload")).toBe(1);
    expect(journal.epoch).toBe(1);
  });

  it("is not begun by an older writer, and removed when the writer has become one meanwhile", async () => {
    const before = await open();
    await before.fence();
    expect(await rejectionOf(before.upload.createUpload(PATH, OPTIONS))).toMatchObject({ code: "ERR_SST_FENCED" });
    expect(before.store.count("createUpload")).toBe(0);

    const meanwhile = await open();
    class Fencing extends DecoratedObjectStore {
      protected override async after({ method }: StoreCall): Promise<void> {
        if (method === "createUpload") await meanwhile.fence();
      }
    }
    const store = new Fencing(meanwhile.store);
    const watched = new WatchedStore(store, { emitter: new EventEmitter({ store: "", path: "", keys: false, progress: () => undefined as never }), telemetry: undefined, objectCrc32: () => 7, onPart: () => undefined });
    const upload = new JournaledUpload(watched, store, meanwhile.journal, meanwhile.writer, new Divergence(PATH, PART));
    expect(await rejectionOf(upload.createUpload(PATH, OPTIONS))).toMatchObject({ code: "ERR_SST_FENCED" });
    expect([upload.uploadId, (await contents(meanwhile.inner)).uploads]).toEqual([undefined, 0]);
  });

  it.each([[["crc32"], true], [[], false]] as const)("sends the CRC-32 of each part where the store takes it: %s", async (checksums, isSent) => {
    const { inner, store, upload, writer, journal } = await open({ checksums });
    const given: unknown[] = [];
    const begin = inner.createUpload.bind(inner);
    inner.createUpload = async (path, options) => (given.push(options.checksumAlgorithm, options.metadata), await begin(path, options));
    const { uploadId } = await upload.createUpload(PATH, OPTIONS);
    expect(given).toEqual([isSent ? "crc32" : undefined, { [JOURNAL_MARK]: journal.id }]);
    const receipt = await upload.uploadPart(PATH, uploadId, 1, body(1));
    expect(receipt.checksum).toEqual(isSent ? crc32Checksum(crc32(body(1))) : undefined);
    // What the blocks' checksums say is taken for that part, and only for that.
    upload.tellCrc32(2, crc32(body(2)));
    await upload.uploadPart(PATH, uploadId, 2, body(2));
    expect(upload.parts).toEqual([{ receipt, crc32: crc32(body(1)) }, { receipt: expect.objectContaining({ partNumber: 2, size: PART }) as unknown, crc32: crc32(body(2)) }]);
    expect(writer.arrivals).toBe(2);
    upload.tellCrc32(3, 12_345);
    if (isSent) expect(await rejectionOf(upload.uploadPart(PATH, uploadId, 3, body(3)))).toMatchObject({ code: "ERR_STORE_CHECKSUM" });
    else expect((await upload.uploadPart(PATH, uploadId, 3, body(3))) && upload.parts[2]?.crc32).toBe(12_345);
    await upload.uploadPart(PATH, uploadId, 3, body(3));
    expect(upload.parts[2]?.crc32).toBe(crc32(body(3)));
    expect(store.count("uploadPart")).toBe(4);
  });

  it("knows how many parts are there without a gap, and which no record tells of yet", async () => {
    const { upload } = await open();
    const { uploadId } = await upload.createUpload(PATH, OPTIONS);
    expect(upload.partsThere).toBe(0);
    for (const [number, there] of [[2, 0], [1, 2], [4, 2], [3, 4]] as const) {
      await upload.uploadPart(PATH, uploadId, number, body(number));
      expect(upload.partsThere).toBe(there);
    }
    const numbers = (end: number): number[] => upload.takeUnrecorded(end).map(({ number }) => number);
    expect([numbers(2), numbers(2), numbers(1), numbers(4), upload.partsRecorded]).toEqual([[1, 2], [], [], [3, 4], 4]);
    await upload.uploadPart(PATH, uploadId, 6, body(6));
    expect(numbers(6)).toEqual([6]);
  });

  it("asks the journal before a part of an older writer leaves", async () => {
    const { journal, upload, fence, store } = await open();
    const { uploadId } = await upload.createUpload(PATH, OPTIONS);
    await fence();
    journal.assertRecentlyCurrent = async () => await journal.assertCurrent();
    expect(await rejectionOf(upload.uploadPart(PATH, uploadId, 1, body(1)))).toMatchObject({ code: "ERR_SST_FENCED" });
    expect(store.count("uploadPart")).toBe(0);
    await upload.abortUpload();
    expect(store.count("abortUpload")).toBe(0);
  });
});

describe("a replay", () => {
  it("does not send the parts that are there, and sends those behind them", async () => {
    const { upload, uploadId, parts, store, watched, writer } = await withKnown(2);
    expect([upload.partsThere, upload.takeUnrecorded(2)]).toEqual([2, []]);
    expect(await upload.uploadPart(PATH, uploadId, 1, body(1))).toBe(parts[0]!.receipt);
    upload.tellCrc32(2, parts[1]!.crc32);
    expect(await upload.uploadPart(PATH, uploadId, 2, body(2))).toBe(parts[1]!.receipt);
    expect([store.count("uploadPart"), watched.parts, watched.bytesUploaded, writer.arrivals]).toEqual([0, 2, 2 * PART, 0]);
    await upload.uploadPart(PATH, uploadId, 3, body(3));
    expect([store.count("uploadPart"), upload.takeUnrecorded(3).map(({ number }) => number)]).toEqual([1, [3]]);
  });

  it("that differs is told by the part: other bytes, another length, or an end before them", async () => {
    const { upload, uploadId, parts, store } = await withKnown(2);
    const diverged = (part: number): object => ({ code: "ERR_SST_REPLAY_DIVERGED", details: { path: PATH, part, block: undefined, firstRow: 0 } });
    expect(await rejectionOf(upload.uploadPart(PATH, uploadId, 2, body(9)))).toMatchObject(diverged(2));
    upload.tellCrc32(1, parts[0]!.crc32);
    expect(await rejectionOf(upload.uploadPart(PATH, uploadId, 1, body(1, PART - 1)))).toMatchObject(diverged(1));
    expect(await rejectionOf(upload.put(PATH, body(1), { mode: "create" }))).toMatchObject(diverged(1));
    expect(await rejectionOf((await withKnown(1)).upload.put(PATH, body(1), { mode: "create" }))).toMatchObject(diverged(1));
    expect(await rejectionOf(upload.completeUpload(PATH, uploadId, [parts[0]!.receipt], { mode: "create" }))).toMatchObject(diverged(2));
    expect(store.calls("uploadPart", "put", "completeUpload")).toEqual([]);
  });
});

describe("publication", () => {
  const finished = create(SstMetadataSchema, { path: PATH, size: 2n * BigInt(PART), crc32: crc32(body(2), crc32(body(1))) });
  const end = create(CheckpointCursorSchema, { rows: 5n });

  it("of one request comes after a record of everything, under the journal's mark", async () => {
    const { upload, writer, store, inner, journal, lastRecord } = await open({ remote: false });
    Object.assign(writer, { finished, end, recorded: async () => void (await store.head("journals").catch(() => undefined)) });
    await upload.put(PATH, body(1), { mode: "create" });
    expect(store.calls().map(({ method, path }) => `${method} ${path.split("/")[0]}`)).toEqual(["head journals", "list journals", "put journals", "list journals", "put db"]);
    expect((await inner.head(PATH)).metadata).toEqual({ [JOURNAL_MARK]: journal.id });
    const record = (await lastRecord())!;
    expect([record.finished, record.cursor, record.uploadId, record.parts]).toEqual([finished, end, undefined, []]);
  });

  it("of an upload comes after a record with all parts, with the checksum of the whole", async () => {
    const { upload, uploadId, writer, inner, parts, lastRecord, watched } = await withKnown(2);
    writer.finished = finished;
    const given: unknown[] = [];
    watched.completeUpload = async (path, id, receipts, options) => (given.push(options), await inner.completeUpload(path, id, receipts, options));
    const complete = async (): Promise<unknown> => await upload.completeUpload(PATH, uploadId, parts.map(({ receipt }) => receipt), { mode: "create" });
    await rejectionOf(complete());
    expect(given).toEqual([{ mode: "create", metadata: { [JOURNAL_MARK]: expect.any(String) as string }, checksum: crc32Checksum(finished.crc32) }]);
    const record = (await lastRecord())!;
    expect([record.finished, record.cursor, record.uploadId, record.parts.map(({ number }) => number)]).toEqual([finished, undefined, uploadId, [1, 2]]);
  });

  it("waits for nothing that has failed, and takes no place of a newer writer's", async () => {
    const { upload, writer, fence, store } = await open();
    expect(await rejectionOf(upload.put(PATH, body(1), { mode: "create" }))).toMatchObject({ code: "ERR_SST_STATE" });
    writer.finished = finished;
    const broken = new Error("a record cannot be written");
    writer.recorded = async () => await Promise.reject(broken);
    expect(await rejectionOf(upload.put(PATH, body(1), { mode: "create" }))).toBe(broken);
    writer.recorded = async () => Promise.resolve();
    await fence();
    expect(await rejectionOf(upload.put(PATH, body(1), { mode: "create" }))).toMatchObject({ code: "ERR_SST_FENCED" });
    expect(store.count("put")).toBe(0);
  });
});
