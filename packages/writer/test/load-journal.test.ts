// A journal read back: who may take it over, what its last record says, and how far it can be gone on with.
import { type BlockTotals, decodeIndex, SstIndexBuilder, SstStatsBuilder } from "@slate-sst/format";
import { CheckpointCursorSchema, CheckpointFingerprintSchema, create, SstMetadataSchema, WriterCheckpointSchema } from "@slate-sst/format/proto";
import { crc32Checksum, MEMORY_CAPABILITIES, MemoryObjectStore, type ObjectStore, type UploadCapabilities } from "@slate-sst/object-store";
import { DecoratedObjectStore, FailingObjectStore, type StoreCall } from "@slate-sst/object-store/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { BlockDelta } from "../src/checkpoint/block-delta.js";
import { Journal } from "../src/checkpoint/journal.js";
import { recordPath, type RecordName } from "../src/checkpoint/journal-names.js";
import { type CheckpointInit, encodeRecord } from "../src/checkpoint/journal-record.js";
import { knownPart, partMessage } from "../src/checkpoint/known-part.js";
import { lostError, readFinished, restore, takeOver } from "../src/checkpoint/load-journal.js";
import { contents } from "./resumed-runs.js";
import { PATH, rejectionOf } from "./sample-rows.js";

const FOLDER = "journals/x";
const FINGERPRINT = create(CheckpointFingerprintSchema, { path: PATH, store: "memory:x", blockSize: 1024 });
const PART = 64;
const crcOf = (number: number): number => number * 1000;

let store: MemoryObjectStore;
beforeEach(() => {
  store = new MemoryObjectStore();
});
const open = (of: ObjectStore = store): Journal => new Journal(of, FOLDER, PATH);

describe("a part", () => {
  it("comes back from its message with everything that the store gave it", () => {
    for (const [etag, checksum] of [["e", crc32Checksum(5)], [undefined, undefined], ["", { algorithm: "md5" as const, digest: new Uint8Array(16) }]] as const) {
      const part = { crc32: 7, receipt: { partNumber: 3, size: 100, etag, checksum } };
      expect(knownPart(partMessage(part))).toEqual(part);
    }
  });
});

describe("taking a journal over", () => {
  async function begun(records = 1): Promise<Journal> {
    const journal = open();
    await journal.begin(FINGERPRINT);
    for (let record = 0; record < records; record++) await journal.append({});
    return journal;
  }

  it("gives the records that follow each other, and makes this writer the only one", async () => {
    const older = await begun(2);
    const journal = open();
    expect(await takeOver(journal, FINGERPRINT, undefined)).toEqual([{ sequence: 1, epoch: 1 }, { sequence: 2, epoch: 1 }]);
    expect([journal.id, journal.begunAt, journal.epoch, await older.isCurrent()]).toEqual([older.id, older.begunAt, 2, false]);
    expect(await takeOver(open(), FINGERPRINT, older.id)).toHaveLength(2);
    // Before anything was uploaded, too.
    store = new MemoryObjectStore();
    await begun(0);
    expect(await takeOver(open(), FINGERPRINT, undefined)).toEqual([]);
  });

  it("wants one that is there, of this configuration, and the one of the token; else nothing is taken over", async () => {
    expect(await rejectionOf(takeOver(open(), FINGERPRINT, undefined))).toMatchObject({ code: "ERR_SST_CHECKPOINT_MISSING", details: { path: PATH, folder: FOLDER } });
    const older = await begun();
    expect(await rejectionOf(takeOver(open(), { ...FINGERPRINT, blockSize: 2048 }, undefined))).toMatchObject({ code: "ERR_SST_CHECKPOINT_MISMATCH", details: { fields: ["blockSize"] } });
    expect(await rejectionOf(takeOver(open(), FINGERPRINT, "another"))).toMatchObject({ code: "ERR_SST_CHECKPOINT_MISMATCH", details: { fields: ["token"] } });
    expect(await older.isCurrent()).toBe(true);
  });

  it("goes by the last record alone when the epochs are gone: its journal was being removed", async () => {
    const older = await begun(2);
    await store.delete(`${FOLDER}/epochs/000001`);
    const journal = open();
    expect(await takeOver(journal, FINGERPRINT, undefined)).toHaveLength(2);
    expect([journal.id, journal.epoch]).toEqual([older.id, 1]);
    for (const name of ["epochs/000001", "records/00000001-000001"]) await store.delete(`${FOLDER}/${name}`);
    expect(await takeOver(open(), FINGERPRINT, undefined)).toEqual([{ sequence: 2, epoch: 1 }]);
  });

  it.each([[0, "ERR_SST_FENCED", []], [1, undefined, [`${FOLDER}/epochs/000002`, `${FOLDER}/records/00000001-000001`]]])("leaves nothing behind where the journal is removed meanwhile, but for one with %i records", async (records, code, left) => {
    await begun(records);
    class Removing extends DecoratedObjectStore {
      protected override async before({ method }: StoreCall): Promise<void> {
        if (method === "put") await store.delete(`${FOLDER}/epochs/000001`);
      }
    }
    const outcome = await takeOver(open(new Removing(store)), FINGERPRINT, undefined).catch((error: unknown) => error);
    if (code === undefined) expect(outcome).toHaveLength(records);
    else expect(outcome).toMatchObject({ code });
    expect((await contents(store)).paths).toEqual(left);
  });
});

describe("the last record", () => {
  const finished = create(SstMetadataSchema, { path: PATH, size: 100n });
  const cursor = create(CheckpointCursorSchema, { rows: 9n, offered: 11n, lastKey: Uint8Array.of(1), lastSeq: 5n });

  it("says when all rows are there: what is published, by which upload and parts, and the row it ends with", async () => {
    const journal = open();
    await journal.begin(FINGERPRINT);
    expect(await readFinished(journal, [])).toBeUndefined();
    await journal.append({ uploadId: "u" });
    expect(await readFinished(journal, [{ sequence: 1, epoch: 1 }])).toBeUndefined();
    const part = { crc32: 7, receipt: { partNumber: 1, size: 100, etag: "e", checksum: undefined } };
    await journal.append({ finished, uploadId: "u", parts: [partMessage(part)], cursor });
    const chain = [{ sequence: 1, epoch: 1 }, { sequence: 2, epoch: 1 }];
    expect(await readFinished(journal, chain)).toEqual({ finished, uploadId: "u", parts: [part], end: { key: Uint8Array.of(1), seq: 5n, rows: 9, ordinal: 10 } });
    await journal.append({ finished });
    expect(await readFinished(journal, [...chain, { sequence: 3, epoch: 1 }])).toEqual({ finished, uploadId: undefined, parts: [], end: undefined });
  });

  it("may be torn; that it cannot be read is another thing", async () => {
    const journal = open();
    await journal.begin(FINGERPRINT);
    await journal.append({ finished });
    const path = recordPath(FOLDER, { sequence: 1, epoch: 1 });
    await store.put(path, (await store.get(path)).subarray(1), { mode: "overwrite" });
    expect(await readFinished(journal, [{ sequence: 1, epoch: 1 }])).toBeUndefined();
    await store.delete(path);
    expect(await rejectionOf(readFinished(journal, [{ sequence: 1, epoch: 1 }]))).toMatchObject({ code: "ERR_SST_WRITE" });
  });
});

describe("restoring", () => {
  const totals: BlockTotals = { numPuts: 3, numDeletes: 0, numMerges: 0, rawKeySize: 9, rawValSize: 30 };
  const block = (number: number) => {
    const delta = new BlockDelta();
    delta.add(70, number, Uint8Array.of(number), 0, 1, totals);
    return delta.take(delta.mark);
  };

  /** A journal with an upload and a record for each part; where the test says so, a record is another one. */
  async function begun(parts: number, of: MemoryObjectStore = store, change: (record: CheckpointInit, sequence: number) => CheckpointInit = (record) => record) {
    const journal = open(of);
    await journal.begin(FINGERPRINT);
    const { uploadId } = await of.createUpload(PATH, { mode: "create", partSize: PART });
    const chain: RecordName[] = [];
    const write = async (record: CheckpointInit): Promise<void> => {
      const sequence = chain.length + 1;
      await journal.append(change(record, sequence));
      chain.push({ sequence, epoch: 1 });
    };
    await write({ uploadId });
    for (let number = 1; number <= parts; number++) {
      const receipt = await of.uploadPart(PATH, uploadId, number, new Uint8Array(PART).fill(number));
      await write({
        parts: [partMessage({ receipt, crc32: crcOf(number) })], blocks: block(number), keyHashes: new Uint8Array(8).fill(number),
        cursor: create(CheckpointCursorSchema, { rows: BigInt(3 * number), offered: BigInt(3 * number) }),
      });
    }
    return { journal, chain, uploadId };
  }

  /** What another writer restores of these records, and the number of the record that it writes next. */
  async function restored(chain: readonly RecordName[], of: ObjectStore = store, journals: ObjectStore = of) {
    const journal = open(journals);
    await takeOver(journal, FINGERPRINT, undefined);
    const hashes: number[] = [];
    const tail = { index: new SstIndexBuilder(), stats: new SstStatsBuilder(), addHashes: (bytes: Uint8Array) => void hashes.push(...bytes) };
    const state = await restore(journal, chain, of, PATH, tail, {});
    return { ...state, rows: state.cursor?.rows, numbers: state.parts.map(({ receipt }) => receipt.partNumber), indexed: tail.index.blocks, puts: tail.stats.totals.numPuts, hashes: hashes.length, next: (await journal.append({})).sequence, offsets: decodeIndex(tail.index.finish()).blockMeta.map(({ offset }) => offset) };
  }
  /** All of so many parts, and the record that would be next. */
  const whole = (parts: number): object => ({ rows: parts === 0 ? undefined : 3 * parts, numbers: Array.from({ length: parts }, (_, at) => at + 1), indexed: parts, puts: 3 * parts, hashes: 8 * parts, next: parts + 2, offsets: Array.from({ length: parts }, (_, at) => 70 * at) });

  it("enters all records, in their order, many or few", async () => {
    for (const parts of [0, 1, 7, 30]) {
      store = new MemoryObjectStore();
      const { chain, uploadId } = await begun(parts);
      const state = await restored(chain);
      expect(state).toMatchObject({ ...whole(parts), uploadId, blocks: { crc32: Array.from({ length: parts }, (_, at) => at + 1), rows: Array.from({ length: parts }, () => 3) } });
      expect(state.parts.map(({ crc32 }) => crc32)).toEqual(Array.from({ length: parts }, (_, at) => crcOf(at + 1)));
    }
    store = new MemoryObjectStore();
    await open().begin(FINGERPRINT);
    expect(await restored([])).toMatchObject({ uploadId: undefined, rows: undefined, numbers: [], next: 1 });
  });

  it("goes as far as the store has the parts that the journal knows", async () => {
    const { chain, uploadId } = await begun(4);
    await store.uploadPart(PATH, uploadId, 3, new Uint8Array(PART).fill(9));
    // What was read ahead behind that, and is damaged, is nobody's concern.
    await store.delete(recordPath(FOLDER, chain[4]!));
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", note);
    expect(await restored(chain)).toMatchObject(whole(2));
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });

  it("may meet a record without blocks", async () => {
    const { chain } = await begun(2, store, (record, sequence) => {
      const { blocks: _, ...rest } = record;
      return sequence === 2 ? rest : record;
    });
    expect(await restored(chain)).toMatchObject({ numbers: [1, 2], indexed: 1 });
  });

  it("believes the journal where the store cannot list parts", async () => {
    const changes: Partial<UploadCapabilities> = { listParts: false };
    const of = new MemoryObjectStore({ capabilities: { ...MEMORY_CAPABILITIES, uploads: { ...MEMORY_CAPABILITIES.uploads!, ...changes } } });
    const { chain, uploadId } = await begun(4, of);
    await of.uploadPart(PATH, uploadId, 3, new Uint8Array(PART).fill(9));
    expect(await restored(chain, of)).toMatchObject(whole(4));
    const without = new MemoryObjectStore({ capabilities: { ...MEMORY_CAPABILITIES, uploads: undefined } });
    expect(await restored(chain, without, of)).toMatchObject({ numbers: [1, 2, 3, 4] });
  });

  it("ends before what says that all is there: settling it was tried", async () => {
    const { chain } = await begun(3, store, (record, sequence) => (sequence === 4 ? { ...record, finished: create(SstMetadataSchema, {}) } : record));
    expect(await restored(chain)).toMatchObject(whole(2));
  });

  it("takes a last record that is torn for one that was not written, and any other one for damage", async () => {
    const { chain } = await begun(3);
    const tear = async (name: RecordName): Promise<void> => await store.put(recordPath(FOLDER, name), Uint8Array.of(1), { mode: "overwrite" }).then(() => undefined);
    await tear(chain.at(-1)!);
    expect(await restored(chain)).toMatchObject(whole(2));
    await tear(chain[1]!);
    expect(await rejectionOf(restored(chain))).toMatchObject({ code: "ERR_SST_CHECKPOINT_CORRUPT" });
  });

  it("wants each record, behind the one that it says", async () => {
    const { journal, chain } = await begun(3);
    expect(await rejectionOf(restored(chain.filter(({ sequence }) => sequence !== 2)))).toMatchObject({ code: "ERR_SST_CHECKPOINT_CORRUPT", details: { folder: FOLDER, sequence: 2 } });
    expect(await rejectionOf(restored(chain.slice(1)))).toMatchObject({ code: "ERR_SST_CHECKPOINT_CORRUPT", details: { sequence: 1 } });
    for (const [sequence, previousEpoch] of [[1, 1], [3, 0], [3, 2]] as const) {
      const name = { sequence, epoch: 1 };
      const path = recordPath(FOLDER, name);
      const sound = await store.get(path);
      const record = await journal.readRecord(name);
      await store.put(path, Buffer.concat(encodeRecord(create(WriterCheckpointSchema, { ...record, previousEpoch }), {})), { mode: "overwrite" });
      expect(await rejectionOf(restored(chain))).toMatchObject({ code: "ERR_SST_CHECKPOINT_CORRUPT", details: { path } });
      await store.put(path, sound, { mode: "overwrite" });
    }
    expect(await restored(chain)).toMatchObject(whole(3));
  });

  it("is refused when the upload is gone, and fails as the store does otherwise", async () => {
    const { chain, uploadId } = await begun(2);
    const failing = new FailingObjectStore(store, { method: "listParts", call: 1, when: "before" });
    expect(await rejectionOf(restored(chain, failing, store))).toMatchObject({ code: "ERR_STORE_FAILED" });
    await store.abortUpload(PATH, uploadId);
    expect(await rejectionOf(restored(chain))).toMatchObject({ code: "ERR_SST_CHECKPOINT_LOST", details: { path: PATH }, cause: { code: "ERR_STORE_UPLOAD_NOT_FOUND" } });
    expect(lostError(PATH, "x").message).toContain("slate-sst uploads abort");
  });

  it("has eight reads under way at most", async () => {
    const { chain } = await begun(30);
    let [pending, most] = [0, 0];
    class Counting extends DecoratedObjectStore {
      protected override async before({ method }: StoreCall): Promise<void> {
        if (method === "get") most = Math.max(most, ++pending);
        await Promise.resolve();
      }
      protected override async after({ method }: StoreCall): Promise<void> {
        if (method === "get") pending--;
      }
    }
    await restored(chain, new Counting(store));
    expect([most, pending]).toEqual([8, 0]);
  });
});
