// Uploads that are killed by SIGKILL at random moments, and gone on with: what comes out is what an undisturbed writer writes, and
// nothing is left behind. A few kills here; SLATE_SST_KILLS sets how many (50 is what a release is tried with).
import { LocalObjectStore, MemoryObjectStore } from "@slate-sst/object-store";
import { newBucket, serverAccess } from "@slate-sst/object-store-s3/testing";
import { SstWriter } from "@slate-sst/writer";
import { createHash } from "node:crypto";
import { fileURLToPath, pathToFileURL } from "node:url";
import { openStore } from "@slate-sst/object-store";
import { beforeAll, describe, expect, it } from "vitest";
import { GeneratedRows } from "../scripts/generated-rows.mjs";
import { type KilledUpload, leftovers, uploadUnderKills } from "../src/killed-uploads.js";
import { TempFolder } from "../src/oracle/folders.js";
import { Xorshift32 } from "../src/xorshift32.js";
import { buildWhatIsMissing } from "./built-packages.js";

const access = await serverAccess(fileURLToPath(new URL("../../../.cache/radosgw/access.json", import.meta.url)), "uploads to radosgw that are killed");

const PATH = "db/compacted/killed.sst";
const SEED = 20_264;
const KILLS = Number(process.env["SLATE_SST_KILLS"] ?? 4);
/** Generous: a process that nobody kills takes about a second. */
const TIMEOUT = 60_000 + KILLS * 20_000;

async function digestOf(rows: number, partSize: number): Promise<string> {
  const store = new MemoryObjectStore();
  const generated = new GeneratedRows();
  const writer = await SstWriter.create(store, PATH, { partSize });
  for (let row = 0; row < rows; row++) {
    generated.next();
    await writer.put(generated.key, generated.value, generated.times);
  }
  await writer.close();
  return createHash("sha256").update(await store.get(PATH)).digest("hex");
}

async function expectSurvival(upload: KilledUpload): Promise<void> {
  const outcome = await uploadUnderKills(upload, new Xorshift32(SEED));
  console.log(`seed ${SEED}: ${outcome.killed} killed, ${outcome.resumed} of them after a resume, up to ${outcome.skippedMax} rows skipped`);
  expect([...outcome.sha256s]).toEqual([await digestOf(upload.rows, upload.partSize)]);
  expect(outcome.killed).toBe(KILLS);
  expect(await leftovers(await openStore(upload.url), PATH)).toEqual([]);
}

describe("an upload that is killed again and again", () => {
  beforeAll(buildWhatIsMissing);

  it("to a local folder", async () => {
    using folder = new TempFolder("resume-kill");
    await expectSurvival({ url: pathToFileURL(folder.path).href, path: PATH, mode: "create", rows: 200_000, partSize: 64 * 1024, kills: KILLS, killWithin: 120 });
    expect(await leftovers(new LocalObjectStore(folder.path), PATH)).toEqual([]);
  }, TIMEOUT);

  it.skipIf(access === undefined)("to radosgw", async () => {
    const { endpoint, accessKeyId, secretAccessKey } = access!;
    const variables = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: "us-east-1" };
    Object.assign(process.env, variables);
    const url = `s3://${await newBucket(access!)}/data?endpoint=${endpoint}&provider=ceph`;
    await expectSurvival({ url, path: PATH, mode: "overwrite", rows: 400_000, partSize: 5 * 1024 * 1024, kills: KILLS, killWithin: 1500, variables });
  }, TIMEOUT);
});
