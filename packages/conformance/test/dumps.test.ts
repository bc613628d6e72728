// The byte dumps: what lies in dumps/ is what the walker makes of the vectors, and long lists are cut without hiding a change.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createBlockEncoder } from "@slate-sst/format";
import { explainPart } from "@slate-sst/verify";
import { beforeAll, describe, expect, it } from "vitest";
import { makeDumps } from "../src/dumps/dumps.js";
import { besides, elided } from "../src/dumps/elide.js";
import { goldenSsts } from "../src/vectors.js";

const FOLDER = new URL("../dumps/", import.meta.url);
const BYTES_MAX = 5_000_000;

describe("dumps/", () => {
  let made: ReadonlyMap<string, string>;
  beforeAll(async () => {
    made = await makeDumps();
  });

  it("is what `npm run dumps` makes", () => {
    const there = existsSync(FOLDER) ? readdirSync(FOLDER, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => `${entry.parentPath}/${entry.name}`.slice(fileURLToPath(FOLDER).length).replace(/^\/+/, "")) : [];
    expect(there.toSorted()).toEqual([...made.keys()].toSorted());
    const changed = [...made].filter(([path, text]) => readFileSync(new URL(path, FOLDER), "utf8") !== text).map(([path]) => path);
    expect(changed, "run `npm run dumps` and look at what changed").toEqual([]);
  });

  it("has a twin of every golden file, and stays small", () => {
    for (const { name } of goldenSsts()) expect(made.has(`golden/${name}.sst.txt`), name).toBe(true);
    expect([...made.values()].reduce((sum, text) => sum + text.length, 0)).toBeLessThan(BYTES_MAX);
  });
});

describe("a long list", () => {
  const block = (changed: number): string => {
    const encoder = createBlockEncoder(2, 4096);
    const out = new Uint8Array(8192);
    let at = 0;
    for (let row = 0; row < 40; row++) {
      const key = new TextEncoder().encode(`k${String(row).padStart(3, "0")}`);
      at = encoder.append(out, at, row === 0 ? 0 : 3, key, key.length, Uint8Array.of(row === changed ? 1 : 0), 1, 0, 7, 0, 0, 0, 0, 0);
    }
    return elided([...explainPart(out.slice(0, encoder.finish(out, at)), { kind: "block", formatVersion: 2 })]);
  };

  it("shows its ends, and by a checksum that something inside has changed", () => {
    const text = block(-1);
    expect(text).toMatch(/row\[0\]/);
    expect(text).toMatch(/row\[39\]/);
    expect(text).not.toMatch(/ row\[20\] /);
    expect(text.match(/^ +… .*row\[2\].* to .*row\[38\].*crc32 [0-9a-f]{8}$/gm)).toHaveLength(1);
    expect(block(20)).not.toBe(text);
    expect(block(20).split("\n").filter((line, at) => line !== text.split("\n")[at])).toHaveLength(1);
  });
});

it("a changed file is shown by what differs from the other one", () => {
  const base = "a\nb\nc\nd\ne\n";
  expect(besides("a\nb\nc\nX\ne\n", "base", base)).toBe("          … 3 lines as in base\nX\ne\n");
  expect(besides(base, "base", base)).toBe("          … 5 lines as in base\n");
  expect(besides("X\nY\n", "base", base)).toBe("X\nY\n");
});
