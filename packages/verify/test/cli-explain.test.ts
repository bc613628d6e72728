// --explain prints one SST as a tree of its bytes, damaged or not.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { flip, golden, placeGolden, run, temporaryFolder } from "./cli-run.js";

const dump = readFileSync(new URL("explain/tiny-all.txt", import.meta.url), "utf8");

test("the tree is all that is printed", async () => {
  expect(await run(["--explain", join(golden, "tiny-all.sst")])).toEqual({ code: 0, stdout: dump, stderr: "" });
});

test("of standard input, and of the only SST of a folder", async () => {
  const bytes = readFileSync(join(golden, "tiny-all.sst"));
  const stdin = (async function* () {
    yield bytes;
  })();
  expect(await run(["--explain", "-"], { stdin })).toEqual({ code: 0, stdout: dump, stderr: "" });
  const folder = temporaryFolder();
  placeGolden(folder, "compacted/a.sst", "tiny-all");
  expect((await run([folder, "--explain"])).stdout).toBe(dump);
});

test("of one byte, what holds it", async () => {
  const file = join(golden, "tiny-all.sst");
  // Of each line its position, as far as it is one of the file; of structures what lies in them follows.
  const lines = dump.split("\n");
  const crc = lines.find((line) => line.includes(" crc32 "))!;
  const at = Number.parseInt(crc.slice(1, 9), 16);
  for (const asked of [String(at), `0x${at.toString(16)}`, String(at + 3)]) {
    const { code, stdout } = await run(["--at", asked, file]);
    expect(code).toBe(0);
    expect(stdout.split("\n")).toEqual([lines[0], crc, ""]);
  }
  const size = readFileSync(file).length;
  expect((await run([file, "--at", String(size - 1)])).stdout).toMatch(/^ [0-9a-f]{8} +footer +\d+ bytes\n [0-9a-f]{8} 0002 +format_version/);
  expect(await run([file, "--at", String(size)])).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(`a byte of the file, 0 to ${size - 1}`) as string });
  expect(await run([file, "--at", "-1"])).toMatchObject({ code: 2, stdout: "" });
  expect(await run([file, "--at", "1", "--json"])).toMatchObject({ code: 2, stdout: "" });
});

test("damage is shown where it is", async () => {
  const file = placeGolden(temporaryFolder(), "a.sst", "tiny-all", flip(0x0d));
  const { code, stdout } = await run(["--explain", file]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/crc32 +b1649d58\n +! the 119 bytes before it give [0-9a-f]{8}\n/);
});

test("what it is not for is refused", async () => {
  const folder = temporaryFolder();
  placeGolden(folder, "a.sst", "tiny-all");
  placeGolden(folder, "b.sst", "single-row");
  expect(await run(["--explain", folder])).toEqual({ code: 2, stdout: "", stderr: `sst-verify: --explain is for one SST, and 2 lie below ${folder}\n` });
  for (const explain of [["--explain"], ["--at", "0"]]) {
    for (const options of [["--json"], ["--level", "quick"], ["--jobs", "2"], ["--max-findings", "1"]]) {
      const both = await run([...explain, ...options, join(golden, "tiny-all.sst")]);
      expect(both).toMatchObject({ code: 2, stdout: "" });
      expect(both.stderr).toContain("cannot be used with option");
    }
  }
  expect(await run(["--explain", join(folder, "missing.sst")])).toMatchObject({ code: 2, stdout: "" });
});
