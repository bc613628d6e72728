// What whoever reads a README has already: the files and buckets that its commands name.
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { createDatabase, writeRun } from "@slate-sst/ingest";
import { LocalObjectStore, type ObjectStore } from "@slate-sst/object-store";
import { SstWriter } from "@slate-sst/writer";

interface Places {
  /** The folder that commands run in. */
  readonly folder: string;
  /** A bucket of the server, empty at first. */
  readonly bucket: (name: string) => Promise<ObjectStore>;
}

const REPOSITORY = join(import.meta.dirname, "../../..");
const ROWS = 60;

const rows = Array.from({ length: ROWS }, (_, id) => ({ key: `user:${String(id).padStart(2, "0")}`, value: `name of ${id}` }));
const records = rows.map(({ value }, id) => ({ id, name: value }));
const ndjson = records.map((record) => `${JSON.stringify(record)}\n`).join("");

async function sst(store: ObjectStore, path: string): Promise<void> {
  const writer = await SstWriter.create(store, path);
  for (const { key, value } of rows) await writer.put(key, value);
  await writer.close();
}

async function database(store: ObjectStore, root: string): Promise<void> {
  await createDatabase(store, root, await writeRun(store, root, rows));
}

async function parquet(path: string): Promise<void> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const connection = await (await DuckDBInstance.create()).connect();
  await connection.run(`copy (select range as id, 'name ' || range as name from range(${ROWS})) to '${path}'`);
  connection.closeSync();
}

const local = (folder: string, ...below: string[]): ObjectStore => new LocalObjectStore(join(folder, ...below));

/** By document. What has no entry needs nothing. */
export const FILES: Readonly<Record<string, (places: Places) => Promise<void>>> = {
  async "README.md"({ folder, bucket }) {
    writeFileSync(join(folder, "users.ndjson.gz"), gzipSync(ndjson));
    symlinkSync(join(REPOSITORY, "packages"), join(folder, "packages"), "junction");
    await bucket("bucket");
    await database(local(folder, "demo-data"), "cities");
  },
  async "SECURITY.md"({ folder }) {
    await sst(local(folder), "suspicious.sst");
  },
  async "packages/cli/README.md"({ folder, bucket }) {
    writeFileSync(join(folder, "users.ndjson"), ndjson);
    writeFileSync(join(folder, "part-07.csv.gz"), gzipSync(["id,name", ...records.map(({ id, name }) => `${id},${name}`), ""].join("\n")));
    await parquet(join(folder, "users-1.parquet"));
    await sst(local(folder), "users.sst");
    await sst(await bucket("bucket"), "x.sst");
    await database(await bucket("old"), "users");
    await bucket("new");
  },
  async "packages/ingest/README.md"({ bucket }) {
    await bucket("bucket");
  },
  async "packages/verify/README.md"({ folder, bucket }) {
    await sst(local(folder), "01JA2Q3W4E5R6T7Y8U9I0OPASD.sst");
    await database(local(folder, "backup"), "users");
    const store = await bucket("bucket");
    await sst(store, "x.sst");
    await database(store, "db");
  },
};

/** Makes the folder, with what is in it. */
export async function placeFiles(document: string, places: Places): Promise<void> {
  mkdirSync(places.folder, { recursive: true });
  await FILES[document]?.(places);
}
