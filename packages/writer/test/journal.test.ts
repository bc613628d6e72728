// The journal by itself: what lies in its folder, who may write, in which order it is read and removed.
import { SstError } from "@slate-sst/format";
import { CheckpointFingerprintSchema, create, type WriterCheckpoint, WriterCheckpointSchema } from "@slate-sst/format/proto";
import { MemoryObjectStore, type ObjectStore, StoreError } from "@slate-sst/object-store";
import { DecoratedObjectStore, FailingObjectStore, RecordingObjectStore, type StoreCall } from "@slate-sst/object-store/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Journal } from "../src/checkpoint/journal.js";
import { epochPath, recordPath } from "../src/checkpoint/journal-names.js";
import { type CheckpointInit, decodeRecord, encodeRecord } from "../src/checkpoint/journal-record.js";
import { WRITER_NAME, WRITER_VERSION } from "../src/version.js";
import { GatedObjectStore } from "./gated-object-store.js";
import { contents } from "./resumed-runs.js";
import { PATH, rejectionOf } from "./sample-rows.js";

const FOLDER = `journals/${"0a".repeat(16)}`;
const FINGERPRINT = create(CheckpointFingerprintSchema, { path: PATH, store: "memory:x" });
const ID = /^[0-9a-f]{32}$/;

let store: MemoryObjectStore;
beforeEach(() => {
  store = new MemoryObjectStore();
});
afterEach(() => void vi.restoreAllMocks());

const open = (of: ObjectStore = store, signal?: AbortSignal): Journal => new Journal(of, FOLDER, PATH, signal);

/** A journal that was begun, with so many records. */
async function begun(records = 0, of: ObjectStore = store): Promise<Journal> {
  const journal = open(of);
  await journal.begin(FINGERPRINT);
  for (let record = 0; record < records; record++) await journal.append({});
  return journal;
}

/** Names below the folder. */
const names = async (): Promise<string[]> => (await contents(store)).paths.map((path) => path.slice(FOLDER.length + 1)).sort();
const message = async (name: string): Promise<WriterCheckpoint> => decodeRecord(await store.get(`${FOLDER}/${name}`), name);
/** Puts an object there with these fields and a checksum that fits. */
async function forge(name: string, init: CheckpointInit): Promise<void> {
  const record = create(WriterCheckpointSchema, { layout: 1, ...init });
  await store.put(`${FOLDER}/${name}`, Buffer.concat(encodeRecord(record, {})), { mode: "overwrite" });
}

describe("a journal", () => {
  it("is begun by its first epoch, which says what is written and by whom", async () => {
    const before = Date.now();
    const journal = open();
    expect([journal.id, journal.epoch, journal.begunAt]).toEqual(["", 0, 0]);
    await journal.begin(FINGERPRINT);
    expect(await names()).toEqual(["epochs/000001"]);
    expect([journal.epoch, journal.where]).toEqual([1, `${FOLDER} in ${store.url}`]);
    expect(journal.id).toMatch(ID);
    expect(journal.begunAt).toBeGreaterThanOrEqual(before);
    const epoch = await journal.readEpoch(1);
    expect(epoch).toMatchObject({ layout: 1, journalId: journal.id, epoch: 1, sequence: 0, writtenAt: BigInt(journal.begunAt), writer: { name: WRITER_NAME, version: WRITER_VERSION } });
    expect(epoch.fingerprint).toEqual(FINGERPRINT);
  });

  it("is not begun where anything lies already, nor where somebody else was quicker", async () => {
    await store.put(`${FOLDER}/anything`, Uint8Array.of(1), { mode: "create" });
    expect(await rejectionOf(open().begin(FINGERPRINT))).toMatchObject({ code: "ERR_SST_CHECKPOINT_EXISTS", details: { path: PATH, folder: FOLDER } });
    expect(await names()).toEqual(["anything"]);
    await store.delete(`${FOLDER}/anything`);
    class Quicker extends DecoratedObjectStore {
      protected override async before({ method, path }: StoreCall): Promise<void> {
        if (method === "put") await store.put(path, Uint8Array.of(1), { mode: "create" });
      }
    }
    expect(await rejectionOf(open(new Quicker(store)).begin(FINGERPRINT))).toMatchObject({ code: "ERR_SST_CHECKPOINT_EXISTS" });
  });

  it("is taken over by the next epoch, under the id and the time of its beginning", async () => {
    const older = await begun(2);
    const newer = open();
    await newer.raise(older.id, 12_345, FINGERPRINT);
    expect([newer.epoch, newer.id, newer.begunAt]).toEqual([2, older.id, 12_345]);
    expect(await names()).toEqual(["epochs/000001", "epochs/000002", "records/00000001-000001", "records/00000002-000001"]);
    expect((await newer.readEpoch(2)).writtenAt).toBe(12_345n);
    expect([await older.isCurrent(), await newer.isCurrent()]).toEqual([false, true]);
    await newer.assertCurrent();
    expect(await rejectionOf(older.assertCurrent())).toMatchObject({ code: "ERR_SST_FENCED", details: { path: PATH, epoch: 1 } });
    const gone = open();
    await gone.raise(older.id, 0, FINGERPRINT);
    expect(await rejectionOf(gone.withdraw())).toMatchObject({ code: "ERR_SST_FENCED", details: { epoch: 3 } });
    expect(await newer.isCurrent()).toBe(true);
    expect((await names()).filter((name) => name.startsWith("epochs"))).toEqual(["epochs/000001", "epochs/000002"]);
  });

  it("is raised once more where another one was quicker, and not at all where the store fails", async () => {
    const older = await begun();
    let isLate = true;
    class Crowded extends DecoratedObjectStore {
      protected override async before({ method, path }: StoreCall): Promise<void> {
        if (method !== "put" || !isLate) return;
        isLate = false;
        await store.put(path, await store.get(epochPath(FOLDER, 1)), { mode: "create" });
      }
    }
    const newer = open(new Crowded(store));
    await newer.raise(older.id, 0, FINGERPRINT);
    expect(newer.epoch).toBe(3);
    const failing = open(new FailingObjectStore(store, { method: "put", call: 1, times: Infinity, when: "before" }));
    expect(await rejectionOf(failing.raise(older.id, 0, FINGERPRINT))).toMatchObject({ code: "ERR_SST_WRITE", details: { storeCode: "ERR_STORE_FAILED" } });
  });

  it("numbers records from 1, one after the other, each with the epoch of the one before", async () => {
    const recording = new RecordingObjectStore(store);
    const journal = await begun(0, recording);
    const told = await Promise.all([journal.append({ uploadId: "u" }), journal.append({}), journal.append({}, { keyHashes: [new Uint8Array(800)] })]);
    expect(recording.calls("put").every(({ mode }, at) => mode === (at === 0 ? "create" : "overwrite"))).toBe(true);
    expect(recording.pendingMax).toBe(1);
    const sizes = await Promise.all(told.map(async ({ sequence }) => (await store.head(recordPath(FOLDER, { sequence, epoch: 1 }))).size));
    expect(told).toEqual(sizes.map((size, at) => ({ sequence: at + 1, size })));
    expect(sizes[2]! - sizes[1]!).toBeGreaterThan(800);
    expect(await message("records/00000001-000001")).toMatchObject({ layout: 1, journalId: journal.id, epoch: 1, sequence: 1, previousEpoch: 0, uploadId: "u" });
    expect(await message("records/00000002-000001")).toMatchObject({ epoch: 1, sequence: 2, previousEpoch: 1 });
    expect((await message("records/00000002-000001")).writtenAt).toBeGreaterThanOrEqual(BigInt(journal.begunAt));
    const newer = open();
    await newer.raise(journal.id, 0, FINGERPRINT);
    newer.follow({ sequence: 2, epoch: 1 });
    expect((await newer.append({})).sequence).toBe(3);
    expect(await message("records/00000003-000002")).toMatchObject({ epoch: 2, sequence: 3, previousEpoch: 1 });
  });

  it("keeps what an older writer wrote last, and nothing of one whose journal was removed", async () => {
    const older = await begun(1);
    const newer = open();
    await newer.raise(older.id, 0, FINGERPRINT);
    expect(await rejectionOf(older.append({}))).toMatchObject({ code: "ERR_SST_FENCED" });
    // The newer writer may have gone on from it.
    expect(await names()).toContain("records/00000002-000001");
    await newer.remove("published");
    expect(await names()).toEqual([]);
    expect(await rejectionOf(older.append({}))).toMatchObject({ code: "ERR_SST_FENCED" });
    expect(await names()).toEqual([]);
  });

  it("goes on with the same number after a record that failed, and settles either way", async () => {
    const journal = await begun(0, new FailingObjectStore(store, { method: "put", call: 2, when: "before" }));
    const failed = rejectionOf(journal.append({}));
    const next = journal.append({});
    let isThrough = false;
    void next.then(() => (isThrough = true));
    await journal.settled();
    expect(isThrough).toBe(true);
    expect(await failed).toMatchObject({ code: "ERR_SST_WRITE", cause: { code: "ERR_STORE_FAILED" }, message: expect.stringMatching(`the journal ${FOLDER} in .* failed: put was made to fail`) as string });
    expect((await next).sequence).toBe(1);
    const speechless = open(new FailingObjectStore(store, { method: "list", call: 1, when: "before", error: "no words" }));
    expect(await rejectionOf(speechless.names())).toMatchObject({ code: "ERR_SST_WRITE", cause: "no words", message: expect.stringContaining("failed: no words") as string });
  });

  it("is looked at before a part, unless it was a second ago or less", async () => {
    const recording = new RecordingObjectStore(store);
    const journal = await begun(0, recording);
    let now = 50_000;
    vi.spyOn(performance, "now").mockImplementation(() => now);
    const looks = async (): Promise<number> => {
      recording.reset();
      await journal.assertRecentlyCurrent();
      return recording.count("list");
    };
    expect(await looks()).toBe(1);
    expect(await looks()).toBe(0);
    now += 1000;
    expect(await looks()).toBe(0);
    now += 1;
    expect(await looks()).toBe(1);
    await open().raise(journal.id, 0, FINGERPRINT);
    now += 1000;
    await journal.assertRecentlyCurrent();
    now += 1;
    expect(await rejectionOf(journal.assertRecentlyCurrent())).toMatchObject({ code: "ERR_SST_FENCED" });
  });

  it("tells what lies in its folder, epochs in their order", async () => {
    expect(await open().names()).toEqual({ epochs: [], records: [], isEmpty: true });
    await forge("epochs/000010", {});
    await forge("epochs/000009", {});
    await forge("records/00000001-000009", {});
    expect(await open().names()).toEqual({ epochs: [9, 10], records: [{ epoch: 9, sequence: 1 }], isEmpty: false });
    await store.put(`${FOLDER}/epochs/note`, Uint8Array.of(1), { mode: "create" });
    const journal = open();
    journal.epoch = 10;
    expect(await journal.isCurrent()).toBe(true);
    journal.epoch = 1;
    for (const { path } of [{ path: "epochs/000009" }, { path: "epochs/000010" }, { path: "records/00000001-000009" }]) await store.delete(`${FOLDER}/${path}`);
    expect(await open().names()).toEqual({ epochs: [], records: [], isEmpty: false });
    expect(await journal.isCurrent()).toBe(false);
  });

  it("reads epochs and records that say what their names say, and no others", async () => {
    const sound = { journalId: "id", epoch: 4, fingerprint: FINGERPRINT };
    await forge("epochs/000004", sound);
    expect(await open().readEpoch(4)).toMatchObject({ epoch: 4, journalId: "id" });
    for (const wrong of [{ ...sound, epoch: 3 }, { ...sound, journalId: "" }, { journalId: "id", epoch: 4 }]) {
      await forge("epochs/000004", wrong);
      expect(await rejectionOf(open().readEpoch(4))).toMatchObject({ code: "ERR_SST_CHECKPOINT_CORRUPT" });
    }
    const record = { journalId: "id", epoch: 4, sequence: 2 };
    const journal = open();
    await forge("records/00000002-000004", record);
    // Before it is begun or taken over, it has no id that a record could contradict.
    expect(await journal.readRecord({ epoch: 4, sequence: 2 })).toMatchObject(record);
    journal.id = "id";
    expect(await journal.readRecord({ epoch: 4, sequence: 2 })).toMatchObject(record);
    for (const wrong of [{ ...record, journalId: "other" }, { ...record, epoch: 3 }, { ...record, sequence: 1 }]) {
      await forge("records/00000002-000004", wrong);
      expect(await rejectionOf(journal.readRecord({ epoch: 4, sequence: 2 }))).toMatchObject({ code: "ERR_SST_CHECKPOINT_CORRUPT" });
    }
    expect(await rejectionOf(journal.readRecord({ epoch: 5, sequence: 2 }))).toMatchObject({ code: "ERR_SST_WRITE", details: { storeCode: "ERR_STORE_NOT_FOUND" } });
  });

  it("tells the reason of whoever cut its requests off, and is not cut off any more once it is unbound", async () => {
    const controller = new AbortController();
    class Heeding extends DecoratedObjectStore {
      protected override async before({ signal }: StoreCall): Promise<void> {
        if (signal?.aborted === true) throw new StoreError("ERR_STORE_FAILED", "cut off");
      }
    }
    const journal = open(new Heeding(store), controller.signal);
    await journal.begin(FINGERPRINT);
    await journal.append({});
    const reason = new SstError("ERR_SST_ABORTED", "enough");
    controller.abort(reason);
    for (const call of [journal.names(), journal.isCurrent(), journal.append({}), journal.readEpoch(1)]) expect(await rejectionOf(call)).toBe(reason);
    journal.unbind();
    expect((await journal.append({})).sequence).toBe(2);
    expect((await journal.names()).records).toHaveLength(2);
    // A request that is cut off after that has the reason as its error.
    const late = new AbortController();
    const hanging = open(new FailingObjectStore(store, { method: "list", call: 1, when: "hang" }), late.signal);
    const cut = hanging.names();
    hanging.unbind();
    late.abort(reason);
    expect(await rejectionOf(cut)).toBe(reason);
  });
});

describe("removal", () => {
  /** Names in the order in which they went, a group for those that went at the same time. */
  async function removed(order: "published" | "given up", records: number): Promise<string[]> {
    const recording = new RecordingObjectStore(store);
    const journal = await begun(records, recording);
    const newer = open(recording);
    await newer.raise(journal.id, 0, FINGERPRINT);
    newer.follow({ sequence: records, epoch: 1 });
    await newer.append({});
    recording.reset();
    await newer.remove(order);
    expect(await names()).toEqual([]);
    return recording.calls("delete").map(({ path }) => path.slice(FOLDER.length + 1));
  }

  it("of a published SST's journal takes the record last that tells what was published", async () => {
    expect(await removed("published", 2)).toEqual(["records/00000001-000001", "records/00000002-000001", "epochs/000001", "epochs/000002", "records/00000003-000002"]);
  });

  it("takes a journal away that has no records yet", async () => {
    for (const order of ["published", "given up"] as const) {
      await (await begun()).remove(order);
      expect(await names()).toEqual([]);
    }
  });

  it("of one that is given up takes the newest record first, and the epochs last", async () => {
    expect(await removed("given up", 2)).toEqual(["records/00000003-000002", "records/00000002-000001", "records/00000001-000001", "epochs/000001", "epochs/000002"]);
  });

  it("of both orders sorts by sequence, and then by epoch", async () => {
    const journal = await begun();
    for (const [sequence, epoch] of [[2, 1], [1, 1], [2, 3], [10, 2]] as const) await forge(`records/${String(sequence).padStart(8, "0")}-00000${epoch}`, {});
    const recording = new RecordingObjectStore(store);
    await open(recording).remove("given up");
    expect(recording.calls("delete").map(({ path }) => path.slice(FOLDER.length + 9))).toEqual(["00000010-000002", "00000002-000003", "00000002-000001", "00000001-000001", "00001"]);
    expect(journal.epoch).toBe(1);
  });

  it("has sixteen requests under way at most, and waits for records", async () => {
    const journal = await begun(40);
    const recording = new RecordingObjectStore(store);
    await open(recording).remove("published");
    expect([recording.pendingMax, recording.count("delete")]).toEqual([16, 41]);
    expect(journal.epoch).toBe(1);
    const gate = new GatedObjectStore(store, { methods: ["put"] });
    const again = await begun();
    const slow = open(gate);
    Object.assign(slow, { id: again.id, epoch: 1 });
    const late = slow.append({});
    await gate.arrivals(1);
    const removing = slow.remove("published");
    await new Promise((resolve) => setImmediate(resolve));
    gate.open();
    await removing;
    expect((await late).sequence).toBe(1);
    expect(await names()).toEqual([]);
  });

  it.each([[0, []], [2, []], [3, ["records/00000009-000001"]]])("looks again for what comes meanwhile, three times at most: %i more", async (times, left) => {
    let more = times;
    class Busy extends DecoratedObjectStore {
      protected override async after({ method, path }: StoreCall): Promise<void> {
        if (method === "delete" && /epochs|00000009/.test(path) && more-- > 0) await forge("records/00000009-000001", {});
      }
    }
    const recording = new RecordingObjectStore(new Busy(store));
    await begun(1);
    await open(recording).remove("published");
    expect(await names()).toEqual(left);
    expect(recording.count("list")).toBe(Math.min(times, 3) + 2 - (times === 3 ? 1 : 0));
  });
});
