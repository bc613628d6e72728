// End to end on a real S3 server: databases that we make on Ceph's radosgw, SlateDB opens through its own S3 client.
import { createDatabase, writeRun } from "@slate-sst/ingest";
import { openStore } from "@slate-sst/object-store";
import { S3ObjectStore } from "@slate-sst/object-store-s3";
import { newBucket, serverAccess } from "@slate-sst/object-store-s3/testing";
import { SstReader } from "@slate-sst/reader";
import { SstWriter } from "@slate-sst/writer";
import { verifyDatabase } from "@slate-sst/verify";
import { DbBuilder, DbReaderBuilder, DurabilityLevel, ObjectStore } from "@slatedb/uniffi";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const access = await serverAccess(fileURLToPath(new URL("../../../.cache/radosgw/access.json", import.meta.url)), "databases on radosgw, opened by SlateDB");

const ROWS = 200_000;
const READ_AHEAD_BYTES = 4 * 1024 * 1024;
const row = (id: number): { key: string; value: string } => ({ key: `user/${String(id).padStart(8, "0")}`, value: `name of ${id}, ${"x".repeat(id % 97)}` });

function* rows(): Generator<{ key: string; value: string }> {
  for (let id = 0; id < ROWS; id++) yield row(id);
}

describe.skipIf(access === undefined)("a database on radosgw (npm run stores:up)", () => {
  const { endpoint, accessKeyId, secretAccessKey } = access ?? { endpoint: "", accessKeyId: "", secretAccessKey: "" };
  const variables = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: "us-east-1", AWS_ENDPOINT: endpoint, AWS_ALLOW_HTTP: "true" };
  let bucket: string;
  let url: string;

  beforeAll(async () => {
    // As a user would set them, for SlateDB's client and for the SDK's default chain.
    Object.assign(process.env, variables);
    bucket = await newBucket({ endpoint, accessKeyId, secretAccessKey });
    url = `s3://${bucket}/data?endpoint=${endpoint}&provider=ceph`;
  });
  afterAll(() => {
    for (const name of Object.keys(variables)) delete process.env[name];
  });

  it("is made by us, and opened, read and written to by SlateDB", async () => {
    const store = await openStore(url);
    // radosgw can't create an object in parts: fresh names, overwritten.
    const ssts = await writeRun(store, "users", rows(), { sstSize: 8 * 1024 * 1024, mode: "overwrite", partSize: 5 * 1024 * 1024 });
    const { rowCount } = await createDatabase(store, "users", ssts);
    expect([ssts.length, rowCount]).toEqual([2, BigInt(ROWS)]);
    expect(ssts.every(({ size }) => size > 5 * 1024 * 1024)).toBe(true);

    const theirs = ObjectStore.resolve(`s3://${bucket}/data`);
    const reader = await new DbReaderBuilder("users", theirs).build();
    const text = new TextDecoder();
    let read = 0;
    // Without reading ahead SlateDB makes a request for each block.
    const scan = await reader.scan_with_options({ start: undefined, start_inclusive: true, end: undefined, end_inclusive: false }, {
      durability_filter: DurabilityLevel.Remote, dirty: false, read_ahead_bytes: READ_AHEAD_BYTES, cache_blocks: true, max_fetch_tasks: 2, order: undefined,
    });
    for (let next = await scan.next(); next !== undefined; next = await scan.next(), read++) {
      const { key, value } = row(read);
      if (text.decode(next.key) !== key || text.decode(next.value) !== value) throw new Error(`row ${read} is ${text.decode(next.key)}`);
    }
    expect(read).toBe(ROWS);
    await reader.shutdown();

    const db = await new DbBuilder("users", theirs).build();
    await db.put(new TextEncoder().encode("user/new"), new TextEncoder().encode("new"));
    await db.shutdown();
    const again = await new DbReaderBuilder("users", theirs).build();
    expect(text.decode(await again.get(new TextEncoder().encode("user/new")))).toBe("new");
    expect(text.decode(await again.get(new TextEncoder().encode(row(77).key)))).toBe(row(77).value);
    await again.shutdown();
  });

  it("is verified over S3, by the library and by sst-verify", async () => {
    const store = await openStore(url);
    const ssts = await writeRun(store, "checked", rows(), { sstSize: 8 * 1024 * 1024, mode: "overwrite" });
    await createDatabase(store, "checked", ssts);
    const verification = verifyDatabase(store, "checked");
    const findings = [];
    for await (const finding of verification) findings.push(finding);
    expect(findings).toEqual([]);
    const program = fileURLToPath(new URL("../../verify/bin/sst-verify.mjs", import.meta.url));
    const path = ssts[0]?.path ?? "";
    const whole = `s3://${bucket}/data/${path}?endpoint=${endpoint}&provider=ceph`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--no-warnings", program, whole], { encoding: "utf8", env: process.env });
    expect([status, stderr], stdout).toEqual([0, ""]);
    const database = `s3://${bucket}/data/checked?endpoint=${endpoint}&provider=ceph`;
    const ofDatabase = spawnSync(process.execPath, ["--no-warnings", program, "--db", database], { encoding: "utf8", env: process.env });
    expect([ofDatabase.status, ofDatabase.stderr], ofDatabase.stdout).toEqual([0, ""]);
    expect(stdout + stderr + ofDatabase.stdout).not.toContain(secretAccessKey);
  });

  it("has SSTs that are read back row by row over S3", async () => {
    const store = new S3ObjectStore({ bucket, prefix: "rows", endpoint, provider: "ceph" });
    const writer = await SstWriter.create(store, "rows.sst", { mode: "overwrite", digest: "sha256" });
    for (const { key, value } of rows()) await writer.put(key, value);
    const metadata = await writer.close();
    const reader = await SstReader.open(store, "rows.sst");
    let count = 0;
    for await (const { key } of reader.scan()) if (Buffer.from(key).toString() === row(count).key) count += 1;
    expect([count, metadata.rowCount]).toEqual([ROWS, BigInt(ROWS)]);
    expect((await store.head("rows.sst")).size).toBe(Number(metadata.size));
  });
});
