// `slate-sst cat`: the rows of SSTs and databases, in every format, cut and turned as asked.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { LocalObjectStore, MemoryObjectStore } from "@slate-sst/object-store";
import { SstReader } from "@slate-sst/reader";
import type { Row } from "@slate-sst/writer";
import { describe, expect, test } from "vitest";
import { golden, lines, placeDatabase, run, temporaryFolder } from "./command-run.js";

const tiny = golden("tiny-all");

/** Two versions of every key, every third key deleted, every fifth with merge operands on top. */
const rows: Row[] = Array.from({ length: 200 }, (_, at): Row[] => {
  const key = `key${String(at).padStart(4, "0")}`;
  if (at % 3 === 0) return [{ kind: "delete", key, seq: 9n }, { key, value: "old", seq: 1n }];
  if (at % 5 === 0) return [{ kind: "merge", key, value: "+2", seq: 9n }, { kind: "merge", key, value: "+1", seq: 8n }, { key, value: "base", seq: 7n }, { key, value: "old", seq: 1n }];
  return [{ key, value: `new ${at}`, seq: 9n, expireTs: 1000 }, { key, value: "old", seq: 1n }];
}).flat();

describe("of an SST", () => {
  test("every row is shown, with what it has", async () => {
    const { code, stdout, stderr } = await run(["cat", tiny]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(
      '{"key":"apple","kind":"put","value":"red","seq":"1","createTs":"1795437663659"}\n' +
        '{"key":"apply","kind":"put","value":"","seq":"2","createTs":"1795437663660","expireTs":"4102444800000"}\n' +
        '{"key":"banana","kind":"delete","seq":"3","createTs":"1795437663660"}\n' +
        '{"key":"cherry","kind":"merge","value":"||||+1","seq":"4","createTs":"1795437663661"}\n',
    );
  });

  test("ranges, limits and the direction are those of the reader", async () => {
    const keys = async (...argv: string[]): Promise<unknown[]> => lines((await run(["cat", tiny, ...argv])).stdout).map(({ key }) => key);
    expect(await keys("--from", "apply")).toEqual(["apply", "banana", "cherry"]);
    expect(await keys("--to", "banana")).toEqual(["apple", "apply"]);
    expect(await keys("--prefix", "app", "--reverse")).toEqual(["apply", "apple"]);
    expect(await keys("--reverse", "--limit", "1")).toEqual(["cherry"]);
    expect(await keys("--limit", "0")).toEqual([]);
    expect(await keys("--from", "b", "--to", "a")).toEqual([]);
    expect(await keys("--from", "6170706c79", "--encoding", "hex", "--limit", "1")).toEqual(["6170706c79"]);
  });

  test("csv has a header, quotes what needs it, and ends lines as the standard asks", async () => {
    const store = new MemoryObjectStore({ name: "cat-csv" });
    const { SstWriter } = await import("@slate-sst/writer");
    const writer = await SstWriter.create(store, "a.sst");
    await writer.put("a,b", 'say "hi"');
    await writer.put("b", " padded");
    await writer.delete("c");
    await writer.close();
    const { stdout } = await run(["cat", "-", "--format", "csv"], { stdin: chunks(await store.get("a.sst")) });
    expect(stdout).toBe('key,kind,value,seq,createTs,expireTs\r\n"a,b",put,"say ""hi""",0,,\r\nb,put," padded",0,,\r\nc,delete,,0,,\r\n');
  });

  test("raw is the bytes of the values and nothing else", async () => {
    const wanted: Buffer[] = [];
    await using reader = await SstReader.open(new LocalObjectStore(join(golden("x"), "..")), "large-values.sst");
    for await (const { value } of reader.scan()) wanted.push(Buffer.from(value ?? []));
    const { code, bytes } = await run(["cat", golden("large-values"), "--format", "raw"]);
    expect(code).toBe(0);
    expect(bytes.equals(Buffer.concat(wanted))).toBe(true);
    expect(await run(["cat", tiny, "--format", "raw"])).toMatchObject({ code: 2, stdout: "red", stderr: expect.stringMatching(/^slate-sst: the key "cherry" .* has merge operands/) as string });
    expect(await run(["cat", tiny, "--format", "raw"], { terminals: ["stdout"] })).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("could disturb the terminal") as string });
  });

  test("standard input, URLs and WAL files are read as well", async () => {
    const { stdout } = await run(["cat", tiny]);
    expect((await run(["cat", "-"], { stdin: chunks(readFileSync(tiny)) })).stdout).toBe(stdout);
    expect((await run(["cat", pathToFileURL(tiny).href])).stdout).toBe(stdout);
    const wal = lines((await run(["cat", golden("wal-many--wal2")])).stdout).map(({ seq }) => Number(seq));
    expect(wal.length).toBeGreaterThan(1);
    expect(wal).toEqual([...wal].sort((left, right) => left - right));
  });

  test("bytes that are not UTF-8 need another encoding than utf8, and are never lost by default", async () => {
    expect(await run(["cat", golden("binary-keys"), "--encoding", "utf8"])).toMatchObject({ code: 2, stderr: expect.stringContaining("is not UTF-8") as string });
    const hex = lines((await run(["cat", golden("binary-keys"), "--encoding", "hex"])).stdout).map(({ key }) => key);
    const base64 = lines((await run(["cat", golden("binary-keys"), "--encoding", "base64"])).stdout).map(({ key }) => Buffer.from(key ?? "", "base64").toString("hex"));
    expect(base64).toEqual(hex);
    for (const { key } of lines((await run(["cat", golden("binary-keys")])).stdout)) {
      const [found] = lines((await run(["cat", golden("binary-keys"), "--from", key ?? "", "--limit", "1"])).stdout);
      expect(found?.["key"]).toBe(key);
    }
  });
});

describe("of a database", () => {
  test("what a scan of SlateDB shows: newest versions, no deleted keys, operands and what they go on top of", async () => {
    const db = await placeDatabase(rows);
    const shown = lines((await run(["cat", db])).stdout);
    expect(shown.some(({ kind }) => kind === "delete")).toBe(false);
    expect(shown.filter(({ key }) => key === "key0005").map(({ kind, value }) => `${kind} ${value}`)).toEqual(["merge +2", "merge +1", "put base"]);
    expect(shown.filter(({ key }) => key === "key0007").map(({ kind, value }) => `${kind} ${value}`)).toEqual(["put new 7"]);
    expect(shown.some(({ key }) => key === "key0003")).toBe(false);
    const keys = shown.map(({ key }) => key);
    expect(keys).toEqual([...keys].sort());
    expect((await run(["cat", pathToFileURL(db).href])).stdout).toBe((await run(["cat", db])).stdout);
    const backwards = lines((await run(["cat", db, "--reverse", "--prefix", "key000"])).stdout).map(({ key }) => key);
    expect([...new Set(backwards)]).toEqual([...new Set(keys.filter((key) => key?.startsWith("key000")))].reverse());
  });

  test("--all-versions shows every row that is stored", async () => {
    const db = await placeDatabase(rows);
    expect(lines((await run(["cat", db, "--all-versions"])).stdout)).toHaveLength(rows.length);
  });

  test("--manifest goes by another state", async () => {
    const db = await placeDatabase(rows);
    const manifest = "manifest/00000000000000000001.manifest";
    expect((await run(["cat", db, "--manifest", manifest])).stdout).toBe((await run(["cat", db])).stdout);
    expect(await run(["cat", db, "--manifest", "manifest/00000000000000000002.manifest"])).toMatchObject({ code: 2, stdout: "" });
    expect(await run(["cat", tiny, "--manifest", manifest])).toMatchObject({ code: 2, stderr: `slate-sst: --manifest is for databases, and ${tiny} is a file\n` });
  });

  test("damage is told with the SST that has it, by whatever reads the database", async () => {
    const db = await placeDatabase(Array.from({ length: 500 }, (_, at) => ({ key: `key${String(at).padStart(4, "0")}`, value: "x".repeat(20) })));
    const [, second = ""] = readdirSync(join(db, "compacted")).sort();
    const path = join(db, "compacted", second);
    const sound = readFileSync(path);
    const broken = Buffer.from(sound);
    broken[100]! ^= 1;
    for (const bytes of [broken, sound.subarray(0, 90)]) {
      writeFileSync(path, bytes);
      for (const argv of [["cat", db], ["inspect", db], ["export", db, "--db", `${db}-new`]]) {
        expect(await run(argv)).toMatchObject({ code: 1, stderr: expect.stringMatching(new RegExp(`^slate-sst: (db/)?compacted/${second}: `)) as string });
      }
    }
    expect(existsSync(join(`${db}-new`, "manifest"))).toBe(false);
  });

  test("a folder without a manifest is none", async () => {
    expect(await run(["cat", temporaryFolder()])).toMatchObject({ code: 2, stdout: "", stderr: "slate-sst: there is no database: no manifest under manifest/\n" });
  });
});

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
}
