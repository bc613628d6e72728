// A range of a database becomes a new one, in another folder, and the old one stays as it is.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { decodeManifest, encodeManifestV1, type ManifestV1 } from "@slate-sst/format";
import { createDatabase, writeRun } from "@slate-sst/ingest";
import { LocalObjectStore, StoreError } from "@slate-sst/object-store";
import { expect, test } from "vitest";
import { placeOfClone } from "../src/database-place.js";
import { runSlateSst } from "../src/run.js";
import { lines, run, temporaryFolder } from "./command-run.js";

test("export", async () => {
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder, name);
  writeFileSync(at("x.csv"), `id,v\n${Array.from({ length: 300 }, (_, id) => `${String(id).padStart(3, "0")},v${id}`).join("\n")}\n`);
  expect((await run(["import", at("x.csv"), "--db", at("db"), "--key", "k{id:text}", "--value", "v", "--sst-size", "3KiB"])).code).toBe(0);
  const before = readdirSync(at("db"), { recursive: true });
  expect(await run(["export", at("db"), "--db", at("shard"), "--from", "k100", "--to", "k200", "--sst-size", "1KiB"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/shard: 100 rows in \d SSTs, as db\/manifest\/0+1\.manifest has them; shard\/manifest/) as string });
  expect(lines((await run(["cat", at("shard")])).stdout).map(({ key, value }) => `${key} ${value}`)).toEqual(Array.from({ length: 100 }, (_, id) => `k${id + 100} v${id + 100}`));
  expect(JSON.parse((await run(["export", at("db"), "--db", at("one"), "--prefix", "k07", "--all-versions", "--no-wal", "--json", "--manifest", "manifest/00000000000000000001.manifest", "--compression", "lz4"])).stdout)).toMatchObject({ rowCount: "10", sstCount: 1, lastL0Seq: "0" });
  for (const [argv, message] of [
    [["export", at("db"), "--db", at("db")], "is the database itself"], [["export", at("db"), "--db", ""], "the name is empty"], [["export", at("db"), "--db", at("shard")], "there is a database at shard already"], [["export", at("no"), "--db", at("new")], "manifest"],
    [["export", at("db"), "--db", at("none"), "--from", "x"], "no rows"], [["export", at("db")], "--db"],
  ] as const) {
    expect(await run(argv)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) as string });
  }
  expect(readdirSync(at("db"), { recursive: true })).toEqual(before);
  expect(existsSync(at("none/compacted")) ? readdirSync(at("none/compacted")) : []).toEqual([]);
});

const rows = (from: number, to: number): { key: string; value: string }[] => Array.from({ length: to - from }, (_, at) => ({ key: `k${from + at}`, value: "v" }));

test("a clone, by folder or URL, whose other database lies anywhere in the store that SlateDB was given; or it is refused by name", async () => {
  const folder = temporaryFolder();
  const store = new LocalObjectStore(folder);
  const { manifestPath } = await createDatabase(store, "prod/users", await writeRun(store, "prod/users", rows(100, 160), { sstSize: 700 }));
  const manifest = decodeManifest(await store.get(manifestPath)).manifest as ManifestV1;
  const uuid = { high: 1n, low: 1n };
  const externalDbs = [{ path: "prod/users", sourceCheckpointId: uuid, finalCheckpointId: uuid, sstIds: manifest.compacted[0]!.ssts.map(({ id }) => id) }];
  await store.put("test/clones/users/manifest/00000000000000000001.manifest", encodeManifestV1({ ...manifest, externalDbs }), { mode: "create" });
  const clone = join(folder, "test", "clones", "users");
  for (const named of [clone, pathToFileURL(clone).href]) expect(lines((await run(["cat", named, "--from", "k110", "--limit", "2"])).stdout).map(({ key }) => key)).toEqual(["k110", "k111"]);
  expect((await run(["inspect", clone])).stdout).toContain("rows      60: 60 puts");
  expect(await run(["export", clone, "--db", join(folder, "new"), "--to", "k150"])).toMatchObject({ code: 0, stdout: expect.stringContaining(": 50 rows in 1 SST, as test/clones/users/manifest/") as string });
  // A store that cannot be reached is no store that does not have it.
  const gone = new Proxy(new LocalObjectStore(clone), {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return name === "head" ? () => Promise.reject(new StoreError("ERR_STORE_FAILED", "no network", { retryable: true })) : (member as () => unknown).bind(target);
    },
  });
  await expect(placeOfClone(clone, { store: gone, root: "" }, {})).rejects.toThrow("no network");
  rmSync(join(folder, "prod"), { recursive: true });
  for (const argv of [["cat", clone], ["inspect", clone], ["export", clone, "--db", join(folder, "other")]]) {
    expect(await run(argv)).toMatchObject({ code: 2, stderr: expect.stringMatching(/prod\/users\/compacted\/\w{26}\.sst is not in this store: it belongs to the database at "prod\/users", of which this one is a clone/) as string });
  }
  expect(existsSync(join(folder, "other", "compacted"))).toBe(false);
});

test("an output that breaks takes nothing from the new database", async () => {
  const folder = temporaryFolder();
  const store = new LocalObjectStore(folder);
  await createDatabase(store, "db", await writeRun(store, "db", rows(100, 200)));
  for (const [code, exit] of [["EPIPE", 0], ["ENOSPC", 2]] as const) {
    const stdout = new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) });
    expect((await run(["export", join(folder, "db"), "--db", join(folder, code)], { stdout })).code).toBe(exit);
    expect(lines((await run(["cat", join(folder, code)])).stdout)).toHaveLength(100);
  }
});

test("what is at the new root already is told at once, and what is interrupted leaves nothing", async () => {
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder, name);
  const store = new LocalObjectStore(folder);
  await createDatabase(store, "db", await writeRun(store, "db", rows(100, 900)));
  mkdirSync(at("new/compacted"), { recursive: true });
  writeFileSync(at("new/compacted/01ARYZ6S41TSV4RRFFQ69G5FAV.sst"), "of an export that was killed");
  expect(await run(["export", at("db"), "--db", at("new")])).toMatchObject({ code: 2, stderr: expect.stringContaining("new is not empty: new/compacted/01ARYZ6S41TSV4RRFFQ69G5FAV.sst is there") as string });
  rmSync(at("new"), { recursive: true });
  const interrupt = new AbortController();
  interrupt.abort();
  const nothing = { stdin: [] as never, env: {}, isTTY: { stdin: false, stdout: false, stderr: false } };
  const stderr = new PassThrough();
  expect(await runSlateSst(["export", at("db"), "--db", at("new")], { ...nothing, stdout: new PassThrough(), stderr }, interrupt.signal)).toBe(2);
  expect(String(stderr.read())).toMatch(/abort/i);
  expect(existsSync(at("new")) ? readdirSync(at("new"), { recursive: true }).filter((name) => String(name).endsWith(".sst")) : []).toEqual([]);
});

test("a database is no source of an import, whose message says what makes one of it", async () => {
  const folder = temporaryFolder();
  const store = new LocalObjectStore(folder);
  await createDatabase(store, "db", await writeRun(store, "db", rows(1, 3)));
  const db = join(folder, "db");
  for (const source of [db, pathToFileURL(db).href, `${pathToFileURL(db).href}/`, "db://bucket/db"]) {
    expect(await run(["import", source, "--db", join(folder, "new"), "--key", "{id}"])).toMatchObject({ code: 2, stderr: expect.stringMatching(/^slate-sst: .* slate-sst export .*makes a new one/) as string });
  }
  expect((await run(["import", folder, "--db", join(folder, "new"), "--key", "{id}"])).stderr).toContain("it is a folder: name its files");
  expect((await run(["import", pathToFileURL(join(folder, "none.csv")).href, "--db", join(folder, "new"), "--key", "{id}"])).stderr).toContain("there is no object none.csv");
  expect((await run(["import", "--help"])).stdout).toContain("slate-sst export");
});
