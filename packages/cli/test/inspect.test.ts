// `slate-sst inspect`: what it tells is what the side-cars of the golden SSTs, and the metadata of written ones, say.
import { readFileSync } from "node:fs";
import { fromJson, InspectReportSchema } from "@slate-sst/format/proto";
import { describe, expect, test } from "vitest";
import { golden, placeDatabase, run } from "./command-run.js";

async function inspected(...argv: string[]): Promise<NonNullable<ReturnType<typeof fromJson<typeof InspectReportSchema>>["target"]>> {
  const { code, stdout, stderr } = await run(["inspect", "--json", ...argv]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return fromJson(InspectReportSchema, JSON.parse(stdout)).target;
}

const NAMES = ["tiny-all", "zstd-filter", "merges", "ttl", "wal-many--wal1", "wal-many--wal2", "large-values", "single-row", "rows-999-nofilter"];

describe("of an SST", () => {
  test.each(NAMES)("%s: sections cover the file, and what is counted adds up", async (name) => {
    const target = await inspected(golden(name));
    if (target.case !== "sst") throw new Error("an SST was named");
    const { size, sections, contents, wal, firstKey } = target.value;
    expect(size).toBe(BigInt(readFileSync(golden(name)).length));
    let end = 0n;
    for (const { offset, length } of sections) {
      expect(offset).toBe(end);
      end = offset + length;
    }
    expect(end).toBe(size);
    // The first file of a log is the empty fence, which is no WAL file by its type.
    expect(wal).toBe(name === "wal-many--wal2");
    const sideCar = JSON.parse(readFileSync(golden(name).replace(/sst$/, "json"), "utf8")) as { rows: { kind?: string }[] };
    expect(contents?.rows).toBe(BigInt(sideCar.rows.length));
    expect(firstKey === undefined).toBe(sideCar.rows.length === 0);
    const { rows = 0n, puts = 0n, deletes = 0n, merges = 0n, blocks = 0n } = contents ?? {};
    expect(puts + deletes + merges).toBe(rows);
    for (const [histogram, count, sum] of [
      [contents?.keyBytes, rows, undefined], [contents?.valueBytes, puts + merges, undefined], [contents?.rowsPerBlock, blocks, rows],
      [contents?.bytesPerBlock, blocks, contents?.blockBytes], [contents?.storedBytesPerBlock, blocks, contents?.storedBlockBytes],
    ] as const) {
      expect(histogram?.count).toBe(count);
      expect(histogram?.buckets.reduce((total, bucket) => total + bucket.count, 0n)).toBe(count);
      if (sum !== undefined) expect(histogram?.sum).toBe(sum);
    }
    expect(contents?.storedBlockBytes).toBe(sections.find((section) => section.name === "data")?.length ?? 0n);
  });

  test("text says the same for people", async () => {
    const { code, stdout, stderr } = await run(["inspect", golden("tiny-all")]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const text of [
      "  kind      compacted, V2 blocks, not compressed\n", "  filter    legacy, 5 bytes of bits, 6 probes a key\n", "  rows      4: 2 puts, 1 delete, 1 merge operand\n", '  keys      "apple" to "cherry"\n',
      "    footer               410             10\n", "  bytes of a value: 0 to 6, mean 3\n",
    ]) expect(stdout).toContain(text);
  });

  test("a progress bar is drawn on a terminal only", async () => {
    expect((await run(["inspect", golden("zstd-filter")], { terminals: ["stderr"] })).stderr).toContain("░");
    expect((await run(["inspect", golden("zstd-filter"), "--quiet"], { terminals: ["stderr"] })).stderr).toBe("");
  });
});

describe("of a database", () => {
  test("its trees, and the sums over its SSTs", async () => {
    const rows = Array.from({ length: 500 }, (_, at) => ({ key: `key${String(at).padStart(4, "0")}`, value: "x".repeat(at % 50), seq: 3n }));
    const db = await placeDatabase(rows);
    const target = await inspected(db);
    if (target.case !== "database") throw new Error("a database was named");
    const { trees, contents, lastL0Seq, manifest } = target.value;
    expect(manifest).toMatchObject({ path: "manifest/00000000000000000001.manifest", number: 1n, newest: true, version: 1 });
    const ssts = trees.flatMap(({ runs }) => runs).flatMap((one) => one.ssts);
    expect(ssts.length).toBeGreaterThan(2);
    expect(ssts.reduce((sum, sst) => sum + sst.rows, 0n)).toBe(500n);
    expect(contents).toMatchObject({ rows: 500n, puts: 500n, minSeq: 3n, maxSeq: 3n });
    expect(contents?.valueBytes?.sum).toBe(rows.reduce((sum, { value }) => sum + BigInt(value.length), 0n));
    expect(lastL0Seq).toBe(3n);
    const { code, stdout } = await run(["inspect", db]);
    expect(code).toBe(0);
    expect(stdout).toContain(`    run 0: ${ssts.length} SSTs, 500 rows, `);
    expect(stdout).toContain('"key0000" to "key0');
  });
});
