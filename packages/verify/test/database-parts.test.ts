// Parts of a database that are honoured or named as not checked: WAL, external databases, segments, checkpoints, and SSTs
// that cannot be read.
import { encodeManifestV1 } from "@slate-sst/format";
import { StoreError } from "@slate-sst/object-store";
import { describe, expect, it } from "vitest";
import { goldenBytes } from "./golden-files.js";
import { SampleDatabase, sampleSst, ulid, utf8 } from "./database-samples.js";

const one = sampleSst(["a@1", "c@2"]);
const sample = (): SampleDatabase => new SampleDatabase({ 1: one }, { runs: [[1]] });
const uuid = { high: 1n, low: 2n };

describe("the write-ahead log", () => {
  const wal = (number: number): string => `db/wal/${String(number).padStart(20, "0")}.sst`;

  it("does not matter while it has no rows, or only rows that are in level 0", async () => {
    const database = sample().change({ replayAfterWalId: 2n, walIdLastSeen: 3n });
    await database.put(wal(2), goldenBytes("wal-many--wal2"));
    await database.put(wal(3), goldenBytes("wal-many--wal1"));
    await database.put("db/wal/notes.txt", utf8("?"));
    const { findings, result } = await database.verify();
    expect([findings, result.notChecked, result.complete]).toEqual([[], [], true]);
  });

  it("is named when rows are in it alone", async () => {
    const database = sample().change({ replayAfterWalId: 1n, walIdLastSeen: 3n });
    for (const number of [1, 2, 3]) await database.put(wal(number), goldenBytes(number === 2 ? "wal-many--wal1" : "wal-many--wal2"));
    const { findings, result } = await database.verify();
    expect([findings, result.sound, result.complete]).toEqual([[], true, false]);
    expect(result.notChecked).toEqual([{ feature: "wal", reason: `${wal(3)} has rows; it and the WAL files after it, 1 in all, were not checked: their rows come on top of those in SSTs` }]);
  });

  it("is named when it cannot be read, or lies elsewhere", async () => {
    const database = await sample().change({ walObjectStoreUri: "s3://elsewhere" }).put(wal(1), utf8("no SST"));
    const { result } = await database.verify();
    expect(result.notChecked).toEqual([
      { feature: "wal", reason: expect.stringMatching(/in another object store/) as string },
      { feature: "wal", reason: expect.stringMatching(/00000000000000000001\.sst cannot be read/) as string },
    ]);
  });
});

describe("external databases", () => {
  const external = (): SampleDatabase => sample().change({ externalDbs: [{ path: "parent/db", sourceCheckpointId: uuid, sstIds: [{ high: sample().id(1).high, low: sample().id(1).low }] }] });

  it("their SSTs are verified where they lie", async () => {
    const database = external();
    const manifest = encodeManifestV1(database.manifest);
    database.ssts.clear();
    await database.put(`parent/db/compacted/${ulid(1)}.sst`, one.bytes);
    const { findings, result } = await database.verify({}, manifest);
    expect([findings, result.complete]).toEqual([[], true]);
    expect(result.ssts).toEqual([{ path: `parent/db/compacted/${ulid(1)}.sst`, state: "checked", size: one.bytes.length, findings: { error: 0, warning: 0, note: 0 } }]);
  });

  it("are named when they are out of reach", async () => {
    const database = external();
    const manifest = encodeManifestV1(database.manifest);
    database.ssts.clear();
    const { findings, result } = await database.verify({}, manifest);
    expect([findings, result.sound, result.complete, result.notChecked.map(({ feature }) => feature)]).toEqual([[], true, false, ["external-database"]]);
  });
});

describe("segments", () => {
  it("are trees of their own", async () => {
    const ssts = { 1: sampleSst(["a@1"]), 2: sampleSst(["a@9"]), 3: sampleSst(["aa@1"]), 4: sampleSst(["a@3", "b@2"]) };
    const database = new SampleDatabase(ssts, { l0: [1, 2, 3, 4] });
    const { l0, ...rest } = database.asV2();
    const view = (number: number): (typeof l0)[number] => l0[number - 1] ?? l0[0]!;
    const apart = { ...rest, l0: [view(1)], compacted: [], segments: [{ prefix: utf8("a"), l0: [view(2)], compacted: [] }, { prefix: utf8(""), l0: [], compacted: [{ id: 0, ssts: [view(4), view(3)] }, { id: 1, ssts: [] }] }] };
    const { rules, result } = await database.verify({}, apart);
    expect(rules).toEqual(["M2.1 manifest.segments[1].compacted[1].id", "M2.3 manifest.segments[1].compacted[0].ssts[1].info.first_entry"]);
    expect(result.notChecked.map(({ feature }) => feature)).toEqual(["segments"]);
    const together = { ...rest, l0: [], compacted: [], segments: [{ prefix: utf8("a"), l0: [view(1), view(2)], compacted: [{ id: 3, ssts: [view(4)] }] }] };
    const { findings } = await new SampleDatabase(ssts, { l0: [1, 2, 3, 4] }).verify({}, together);
    expect(findings.map(({ rule, path }) => `${rule} ${path}`)).toEqual(["M4.1 manifest.segments[0].l0[1]", "M4.1 manifest.segments[0].compacted[0]"]);
  });
});

describe("checkpoints", () => {
  const checkpoint = { id: uuid, manifestId: 3n, expireTimeS: 0, createTimeS: 1 };
  const KEPT = "db/manifest/00000000000000000003.manifest";
  const left = async (): Promise<SampleDatabase> => await sample().change({ checkpoints: [checkpoint, { ...checkpoint, manifestId: 7n }] }).put(`db/compacted/${ulid(2)}.sst`, one.bytes);

  it("keep SSTs from being unreferenced", async () => {
    const kept = encodeManifestV1(new SampleDatabase({ 2: one }, { runs: [[2]] }).manifest);
    const { findings, result } = await (await (await left()).put(KEPT, kept)).verify();
    expect([findings, result.complete, result.unreferenced]).toEqual([[], true, 0]);
    const other = encodeManifestV1(new SampleDatabase({ 1: one }, { runs: [[1]] }).manifest);
    expect((await (await (await left()).put(KEPT, other)).verify()).rules).toEqual(["M1.7 file"]);
  });

  it("whose manifests cannot be read leave it open what is unreferenced", async () => {
    for (const database of [await left(), await (await left()).put(KEPT, utf8("no manifest"))]) {
      const { findings, result, state } = await database.verify();
      expect([findings, state("M1.7"), result.notChecked.map(({ feature }) => feature)]).toEqual([[], "skipped", ["checkpoints"]]);
      expect(result.notChecked[0]?.reason).toContain(KEPT);
    }
  });

  it("whose manifests are larger than any are not fetched", async () => {
    const database = await (await left()).put(KEPT, utf8("huge"));
    const head = database.store.head.bind(database.store);
    const get = database.store.get.bind(database.store);
    database.store.head = async (path, options) => ({ ...(await head(path, options)), ...(path === KEPT ? { size: 2 ** 40 } : {}) });
    database.store.get = async (path, options) => (path === KEPT ? await Promise.reject(new Error("a terabyte in memory")) : await get(path, options));
    const { result, state } = await database.verify();
    expect([state("M1.7"), result.notChecked]).toEqual(["skipped", [{ feature: "checkpoints", reason: expect.stringMatching(`${KEPT}.* more than`) as string }]]);
  });
});

describe("SSTs that cannot be verified", () => {
  it("because they become shorter meanwhile are named", async () => {
    const database = sample();
    database.store.getRange = async (path) => Promise.reject(new StoreError("ERR_STORE_RANGE", "too short", { path }));
    const { rules, result, state } = await database.verify();
    expect([rules, result.sound, result.complete]).toEqual([[], true, false]);
    expect(result.ssts.map((sst) => sst.state)).toEqual(["incomplete"]);
    expect(result.notChecked).toEqual([{ feature: "ssts", reason: expect.stringContaining(`db/compacted/${ulid(1)}.sst could not be verified: `) as string }]);
    expect(["M1.1", "M3.6", "M4.1"].map(state)).toEqual(["skipped", "skipped", "skipped"]);
  });

  it("because they went away meanwhile are missing", async () => {
    const database = sample();
    const { store } = database;
    const head = store.head.bind(store);
    store.head = async (path, options) => {
      if (path.endsWith(".sst")) throw new StoreError("ERR_STORE_NOT_FOUND", "gone", { path });
      return await head(path, options);
    };
    const { rules, findings, result } = await database.verify();
    expect(rules).toEqual(["M1.3 file"]);
    expect(findings[0]?.hint).toBe("it was removed meanwhile");
    expect(result.ssts[0]?.state).toBe("missing");
  });

  it("because the store fails end the check", async () => {
    const database = sample();
    database.store.getRange = async (path) => Promise.reject(new StoreError("ERR_STORE_FAILED", "no answer", { path }));
    await expect(database.verify()).rejects.toThrow("no answer");
  });
});
