// Every system call of a local store fails in turn, once or for good: never is a part of an object seen under its name, never
// is a resolved call untrue, and what is left behind can be gone on with and removed.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { LocalObjectStore, type ObjectStore, type PartReceipt, type WriteMode } from "../src/index.js";
import { collect, everythingIn, temporaryFolder, utf8 } from "./local-folder.js";
import { installFaultySystem } from "./faulty-file-system.js";

const UPLOADED = "db/compacted/uploaded.sst";
const PUT = "db/manifest/put";
const PARTS = ["abc", "def", "g"];
const WHOLE = PARTS.join("");
/** Far more than the calls of one run. */
const CALLS_MAX = 400;

interface Run {
  completed: boolean;
  stored: boolean;
  uploadId: string | undefined;
}

/** An upload and a put; each step only when the one before it succeeded. */
async function run(store: ObjectStore, mode: WriteMode): Promise<Run> {
  const progress: Run = { completed: false, stored: false, uploadId: undefined };
  try {
    const { uploadId } = await store.createUpload(UPLOADED, { mode, partSize: 3 });
    progress.uploadId = uploadId;
    const receipts: PartReceipt[] = [];
    for (const [index, text] of PARTS.entries()) receipts.push(await store.uploadPart(UPLOADED, uploadId, index + 1, utf8(text)));
    await store.completeUpload(UPLOADED, uploadId, receipts, { mode });
    progress.completed = true;
    await store.put(PUT, utf8(WHOLE), { mode });
    progress.stored = true;
  } catch (error) {
    expect(error).toMatchObject({ name: "StoreError", code: "ERR_STORE_FAILED", cause: { code: "EIO" } });
  }
  return progress;
}

async function textOrNone(store: ObjectStore, path: string): Promise<string | undefined> {
  const found = (await collect(store.list(path))).length > 0;
  return found ? new TextDecoder().decode(await store.get(path)) : undefined;
}

/** What a process that starts afterwards finds, and makes of it. */
async function recover(root: string, mode: WriteMode, { completed, stored, uploadId }: Run): Promise<void> {
  const store = new LocalObjectStore(root);
  const [uploaded, put] = [await textOrNone(store, UPLOADED), await textOrNone(store, PUT)];
  expect([WHOLE, ...(completed ? [] : [undefined])], "the uploaded object").toContain(uploaded);
  expect([WHOLE, ...(stored ? [] : [undefined])], "the object put").toContain(put);
  const [upload] = await collect(store.listUploads(""));
  if (upload !== undefined) {
    const known = await collect(store.listParts(UPLOADED, upload.uploadId));
    const receipts: PartReceipt[] = [];
    for (const [index, text] of PARTS.entries()) {
      receipts.push(known.find(({ partNumber }) => partNumber === index + 1) ?? (await store.uploadPart(UPLOADED, upload.uploadId, index + 1, utf8(text))));
    }
    await store.completeUpload(UPLOADED, upload.uploadId, receipts, { mode });
    expect(await textOrNone(store, UPLOADED), "the object of the upload gone on with").toBe(WHOLE);
  }
  if (uploadId !== undefined) await store.abortUpload(UPLOADED, uploadId);
  await store.removeLeftovers(Date.now() + CALLS_MAX);
  expect((await everythingIn(root)).filter((name) => name.includes(".slate-sst")), "leftovers").toEqual([]);
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each([["create", false], ["overwrite", true]] as const)("mode %s, fsync %s", (mode, fsync) => {
  it.each(["once", "from there on"] as const)("survives each call failing %s", async (fails) => {
    const folder = await temporaryFolder("memory");
    let last = 0;
    for (let failing = 1; last === 0; failing++) {
      expect(failing, "calls of one run").toBeLessThan(CALLS_MAX);
      const root = join(folder, String(failing));
      await mkdir(root);
      const system = installFaultySystem(failing, fails);
      const progress = await run(new LocalObjectStore(root, { fsync }), mode);
      vi.restoreAllMocks();
      if (system.calls() < failing) last = failing;
      await recover(root, mode, progress);
      if (last > 0) expect(progress, "a run without a failure").toMatchObject({ completed: true, stored: true });
    }
    expect(last).toBeGreaterThan(PARTS.length);
  });

  it("can complete again after a failure, by the same store object", async () => {
    const folder = await temporaryFolder("memory");
    let failed = 0;
    for (let failing = 1; failing < CALLS_MAX; failing++) {
      const root = join(folder, String(failing));
      const system = installFaultySystem(failing, "once");
      const store = new LocalObjectStore(root, { fsync });
      vi.restoreAllMocks();
      const steps = async (): Promise<void> => {
        const { uploadId } = await store.createUpload(UPLOADED, { mode, partSize: 3 });
        const receipts: PartReceipt[] = [];
        for (const [index, text] of PARTS.entries()) {
          const upload = async (): Promise<PartReceipt> => await store.uploadPart(UPLOADED, uploadId, index + 1, utf8(text));
          receipts.push(await upload().catch(upload));
        }
        const complete = async (): Promise<unknown> => await store.completeUpload(UPLOADED, uploadId, receipts, { mode });
        await complete().catch(complete);
      };
      try {
        await steps();
      } catch {
        // The upload could not be created.
        failed += 1;
        await steps();
      }
      expect(await textOrNone(new LocalObjectStore(root), UPLOADED)).toBe(WHOLE);
      if (system.calls() < failing) break;
    }
    expect(failed).toBeGreaterThan(0);
  });
});
