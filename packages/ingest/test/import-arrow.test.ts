// Arrow IPC, as a stream and as a file: rows as the same columns of Parquet and NDJSON have them.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryObjectStore } from "@slate-sst/object-store";
import * as arrow from "apache-arrow";
import { expect, onTestFinished, test } from "vitest";
import { importDatabase, type ImportOptions } from "../src/import/index.js";
import { readArrow } from "../src/source/arrow.js";
import type { SourceRecord } from "../src/source/record.js";
import { failure } from "./samples.js";

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "slate-sst-arrow-test-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
const paths = { now: () => 1_700_000_000_000, random: (count: number) => new Uint8Array(count).fill(7) };
async function importing(file: string, more: ImportOptions): Promise<Uint8Array> {
  const store = new MemoryObjectStore();
  await importDatabase(file, store, "db", { paths, ...more });
  for await (const { path } of store.list("db/compacted/")) return await store.get(path);
  throw new Error("no SST");
}
/** In pieces that end anywhere. */
async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}
async function all(records: AsyncIterable<SourceRecord[]>): Promise<SourceRecord[]> {
  const found: SourceRecord[] = [];
  for await (const batch of records) found.push(...batch);
  return found;
}

const ROWS = 2500;
const ids = Array.from({ length: ROWS }, (_, at) => at);
const table = new arrow.Table({
  id: arrow.vectorFromArray(ids, new arrow.Uint32()),
  big: arrow.vectorFromArray(ids.map((id) => (id === 1 ? 2n ** 63n - 1n : BigInt(id))), new arrow.Int64()),
  name: arrow.vectorFromArray(ids.map((id) => (id === 2 ? null : `näme ${id}`)), new arrow.Utf8()),
  bytes: arrow.vectorFromArray(ids.map((id) => Uint8Array.of(id % 256, 255)), new arrow.Binary()),
  word: arrow.vectorFromArray(ids.map((id) => ["a", "b"][id % 2]!)),
  day: arrow.vectorFromArray(ids.map(() => new Date(86_400_000)), new arrow.DateDay()),
  time: arrow.vectorFromArray(ids.map(() => 1_500_000.5), new arrow.TimestampMicrosecond()),
});

test.each(["stream", "file"] as const)("a %s", async (kind) => {
  const dir = folder();
  const bytes = arrow.tableToIPC(table, kind);
  const file = join(dir, kind === "file" ? "x.feather" : "x.arrows");
  writeFileSync(file, bytes);
  const records = await all(readArrow("x", pieces(bytes, 997)));
  expect(records).toHaveLength(ROWS);
  expect(records[1]).toEqual({ file: "x", line: 2, fields: { id: 1, big: 2n ** 63n - 1n, name: "näme 1", bytes: Uint8Array.of(1, 255), word: "b", day: "1970-01-02", time: "1970-01-01 00:25:00.0005" } });
  expect(records[2]?.fields).toMatchObject({ name: null, big: 2 });
  writeFileSync(join(dir, "same.ndjson"), ids.map((id) => `{"id":${id},"word":"${id % 2 === 0 ? "a" : "b"}"}\n`).join(""));
  expect(Buffer.from(await importing(file, { key: "{id:u32}", value: "word" })).equals(await importing(join(dir, "same.ndjson"), { key: "{id:u32}", value: "word" }))).toBe(true);
  const text = Buffer.from(await importing(file, { key: "{big:i64}", sort: "always", memoryLimit: 128 * 1024 * 1024, temporaryFolder: dir })).toString("latin1");
  expect(text).toContain('{"id":1,"big":9223372036854775807,"name":"n\u00c3\u00a4me 1","bytes":"Af8=","word":"b","day":"1970-01-02","time":"1970-01-01 00:25:00.0005"}');
  expect(await failure(importing(file, { key: "{name:text}" }))).toMatchObject({ code: expect.stringMatching(/SOURCE_FIELD|ROW_ORDER/) as string, details: { line: expect.any(Number) as number } });
});

test("what is none is refused, and what is cut off, and columns that are not read", async () => {
  const bytes = arrow.tableToIPC(table, "stream");
  expect(await failure(all(readArrow("x", pieces(Buffer.from("id,name\n1,a\nabcdefgh"), 5))))).toMatchObject({ code: "ERR_SST_SOURCE_FORMAT", message: expect.stringMatching(/^x:1: /) as string });
  expect(await failure(all(readArrow("x", pieces(bytes.subarray(0, bytes.length - 5000), 4096))))).toMatchObject({ code: "ERR_SST_SOURCE_FORMAT" });
  const lists = new arrow.Table({ l: arrow.vectorFromArray([[1, 2]], new arrow.List(new arrow.Field("item", new arrow.Int32()))) });
  expect(await failure(all(readArrow("x", pieces(arrow.tableToIPC(lists), 4096))))).toMatchObject({ code: "ERR_SST_SOURCE_FORMAT", message: expect.stringContaining("the column l is List<") as string });
});

test("a source that is refused is let go of", async () => {
  let isOpen = true;
  const lists = new arrow.Table({ id: table.getChild("id")!, list: arrow.vectorFromArray(ids.map(() => [1, 2]), new arrow.List(new arrow.Field("item", new arrow.Int32()))) });
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* pieces(arrow.tableToIPC(lists, "stream"), 997);
    } finally {
      isOpen = false;
    }
  };
  expect(await failure(all(readArrow("x", chunks())))).toMatchObject({ code: "ERR_SST_SOURCE_FORMAT", details: { field: "list" } });
  expect(isOpen).toBe(false);
});
