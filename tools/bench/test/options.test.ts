import { describe, expect, it } from "vitest";
import { CONTESTS } from "../src/contests/index.js";
import { commandText, parseOptions, UsageError, usage } from "../src/options.js";

const contests = ["write", "scan"];

describe("the command line", () => {
  it("measures as the targets want it unless told otherwise", () => {
    expect(parseOptions([], contests)).toEqual({ rows: 1_000_000, rounds: 8, only: [], json: undefined, write: false });
  });

  it("takes what it knows", () => {
    const options = parseOptions(["--rows", "5000", "--rounds", "1", "--only", "scan", "--only", "write", "--json", "x.json"], contests);
    expect(options).toEqual({ rows: 5000, rounds: 1, only: ["scan", "write"], json: "x.json", write: false });
    expect(parseOptions(["--write"], contests)).toMatchObject({ write: true });
    expect(parseOptions(["-h"], contests)).toBe("help");
  });

  it.each([
    [["--rows", "many"], /--rows is an integer from 100 to 10,000,000, not many/], [["--rows", "99"], /--rows/], [["--rows", "1e6"], /--rows/], [["--rounds", "0"], /--rounds/],
    [["--only", "sing"], /there is no contest sing; there are write, scan/], [["--fast"], /--fast/], [["stray"], /stray/], [["--write", "--only", "scan"], /leave --only out/],
  ])("refuses %j", (argv, problem) => {
    expect(() => parseOptions(argv, contests)).toThrow(UsageError);
    expect(() => parseOptions(argv, contests)).toThrow(problem);
  });

  it("can be told again, without the paths of a machine", () => {
    const options = { rows: 1_000_000, rounds: 8, only: [], json: "/home/me/x.json", write: false };
    expect(commandText(options)).toBe("npm run bench");
    expect(commandText({ ...options, rows: 500, rounds: 2, only: ["scan"], write: true })).toBe("npm run bench -- --rows 500 --rounds 2 --only scan --write");
  });

  it("lists every contest, and no name twice", () => {
    const names = CONTESTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, title } of CONTESTS) expect(usage(CONTESTS)).toMatch(new RegExp(`^${name} +${title}$`, "m"));
  });
});
