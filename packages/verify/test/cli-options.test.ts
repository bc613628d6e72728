// What options take, and what they refuse: one clear message and exit code 2.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { create, SstMetadataSchema, toJson } from "@slate-sst/format/proto";
import { crc32, FORMAT_VERSIONS } from "@slate-sst/format";
import { describe, expect, test } from "vitest";
import { flip, golden, place, placeGolden, run, temporaryFolder } from "./cli-run.js";

const puts = join(golden, "puts-small.sst");

async function refusal(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(argv);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^sst-verify: [^\n]+\n(\(Did you mean [^\n]+\)\n)?$/);
  return stderr.slice("sst-verify: ".length).trimEnd();
}

describe("wrong usage", () => {
  test("of the command line", async () => {
    expect(await refusal()).toMatch(/^name what to verify: /);
    expect(await refusal(puts, puts)).toMatch(/^too many arguments/);
    expect(await refusal(puts, "--sarf")).toBe("unknown option '--sarf'\n(Did you mean --sarif?)");
    expect(await refusal(puts, "--level", "deep")).toBe("option '--level <level>' argument 'deep' is invalid. Allowed choices are quick, full, paranoid.");
    expect(await refusal(puts, "--json", "--sarif")).toBe("option '--json' cannot be used with option '--sarif'");
    expect(await refusal(puts, "--jobs", "0")).toContain("It must be an integer from 1 to 256.");
    expect(await refusal(puts, "--jobs", "1e2")).toContain("It must be an integer from 1 to 256.");
    expect(await refusal(puts, "--max-findings", "-1")).toContain("It must be an integer from 0");
    expect(await refusal("")).toMatch(/^name what to verify: /);
    expect(await refusal(puts, "--db", "x")).toBe(`${puts} and a database cannot be verified at once`);
    expect(await refusal("--db", "x", "--manifest", "y")).toBe("option '--db <root>' cannot be used with option '--manifest <path>'");
    expect(await refusal("--manifest", "x/1.manifest")).toBe("--manifest x/1.manifest: it must lie in the folder manifest of its database");
  });

  test("of files that are not there", async () => {
    const missing = join(temporaryFolder(), "x.sst");
    expect(await refusal(missing)).toContain(`cannot read ${missing}: ENOENT`);
    expect(await refusal(puts, "--expect", missing)).toContain(`--expect ${missing}: ENOENT`);
    expect(await refusal(puts, "--metadata", missing)).toContain(`--metadata ${missing}: ENOENT`);
    expect(await refusal("/dev/null")).toBe("/dev/null is neither a file nor a folder");
  });
});

test("--help tells every option and the exit codes", async () => {
  const { code, stdout, stderr } = await run(["--help"]);
  for (const option of ["--level", "--json", "--jsonl", "--sarif", "--expect", "--metadata", "--db", "--manifest", "--jobs", "--max-findings", "--quiet"]) expect(stdout).toContain(`  ${option} `);
  expect(stdout).toContain("Exit codes: 0 sound, 1 errors found, 2 ");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

describe("--expect", () => {
  const written = { formatVersion: 2, blockSize: 4096, compression: "none", filter: true, minFilterKeys: 1000, filterBitsPerKey: 10, filterFormat: "legacy" };
  const expecting = (config: unknown): string => place(temporaryFolder(), "config.json", typeof config === "string" ? config : JSON.stringify(config));

  test("takes a whole writer's configuration", async () => {
    const rest = { seq: 1, mode: "create", onDuplicate: "error", partSize: 8, maxPartsInFlight: 2, verifyBlocks: true, digest: "sha256", workers: 2, expectedSize: 5, expectedRows: 5, keysInEvents: true };
    expect((await run([puts, "--level", "paranoid", "--expect", expecting({ ...written, ...rest })])).code).toBe(0);
  });

  test("has the rules that need it checked", async () => {
    const { code, stdout } = await run([puts, "--expect", expecting({ ...written, minFilterKeys: 1 })]);
    expect(stdout).toContain("  note L1.3 ");
    expect(stdout).toContain("  sound: 1 note (full");
    // Valid, but not canonical: a note.
    expect(code).toBe(0);
  });

  test("refuses names and values that a writer would refuse", async () => {
    const refused = async (config: unknown): Promise<string> => (await refusal(puts, "--expect", expecting(config))).replace(/^--expect \S+: /, "");
    expect(await refused({ blocksize: 4096 })).toMatch(/^no option is named "blocksize"; known are formatVersion, blockSize, /);
    expect(await refused({ toString: 1 })).toMatch(/^no option is named "toString"/);
    expect(await refused({ transform: {} })).toMatch(/^no option is named "transform"/);
    expect(await refused({ blockSize: 4000 })).toMatch(/^blockSize must be one of 1024, .*, not 4000$/);
    expect(await refused({ formatVersion: 99 })).toBe(`formatVersion must be one of ${FORMAT_VERSIONS.join(", ")}, not 99`);
    expect(await refused({ compression: "brotli" })).toMatch(/^compression must be one of none, .*, not "brotli"$/);
    expect(await refused({ filter: "yes" })).toBe('filter must be one of true, false, not "yes"');
    expect(await refused({ minFilterKeys: -1 })).toMatch(/^minFilterKeys must be an integer from 0/);
    expect(await refused({ filterBitsPerKey: 0 })).toMatch(/^filterBitsPerKey must be an integer from 1/);
    expect(await refused([])).toBe("not an object");
    expect(await refused("{")).toMatch(/^not JSON: /);
    expect(await refused(" ".repeat(2 ** 20 + 1))).toMatch(/^it has 1048577 bytes; at most 1048576 are read$/);
  });
});

describe("--metadata", () => {
  /** What is checked of a golden SST here: its path, size and checksum; everything else is found to differ. */
  const metadataOf = (name: string, path: string, size: bigint = BigInt(readFileSync(join(golden, `${name}.sst`)).length)): unknown => {
    const bytes = new Uint8Array(readFileSync(join(golden, `${name}.sst`)));
    return toJson(SstMetadataSchema, create(SstMetadataSchema, { path, size, crc32: crc32(bytes) }));
  };
  const listing = (content: unknown): string => place(temporaryFolder(), "meta.json", typeof content === "string" ? content : JSON.stringify(content));

  test("of one file holds for it whatever its path, and finds what it denies", async () => {
    const meta = listing(metadataOf("puts-small", "db/compacted/X.sst", 5n));
    const { code, stdout } = await run([puts, "--metadata", meta]);
    expect(stdout).toContain("error D1.1 ");
    expect(code).toBe(1);
  });

  test("of many files is matched by the longest common end of paths, as array or lines", async () => {
    const folder = temporaryFolder();
    for (const path of ["one/compacted/A.sst", "two/compacted/A.sst"]) placeGolden(folder, path, "puts-small");
    const entries = [metadataOf("puts-small", "root/one/compacted/A.sst", 1n), metadataOf("puts-small", "root/two/compacted/A.sst", 2n)];
    for (const content of [entries, entries.map((entry) => `${JSON.stringify(entry)}\n`).join("\n")]) {
      const { code, stdout } = await run([folder, "--metadata", listing(content), "--jsonl"]);
      const found = stdout.split("\n").filter((line) => line.includes('"D1.1"')).map((line) => (JSON.parse(line) as { finding: { expected: string } }).finding.expected);
      expect(found.map((text) => /\b\d+\b/.exec(text)?.[0])).toEqual(["1", "2"]);
      expect(code).toBe(1);
    }
  });

  test("of one file among many picks the one", async () => {
    const entries = [metadataOf("puts-small", "db/A.sst", 1n), metadataOf("puts-small", "db/puts-small.sst", 2n)];
    expect((await run([puts, "--metadata", listing(entries)])).stdout).toMatch(/D1\.1[^]*expected {2}.*\b2\b/);
  });

  test("that names a file which is not there ends with 2", async () => {
    const folder = temporaryFolder();
    placeGolden(folder, "A.sst", "puts-small", flip(20));
    const meta = listing([metadataOf("puts-small", "A.sst"), metadataOf("puts-small", "B.sst")]);
    const { code, stderr } = await run([folder, "--metadata", meta]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: `sst-verify: no file for 1 entry of ${meta}: B.sst\n` });
  });

  test("that is about no file, or ambiguous, or something else, is refused", async () => {
    const folder = temporaryFolder();
    placeGolden(folder, "A.sst", "puts-small");
    const refused = async (content: unknown, target = folder): Promise<string> => (await refusal(target, "--metadata", listing(content))).replace(/^--metadata \S+: /, "");
    expect(await refused([metadataOf("puts-small", "B.sst")])).toBe("no entry of the metadata is about any of the files");
    expect(await refused([metadataOf("puts-small", "x/B.sst"), metadataOf("puts-small", "C.sst")], puts)).toBe("none of its 2 entries is about puts-small.sst");
    expect(await refused([metadataOf("puts-small", "x/A.sst"), metadataOf("puts-small", "y/A.sst")])).toBe("two entries fit A.sst: x/A.sst and y/A.sst");
    expect(await refused({ pfad: "x" })).toMatch(/^entry 1 is no SstMetadata: /);
    expect(await refused("[]")).toBe("it is empty");
    expect(await refused("")).toBe("it is empty");
    expect(await refused('{"path":"A.sst"}\n{')).toMatch(/^not JSON: /);
  });
});
