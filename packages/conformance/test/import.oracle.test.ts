// Files of rows become databases that real SlateDB reads whole.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { importDatabase } from "@slate-sst/ingest/import";
import { LocalObjectStore } from "@slate-sst/object-store";
import { DatabaseReader } from "@slate-sst/reader";
import { verifyDatabase } from "@slate-sst/verify";
import { describe, expect, test } from "vitest";
import { openReader } from "../src/oracle/database.js";
import { TempFolder } from "../src/oracle/folders.js";

const ROWS = 4000;
const record = (id: number): Record<string, unknown> => ({ id: id - ROWS / 2, name: `na,me "${id}"`, text: "é\n".repeat(id % 20) });
const key = (id: number): Uint8Array => {
  const bytes = Buffer.from("row:12345678");
  bytes.writeBigInt64BE(BigInt(id - ROWS / 2) ^ (-1n << 63n), 4);
  return bytes;
};

function csvOf(rows: readonly Record<string, unknown>[]): string {
  const quoted = (value: unknown): string => `"${String(value).replaceAll('"', '""')}"`;
  return `id,name,text\n${rows.map((row) => Object.values(row).map(quoted).join(",")).join("\n")}\n`;
}

async function expectRows(dir: string, valueOf: (id: number) => string): Promise<void> {
  await using reader = await openReader(dir, "db");
  const rows = await reader.readAll();
  expect(rows).toHaveLength(ROWS);
  for (const [id, row] of rows.entries()) {
    // Compared as text: long arrays of bytes take vitest seconds.
    if (Buffer.compare(row.key, key(id)) !== 0 || Buffer.from(row.value).toString() !== valueOf(id)) expect([id, row.key, Buffer.from(row.value).toString()]).toEqual([id, key(id), valueOf(id)]);
  }
}

describe("SlateDB reads every row", () => {
  const rows = Array.from({ length: ROWS }, (_, id) => record(id));
  test.each([["x.ndjson", rows.map((row) => `${JSON.stringify(row)}\n`).join(""), JSON.stringify], ["x.csv", csvOf(rows), (row: Record<string, unknown>) => JSON.stringify({ ...row, id: String(row["id"]) })]] as const)("of %s", async (name, content, valueOf) => {
    using folder = new TempFolder();
    const file = join(folder.path, name);
    writeFileSync(file, content);
    const data = join(folder.path, "data");
    const { sstCount } = await importDatabase(file, new LocalObjectStore(data), "db", { key: "row:{id:i64}", sstSize: 50_000 });
    expect(sstCount).toBeGreaterThan(2);
    await expectRows(data, (id) => valueOf(record(id)));
  });

  test.each(["ndjson", "parquet"])("of %s in no order, which is sorted first; the verifier finds nothing, and the reader gives the same", async (format) => {
    using folder = new TempFolder();
    const file = join(folder.path, `x.${format}`);
    const shuffled = rows.map((_, at) => rows[(at * 1009) % ROWS]!);
    if (format === "ndjson") writeFileSync(file, shuffled.map((row) => `${JSON.stringify(row)}\n`).join(""));
    else {
      const connection = await (await DuckDBInstance.create(":memory:")).connect();
      await connection.run(`COPY (SELECT id, text FROM (SELECT (i * 1009) % ${ROWS} AS n, n - ${ROWS / 2} AS id, repeat('é' || chr(10), (n % 20)::INTEGER) AS text FROM range(${ROWS}) t(i))) TO '${file}' (FORMAT parquet)`);
      connection.closeSync();
    }
    const data = join(folder.path, "data");
    const store = new LocalObjectStore(data);
    const { sstCount } = await importDatabase(file, store, "db", { key: "row:{id:i64}", value: "text", sstSize: 50_000, memoryLimit: 2 ** 28, temporaryFolder: folder.path, storeUrl: store.url, jobs: 2 });
    expect(sstCount).toBeGreaterThan(1);
    const valueOf = (id: number): string => String(record(id)["text"]);
    // SlateDB notes its readers in the manifest, so it comes last.
    for await (const finding of verifyDatabase(store, "db", { level: "full" })) expect(finding).toBeUndefined();
    let id = 0;
    for await (const row of (await DatabaseReader.open(store, "db")).scan()) {
      if (Buffer.compare(row.key, key(id)) !== 0 || Buffer.from(row.value!).toString() !== valueOf(id)) expect([id, row]).toEqual([id, undefined]);
      id++;
    }
    expect(id).toBe(ROWS);
    await expectRows(data, valueOf);
  });
});
