// A new database: one manifest, put where none is, that lists the SSTs as they lie in the store.
import { decodeManifest, EMPTY_SEQUENCE_TRACKER, INITIAL_CLOCK_TICK, LAST_L0_SEQ_MAX, MANIFEST_VERSION_V1, SEQ_MAX, type CompactedSsTable, type ManifestV1 } from "@slate-sst/format";
import { fromJsonString, SstMetadataSchema, toJsonString } from "@slate-sst/format/proto";
import { LocalObjectStore, MemoryObjectStore, type ObjectStore } from "@slate-sst/object-store";
import { FailingObjectStore, RecordingObjectStore } from "@slate-sst/object-store/testing";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createDatabase, type CreateDatabaseOptions, planDatabase, writeRun } from "../src/index.js";
import { failure, latin1, objectPaths, paths, puts, writeSst } from "./samples.js";

const MANIFEST = "manifest/00000000000000000001.manifest";

async function readManifest(store: ObjectStore, root: string): Promise<ManifestV1> {
  const decoded = decodeManifest(await store.get(root === "" ? MANIFEST : `${root}/${MANIFEST}`));
  if (decoded.version !== MANIFEST_VERSION_V1) throw new Error(`version ${decoded.version}`);
  return decoded.manifest;
}

function listed(manifest: ManifestV1): readonly CompactedSsTable[] {
  return manifest.compacted[0]?.ssts ?? [];
}

describe("createDatabase", () => {
  it.each(["", "db", "a/b"])("at the root %j writes the first manifest and nothing else", async (root) => {
    const store = new MemoryObjectStore();
    const ssts = await writeRun(store, root, puts(2000), { sstSize: 10_000 });
    const made = await createDatabase(store, root, ssts);
    const path = root === "" ? MANIFEST : `${root}/${MANIFEST}`;
    expect(made).toEqual({ manifestPath: path, manifestId: 1n, etag: (await store.head(path)).etag, lastL0Seq: 0n, sstCount: ssts.length, rowCount: 2000n });
    expect(await objectPaths(store)).toEqual([...ssts.map((sst) => sst.path), path].sort());
  });

  it("gives every field the value that a new database has", async () => {
    const store = new MemoryObjectStore();
    await createDatabase(store, "db", await writeRun(store, "db", puts(10), { seq: 7n }));
    const { compacted, ...rest } = await readManifest(store, "db");
    expect(compacted.map(({ id, ssts }) => [id, ssts.length])).toEqual([[0, 1]]);
    expect(rest).toEqual({
      manifestId: 0n, externalDbs: undefined, initialized: true, writerEpoch: 0n, compactorEpoch: 0n, replayAfterWalId: 0n, walIdLastSeen: 0n,
      l0LastCompacted: undefined, l0: [], lastL0ClockTick: INITIAL_CLOCK_TICK, checkpoints: [], lastL0Seq: 7n, walObjectStoreUri: undefined,
      recentSnapshotMinSeq: 7n, sequenceTracker: Uint8Array.from(EMPTY_SEQUENCE_TRACKER),
    });
  });

  it("copies each info from its object, with the version of its footer, in the order given", async () => {
    const store = new MemoryObjectStore();
    const ssts = [
      await writeSst(store, "db", puts(40), { formatVersion: 1, filter: false }),
      await writeSst(store, "db", puts(40, 100), { compression: "zlib", minFilterKeys: 1 }),
      await writeSst(store, "db", puts(40, 200), { filterFormat: "composite", minFilterKeys: 1 }),
    ];
    await createDatabase(store, "db", ssts);
    const run = listed(await readManifest(store, "db"));
    expect(run.map(({ formatVersion, visibleRange }) => [formatVersion, visibleRange])).toEqual([[1, undefined], [2, undefined], [2, undefined]]);
    for (const [i, { info }] of run.entries()) {
      const told = ssts[i]?.info;
      expect(latin1(info.firstEntry ?? new Uint8Array())).toBe(`key000${i}00`);
      expect(latin1(info.lastEntry ?? new Uint8Array())).toBe(`key000${i}39`);
      expect(BigInt(info.indexOffset)).toBe(told?.indexOffset);
      expect([info.compressionFormat, info.sstType, info.filterFormat]).toEqual([told?.compressionFormat, told?.sstType, told?.filterFormat]);
    }
  });

  it("takes SSTs of many writers, and metadata that has been JSON", async () => {
    const store = new MemoryObjectStore();
    const runs = await Promise.all([0, 1, 2, 3, 4].map((part) => writeRun(store, "db", puts(200, part * 200), { sstSize: 3_000 })));
    const told = runs.flat().map((sst) => fromJsonString(SstMetadataSchema, toJsonString(SstMetadataSchema, sst)));
    expect(await createDatabase(store, "db", told)).toMatchObject({ rowCount: 1000n, sstCount: runs.flat().length });
  });

  it("works on a local store, whose staging area it does not see", async () => {
    const folder = mkdtempSync(join(tmpdir(), "slate-sst-ingest-"));
    try {
      const store = new LocalObjectStore(folder);
      const ssts = await writeRun(store, "", puts(100));
      const { uploadId } = await store.createUpload("compacted/other", { mode: "create", partSize: 1 });
      await createDatabase(store, "", ssts);
      await store.abortUpload("compacted/other", uploadId);
      expect(await objectPaths(store)).toEqual([...ssts.map(({ path }) => path), MANIFEST]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("lastL0Seq", () => {
  const versions = [{ key: "a", value: "1", seq: 9n }, { key: "a", value: "0", seq: 2n }, { key: "b", value: "1", seq: LAST_L0_SEQ_MAX - 1n }, { key: "c", value: "1", seq: 5n }];

  it("is the highest of any row in any SST", async () => {
    const store = new MemoryObjectStore();
    const made = await createDatabase(store, "db", await writeRun(store, "db", versions, { sstSize: 1 }));
    expect(made.lastL0Seq).toBe(LAST_L0_SEQ_MAX - 1n);
    expect((await readManifest(store, "db")).lastL0Seq).toBe(LAST_L0_SEQ_MAX - 1n);
  });

  it("may be higher, up to the end", async () => {
    const store = new MemoryObjectStore();
    const made = await createDatabase(store, "db", await writeRun(store, "db", versions), { lastL0Seq: LAST_L0_SEQ_MAX });
    expect(made.lastL0Seq).toBe(LAST_L0_SEQ_MAX);
    expect(await readManifest(store, "db")).toMatchObject({ lastL0Seq: LAST_L0_SEQ_MAX, recentSnapshotMinSeq: LAST_L0_SEQ_MAX });
  });

  it("may not be lower: rows would be invisible", async () => {
    const store = new MemoryObjectStore();
    const ssts = await writeRun(store, "db", versions, { sstSize: 1 });
    const error = await failure(createDatabase(store, "db", ssts, { lastL0Seq: LAST_L0_SEQ_MAX - 2n }));
    expect(error).toMatchObject({ code: "ERR_SST_INGEST_SEQ", details: { path: ssts[1]?.path, lastL0Seq: LAST_L0_SEQ_MAX - 2n, maxSeq: LAST_L0_SEQ_MAX - 1n } });
  });

  it.each([-1n, SEQ_MAX + 1n, 5 as unknown as bigint, "5" as unknown as bigint])("may not be %s", async (lastL0Seq) => {
    const store = new MemoryObjectStore();
    expect(await failure(createDatabase(store, "db", await writeRun(store, "db", puts(1)), { lastL0Seq }))).toMatchObject({ code: "ERR_SST_OPTION_INVALID", details: { option: "lastL0Seq" } });
  });
});

describe("what createDatabase asks of the store", () => {
  it("is two listings, one short read of each SST's end, and one put", async () => {
    const inner = new MemoryObjectStore();
    const ssts = await writeRun(inner, "db", puts(3000), { sstSize: 3_000 });
    const store = new RecordingObjectStore(inner);
    await createDatabase(store, "db", ssts);
    expect(store.calls().filter(({ method }) => method !== "getRange").map(({ method, path, mode }) => [method, path, mode])).toEqual([
      ["list", "db/manifest/", undefined], ["list", "db/", undefined], ["put", `db/${MANIFEST}`, "create"],
    ]);
    const reads = store.calls("getRange");
    expect(reads.map(({ path, start, end }) => [path, BigInt(start ?? 0), BigInt(end ?? 0)])).toEqual(ssts.map(({ path, infoOffset, size }) => [path, infoOffset, size]));
    expect(Math.max(...reads.map(({ start = 0, end = 0 }) => end - start))).toBeLessThan(200);
    expect(store.pendingMax).toBeGreaterThan(1);
    expect(store.pendingMax).toBeLessThanOrEqual(16);
  });

  it("is three requests when there is a database already, however large: the same SSTs are the same answer, others are refused", async () => {
    const inner = new MemoryObjectStore();
    const ssts = await writeRun(inner, "db", puts(500), { sstSize: 1_000 });
    const created = await createDatabase(inner, "db", ssts);
    const store = new RecordingObjectStore(inner);
    expect(await createDatabase(store, "db", ssts)).toEqual(created);
    expect(store.calls().map(({ method, path }) => [method, path])).toEqual([["list", "db/manifest/"], ["get", `db/${MANIFEST}`], ["head", `db/${MANIFEST}`]]);
    expect(await planDatabase(inner, "db", ssts)).toMatchObject({ manifest: undefined, rowCount: created.rowCount });
    // SlateDB has been at work since.
    await inner.put("db/manifest/00000000000000000002.manifest", new Uint8Array(1), { mode: "create" });
    expect(await createDatabase(inner, "db", ssts)).toEqual(created);
    for (const [some, options] of [[ssts.slice(1), {}], [ssts, { lastL0Seq: 9n }], [ssts, { manifestVersion: 2 }]] as const) {
      expect(await failure(createDatabase(inner, "db", some, options))).toMatchObject({ code: "ERR_SST_INGEST_EXISTS", details: { root: "db" } });
    }
    await inner.delete(`db/${MANIFEST}`);
    expect(await failure(createDatabase(inner, "db", ssts))).toMatchObject({ code: "ERR_SST_INGEST_EXISTS" });
  });

  it("is planned with the same checks, and nothing is written", async () => {
    const store = new MemoryObjectStore();
    const ssts = await writeRun(store, "db", puts(500), { sstSize: 1_000 });
    const before = await objectPaths(store);
    const { manifest, ...plan } = await planDatabase(store, "db", ssts);
    expect(await objectPaths(store)).toEqual(before);
    expect(await failure(planDatabase(store, "db", ssts.slice(1)))).toMatchObject({ code: "ERR_SST_INGEST_ROOT_NOT_EMPTY" });
    expect(await failure(planDatabase(store, "db", [...ssts].reverse()))).toMatchObject({ code: "ERR_SST_INGEST_ORDER" });
    expect(await failure(planDatabase(store, "db", ssts, { manifestVersion: 3 as never }))).toMatchObject({ code: "ERR_SST_OPTION_INVALID" });
    expect(await createDatabase(store, "db", ssts)).toMatchObject(plan);
    expect(await store.get(plan.manifestPath)).toEqual(manifest);
  });

  it("has a manifest of the second layout on request", async () => {
    const store = new MemoryObjectStore();
    const ssts = await writeRun(store, "db", puts(500), { sstSize: 1_000 });
    const { manifestPath } = await createDatabase(store, "db", ssts, { manifestVersion: 2 });
    const { version, manifest } = decodeManifest(await store.get(manifestPath));
    expect(version).toBe(2);
    expect(manifest).toMatchObject({ initialized: true, ssts: ssts.map(() => ({ formatVersion: 2 })), compacted: [{ id: 0, ssts: ssts.map(() => ({})) }] });
    expect(await createDatabase(store, "db", ssts, { manifestVersion: 2 })).toMatchObject({ manifestPath });
  });

  it("lets exactly one of several calls win, and the others know", async () => {
    const store = new MemoryObjectStore();
    const ssts = await writeRun(store, "db", puts(100), { paths: paths("db") });
    const calls = await Promise.allSettled(Array.from({ length: 5 }, (_, i) => createDatabase(store, "db", ssts, { lastL0Seq: BigInt(i) })));
    const won = calls.filter((call) => call.status === "fulfilled");
    const lost = calls.filter((call) => call.status === "rejected");
    expect([won.length, lost.length]).toEqual([1, 4]);
    for (const { reason } of lost) expect(reason).toMatchObject({ code: "ERR_SST_INGEST_EXISTS", cause: { code: "ERR_STORE_ALREADY_EXISTS" } });
    expect((await readManifest(store, "db")).lastL0Seq).toBe(won[0]?.value.lastL0Seq);
  });

  it("has the same answer when another one makes it between its two listings", async () => {
    const store = new MemoryObjectStore();
    const ssts = await writeRun(store, "db", puts(100));
    let listings = 0;
    const overtaken = (options: CreateDatabaseOptions): ObjectStore => new Proxy(store, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        if (name !== "list") return (member as () => unknown).bind(target);
        return async function* (prefix: string) {
          if (++listings === 2) await createDatabase(store, "db", ssts, options);
          yield* target.list(prefix);
        };
      },
    });
    expect(await failure(createDatabase(overtaken({ lastL0Seq: 7n }), "db", ssts))).toMatchObject({ code: "ERR_SST_INGEST_EXISTS" });
    listings = 0;
    await store.delete(`db/${MANIFEST}`);
    expect(await createDatabase(overtaken({}), "db", ssts)).toMatchObject({ manifestPath: `db/${MANIFEST}`, sstCount: ssts.length });
  });

  it("may fail at any call: only a lost answer to the put leaves a database behind", async () => {
    const inner = new MemoryObjectStore();
    const ssts = await writeRun(inner, "db", puts(50), { sstSize: 300 });
    const before = await objectPaths(inner);
    const calls = 3 + ssts.length;
    for (let call = 1; call <= calls; call++) {
      const error = await failure(createDatabase(new FailingObjectStore(inner, { call, when: "before" }), "db", ssts));
      expect(error, `call ${call}`).toMatchObject(call === calls ? { code: "ERR_SST_WRITE", details: { path: `db/${MANIFEST}`, storeCode: "ERR_STORE_FAILED" } } : { code: "ERR_STORE_FAILED" });
      expect(await objectPaths(inner), `call ${call}`).toEqual(before);
    }
    expect(await failure(createDatabase(new FailingObjectStore(inner, { method: "put", call: 1, when: "after" }), "db", ssts))).toMatchObject({ code: "ERR_SST_WRITE" });
    expect(await objectPaths(inner)).toEqual([...before, `db/${MANIFEST}`]);
    // Asking again tells.
    expect(await createDatabase(inner, "db", ssts)).toMatchObject({ manifestPath: `db/${MANIFEST}` });
  });
});
