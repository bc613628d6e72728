// Objects of a bucket as a source, and a bucket as the place of the database, with threads that open it by its URL.
import { readdirSync } from "node:fs";
import { importDatabase } from "@slate-sst/ingest/import";
import { openStore } from "@slate-sst/object-store";
import { FakeS3Server } from "@slate-sst/object-store-s3/testing";
import { DatabaseReader } from "@slate-sst/reader";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TempFolder } from "../src/oracle/folders.js";

const ROWS = 6000;
let server: FakeS3Server;
const before = { ...process.env };
beforeAll(async () => {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "secret", AWS_REGION: "us-east-1" });
  server = await FakeS3Server.start();
  server.bucket("lake");
});
afterAll(async () => {
  process.env = before;
  await server.stop();
});

it("rows of several objects in no order, sorted, to a database in the bucket", async () => {
  using folder = new TempFolder("import-stores");
  const query = `?endpoint=${encodeURIComponent(server.endpoint)}&provider=aws`;
  const lake = await openStore(`s3://lake/in/${query}`);
  const ids = Array.from({ length: ROWS }, (_, at) => (at * 7919) % ROWS);
  for (const part of [0, 1, 2]) await lake.put(`part-${part}.ndjson`, Buffer.from(ids.filter((id) => id % 3 === part).map((id) => `{"id":${id}}\n`).join("")), { mode: "create" });
  await lake.put("other.txt", new Uint8Array(1), { mode: "create" });
  const storeUrl = `s3://lake/out/${query}`;
  const store = await openStore(storeUrl);
  const result = await importDatabase(`s3://lake/in/part-*.ndjson${query}`, store, "db", { key: "{id:u32}", sstSize: 40_000, storeUrl, jobs: 2, memoryLimit: 2 ** 28, temporaryFolder: folder.path });
  expect(result).toMatchObject({ rowCount: BigInt(ROWS), duplicates: 0n });
  expect(result.sstCount).toBeGreaterThan(2);
  let count = 0;
  for await (const { key, value } of (await DatabaseReader.open(store, "db")).scan()) {
    expect(Buffer.from(key).readUInt32BE()).toBe(count);
    expect(Buffer.from(value!).toString()).toBe(`{"id":${count++}}`);
  }
  expect(count).toBe(ROWS);
  expect(server.bucket("lake").uploads.size).toBe(0);
  expect(readdirSync(folder.path)).toEqual([]);
});
