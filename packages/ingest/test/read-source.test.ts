// Sources: every format, packed or not, whatever the chunks, and what is broken with its line.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import zlib from "node:zlib";
import { MemoryObjectStore } from "@slate-sst/object-store";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { readSource } from "../src/source/read-source.js";
import { findSources, type SourceFormat } from "../src/source/source-files.js";
import { failure } from "./samples.js";

/** zstd of "{\"a\":1}\n", one frame with a raw block. */
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, 8, 0x41, 0, 0, ...Buffer.from('{"a":1}\n')]);

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  // The memory is used again, as streams may do.
  const memory = new Uint8Array(size);
  for (let at = 0; at < bytes.length; at += size) {
    const part = bytes.subarray(at, at + size);
    memory.set(part);
    yield memory.subarray(0, part.length).slice();
  }
}

async function read(format: SourceFormat, content: string | Uint8Array, { chunk = 1_000_000, columns }: { chunk?: number; columns?: string[] } = {}): Promise<unknown[]> {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  const files = await findSources(["-"], { format, stdin: inChunks(bytes, chunk) });
  const found: unknown[] = [];
  for await (const records of readSource(files, { columns })) for (const { line, fields, key, value } of records) found.push(fields === undefined ? [line, Buffer.from(key!).toString("latin1"), Buffer.from(value!).toString("latin1")] : [line, { ...fields }]);
  return found;
}

const framed = (...fields: string[]): Buffer => Buffer.concat(fields.map((field) => Buffer.concat([Buffer.from(Uint32Array.of(field.length).buffer), Buffer.from(field, "latin1")])));
const ndjson = '\uFEFF{"a":1}\r\n\n {"a":"ä\\n"} \n{"a":null}';
const csv = '\uFEFFa,b\r\n1,"x, ""y""\r\nz"\r\n\r\nä,\r\n';

describe("formats", () => {
  test.each([1, 2, 3, 7, 1000])("in chunks of %i bytes", async (chunk) => {
    expect(await read("ndjson", ndjson, { chunk })).toEqual([[1, { a: 1 }], [3, { a: "ä\n" }], [4, { a: null }]]);
    expect(await read("csv", csv, { chunk })).toEqual([[2, { a: "1", b: 'x, "y"\r\nz' }], [5, { a: "ä", b: "" }]]);
    expect(await read("tsv", 'a\tb\n"x\t,\n', { chunk })).toEqual([[2, { a: '"x', b: "," }]]);
    expect(await read("csv", "1,2\n", { chunk, columns: ["x", "y"] })).toEqual([[1, { x: "1", y: "2" }]]);
    expect(await read("rows", framed("k", "v", "kk", ""), { chunk })).toEqual([[1, "k", "v"], [2, "kk", ""]]);
    for (const packed of [zlib.gzipSync('{"a":1}\n'), ZSTD]) expect(await read("ndjson", packed, { chunk })).toEqual([[1, { a: 1 }]]);
    // Packed one behind the other, as some programs pack with many threads.
    const rows = Array.from({ length: 40 }, (_, at): unknown => [at + 1, { a: 1 }]);
    for (const packed of [zlib.gzipSync('{"a":1}\n'), ZSTD]) expect(await read("ndjson", Buffer.concat(rows.map(() => packed)), { chunk })).toEqual(rows);
    expect(await read("ndjson", "", { chunk })).toEqual([]);
  });

  test("a binary row that begins as gzip does", async () => {
    const key = "k".repeat(0x8b1f);
    expect(await read("rows", framed(key, "v"))).toEqual([[1, key, "v"]]);
  });

  test("binary rows of any bytes and chunks come back", async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.string({ unit: "binary-ascii" }), fc.string({ unit: "binary-ascii", maxLength: 300 }))), fc.integer({ min: 1, max: 400 }), async (rows, chunk) => {
      expect(await read("rows", framed(...rows.flat()), { chunk })).toEqual(rows.map(([key, value], at) => [at + 1, key, value]));
    }), { seed: 11, numRuns: 50 });
  });
});

describe("what is broken is named with its line", () => {
  test.each<[SourceFormat, string | Uint8Array, number, string]>([
    ["ndjson", '{"a":1}\n{"a":\n', 2, "not JSON"],
    ["ndjson", '{"a":1}\n\n[1]\n', 3, "not an array"],
    ["ndjson", "null", 1, "not null"],
    ["ndjson", Buffer.from('{"a":1}\n{"a":"\xff"}\n{}\n', "latin1"), 2, "not UTF-8"],
    ["csv", "a,b\n1,2\n1,2,3\n", 3, "not CSV"],
    ["csv", "a,b\n1\n", 2, "not CSV"],
    ["csv", 'a,b\n1,"2\n', 2, "not CSV"],
    ["csv", 'a,b\n1,x"2"\n', 2, "not CSV"],
    ["csv", "a,a\n1,2\n", 1, "two columns"],
    ["csv", "a,\n1,2\n", 1, "no name"],
    ["csv", Buffer.from("a,b\n1,2\n1,\xff\n", "latin1"), 3, "not UTF-8"],
    ["rows", framed("k", "v").subarray(0, 9), 1, "cut off"],
    ["rows", Buffer.concat([framed("k", "v"), Buffer.from([255, 255, 255, 0])]), 2, "has 16777215 bytes"],
  ])("%s %j", async (format, content, line, rule) => {
    for (const chunk of [3, 1000]) {
      const error = await failure(read(format, content, { chunk }));
      expect(error).toMatchObject({ code: "ERR_SST_SOURCE_FORMAT", details: { file: "standard input" }, message: expect.stringContaining(rule) as string });
      // An open quote ends with the file.
      const [, at = ""] = /^standard input:(\d+): /.exec((error as Error).message) ?? [];
      expect(Math.abs(Number(at) - line), (error as Error).message).toBeLessThanOrEqual(content === 'a,b\n1,"2\n' ? 1 : 0);
    }
  });

  test("packed bytes that are cut off or damaged", async () => {
    const gzip = zlib.gzipSync('{"a":1}\n'.repeat(1000));
    for (const packed of [gzip.subarray(0, 40), gzip.map((byte, at) => (at === 20 ? byte ^ 255 : byte)), ZSTD.subarray(0, 12), Buffer.concat([ZSTD, ZSTD.subarray(0, 12)]), Buffer.concat([ZSTD, Buffer.from("no frame")])]) {
      expect(await failure(read("ndjson", packed, { chunk: 7 }))).toMatchObject({ code: expect.stringMatching(/ERR_SST_SOURCE_READ/) as string });
    }
  });
});

describe("what SOURCE names", () => {
  function folder(files: Record<string, string>): string {
    const dir = mkdtempSync(join(tmpdir(), "slate-sst-source-"));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
    return dir;
  }

  test("files and globs, in the order of their names", async () => {
    const dir = folder({ "b.csv": "", "a.ndjson.gz": "", "c.jsonl": "", "d.tsv.zst": "", "e.rows": "", "[x].csv": "" });
    expect((await findSources([`${dir}/[a-d].*`])).map(({ name, format }) => [name.slice(dir.length), format])).toEqual([["/a.ndjson.gz", "ndjson"], ["/b.csv", "csv"], ["/c.jsonl", "ndjson"], ["/d.tsv.zst", "tsv"]]);
    expect((await findSources([join(dir, "e.rows"), join(dir, "[x].csv")])).map(({ format }) => format)).toEqual(["rows", "csv"]);
  });

  test("an object of a store", async () => {
    const store = new MemoryObjectStore({ name: "read-source" });
    await store.put("x.csv", Buffer.from("a\n1\n"), { mode: "overwrite" });
    const dir = folder({ "x.csv": "a\n1\n" });
    const [file] = await findSources([`file://${dir}/x.csv`]);
    const found = [];
    for await (const records of readSource([file!])) found.push(...records);
    expect(found).toMatchObject([{ line: 2, fields: { a: "1" } }]);
  });

  test("what is not there, or tells no format", async () => {
    const dir = folder({ x: "" });
    for (const [names, rule] of [[[], "no source"], [[join(dir, "y.csv")], "ENOENT"], [[dir], "a folder"], [[join(dir, "x")], "does not tell its format"], [[join(dir, "*.csv")], "no file matches"], [["-"], "not given"]] as const) {
      expect(await failure(findSources(names))).toMatchObject({ code: "ERR_SST_SOURCE_READ", message: expect.stringContaining(rule) as string });
    }
  });
});
