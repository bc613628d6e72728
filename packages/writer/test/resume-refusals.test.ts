// What a resume refuses by name, what it survives of a damaged journal, and how writers with a journal end.
import { crc32, isSstError, type SstError } from "@slate-sst/format";
import { crc32Checksum, MEMORY_CAPABILITIES, MemoryObjectStore, type ObjectStore } from "@slate-sst/object-store";
import { DecoratedObjectStore, FailingObjectStore, RecordingObjectStore, type StoreCall, type StoreMethod } from "@slate-sst/object-store/testing";
import { describe, expect, it } from "vitest";
import { type Row, SstWriter, type SstWriterConfig } from "../src/index.js";
import { attempt, checkpointIn, contents, finish, type RunConfig, told, undisturbed } from "./resumed-runs.js";
import { asRow, PATH, rejectionOf, sampleRows } from "./sample-rows.js";

const ROWS = sampleRows(500, 33).map(asRow);
const BASE: RunConfig = { partSize: 4096, blockSize: 1024, minFilterKeys: 100 };

/** A store with an SST that was begun and left after these rows. */
async function begun(rows: readonly Row[] = ROWS.slice(0, 400), config: RunConfig = BASE): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore();
  const writer = await SstWriter.create(store, PATH, { ...config, checkpoint: checkpointIn(store) });
  await writer.writeAll(rows);
  await writer.detach();
  return store;
}

const resume = async (store: ObjectStore, config: SstWriterConfig = {}): Promise<SstWriter> => await SstWriter.resume(store, PATH, { ...BASE, checkpoint: checkpointIn(store), ...config });

/** A store during whose first call of a method somebody aborts: it has acted by then. */
class AbortingObjectStore extends DecoratedObjectStore {
  constructor(inner: ObjectStore, readonly method: StoreMethod, readonly controller: AbortController) {
    super(inner);
  }

  protected override async after({ method }: StoreCall): Promise<void> {
    if (method === this.method) this.controller.abort("stop");
  }
}

async function records(store: ObjectStore): Promise<string[]> {
  return (await contents(store)).paths.filter((path) => path.includes("/records/"));
}

const expectCode = async (promise: Promise<unknown>, code: string): Promise<SstError> => {
  const error = await rejectionOf(promise);
  expect(isSstError(error) ? error.code : told(error)).toBe(code);
  return error as SstError;
};

describe("a configuration", () => {
  const store = new MemoryObjectStore();
  const create = async (config: object): Promise<SstWriter> => await SstWriter.create(store, PATH, config);
  const checkpoint = checkpointIn(store);

  it.each([
    ["digest", { digest: "sha256", checkpoint }],
    ["transform", { transform: { encode: (bytes: Uint8Array) => bytes }, checkpoint }],
    ["workers", { workers: 1, compression: "zlib", checkpoint }],
    ["checkpoint.prefix", { checkpoint: { store, prefix: "/x" } }],
    ["checkpoint.everyParts", { checkpoint: { store, prefix: "x", everyParts: 0 } }],
    ["checkpoint.everyParts", { checkpoint: { store, prefix: "x", everyParts: 1001 } }],
    ["checkpoint.store", { checkpoint: { store: {}, prefix: "x" } }],
    ["checkpoint.store", { checkpoint: { store: new MemoryObjectStore({ capabilities: { ...MEMORY_CAPABILITIES, putCreate: false } }), prefix: "x" } }],
    ["checkpoint", { checkpoint: "journals" }],
  ])("that cannot be had is refused by name: %s", async (option, config) => {
    const error = await expectCode(create(config), "ERR_SST_OPTION_INVALID");
    expect(error.message).toContain(option);
    expect(error.details["option"]).toBe(option);
  });

  it("with a misspelt name is refused with a suggestion, and resume wants a journal", async () => {
    expect((await expectCode(create({ checkpoint: { store, prefx: "x" } }), "ERR_SST_OPTION_UNKNOWN")).details["suggestion"]).toBe("prefix");
    await expectCode(SstWriter.resume(store, PATH, {}), "ERR_SST_OPTION_INVALID");
  });
});

describe("a journal", () => {
  it("that was only begun has nothing to replay", async () => {
    const store = new MemoryObjectStore();
    const writer = await SstWriter.create(store, PATH, { ...BASE, checkpoint: checkpointIn(store) });
    await expectCode(writer.replay(ROWS), "ERR_SST_STATE");
    await writer.writeAll(ROWS);
    expect((await writer.close()).rowCount).toBe(BigInt(ROWS.length));
  });

  it("that is not there cannot be resumed, and one that is there is not begun again", async () => {
    await expectCode(resume(new MemoryObjectStore()), "ERR_SST_CHECKPOINT_MISSING");
    const store = await begun();
    const error = await expectCode(SstWriter.create(store, PATH, { ...BASE, checkpoint: checkpointIn(store) }), "ERR_SST_CHECKPOINT_EXISTS");
    expect(error.message).toMatch(/resume.*uploads abort/);
    await finish(await resume(store), ROWS, "skip");
  });

  it.each([
    ["blockSize", { blockSize: 2048 }], ["partSize", { partSize: 8192 }], ["formatVersion", { formatVersion: 1 }], ["compression", { compression: "lz4" }],
    ["filter", { filter: false }], ["minFilterKeys", { minFilterKeys: 101 }], ["filterBitsPerKey", { filterBitsPerKey: 11 }], ["filterFormat", { filterFormat: "composite" }],
    ["seq", { seq: 5n }], ["mode", { mode: "overwrite" }], ["onDuplicate", { onDuplicate: "keepLast" }],
  ] as const)("of another configuration is refused by the name of what differs: %s", async (field, config) => {
    const store = await begun();
    const error = await expectCode(resume(store, config), "ERR_SST_CHECKPOINT_MISMATCH");
    expect(error.message).toContain(`${field} was `);
    expect(error.details["fields"]).toContain(field);
    // It has not become an older writer by that.
    expect((await contents(store)).paths.filter((path) => path.includes("/epochs/"))).toHaveLength(1);
  });

  it("of another store, or for another token, is refused", async () => {
    const store = await begun();
    const error = await expectCode(SstWriter.resume(new MemoryObjectStore(), PATH, { ...BASE, checkpoint: checkpointIn(store) }), "ERR_SST_CHECKPOINT_MISMATCH");
    expect(error.details["fields"]).toEqual(["store"]);
    await expectCode(resume(store, { checkpoint: { ...checkpointIn(store), token: "0123" } }), "ERR_SST_CHECKPOINT_MISMATCH");
  });

  it("whose last record is torn counts as ending before it", async () => {
    const { bytes } = await undisturbed(ROWS, BASE);
    for (const cut of [0, 1, 20, -1]) {
      const store = await begun();
      const last = (await records(store)).at(-1)!;
      const { length } = await store.get(last);
      await store.put(last, (await store.get(last)).subarray(0, cut < 0 ? length + cut : cut), { mode: "overwrite" });
      const writer = await resume(store);
      expect(writer.resumeAfter?.rows).toBeGreaterThan(50);
      await finish(writer, ROWS, "skip");
      expect(Buffer.compare(await store.get(PATH), bytes)).toBe(0);
      expect(await contents(store)).toEqual({ paths: [PATH], uploads: 0 });
    }
  });

  it("with a record that is damaged, missing, foreign or out of place is refused", async () => {
    const other = await begun(ROWS.slice(0, 300));
    const ruin: readonly ((store: ObjectStore, path: string) => Promise<unknown>)[] = [
      async (store, path) => {
        const bytes = await store.get(path);
        bytes[bytes.length >> 1]! ^= 1;
        await store.put(path, bytes, { mode: "overwrite" });
      },
      async (store, path) => await store.delete(path),
      async (store, path) => await store.put(path, await other.get(path), { mode: "overwrite" }),
      async (store, path) => await store.put(path, await store.get((await records(store))[1]!), { mode: "overwrite" }),
    ];
    for (const [way, change] of ruin.entries()) {
      const store = await begun();
      await change(store, (await records(store))[2]!);
      await expectCode(resume(store), "ERR_SST_CHECKPOINT_CORRUPT").catch((error: unknown) => {
        throw new Error(`way ${way}`, { cause: error });
      });
    }
  });

  it("whose upload is gone is refused", async () => {
    const store = await begun();
    for await (const { path, uploadId } of store.listUploads("")) await store.abortUpload(path, uploadId);
    await expectCode(resume(store), "ERR_SST_CHECKPOINT_LOST");
  });

  it("whose parts were replaced goes on before them", async () => {
    const store = await begun();
    const other = new Uint8Array(4096);
    for await (const { path, uploadId } of store.listUploads("")) await store.uploadPart(path, uploadId, 4, other, { checksum: crc32Checksum(crc32(other)) });
    const writer = await resume(store);
    const unharmed = await resume(await begun());
    expect(writer.resumeAfter?.rows).toBeGreaterThan(50);
    expect(writer.resumeAfter?.rows).toBeLessThan(unharmed.resumeAfter?.rows ?? 0);
    await finish(writer, ROWS, "skip");
    expect(Buffer.compare(await store.get(PATH), (await undisturbed(ROWS, BASE)).bytes)).toBe(0);
  });
});

describe("a replay", () => {
  it("sends no part that is there already", async () => {
    const store = await begun();
    const recording = new RecordingObjectStore(store);
    const writer = await SstWriter.resume(recording, PATH, { ...BASE, checkpoint: checkpointIn(store) });
    const parts = (await records(store)).length - 1;
    await writer.replay(ROWS);
    await writer.close();
    const sent = recording.calls("uploadPart").map(({ partNumber }) => partNumber ?? 0);
    expect(Math.min(...sent)).toBe(parts + 1);
    expect(Buffer.compare(await store.get(PATH), (await undisturbed(ROWS, BASE)).bytes)).toBe(0);
  });

  it.each([
    ["a value", (row: Row): Row => ({ ...row, kind: "put", value: new Uint8Array(row.kind === "delete" ? 3 : row.value.length).fill(9) })],
    ["a sequence number", (row: Row): Row => ({ ...row, seq: (row.seq ?? 0n) + 1n })],
  ])("names the first block whose rows differ: %s", async (_name, change) => {
    const store = await begun();
    const writer = await resume(store);
    const at = 123;
    const error = await expectCode(writer.replay(ROWS.map((row, place) => (place === at ? change(row) : row))), "ERR_SST_REPLAY_DIVERGED");
    const { firstRow, lastRow, block, part } = error.details as { firstRow: number; lastRow: number; block: number; part: number };
    expect(firstRow).toBeLessThanOrEqual(at);
    expect(lastRow).toBeGreaterThanOrEqual(at);
    expect(lastRow - firstRow).toBeLessThan(40);
    expect(block).toBeGreaterThan(0);
    expect(part).toBeGreaterThan(0);
    expect(error.message).toContain(`rows ${firstRow} to ${lastRow}`);
    // Nothing is lost by that.
    await writer[Symbol.asyncDispose]();
    await finish(await resume(store), ROWS, "replay");
    expect(Buffer.compare(await store.get(PATH), (await undisturbed(ROWS, BASE)).bytes)).toBe(0);
  });

  it("of rows that end early is told", async () => {
    for (const rows of [3, 60, 200]) {
      const store = await begun();
      const writer = await resume(store);
      await writer.replay(ROWS.slice(0, rows));
      await expectCode(writer.close(), "ERR_SST_REPLAY_DIVERGED");
    }
  });

  it("is for resumed writers that no row was written to", async () => {
    const store = new MemoryObjectStore();
    await expectCode((await SstWriter.create(store, "other.sst", BASE)).replay(ROWS), "ERR_SST_STATE");
    const writer = await resume(await begun());
    await writer.add(ROWS[(writer.resumeAfter?.ordinal ?? 0) + 1]!);
    await expectCode(writer.replay(ROWS), "ERR_SST_STATE");
  });
});

describe("a writer with a journal", () => {
  it("that was closed when its answer was lost is found to be closed, and takes no rows", async () => {
    const store = new MemoryObjectStore();
    const { calls } = await attempt(new MemoryObjectStore(), ROWS, BASE, "skip");
    let settled = 0;
    for (let call = 1; call <= calls; call++) {
      const again = new MemoryObjectStore();
      await attempt(again, ROWS, BASE, "skip", { call, times: Infinity, when: "after" });
      const writer = await resume(again).catch(() => undefined);
      if (writer?.state !== "closed") continue;
      settled++;
      const { metadata, bytes } = await undisturbed(ROWS, BASE);
      expect(writer.metadata().crc32).toBe(metadata.crc32);
      expect((await writer.close()).size).toBe(BigInt(bytes.length));
      expect(writer.metadata().etag).toBe((await again.head(PATH)).etag);
      expect([writer.rowCount, writer.resumeAfter?.ordinal, writer.estimatedSize()]).toEqual([ROWS.length, ROWS.length - 1, bytes.length]);
      await writer.replay(ROWS);
      expect(() => writer.put("z", "z")).toThrow(expect.objectContaining({ code: "ERR_SST_STATE" }));
      await writer.abort();
      expect(await contents(again)).toEqual({ paths: [PATH], uploads: 0 });
    }
    expect(settled).toBeGreaterThan(1);
    expect((await contents(store)).paths).toEqual([]);
  });

  it("refuses an object of others, before and at its publication, and takes it for its own in no case", async () => {
    const store = await begun();
    await store.put(PATH, new Uint8Array(3), { mode: "create" });
    await expectCode(resume(store), "ERR_SST_EXISTS");
    await store.delete(PATH);
    const writer = await resume(store);
    await store.put(PATH, new Uint8Array(3), { mode: "create" });
    await expectCode(finish(writer, ROWS, "skip"), "ERR_SST_EXISTS");
    await expectCode(resume(store), "ERR_SST_EXISTS");
    await store.delete(PATH);
    expect((await resume(store)).state).toBe("closed");
    expect(await contents(store)).toEqual({ paths: [PATH], uploads: 0 });
  });

  it("keeps upload and journal when it is left or fails, and removes both by abort() and its signal", async () => {
    const store = await begun();
    await (await resume(store))[Symbol.asyncDispose]();
    expect((await contents(store)).uploads).toBe(1);
    const controller = new AbortController();
    const writer = await resume(store, { signal: controller.signal });
    controller.abort();
    await writer.abort();
    expect(await contents(store)).toEqual({ paths: [], uploads: 0 });
    const another = await begun();
    await (await resume(another)).abort();
    expect(await contents(another)).toEqual({ paths: [], uploads: 0 });
  });

  it("whose signal is aborted while its journal is begun leaves none behind, unless the store cannot remove it", async () => {
    for (const [left, rules] of [[0, []], [1, [{ method: "delete", call: 1, when: "before" }]]] as const) {
      const memory = new MemoryObjectStore();
      const controller = new AbortController();
      const journals = new FailingObjectStore(new AbortingObjectStore(memory, "put", controller), ...rules);
      await expectCode(SstWriter.create(memory, PATH, { ...BASE, checkpoint: checkpointIn(journals), signal: controller.signal }), "ERR_SST_ABORTED");
      expect((await contents(memory)).paths).toHaveLength(left);
    }
  });

  it("whose signal is aborted during its last request is not resumed, and stays as it is", async () => {
    const store = await begun();
    const before = await contents(store);
    const controller = new AbortController();
    await expectCode(resume(new AbortingObjectStore(store, "listUploads", controller), { signal: controller.signal }), "ERR_SST_ABORTED");
    expect((await contents(store)).uploads).toBe(before.uploads);
    await finish(await resume(store), ROWS, "skip");
  });

  it("is over once it is detached", async () => {
    const store = new MemoryObjectStore();
    const writer = await SstWriter.create(store, PATH, { ...BASE, checkpoint: checkpointIn(store) });
    await writer.writeAll(ROWS.slice(0, 400));
    const token = await writer.detach();
    expect(writer.state).toBe("detached");
    expect(() => writer.put("z", "z")).toThrow(expect.objectContaining({ code: "ERR_SST_STATE" }));
    await expectCode(writer.close(), "ERR_SST_STATE");
    await expectCode(writer.detach(), "ERR_SST_STATE");
    await writer.abort();
    await finish(await resume(store, { checkpoint: { ...checkpointIn(store), token } }), ROWS, "skip");
    await expectCode((await SstWriter.create(store, "other.sst", BASE)).detach(), "ERR_SST_STATE");
  });
});
