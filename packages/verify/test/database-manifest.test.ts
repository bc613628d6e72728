// Rules that a manifest keeps or breaks by itself: M3, M1.5 and M2.1.
import { encodeManifestV1, encodeManifestV2, isSstError, L0_MAX_SSTS } from "@slate-sst/format";
import { isStoreError } from "@slate-sst/object-store";
import { describe, expect, it } from "vitest";
import { verifyDatabase } from "../src/database/index.js";
import { checkDatabase, SampleDatabase, sampleSst, ulid, utf8 } from "./database-samples.js";

const ssts = { 1: sampleSst(["a@1", "c@2"]), 2: sampleSst(["d@3", "f@4"]), 3: sampleSst(["a@5", "z@6"]), 4: sampleSst(["a@7"]) };
const sample = (): SampleDatabase => new SampleDatabase(ssts, { l0: [4], runs: [[3], [1, 2]] });

describe("a sound database", () => {
  it.each(["quick", "full", "paranoid"] as const)("has no findings on level %s, in both layouts", async (level) => {
    for (const manifest of [encodeManifestV1(sample().manifest), encodeManifestV2(sample().asV2())]) {
      const { findings, result } = await sample().verify({ level }, manifest);
      expect(findings).toEqual([]);
      expect(result).toMatchObject({ root: "db", level, sound: true, complete: true, withheld: 0, notChecked: [], unreferenced: 0, rows: level === "quick" ? 0 : 7 });
      expect(result.manifest).toEqual({ path: "db/manifest/00000000000000000007.manifest", number: 7n, size: manifest.length, version: manifest[1], newest: true });
      expect(result.ssts.map(({ state }) => state)).toEqual(["checked", "checked", "checked", "checked"]);
    }
  });
});

describe("which manifest", () => {
  it("is the one with the highest number, and other names do not count", async () => {
    const database = sample();
    await database.put("db/manifest/00000000000000000006.manifest", utf8("old"));
    await database.put("db/manifest/8.manifest", utf8("no name"));
    await database.put("db/manifest/99999999999999999999.manifest", utf8("no 64-bit number"));
    await database.put("db2/manifest/00000000000000000009.manifest", utf8("another database"));
    const { findings, result } = await database.verify();
    expect(findings).toEqual([]);
    expect(result.manifest.number).toBe(7n);
  });

  it("can be asked for, and then unreferenced SSTs are nobody's concern", async () => {
    const database = sample();
    await database.put("db/manifest/00000000000000000006.manifest", encodeManifestV1(new SampleDatabase(ssts, { runs: [[1, 2]] }).manifest));
    const { findings, result, state } = await database.verify({ manifest: "db/manifest/00000000000000000006.manifest" });
    expect(findings).toEqual([]);
    expect(result.manifest).toMatchObject({ number: 6n, newest: false });
    expect(result.ssts).toHaveLength(2);
    expect(state("M1.7")).toBe("inapplicable");
  });

  it("is missed where there is none", async () => {
    const database = sample();
    await database.put("db/manifest/8.manifest", utf8("no name"));
    await expect(checkDatabase(database.store, "db")).rejects.toSatisfy((error: unknown) => isStoreError(error, "ERR_STORE_NOT_FOUND") && error.message.includes("1 objects"));
    await expect(checkDatabase(database.store, "db", { manifest: "db/manifest/x" })).rejects.toSatisfy((error: unknown) => isStoreError(error, "ERR_STORE_NOT_FOUND"));
  });
});

describe("M3.1, M3.2, M3.3: damaged bytes", () => {
  it.each([
    ["M3.1 manifest.version", (bytes: Uint8Array) => bytes.fill(3, 1, 2)],
    ["M3.1 manifest.version", () => Uint8Array.of(0)],
    ["M3.1 manifest.version", () => new Uint8Array(0)],
    ["M3.2 manifest", (bytes: Uint8Array) => bytes.slice(0, 2)],
    ["M3.2 manifest", (bytes: Uint8Array) => bytes.fill(0xff, 2, 6)],
  ])("%s", async (rule, damage) => {
    const { rules, findings, result, state } = await sample().verify({}, damage(encodeManifestV1(sample().manifest)));
    expect(rules).toEqual([rule]);
    expect(findings[0]).toMatchObject({ object: "db/manifest/00000000000000000007.manifest", severity: "error" });
    expect(result).toMatchObject({ sound: false, complete: false, ssts: [], manifest: { version: undefined } });
    expect(["M3.5", "M2.1", "M1.1", "M1.3"].map(state)).toEqual(["stopped", "stopped", "stopped", "stopped"]);
    expect(state("M1.4")).toBe("held");
  });

  it("M3.3: a required vector is absent", async () => {
    const bytes = encodeManifestV1(new SampleDatabase({}, {}).manifest);
    // The root table's vtable: the entry of slot 11, the checkpoints, is cleared.
    const view = new DataView(bytes.buffer, bytes.byteOffset + 2);
    const table = view.getUint32(0, true);
    const vtable = table - view.getInt32(table, true);
    view.setUint16(vtable + 4 + 2 * 11, 0, true);
    const { rules } = await new SampleDatabase({}, {}).verify({}, bytes);
    expect(rules).toEqual(["M3.3 manifest.checkpoints"]);
  });
});

describe("M3.4: views name listed SSTs", () => {
  it("in level 0, in runs and in segments", async () => {
    const database = sample();
    const { l0, ssts: listed, ...rest } = database.asV2();
    const manifest = encodeManifestV2({ ...rest, l0, ssts: listed, segments: [{ prefix: utf8("s"), l0, compacted: [] }] });
    // The last SST's id is changed where it is listed, not where it is used.
    const hit = database.id(4).low;
    const other = new Uint8Array(8);
    new DataView(other.buffer).setBigUint64(0, hit, true);
    const at = Buffer.from(manifest).lastIndexOf(Buffer.from(other));
    const places = [...Buffer.from(manifest).keys()].filter((position) => Buffer.from(manifest).subarray(position, position + 8).equals(Buffer.from(other)));
    expect(places.length).toBeGreaterThan(2);
    expect(at).toBe(places.at(-1));
    const found: string[][] = [];
    for (const place of places) {
      const changed = Uint8Array.from(manifest);
      changed[place] = 0x77;
      found.push([...(await sample().verify({}, changed)).rules]);
    }
    expect(found.flat().filter((rule) => rule.startsWith("M3.4"))).toEqual(expect.arrayContaining(["M3.4 manifest.l0[0].sst_id", "M3.4 manifest.segments[0].l0[0].sst_id"]));
    // Nothing else can be said of the database then.
    expect(found.filter((rules) => rules.some((rule) => rule.startsWith("M3.4")) && rules.some((rule) => !rule.startsWith("M3.4")))).toEqual([]);
  });

  it("does not apply to the first layout", async () => {
    expect((await sample().verify()).state("M3.4")).toBe("inapplicable");
    expect((await sample().verify({}, sample().asV2())).state("M3.4")).toBe("held");
  });
});

describe("single fields", () => {
  const l0 = (count: number): Record<number, ReturnType<typeof sampleSst>> => Object.fromEntries(Array.from({ length: count }, (_, at) => [at + 1, sampleSst([`k${at}@1`])]));
  it.each<[string, SampleDatabase, string[]]>([
    ["M3.5: not initialized", sample().change({ initialized: false }), ["M3.5 manifest.initialized"]],
    ["M3.7: a tracker of another version", sample().change({ sequenceTracker: Uint8Array.of(2, 0) }), ["M3.7 manifest.sequence_tracker"]],
    ["M3.7: a tracker", sample().change({ sequenceTracker: Uint8Array.of(1, 9) }), []],
    ["M3.8: a full level 0", new SampleDatabase(l0(L0_MAX_SSTS), { l0: Array.from({ length: L0_MAX_SSTS }, (_, at) => at + 1) }), []],
    ["M3.8: one too many", new SampleDatabase(l0(L0_MAX_SSTS + 1), { l0: Array.from({ length: L0_MAX_SSTS + 1 }, (_, at) => at + 1) }), ["M3.8 manifest.l0"]],
    ["M3.9: a snapshot at the last sequence number", sample().change({ recentSnapshotMinSeq: 100n }), []],
    ["M3.9: a snapshot ahead", sample().change({ recentSnapshotMinSeq: 101n }), ["M3.9 manifest.recent_snapshot_min_seq"]],
    ["M3.10: all of the WAL is in level 0", sample().change({ replayAfterWalId: 5n, walIdLastSeen: 5n }), []],
    ["M3.10: more than there is", sample().change({ replayAfterWalId: 5n, walIdLastSeen: 4n }), ["M3.10 manifest.replay_after_wal_id"]],
    ["M3.6: the highest sequence number", sample().change({ lastL0Seq: 7n }), []],
    ["M3.6: hidden rows", sample().change({ lastL0Seq: 6n }), ["M3.6 manifest.last_l0_seq"]],
  ])("%s", async (_, database, expected) => {
    expect((await database.verify()).rules).toEqual(expected);
  });

  it("M3.7: a tracker without bytes", async () => {
    const manifest = encodeManifestV1(sample().change({ sequenceTracker: utf8("T") }).manifest);
    manifest[manifest.lastIndexOf(utf8("T")[0]!) - 4] = 0;
    expect((await sample().verify({}, manifest)).rules).toEqual(["M3.7 manifest.sequence_tracker"]);
  });

  it("M3.6 tells of all SSTs at once, and of none on level quick", async () => {
    const { findings } = await sample().change({ lastL0Seq: 0n }).verify();
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ expected: `at least 7, a sequence number in db/compacted/${ulid(4)}.sst`, found: "0", hint: expect.stringContaining("in 4 SSTs") as string });
    const { rules, state } = await sample().change({ lastL0Seq: 0n }).verify({ level: "quick" });
    expect([rules, state("M3.6")]).toEqual([[], "level"]);
  });
});

describe("M1.5 and M2.1: ids", () => {
  it("M1.5: an SST twice", async () => {
    expect((await new SampleDatabase(ssts, { l0: [4, 4], runs: [[3], [1, 2]] }).verify()).rules).toEqual(["M1.5 manifest.l0[1].id"]);
  });

  it.each([
    [[2, 1], []],
    [[9, 0], []],
    [[1, 1], ["M2.1 manifest.compacted[1].id"]],
    [[1, 2], ["M2.1 manifest.compacted[1].id"]],
  ])("M2.1: runs %o", async (ids, expected) => {
    const database = sample();
    database.change({ compacted: database.manifest.compacted.map((run, at) => ({ ...run, id: ids[at] ?? 0 })) });
    const { rules, state } = await database.verify();
    expect(rules).toEqual(expected);
    expect(state("M4.1")).toBe(expected.length === 0 ? "held" : "stopped");
  });
});

describe("the call", () => {
  it("refuses what it does not know, and runs once", async () => {
    const { store } = sample();
    for (const options of [{ level: "some" }, { jobs: 0 }, { jobs: 1.5 }, { maxFindings: -1 }, { manifest: 7 }, { now: 3 }, { other: 1 }, { signal: {} }, { onProgress: 1 }]) {
      expect(() => verifyDatabase(store, "db", options as never)).toThrow(expect.toSatisfy((error: unknown) => isSstError(error)) as Error);
    }
    expect(() => verifyDatabase(store, "/db")).toThrow(expect.toSatisfy((error: unknown) => isStoreError(error, "ERR_STORE_PATH")) as Error);
    const verification = verifyDatabase(store, "db");
    expect(() => verification.result).toThrow(/has not run to its end/);
    verification[Symbol.asyncIterator]();
    expect(() => verification[Symbol.asyncIterator]()).toThrow(/only once/);
  });

  it("hands out no more findings than asked for, counts all, and tells of progress", async () => {
    const database = sample().change({ initialized: false, lastL0Seq: 0n, recentSnapshotMinSeq: 5n });
    const seen: number[] = [];
    const { rules, result } = await database.verify({ maxFindings: 1, jobs: 2, onProgress: ({ ssts: done, totalSsts }) => seen.push(done, totalSsts) });
    expect(rules).toEqual(["M3.5 manifest.initialized"]);
    expect(result).toMatchObject({ withheld: 2, findings: { error: 2, warning: 1, note: 0 }, sound: false });
    expect(seen).toEqual([1, 4, 2, 4, 3, 4, 4, 4]);
  });

  it("refuses a clock that shows no time", async () => {
    await expect(sample().verify({ now: () => Number.NaN })).rejects.toThrow(/now\(\)/);
  });

  it("stops at its signal", async () => {
    const database = sample();
    const controller = new AbortController();
    const stop = (): void => controller.abort(new Error("enough"));
    await expect(database.verify({ signal: controller.signal, jobs: 1, onProgress: stop })).rejects.toThrow("enough");
  });
});
