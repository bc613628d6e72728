// Parquet: keys and values have the bytes that they have of any other source, and what does not fit is refused with its row.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { LocalObjectStore, MemoryObjectStore, type ObjectStore } from "@slate-sst/object-store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { importDatabase, type ImportOptions } from "../src/import/index.js";
import { DuckDb } from "../src/sort/duckdb.js";
import { failure } from "./samples.js";

const MIB = 1024 * 1024;
const dir = mkdtempSync(join(tmpdir(), "slate-sst-parquet-test-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let db: DuckDb;
beforeAll(async () => (db = await DuckDb.open({ memoryLimit: 256 * MIB, directory: dir, threads: 1, signal: undefined })));
afterAll(() => db.close());

async function parquet(name: string, select: string): Promise<string> {
  const file = join(dir, name);
  await db.run(`COPY (${select}) TO '${file.replaceAll("'", "''")}' (FORMAT parquet)`);
  return file;
}
const paths = { now: () => 1_700_000_000_000, random: (count: number) => new Uint8Array(count).fill(7) };
const common: ImportOptions = { paths, temporaryFolder: dir, memoryLimit: 128 * MIB, jobs: 1 };
async function importing(file: string | readonly string[], more: ImportOptions): Promise<Uint8Array> {
  const store = new MemoryObjectStore();
  await importDatabase(file, store, "db", { ...common, ...more });
  return await bytesOf(store);
}
async function bytesOf(store: ObjectStore): Promise<Uint8Array> {
  for await (const { path } of store.list("db/compacted/")) return await store.get(path);
  throw new Error("no SST");
}

describe("keys", () => {
  const edges = {
    u8: [0, 255, 7], i8: [-128, 127, -1], u16: [0, 65_535, 300], i16: [-32_768, 32_767, -2], u32: [0, 4_294_967_295, 70_000], i32: [-2_147_483_648, 2_147_483_647, -3],
    u64: ["0", "18446744073709551615", "9007199254740993"], i64: ["-9223372036854775808", "9223372036854775807", "-4"],
    f32: [-1.5, 0, 16_777_216], f64: [-1e300, -0, 0.1], dec20: ["99999999999999999999", "0", "42"],
    uuid: ["00000000-0000-0000-0000-00000000000a", "ffffffff-ffff-ffff-ffff-fffffffffffe", "12345678-9abc-def0-1234-56789abcdef0"], t0: ["", "ä", "a:b"], t: ["x", "ü€", "z"], h: ["", "00FF", "abcdef"],
  };
  const template = "{u8:u8}{i8:i8}{u16:u16}{i16:i16}{u32:u32}{i32:i32}{u64:u64}{i64:i64}{f32:f32}{f64:f64}{dec20:dec20}{uuid:uuid}{t0:text0}{t}\\xff{{{t:text}\\x00{h:hex}";
  const rows = [0, 1, 2].map((at) => Object.fromEntries(Object.entries(edges).map(([name, values]) => [name, values[at]])));
  const types: Record<string, string> = {
    u8: "UTINYINT", i8: "TINYINT", u16: "USMALLINT", i16: "SMALLINT", u32: "UINTEGER", i32: "INTEGER", u64: "UBIGINT", i64: "BIGINT", f32: "FLOAT", f64: "DOUBLE", dec20: "DECIMAL(20, 0)", uuid: "UUID", t0: "VARCHAR", t: "VARCHAR", h: "VARCHAR",
  };
  const asText = (value: unknown): string => `'${Object.is(value, -0) ? "-0" : String(value)}'`;
  const select = (typeOf: (name: string) => string): string => rows.map((row) => `SELECT ${Object.entries(row).map(([name, value]) => `CAST(${asText(value)} AS ${typeOf(name)}) AS ${name}`).join(", ")}`).join(" UNION ALL ");

  test("of every type are those of NDJSON, of columns of their own types and of text", async () => {
    const ndjson = join(dir, "keys.ndjson");
    writeFileSync(ndjson, rows.map((row) => `${JSON.stringify(row).replace('"f64":0,', '"f64":-0,')}\n`).join(""));
    const expected = await importing(ndjson, { key: template, value: "t", sort: "always" });
    for (const [name, typeOf] of [["own", (column: string) => types[column]!], ["text", () => "VARCHAR"]] as const) {
      expect(Buffer.from(await importing(await parquet(`${name}.parquet`, select(typeOf)), { key: template, value: "t" })).equals(expected), name).toBe(true);
    }
  });

  test("of bytes, decimals and whole floating numbers", async () => {
    const file = await parquet("more.parquet", "SELECT 7.0::DOUBLE AS a, 8::DECIMAL(10, 2) AS b, unhex('00ff') AS c, DATE '2020-01-02' AS d");
    expect(Buffer.from(await importing(file, { key: "{a:u8}{b:u8}{d}:{c:bytes}", value: "c" })).includes(Buffer.from([7, 8, ...Buffer.from("2020-01-02:"), 0, 255]))).toBe(true);
  });
});

describe("values", () => {
  test("are columns, bytes that text tells, or the row as JSON", async () => {
    const file = await parquet("values.parquet", "SELECT 1 AS id, 'é\"' AS t, unhex('01ff') AS b, 1.5::DOUBLE AS f, 'nan'::DOUBLE AS n, NULL::INTEGER AS z, [1, 2] AS l, TIMESTAMP '2020-01-02 03:04:05' AS w, '0aFF' AS h, 'AP8=' AS s");
    for (const [value, expected] of [
      ["t", Buffer.from('é"')], ["b", Buffer.from([1, 255])], ["f", Buffer.from("1.5")], ["l", Buffer.from("[1,2]")], ["hex:h", Buffer.from([10, 255])], ["base64:s", Buffer.from([0, 255])],
      ["json", Buffer.from('{"id":1,"t":"é\\"","b":"Af8=","f":1.5,"n":null,"z":null,"l":[1,2],"w":"2020-01-02 03:04:05","h":"0aFF","s":"AP8="}')],
    ] as const) {
      expect(Buffer.from(await importing(file, { key: "{id:u32}", value })).includes(expected), value).toBe(true);
    }
  });
});

test("files come one behind the other, by their names, from a store and from standard input", async () => {
  const first = await parquet("a [1]*'.parquet", "SELECT i AS id, 'first' AS v FROM range(3) t(i)");
  const second = await parquet("b.parquet", "SELECT i AS id, 'second' AS v FROM range(2, 5) t(i)");
  const options: ImportOptions = { key: "{id:u8}", value: "v", onDuplicate: "keepLast" };
  const expected = await importing([first, second], options);
  expect(Buffer.from(expected).toString("latin1")).toMatch(/first[^]*first[^]*second[^]*second[^]*second/);
  expect(Buffer.from(await importing(`${pathToFileURL(dir).href}/b*.parquet`, { key: "{id:u8}", value: "v" })).includes("second")).toBe(true);
  expect(await failure(importing(`${pathToFileURL(dir).href}/nothing-*.parquet`, options))).toMatchObject({ code: "ERR_SST_SOURCE_READ", message: expect.stringContaining("no object matches") as string });
  const stdin = async function* (): AsyncGenerator<Uint8Array> { yield readFileSync(first); };
  expect(Buffer.from(await importing(["-", pathToFileURL(second).href], { ...options, format: "parquet", stdin: stdin() })).equals(expected)).toBe(true);
});

test("files may have different columns, and whole numbers of different sizes: nothing of them is left out or rounded", async () => {
  const files = [
    await parquet("c1.parquet", "SELECT 1::UTINYINT AS id, 'a' AS t"), await parquet("c2.parquet", "SELECT 'more' AS more, 300::BIGINT AS id"), await parquet("c3.parquet", "SELECT 70000::INTEGER AS id, 'c' AS t, 'more' AS more"),
  ];
  const text = Buffer.from(await importing(files, { key: "{id:u32}" })).toString("latin1");
  for (const row of ['{"id":1,"t":"a","more":null}', '{"id":300,"t":null,"more":"more"}', '{"id":70000,"t":"c","more":"more"}']) expect(text).toContain(row);
  const halves = await parquet("c4.parquet", "SELECT 20.5::DOUBLE AS id");
  expect(await failure(importing([files[0]!, halves], { key: "{id:u32}" }))).toMatchObject({ code: "ERR_SST_SOURCE_FORMAT", message: `${files[0]}:1: the column id is UTINYINT here, and of another type in other files, DOUBLE for all of them: write it as one type` });
});

test("a column is what the file has of it, whatever the folder is called, and none of DuckDB's own", async () => {
  mkdirSync(join(dir, "day=2020"));
  const text = Buffer.from(await importing(await parquet("day=2020/x.parquet", "SELECT 1::INTEGER AS id, 'monday' AS day"), { key: "{id:u32}" })).toString("latin1");
  expect(text).toContain('{"id":1,"day":"monday"}');
  for (const name of ["file_row_number", "FILE_INDEX"]) {
    const file = await parquet("own.parquet", `SELECT i::INTEGER AS id, 9 - i AS ${name} FROM range(2) t(i)`);
    expect(await failure(importing(file, { key: "{id:u32}" }))).toMatchObject({ code: "ERR_SST_SOURCE_FORMAT", details: { file, field: name }, message: expect.stringContaining("rename it") as string });
  }
});

test("what does not fit is refused with file and row, and nothing is left", async () => {
  const file = await parquet("bad.parquet", "SELECT i AS a, 'x' || i AS b, CASE WHEN i = 3 THEN NULL ELSE 'h' END AS c, i / 2 AS d, 'k:' || i AS e, repeat('k', 70000) AS f, '' AS g, (8 + i)::VARCHAR AS s FROM range(1, 5) t(i)");
  const data = join(dir, "bad");
  for (const [more, code, message] of [
    [{ key: "{a:u32}", value: "x" }, "ERR_SST_OPTION_INVALID", /there is no column x, which is to be the value; there are a, b/], [{ key: "{x}" }, "ERR_SST_OPTION_INVALID", /there is no column x, which the key needs/],
    [{ key: "{b:u32}" }, "ERR_SST_KEY_FIELD", /bad\.parquet:1: b, a part of the key, is no whole number of u32: "x1"/], [{ key: "{d:u32}" }, "ERR_SST_KEY_FIELD", /bad\.parquet:1: d, .* no whole number of u32: "0\.5"/],
    [{ key: "{a}" }, "ERR_SST_KEY_FIELD", /bad\.parquet:1: a, .*sort 10 before 9.*\{a:u64\}/], [{ key: "{s}" }, "ERR_SST_KEY_FIELD", /bad\.parquet:2: s, .*sort 10 before 9/], [{ key: "{c}" }, "ERR_SST_SOURCE_FIELD", /bad\.parquet:3: c, a part of the key, is null/],
    [{ key: "{e}:{a:u8}" }, "ERR_SST_KEY_FIELD", /bad\.parquet:1: e, .*two rows could have one key/], [{ key: "{b:hex}" }, "ERR_SST_KEY_FIELD", /bad\.parquet:1: b, .*hexadecimal/], [{ key: "{b:uuid}" }, "ERR_SST_KEY_FIELD", /UUID/],
    [{ key: "{a:u8}", value: "c" }, "ERR_SST_SOURCE_FIELD", /bad\.parquet:3: c, which is to be the value, is null/], [{ key: "{a:u8}", value: "hex:b" }, "ERR_SST_SOURCE_FIELD", /bad\.parquet:1: b, .*hexadecimal digits/],
    [{ key: "{f}" }, "ERR_SST_KEY_TOO_LONG", /bad\.parquet:1: /], [{ key: "{g}" }, "ERR_SST_KEY_EMPTY", /bad\.parquet:1: /], [{ key: "{a:u8}", value: "raw" }, "ERR_SST_OPTION_INVALID", /json or a column, not raw/],
    [{}, "ERR_SST_OPTION_INVALID", /need a key template/], [{ key: "{c:text0}x" }, "ERR_SST_SOURCE_FIELD", /bad\.parquet:3/],
  ] as const) {
    const error = await failure(importDatabase(file, new LocalObjectStore(data), "db", { ...common, ...(more as object) }));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) as string });
  }
  writeFileSync(join(dir, "no.parquet"), "id\n1\n");
  expect(await failure(importDatabase(join(dir, "no.parquet"), new LocalObjectStore(data), "db", { ...common, key: "{id}" }))).toMatchObject({ code: "ERR_SST_SOURCE_FORMAT" });
  const empty = await parquet("empty.parquet", "SELECT 1 AS id WHERE false");
  expect(await failure(importDatabase(empty, new LocalObjectStore(data), "db", { ...common, key: "{id:u8}" }))).toMatchObject({ code: "ERR_SST_EMPTY" });
  for await (const { path } of new LocalObjectStore(data).list("")) expect(path).toBe("nothing");
});
