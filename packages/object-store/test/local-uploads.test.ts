// Uploads of local stores: one write of each byte, and what a crash leaves behind.
import { appendFile, link, mkdir, readdir, readFile, rename, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LocalObjectStore, type ObjectStore, type PartReceipt } from "../src/index.js";
import { collect, everythingIn, temporaryFolder, utf8 } from "./local-folder.js";

const SEED = 20_240_612;
const OVERWRITE = { mode: "overwrite" } as const;
const CREATE = { mode: "create" } as const;
const PATH = "db/compacted/object.sst";

async function send(store: ObjectStore, uploadId: string, texts: readonly string[], first = 1): Promise<PartReceipt[]> {
  const receipts: PartReceipt[] = [];
  for (const [index, body] of texts.entries()) receipts.push(await store.uploadPart(PATH, uploadId, first + index, utf8(body)));
  return receipts;
}

async function uploadFolder(root: string, uploadId: string): Promise<string> {
  const folder = join(root, ".slate-sst", `upload-${uploadId}`);
  await stat(folder);
  return folder;
}

async function dataFiles(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith("data-")).map((name) => join(folder, name));
}

async function text(store: ObjectStore): Promise<string> {
  return new TextDecoder().decode(await store.get(PATH));
}

describe("an upload", () => {
  it("writes each byte once: the object is the file that the parts were written to", async () => {
    for (const mode of ["create", "overwrite"] as const) {
      const root = await temporaryFolder();
      const store = new LocalObjectStore(root);
      const { uploadId } = await store.createUpload(PATH, { mode, partSize: 3 });
      const receipts = [...(await send(store, uploadId, ["def"], 2)), ...(await send(store, uploadId, ["abc"])), ...(await send(store, uploadId, ["g"], 3))];
      const [data, ...others] = await dataFiles(await uploadFolder(root, uploadId));
      expect(others).toEqual([]);
      expect(await readFile(data ?? "", "utf8")).toBe("abcdefg");
      const { ino } = await stat(data ?? "");
      const [second, first, third] = receipts;
      if (first === undefined || second === undefined || third === undefined) throw new Error("three receipts were expected");
      await store.completeUpload(PATH, uploadId, [first, second, third], { mode });
      expect((await stat(join(root, PATH))).ino).toBe(ino);
      expect((await stat(join(root, PATH))).nlink).toBe(1);
      expect(await text(store)).toBe("abcdefg");
    }
  });

  it("makes no folder of its object before completion", async () => {
    const root = await temporaryFolder();
    const store = new LocalObjectStore(root);
    const { uploadId } = await store.createUpload(PATH, { mode: "create", partSize: 3 });
    await send(store, uploadId, ["abc"]);
    expect(await readdir(root)).toEqual([".slate-sst"]);
    await store.abortUpload(PATH, uploadId);
    expect(await readdir(root)).toEqual([]);
  });

  it("refuses what does not fit what was fixed at its beginning", async () => {
    const store = new LocalObjectStore(await temporaryFolder());
    const { uploadId } = await store.createUpload(PATH, { mode: "create", partSize: 3 });
    await expect(store.uploadPart(PATH, uploadId, 1, utf8("abcd"))).rejects.toMatchObject({ code: "ERR_STORE_RANGE" });
    const receipts = await send(store, uploadId, ["ab", "cd"]);
    await expect(store.completeUpload(PATH, uploadId, receipts, OVERWRITE)).rejects.toMatchObject({ code: "ERR_STORE_UPLOAD_MISMATCH" });
    await expect(store.completeUpload(PATH, uploadId, receipts, CREATE)).rejects.toMatchObject({ code: "ERR_STORE_UPLOAD_MISMATCH" });
    const checksum = { algorithm: "crc32", digest: new Uint8Array(4) } as const;
    await expect(store.uploadPart(PATH, uploadId, 1, utf8("abc"), { checksum })).rejects.toMatchObject({ code: "ERR_STORE_ARGUMENT" });
    await expect(store.uploadPart("db/other", uploadId, 1, utf8("abc"))).rejects.toMatchObject({ code: "ERR_STORE_UPLOAD_NOT_FOUND" });
  });

  it("gives the same bytes, whichever store objects send which parts, how often and in which order", async () => {
    const partSize = 5;
    const step = fc.record({ store: fc.nat(2), part: fc.nat(3) });
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 16 }), fc.nat(2), fc.integer({ min: 1, max: partSize }), async (steps, last, lastSize) => {
      const root = await temporaryFolder();
      const stores = [new LocalObjectStore(root), new LocalObjectStore(root), new LocalObjectStore(root)] as const;
      const storeOf = (index: number): LocalObjectStore => stores[index] ?? stores[0];
      const { uploadId } = await stores[0].createUpload(PATH, { mode: "create", partSize });
      const bodies = new Map<number, Uint8Array>();
      const sizeOf = (part: number): number => (part === 3 ? lastSize : partSize);
      const everyPart = [0, 1, 2, 3].map((part) => ({ store: part % 3, part }));
      for (const [round, { store, part }] of [...everyPart, ...steps].entries()) {
        const body = new Uint8Array(sizeOf(part)).fill(round + 1);
        await storeOf(store).uploadPart(PATH, uploadId, part + 1, body);
        bodies.set(part, body);
      }
      await storeOf(last).completeUpload(PATH, uploadId, await collect(stores[0].listParts(PATH, uploadId)), CREATE);
      const expected = Buffer.concat([0, 1, 2, 3].map((part) => bodies.get(part) ?? new Uint8Array(0)));
      expect(Buffer.compare(await stores[1].get(PATH), expected)).toBe(0);
      expect(await everythingIn(root)).toEqual(["db", "db/compacted", PATH]);
    }), { seed: SEED, numRuns: 30 });
  });
});

describe("after a crash", () => {
  it("an upload is not an object, is listed, and can be gone on with", async () => {
    const root = await temporaryFolder();
    const crashed = new LocalObjectStore(root);
    const { uploadId } = await crashed.createUpload(PATH, { mode: "create", partSize: 3 });
    await send(crashed, uploadId, ["abc", "def"]);
    const store = new LocalObjectStore(root);
    await expect(store.head(PATH)).rejects.toMatchObject({ code: "ERR_STORE_NOT_FOUND" });
    expect(await collect(store.list(""))).toEqual([]);
    expect((await collect(store.listUploads(""))).map((upload) => [upload.path, upload.uploadId])).toEqual([[PATH, uploadId]]);
    const receipts = [...(await collect(store.listParts(PATH, uploadId))), ...(await send(store, uploadId, ["g"], 3))];
    await store.completeUpload(PATH, uploadId, receipts, CREATE);
    expect(await text(store)).toBe("abcdefg");
    expect(await readdir(root)).toEqual(["db"]);
  });

  it("a new object can be created while an abandoned upload is there, which then can't replace it", async () => {
    const root = await temporaryFolder();
    const crashed = new LocalObjectStore(root);
    const { uploadId } = await crashed.createUpload(PATH, { mode: "create", partSize: 3 });
    const receipts = await send(crashed, uploadId, ["old"]);
    const store = new LocalObjectStore(root);
    await store.put(PATH, utf8("new"), CREATE);
    await expect(store.completeUpload(PATH, uploadId, receipts, CREATE)).rejects.toMatchObject({ code: "ERR_STORE_ALREADY_EXISTS" });
    await store.abortUpload(PATH, uploadId);
    expect(await text(store)).toBe("new");
    expect(await readdir(root)).toEqual(["db"]);
  });

  it("a torn line is no receipt, and does not swallow the next one", async () => {
    const root = await temporaryFolder();
    const crashed = new LocalObjectStore(root);
    const { uploadId } = await crashed.createUpload(PATH, { mode: "create", partSize: 3 });
    await send(crashed, uploadId, ["abc"]);
    await appendFile(join(await uploadFolder(root, uploadId), "parts.log"), '\n{"part":2,"size":3,"etag":"x","da');
    const store = new LocalObjectStore(root);
    expect((await collect(store.listParts(PATH, uploadId))).map(({ partNumber }) => partNumber)).toEqual([1]);
    await send(store, uploadId, ["d"], 2);
    expect((await collect(store.listParts(PATH, uploadId))).map(({ partNumber }) => partNumber)).toEqual([1, 2]);
  });

  it("lines that nobody could have written are no receipts", async () => {
    const root = await temporaryFolder();
    const store = new LocalObjectStore(root);
    const { uploadId } = await store.createUpload(PATH, { mode: "create", partSize: 3 });
    const lines = ["[]", "null", "1", '{"part":-1,"size":3,"etag":"x","data":"y"}', '{"part":1,"size":1.5,"etag":"x","data":"y"}', '{"part":1,"size":3,"data":"y"}'];
    await appendFile(join(await uploadFolder(root, uploadId), "parts.log"), lines.join("\n"));
    expect(await collect(store.listParts(PATH, uploadId))).toEqual([]);
  });

  it("a receipt whose bytes are not there is found out at completion", async () => {
    const root = await temporaryFolder();
    const crashed = new LocalObjectStore(root);
    const { uploadId } = await crashed.createUpload(PATH, { mode: "create", partSize: 3 });
    const receipts = await send(crashed, uploadId, ["abc", "def"]);
    const [data] = await dataFiles(await uploadFolder(root, uploadId));
    await writeFile(data ?? "", "abcd");
    for (const store of [crashed, new LocalObjectStore(root)]) {
      await expect(store.completeUpload(PATH, uploadId, receipts, CREATE)).rejects.toMatchObject({ code: "ERR_STORE_FAILED" });
    }
    await expect(crashed.head(PATH)).rejects.toMatchObject({ code: "ERR_STORE_NOT_FOUND" });
  });

  it("between publication and cleaning up, completion can be called again", async () => {
    for (const mode of ["create", "overwrite"] as const) {
      const root = await temporaryFolder();
      const crashed = new LocalObjectStore(root);
      const { uploadId } = await crashed.createUpload(PATH, { mode, partSize: 3 });
      const receipts = await send(crashed, uploadId, ["abc", "d"]);
      const [data] = await dataFiles(await uploadFolder(root, uploadId));
      await mkdir(join(root, "db/compacted"), { recursive: true });
      await link(data ?? "", join(root, PATH));
      const store = new LocalObjectStore(root);
      expect(await store.completeUpload(PATH, uploadId, receipts, { mode })).toEqual({ etag: (await store.head(PATH)).etag });
      expect(await text(store)).toBe("abcd");
      expect(await readdir(root)).toEqual(["db"]);
    }
  });

  it("in the middle of cleaning up, the upload is gone, and abort finishes it", async () => {
    const root = await temporaryFolder();
    const crashed = new LocalObjectStore(root);
    const { uploadId } = await crashed.createUpload(PATH, { mode: "create", partSize: 3 });
    const receipts = await send(crashed, uploadId, ["abc"]);
    await rename(await uploadFolder(root, uploadId), join(root, ".slate-sst", `gone-${uploadId}`));
    for (const store of [crashed, new LocalObjectStore(root)]) {
      await expect(store.uploadPart(PATH, uploadId, 2, utf8("x"))).rejects.toMatchObject({ code: "ERR_STORE_UPLOAD_NOT_FOUND" });
      await expect(store.completeUpload(PATH, uploadId, receipts, CREATE)).rejects.toMatchObject({ code: "ERR_STORE_UPLOAD_NOT_FOUND" });
    }
    await crashed.abortUpload(PATH, uploadId);
    expect(await readdir(root)).toEqual([]);
  });

  it("leftovers that no upload id leads to can be removed by age, uploads stay", async () => {
    const root = await temporaryFolder();
    const store = new LocalObjectStore(root);
    await store.put("object", utf8("x"), CREATE);
    const { uploadId } = await store.createUpload(PATH, { mode: "create", partSize: 3 });
    const staging = join(root, ".slate-sst");
    const old = ["put-11", "gone-22", "upload-33", "upload-44"];
    await writeFile(join(staging, "put-11"), "torn");
    await writeFile(join(staging, "put-55"), "under way");
    for (const name of old.slice(1)) await mkdir(join(staging, name));
    await writeFile(join(staging, "upload-44", "upload.json"), '\n{"layout":1,"path":"a');
    for (const name of [...old, `upload-${uploadId}`]) await utimes(join(staging, name), 1000, 1000);
    expect((await collect(store.list(""))).map(({ path }) => path)).toEqual(["object"]);
    expect((await collect(store.listUploads(""))).map(({ path }) => path)).toEqual([PATH]);
    expect(await store.removeLeftovers(2_000_000)).toBe(old.length);
    expect((await readdir(staging)).sort()).toEqual(["put-55", `upload-${uploadId}`]);
    expect(await store.removeLeftovers(Date.now() + 60_000)).toBe(1);
    await store.abortUpload(PATH, uploadId);
    expect(await store.removeLeftovers(Date.now())).toBe(0);
    expect(await readdir(root)).toEqual(["object"]);
    await expect(store.removeLeftovers(Number.NaN)).rejects.toMatchObject({ code: "ERR_STORE_ARGUMENT" });
  });

  it("records that nobody could have written are no uploads", async () => {
    const root = await temporaryFolder();
    const store = new LocalObjectStore(root);
    const { uploadId } = await store.createUpload(PATH, { mode: "create", partSize: 3 });
    const record = join(await uploadFolder(root, uploadId), "upload.json");
    const good = JSON.parse(await readFile(record, "utf8")) as Record<string, unknown>;
    const changes = [{ layout: 2 }, { path: "../x" }, { mode: "append" }, { partSize: 0 }, { checksumAlgorithm: "sum" }, { createdAt: "never" }];
    for (const change of changes) {
      await writeFile(record, JSON.stringify({ ...good, ...change }));
      expect(await collect(store.listUploads("")), JSON.stringify(change)).toEqual([]);
      const other = new LocalObjectStore(root);
      await expect(other.uploadPart(PATH, uploadId, 1, utf8("x"))).rejects.toMatchObject({ code: "ERR_STORE_UPLOAD_NOT_FOUND" });
    }
  });
});
