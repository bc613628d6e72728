// Databases of real SlateDB and of ours, held against every rule: none has an error.
import { createDatabase, writeRun } from "@slate-sst/ingest";
import { LocalObjectStore } from "@slate-sst/object-store";
import { type DatabaseResult, type Finding, verifyDatabase } from "@slate-sst/verify";
import { describe, expect, it } from "vitest";
import { toWriterRow } from "../src/database-model.js";
import { openDatabase, openReader } from "../src/oracle/database.js";
import { TempFolder } from "../src/oracle/folders.js";
import { writeWithSlateDb } from "../src/oracle/write.js";
import { inCommitOrder, randomCase } from "../src/random-rows.js";
import { Xorshift32 } from "../src/xorshift32.js";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));

const SEED = 93_000;

async function check(dir: string, root: string, level: "quick" | "full" | "paranoid"): Promise<{ readonly findings: readonly Finding[]; readonly result: DatabaseResult }> {
  const verification = verifyDatabase(new LocalObjectStore(dir), root, { level });
  const findings: Finding[] = [];
  for await (const finding of verification) findings.push(finding);
  return { findings, result: verification.result };
}

/** SSTs that a compaction has replaced lie there until SlateDB's garbage collector comes. */
const withoutLeftovers = (findings: readonly Finding[]): Finding[] => findings.filter(({ rule }) => rule !== "M1.7");

describe("databases of real SlateDB", () => {
  it("with one SST in level 0", async () => {
    for (let seed = SEED; seed < SEED + 3; seed++) {
      using folder = new TempFolder("verify-database");
      const drawn = randomCase(seed, { keysMax: 200, bytesMax: 40_000 });
      const rows = inCommitOrder(drawn.rows, seed);
      if (rows.length === 0) continue;
      const { root } = await writeWithSlateDb(folder.path, rows, drawn.config);
      for (const level of ["quick", "full", "paranoid"] as const) {
        const { findings, result } = await check(folder.path, root, level);
        expect(findings, drawn.title).toEqual([]);
        expect(result, drawn.title).toMatchObject({ sound: true, complete: true, unreferenced: 0 });
      }
    }
  });

  it("with several SSTs in level 0 that overlap, tombstones, operands and overwritten keys", async () => {
    using folder = new TempFolder("verify-database");
    const random = new Xorshift32(SEED);
    {
      await using database = await openDatabase(folder.path, "db", { create: true });
      for (let flush = 0; flush < 6; flush++) {
        for (let row = 0; row < 300; row++) {
          const key = bytes(`key${random.below(400)}`);
          const kind = random.pick(["put", "put", "delete", "merge"] as const);
          if (kind === "delete") await database.delete(key);
          else await database[kind](key, random.bytes(random.below(40)));
        }
        await database.flush();
      }
    }
    const { findings, result } = await check(folder.path, "db", "full");
    expect(withoutLeftovers(findings)).toEqual([]);
    expect(result).toMatchObject({ sound: true, complete: true });
    expect(result.ssts.length).toBeGreaterThan(1);
    expect(result.rules.find(({ rule }) => rule === "M4.1")?.state).toBe("held");
  });

  it("with rows that are in the write-ahead log only, which are named as not checked", async () => {
    using folder = new TempFolder("verify-database");
    {
      await using database = await openDatabase(folder.path, "db", { create: true });
      await database.put(bytes("a"), bytes("1"));
      await database.flush();
      await database.put(bytes("b"), bytes("2"));
    }
    const { findings, result } = await check(folder.path, "db", "full");
    expect(withoutLeftovers(findings)).toEqual([]);
    expect(result).toMatchObject({ sound: true, complete: false, rows: 1 });
    expect(result.notChecked).toEqual([{ feature: "wal", reason: expect.stringMatching(/ has rows; it and the WAL files after it, 1 in all/) as string }]);
  });
});

describe("databases of ours", () => {
  it.each([1, 2] as const)("V%i, as made and as real SlateDB goes on with it", async (formatVersion) => {
    for (let seed = SEED + 100 * formatVersion; seed < SEED + 100 * formatVersion + 2; seed++) {
      using folder = new TempFolder("verify-database");
      const store = new LocalObjectStore(folder.path);
      const { rows, config, title } = randomCase(seed, { bytesMax: 40_000 });
      if (rows.length === 0) continue;
      const sstSize = new Xorshift32(seed).between(4_000, 20_000);
      const ssts = await writeRun(store, "db", rows.map(toWriterRow), { ...config, blockSize: config.blockSize as never, formatVersion, sstSize });
      await createDatabase(store, "db", ssts);
      for (const level of ["quick", "full", "paranoid"] as const) {
        const { findings, result } = await check(folder.path, "db", level);
        expect(findings, title).toEqual([]);
        expect(result, title).toMatchObject({ sound: true, complete: true, unreferenced: 0, rows: level === "quick" ? 0 : rows.length });
      }
      {
        await using reader = await openReader(folder.path, "db");
        await reader.readAll();
      }
      expect((await check(folder.path, "db", "full")).findings, title).toEqual([]);
      {
        await using database = await openDatabase(folder.path, "db");
        await database.put(rows[0]?.key ?? bytes("a"), bytes("newer"));
        await database.flush();
      }
      const { findings, result } = await check(folder.path, "db", "full");
      expect(withoutLeftovers(findings), title).toEqual([]);
      expect(result.complete, title).toBe(true);
    }
  });
});
