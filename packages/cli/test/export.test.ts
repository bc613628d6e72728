// A range of a database becomes a new one, in another folder, and the old one stays as it is.
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
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
    [["export", at("db"), "--db", at("db")], "is the database itself"], [["export", at("db"), "--db", at("shard")], "there is a database at shard already"], [["export", at("no"), "--db", at("new")], "manifest"],
    [["export", at("db"), "--db", at("none"), "--from", "x"], "no rows"], [["export", at("db")], "--db"],
  ] as const) {
    expect(await run(argv)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) as string });
  }
  expect(readdirSync(at("db"), { recursive: true })).toEqual(before);
  expect(existsSync(at("none/compacted")) ? readdirSync(at("none/compacted")) : []).toEqual([]);
});
