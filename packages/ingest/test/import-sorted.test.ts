// Sources in any order, and Parquet: sorted by DuckDB they come to what the sorted rows come to, byte for byte.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { LocalObjectStore, MemoryObjectStore } from "@slate-sst/object-store";
import { describe, expect, onTestFinished, test } from "vitest";
import { discardImport, importDatabase, type ImportEvent, type ImportOptions, type ImportProgress, planImport } from "../src/import/index.js";
import { DuckDb } from "../src/sort/duckdb.js";
import { failure } from "./samples.js";

const MIB = 1024 * 1024;
/** Eight imports, each with threads of its own: on a machine that does much else they take their time. */
const TIMEOUT_MS = 180_000;
function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "slate-sst-sort-test-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
/** Names and times that come out the same every time. */
const paths = { now: () => 1_700_000_000_000, random: (count: number) => new Uint8Array(count).fill(7) };
const ROWS = 5000;
/** Every id once, in no order. */
const ids = Array.from({ length: ROWS }, (_, at) => (at * 2579) % ROWS);
const line = (id: number): string => JSON.stringify({ id, text: "ä".repeat(id % 30) });
const common = (dir: string): ImportOptions => ({ key: "r:{id:u32}", paths, temporaryFolder: dir, memoryLimit: 256 * MIB, jobs: 2 });

/** All objects of a folder's store, but for the manifest's. */
async function objects(dir: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const store = new LocalObjectStore(dir);
  for await (const { path } of store.list("")) found[path] = Buffer.from(await store.get(path)).toString("base64");
  return found;
}
async function sql(statement: string): Promise<void> {
  const db = await DuckDb.open({ memoryLimit: 256 * MIB, directory: tmpdir(), threads: 1, signal: undefined });
  await db.run(statement);
  db.close();
}
const leftIn = (dir: string): string[] => readdirSync(dir).filter((name) => name.startsWith("slate-sst-sort-0"));

describe("rows in any order", () => {
  test("come to the database of the sorted ones, of one SST the very bytes", async () => {
    const dir = folder();
    writeFileSync(join(dir, "any.ndjson.gz"), gzipSync(ids.map(line).join("\n")));
    writeFileSync(join(dir, "sorted.ndjson"), ids.toSorted((a, b) => a - b).map(line).join("\n"));
    const options: ImportOptions = { ...common(dir), sstSize: 1e9, ttl: 1000 };
    const phases: string[] = [];
    await importDatabase(join(dir, "sorted.ndjson"), new LocalObjectStore(join(dir, "expected")), "db", { ...options, sort: "never" });
    const onEvent = (event: ImportEvent): void => void (event.type === "phase" && phases.push(event.phase));
    await importDatabase(join(dir, "any.ndjson.gz"), new LocalObjectStore(join(dir, "auto")), "db", { ...options, onEvent });
    expect(phases).toEqual(["write", "read", "sort", "check", "split", "write", "publish"]);
    await importDatabase(join(dir, "any.ndjson.gz"), new LocalObjectStore(join(dir, "always")), "db", { ...options, sort: "always" });
    expect(await objects(join(dir, "auto"))).toEqual(await objects(join(dir, "expected")));
    expect(await objects(join(dir, "always"))).toEqual(await objects(join(dir, "expected")));
    expect(leftIn(dir)).toEqual([]);
  });

  test("are written by threads as by one, and a plan counts the same", async () => {
    const dir = folder();
    const file = join(dir, "any.csv");
    writeFileSync(file, `id,text\n${ids.map((id) => `${id},${"x".repeat(id % 90)}`).join("\n")}\n`);
    const options: ImportOptions = { ...common(dir), sort: "always", sstSize: 60_000, value: "text" };
    let told = 0;
    const one = await importDatabase(file, new LocalObjectStore(join(dir, "one")), "db", { ...options, writer: { onEvent: ({ type }) => void (type === "closed" && told++) } });
    expect(told).toBe(one.sstCount);
    const store = new LocalObjectStore(join(dir, "many"));
    const many = await importDatabase(file, store, "db", { ...options, storeUrl: store.url });
    expect(await objects(join(dir, "many"))).toEqual(await objects(join(dir, "one")));
    expect(many).toEqual(one);
    expect(one.rowCount).toBe(BigInt(ROWS));
    // SSTs have about the size that was asked for.
    expect(one.sstCount).toBeGreaterThan(4);
    expect(Number(one.bytes) / one.sstCount).toBeGreaterThan(30_000);
    expect(await planImport(file, new MemoryObjectStore(), "db", options)).toMatchObject({ rowCount: one.rowCount, sstCount: one.sstCount, bytes: one.bytes, duplicates: 0n, diskBytes: expect.any(Number) as number });
  });

  test("with one key are settled by policy, the first and the last as the source has them", async () => {
    const dir = folder();
    writeFileSync(join(dir, "a.csv"), `id,v\n${Array.from({ length: 900 }, (_, at) => `7,a${at}`).join("\n")}\n1,b\n`);
    writeFileSync(join(dir, "b.csv"), "id,v\n9,z\n7,last\n");
    const files = [join(dir, "a.csv"), join(dir, "b.csv")];
    const options: ImportOptions = { ...common(dir), key: "{id:dec2}", value: "v", sstSize: 400 };
    for (const [onDuplicate, kept] of [["keepFirst", "a0"], ["keepLast", "last"]] as const) {
      const data = join(dir, onDuplicate);
      expect(await importDatabase(files, new LocalObjectStore(data), "db", { ...options, onDuplicate })).toMatchObject({ rowCount: 3n, duplicates: 900n });
      const text = Object.entries(await objects(data)).filter(([path]) => path.endsWith(".sst")).map(([, bytes]) => Buffer.from(bytes, "base64").toString("latin1")).join("");
      expect(text).toContain(kept);
      expect(text).not.toContain("a500");
    }
    const error = await failure(importDatabase(files, new LocalObjectStore(join(dir, "error")), "db", { ...options, sort: "always" }));
    expect(error).toMatchObject({ code: "ERR_SST_ROW_DUPLICATE", message: expect.stringMatching(/a\.csv:3: the key .*07.* is also that of .*a\.csv:2: equal keys; onDuplicate/) as string });
    expect(await objects(join(dir, "error"))).toEqual({});
    expect(leftIn(dir)).toEqual([]);
  });

  test("are refused for what no row can hold, as sorted ones are", async () => {
    const dir = folder();
    writeFileSync(join(dir, "x.ndjson"), '{"id":2,"v":"x"}\n{"id":3,"v":"a\\ud800"}\n');
    for (const sort of ["never", "always"] as const) {
      const error = await failure(importDatabase(join(dir, "x.ndjson"), new MemoryObjectStore(), "db", { ...common(dir), key: "{id:u32}", value: "v", sort }));
      expect(error).toMatchObject({ code: "ERR_SST_STRING_NOT_UTF8", details: { line: 2 }, message: expect.stringContaining("lone surrogate") as string });
    }
  });

  test("of standard input, or where it is not wanted, are refused", async () => {
    const dir = folder();
    const stdin = async function* (): AsyncGenerator<string> { yield '{"id":2}\n{"id":1}\n'; };
    const options = { ...common(dir), format: "ndjson" } as const;
    expect(await failure(importDatabase("-", new MemoryObjectStore(), "db", { ...options, stdin: stdin() }))).toMatchObject({ code: "ERR_SST_ROW_ORDER", message: expect.stringContaining('begin with sort "always"') as string });
    expect(await importDatabase("-", new MemoryObjectStore(), "db", { ...options, stdin: stdin(), sort: "always" })).toMatchObject({ rowCount: 2n });
    writeFileSync(join(dir, "x.ndjson"), '{"id":2}\n{"id":1}\n');
    expect(await failure(importDatabase(join(dir, "x.ndjson"), new MemoryObjectStore(), "db", { ...options, sort: "never" }))).toMatchObject({ code: "ERR_SST_ROW_ORDER" });
    await sql(`COPY (SELECT 1 AS id) TO '${join(dir, "x.parquet")}' (FORMAT parquet)`);
    const place = new MemoryObjectStore();
    for (const call of [importDatabase, planImport]) expect(await failure(call(join(dir, "x.parquet"), place, "db", { ...common(dir), sort: "never" }))).toMatchObject({ code: "ERR_SST_OPTION_INVALID", details: { option: "sort" } });
    for await (const { path } of place.list("")) throw new Error(path);
    const bad = { ...common(dir), sort: "always", writer: { blockSize: 5 as never }, onEvent: ({ type }: ImportEvent) => expect(type).toBe("nothing") } as const;
    for (const call of [importDatabase, planImport]) expect(await failure(call(join(dir, "x.ndjson"), place, "db", bad))).toMatchObject({ code: "ERR_SST_OPTION_INVALID", details: { option: "blockSize" } });
    for (const more of [{ sort: "yes" }, { memoryLimit: 1 }, { jobs: 0 }, { jobs: 257 }, { temporaryFolder: 1 }, { storeUrl: "" }]) {
      expect(await failure(importDatabase("-", new MemoryObjectStore(), "db", { ...options, ...(more as object) }))).toMatchObject({ code: "ERR_SST_OPTION_INVALID" });
    }
  });
});

describe("an import that is sorted", () => {
  test("goes on to the same database wherever it was, without sorting again, and can be discarded", { timeout: TIMEOUT_MS }, async () => {
    const dir = folder();
    const file = join(dir, "any.ndjson");
    writeFileSync(file, ids.map(line).join("\n"));
    const options: ImportOptions = { ...common(dir), sort: "always", sstSize: 80_000 };
    await importDatabase(file, new LocalObjectStore(join(dir, "expected")), "db", options);
    const expected = await objects(join(dir, "expected"));
    for (const at of [0, 1]) {
      const data = join(dir, `aborted ${at}`);
      const store = new LocalObjectStore(data);
      const abort = new AbortController();
      const phases: string[] = [];
      const onEvent = (event: ImportEvent): void => {
        if (event.type === "sst" && event.index >= at) abort.abort();
        if (event.type === "phase") phases.push(event.phase);
      };
      expect(await failure(importDatabase(file, store, "db", { ...options, storeUrl: at === 0 ? undefined : store.url, signal: abort.signal, onEvent }))).toMatchObject({ code: "ERR_SST_ABORTED" });
      expect(leftIn(dir)).toHaveLength(1);
      expect(await failure(importDatabase(file, store, "db", { ...options, sort: "never", resume: true }))).toMatchObject({ code: "ERR_SST_IMPORT_STATE", details: { field: "sort" } });
      phases.length = 0;
      const resumed = new AbortController();
      await importDatabase(file, store, "db", { ...options, resume: true, signal: resumed.signal, onEvent: (event) => void (event.type === "phase" && phases.push(event.phase)) });
      expect(phases).toEqual(["write", "publish"]);
      expect(await objects(data)).toEqual(expected);
      expect(leftIn(dir)).toEqual([]);
    }
    const data = join(dir, "discarded");
    const abort = new AbortController();
    await failure(importDatabase(file, new LocalObjectStore(data), "db", { ...options, signal: abort.signal, onEvent: ({ type }) => void (type === "sst" && abort.abort()) }));
    expect(await discardImport(new LocalObjectStore(data), "db")).toBe(true);
    expect(await objects(data)).toEqual({});
    expect(leftIn(dir)).toEqual([]);
  });

  test("stops in any phase when it is told to, says so, and goes on to the same database", { timeout: TIMEOUT_MS }, async () => {
    const dir = folder();
    const file = join(dir, "any.ndjson");
    writeFileSync(file, ids.slice(0, 1000).map(line).join("\n"));
    const options: ImportOptions = { ...common(dir), sort: "always", sstSize: 30_000, jobs: 1, verify: async (_store, _sst, signal) => signal?.throwIfAborted() };
    await importDatabase(file, new LocalObjectStore(join(dir, "expected")), "db", options);
    const expected = await objects(join(dir, "expected"));
    for (const phase of ["read", "sort", "check", "split", "write", "verify", "publish"] as const) {
      const data = join(dir, phase);
      const abort = new AbortController();
      const onEvent = (event: ImportEvent): void => void (event.type === "phase" && event.phase === phase && abort.abort());
      const importing = importDatabase(file, new LocalObjectStore(data), "db", { ...options, signal: abort.signal, onEvent });
      // What is about to be published is not held up any more.
      if (phase === "publish") await importing;
      else {
        expect(await failure(importing)).toMatchObject({ code: "ERR_SST_ABORTED", message: "aborted; nothing is published" });
        expect(Object.keys(await objects(data)).filter((path) => path.includes("manifest"))).toEqual([]);
        const events: ImportEvent[] = [];
        await importDatabase(file, new LocalObjectStore(data), "db", { ...options, resume: true, onEvent: (event) => events.push(event) });
        expect(events.some((event) => event.type === "phase" && event.phase === "sort"), phase).toBe(phase === "read" || phase === "sort" || phase === "check");
      }
      expect(await objects(data), phase).toEqual(expected);
      expect(leftIn(dir)).toEqual([]);
    }
  });

  test("is sorted in the folder that is named last, unless it is sorted already", async () => {
    const dir = folder();
    writeFileSync(join(dir, "x.ndjson"), ids.map(line).join("\n"));
    const store = new LocalObjectStore(join(dir, "data"));
    const phases: string[] = [];
    const importing = async (temp: string, until: string | undefined, resume = true): Promise<unknown> => {
      const abort = new AbortController();
      const onEvent = (event: ImportEvent): void => {
        if (event.type !== "phase") return;
        phases.push(`${event.phase} ${["a", "b"].filter((name) => existsSync(join(dir, name)) && leftIn(join(dir, name)).length > 0).join("")}`);
        if (event.phase === until) abort.abort();
      };
      return importDatabase(join(dir, "x.ndjson"), store, "db", { ...common(dir), sort: "always", temporaryFolder: join(dir, temp), signal: abort.signal, resume, onEvent }).catch((error: unknown) => error);
    };
    await importing("a", "sort", false);
    await importing("b", "write");
    expect(await importing("a", undefined)).toMatchObject({ rowCount: BigInt(ROWS) });
    expect(phases).toEqual(["read a", "sort a", "read b", "sort b", "check b", "split b", "write b", "write b", "publish "]);
  });

  test("stops at the next SST of any thread where another process has gone on", async () => {
    const dir = folder();
    writeFileSync(join(dir, "x.ndjson"), ids.map(line).join("\n"));
    const store = new LocalObjectStore(join(dir, "data"));
    let told = 0;
    const onEvent = ({ type }: ImportEvent): void => {
      if (type !== "sst" || told++ > 0) return;
      const notes = join(dir, "data", "db.import");
      const turn = readdirSync(notes).find((name) => name.startsWith("turn-"))!;
      writeFileSync(join(notes, turn.replace("1.json", "2.json")), '{"purpose":"write"}\n');
    };
    const error = await failure(importDatabase(join(dir, "x.ndjson"), store, "db", { ...common(dir), sort: "always", sstSize: 10_000, storeUrl: store.url, onEvent }));
    expect(error).toMatchObject({ code: "ERR_SST_IMPORT_STATE" });
    // Two threads: each may have finished another one meanwhile.
    expect(told).toBeLessThanOrEqual(2);
    expect(Object.keys(await objects(join(dir, "data"))).filter((path) => path.endsWith(".sst")).length).toBeLessThanOrEqual(4);
  });

  test("that is resumed while another process sorts it has files of its own", async () => {
    const dir = folder();
    const store = new LocalObjectStore(join(dir, "data"));
    const importing = async (stdin: AsyncGenerator<string>, resume: boolean): Promise<unknown> => importDatabase("-", store, "db", { ...common(dir), sort: "always", format: "ndjson", stdin, resume }).catch((error: unknown) => error);
    const [half, rest] = [ids.slice(0, ROWS / 2), ids.slice(ROWS / 2)].map((some) => `${some.map(line).join("\n")}\n`) as [string, string];
    const gate = (): { readonly opened: Promise<void>; readonly open: () => void } => {
      let open = (): void => undefined;
      return { opened: new Promise((resolve) => (open = resolve)), open: () => open() };
    };
    const [sorts, over] = [gate(), gate()];
    let second: Promise<unknown> | undefined;
    const first = await importing((async function* () {
      yield half;
      second = importing((async function* () {
        yield half;
        sorts.open();
        await over.opened;
        yield rest;
      })(), true);
      await sorts.opened;
      throw new Error("cut off");
    })(), false);
    over.open();
    expect(first).toMatchObject({ code: "ERR_SST_IMPORT_STATE", cause: { message: "cut off" } });
    expect(await second).toMatchObject({ rowCount: BigInt(ROWS) });
    expect(leftIn(dir)).toEqual([]);
  });

  test("two that spill what does not fit into one folder do not take each other's files", async () => {
    const dir = folder();
    const sums = await Promise.all(["a", "b"].map(async (text) => {
      const db = await DuckDb.open({ memoryLimit: 64 * MIB, directory: dir, threads: 1, signal: undefined });
      await db.run(`CREATE TABLE t AS SELECT '${text}' || md5(i::VARCHAR) || repeat(md5((i + 1)::VARCHAR), 30) AS v FROM range(100000) r(i)`);
      const spilled = readdirSync(dir, { recursive: true }).some((name) => String(name).includes("duckdb_temp"));
      const rows = await db.rows(`SELECT count(*) FILTER (v LIKE '${text}%' AND substr(v, 2, 32) <> substr(v, 34, 32)) FROM t`);
      db.close();
      return [spilled, ...rows.flat()];
    }));
    expect(sums).toEqual([[true, 100_000n], [true, 100_000n]]);
    expect(readdirSync(dir)).toEqual([]);
  });

  test("tells how far it is, and what it holds", async () => {
    const dir = folder();
    const file = join(dir, "any.ndjson");
    writeFileSync(file, ids.map(line).join("\n"));
    const events: ImportProgress[] = [];
    await importDatabase(file, new LocalObjectStore(join(dir, "data")), "db", { ...common(dir), sort: "always", jobs: 1, onEvent: (event) => void (event.type === "progress" && events.push(event)) });
    expect(events.at(-1)).toMatchObject({ phase: "write", rows: ROWS, fraction: 1, ssts: 1, secondsLeft: 0 });
    expect(events.at(-1)!.temporaryBytes).toBeGreaterThan(10_000);
    expect(events.at(-1)!.memoryBytes).toBeGreaterThan(MIB);
  });

  test("whose memory limit is too small for its rows says so, and leaves nothing", async () => {
    const dir = folder();
    const file = join(dir, "x.parquet");
    await sql(`COPY (SELECT i::VARCHAR AS k, repeat('x', 30000000) AS v FROM range(12) t(i)) TO '${file}' (FORMAT parquet, COMPRESSION zstd)`);
    const error = await failure(importDatabase(file, new LocalObjectStore(join(dir, "data")), "db", { ...common(dir), key: "{k:text}", value: "v", memoryLimit: 64 * MIB }));
    expect(error).toMatchObject({ code: "ERR_SST_IMPORT_SORT", message: expect.stringContaining("raise it") as string });
    expect(await objects(join(dir, "data"))).toEqual({});
    expect(leftIn(dir)).toEqual([]);
  });
});
