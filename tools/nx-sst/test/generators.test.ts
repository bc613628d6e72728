// Goal: each generator makes what it promises and refuses what does not fit. Method: a tree in memory that holds this repository's files; that its
// result builds and passes its tests is seen by src/walk.mjs, in a copy of the repository. What comes next is told by the files, for these tests
// hold in that copy too.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Tree } from "@nx/devkit";
import { createTree } from "@nx/devkit/testing";
import { describe, expect, it, vi } from "vitest";
import codec from "../src/generators/codec.js";
import { problemOf } from "../src/generators/codec-package.js";
import { STEPS } from "../src/generators/edits.js";
import formatVersion from "../src/generators/format-version.js";
import infoField from "../src/generators/info-field.js";
import objectStoreAdapter from "../src/generators/object-store-adapter.js";
import rule from "../src/generators/rule.js";
import { top } from "../src/lint/sources.mjs";

const FILES = [
  "README.md", "LICENSE", "spec/rules.yaml", "spec/constants.yaml", "packages/format/src/generated/constants.ts", "packages/writer/README.md", "spec/fbs/sst_info.fbs", "spec/sst/sst.ksy", "spec/sst/block_v1.ksy", "spec/sst/block_v2.ksy", "spec/proto/slate_sst/v1/metadata.proto", "packages/format/README.md", "packages/format/package.json",
  "packages/format/src/compression/load.ts", "packages/verify/src/verify-sst.ts", "packages/conformance/src/forgeries/info-cases.ts", "packages/object-store/package.json", "packages/object-store-azure/tsconfig.json",
  "packages/object-store-azure/tsconfig.test.json",
  // Made by the first rule of its kind.
  ...["packages/verify/src/info-rules.ts"].filter((file) => existsSync(join(top, file))),
];

const numbersIn = (file: string, within: RegExp, pattern: RegExp): number[] => Array.from((within.exec(readFileSync(join(top, file), "utf8"))?.[0] ?? "").matchAll(pattern), ([, one]) => Number(one));
const VERSIONS = numbersIn("spec/sst/sst.ksy", /[^]*/, /'format_version::v(\d+)'/g);
const VERSION = Math.max(...VERSIONS) + 1;
const SLOT = Math.max(...numbersIn("spec/fbs/sst_info.fbs", /table SsTableInfo \{[^}]*\}/, /\(id: (\d+)/g)) + 1;
const NUMBER = Math.max(...numbersIn("spec/proto/slate_sst/v1/metadata.proto", /message SsTableInfo \{[^}]*\}/, / = (\d+);/g)) + 1;
const CODEC_ID = Math.max(...numbersIn("spec/fbs/sst_info.fbs", /enum CompressionFormat [^}]*\}/, / = (\d+)/g)) + 1;
const CODEC_NUMBER = Math.max(...numbersIn("spec/proto/slate_sst/v1/metadata.proto", /enum CompressionCodec \{[^}]*\}/, / = (\d+);/g)) + 1;
const RULE_NUMBER = Math.max(...numbersIn("spec/rules.yaml", /[^]*/, /^ {2}F3\.(\d+):/gm)) + 1;

function tree(): Tree {
  const made = createTree();
  for (const file of FILES) made.write(file, readFileSync(join(top, file)));
  return made;
}

const textOf = (made: Tree, path: string): string => made.read(path, "utf8") ?? "";

describe("format-version", () => {
  it("copies the blocks under the next number, and the footer knows it", async () => {
    const made = tree();
    await formatVersion(made, { from: 2, restartInterval: 8 });
    const block = textOf(made, `spec/sst/block_v${VERSION}.ksy`);
    expect(block).toContain(`id: block_v${VERSION}`);
    expect(block).toContain(`-codec: RowV${VERSION}`);
    expect(block).toContain("idx % 8 == 0");
    expect(block).toContain("One row in 8 (0, 8, 16, ...");
    expect(block).not.toMatch(/-kernel|-constant|V2|16th/);
    const sst = textOf(made, "spec/sst/sst.ksy");
    expect(sst).toContain(`    - block_v${VERSION}\n`);
    expect(sst).toContain(`'format_version::v${VERSION}': block_v${VERSION}\n`);
    expect(sst).toContain(`    ${VERSION}:\n      id: v${VERSION}\n      doc: V${VERSION} blocks, made from V2.\n`);
    for (const readme of ["README.md", "packages/writer/README.md"]) expect(textOf(made, readme)).toMatch(new RegExp(`formatVersion.*${[...VERSIONS].toSorted((a, b) => a - b).join(", ")} or ${VERSION}\\b`));
    expect(textOf(made, "packages/format/README.md")).toMatch(new RegExp(`\`RowV2\`, \`RowV${VERSION}\`.*\`BlockV2\`, \`BlockV${VERSION}\``));
  });

  it("makes one after the other, from whichever version", async () => {
    const made = tree();
    await formatVersion(made, { from: 2 });
    await formatVersion(made, { from: 1, to: 700, doc: "Another" });
    expect(textOf(made, "spec/sst/block_v700.ksy")).toContain("-keys-extend: first");
    expect(textOf(made, "spec/sst/sst.ksy")).toMatch(/ {4}700:\n {6}id: v700\n {6}doc: Another\.\n/);
  });

  it.each([
    ["a version that there is not", { from: 900 }, `--from is one of the versions ${VERSIONS.join(", ")}, not 900`],
    ["a version that there is", { from: 1, to: 2 }, "--to is a version that there is not yet"],
    ["a number that no footer holds", { from: 1, to: 70_000 }, "--to is a version"],
    ["an interval of blocks without restart points", { from: 1, restartInterval: 8 }, "blocks of version 1 have no restart points"],
    ["an interval of nothing", { from: 2, restartInterval: 0 }, "--restartInterval is an integer from 1"],
    ["a doc that is no YAML text", { from: 2, doc: "a: b" }, "--doc is text without"],
  ])("refuses %s", async (_, options, message) => {
    await expect(formatVersion(tree(), options)).rejects.toThrow(message);
  });
});

describe("info-field", () => {
  it("adds a field behind the others, in the FlatBuffer and in the message", async () => {
    const made = tree();
    await infoField(made, { name: "birthplace", doc: "Where it comes from" });
    await infoField(made, { name: "hearsay", type: "text", doc: "What people say of it." });
    expect(textOf(made, "spec/fbs/sst_info.fbs")).toContain(`  /// Where it comes from.\n  birthplace: [ubyte] (id: ${SLOT});\n  /// What people say of it.\n  hearsay: string (id: ${SLOT + 1});\n}`);
    expect(textOf(made, "spec/proto/slate_sst/v1/metadata.proto")).toContain(`  // Where it comes from.\n  optional bytes birthplace = ${NUMBER};\n  // What people say of it.\n  optional string hearsay = ${NUMBER + 1};\n}`);
  });

  it.each([
    ["a name that is there", { name: "last_entry", doc: "x" }, "the info has a field last_entry already"],
    ["a name in another style", { name: "lastEntry", doc: "x" }, "--name is a name in lower_snake_case"],
    ["no doc", { name: "birthplace", doc: " " }, "--doc is one line of text"],
  ])("refuses %s", async (_, options, message) => {
    await expect(infoField(tree(), options)).rejects.toThrow(message);
  });
});

const CODEC = { name: "brotli", package: "some-brotli", packageVersion: "1.2.3", compress: "pack", decompress: "unpack", doc: "A Brotli stream" };

describe("codec", () => {
  it("adds number, source, test, package and docs", async () => {
    const made = tree();
    await codec(made, CODEC);
    expect(textOf(made, "spec/fbs/sst_info.fbs")).toContain(`,\n  /// A Brotli stream.\n  Brotli = ${CODEC_ID}\n}`);
    expect(textOf(made, "spec/proto/slate_sst/v1/metadata.proto")).toContain(`  COMPRESSION_CODEC_BROTLI = ${CODEC_NUMBER};\n}`);
    expect(textOf(made, "packages/format/src/compression/load.ts")).toContain("  brotli: loadBrotli,\n");
    expect(textOf(made, "packages/format/src/compression/brotli.ts")).toContain("functions.pack(all)");
    expect(made.exists("packages/format/test/compression/brotli.test.ts")).toBe(true);
    expect(JSON.parse(textOf(made, "packages/format/package.json"))).toMatchObject({ peerDependencies: { "some-brotli": "1.2.3" }, peerDependenciesMeta: { "some-brotli": { optional: true } }, devDependencies: { "some-brotli": "1.2.3" } });
    expect(textOf(made, "README.md")).toContain("| `brotli` | `npm install some-brotli@1.2.3` | ours, no counterpart in SlateDB: A Brotli stream |");
    expect(textOf(made, "packages/format/README.md")).toContain("| `brotli` | `some-brotli@1.2.3` | ours, no counterpart in SlateDB: A Brotli stream |");
    for (const readme of ["README.md", "packages/writer/README.md"]) expect(textOf(made, readme)).toMatch(/\| `compression` \| .*`"zstd"`, .*`"brotli"`[,;] or a codec/);
  });

  it("adds one after the other", async () => {
    const made = tree();
    await codec(made, CODEC);
    await codec(made, { ...CODEC, name: "xz", package: "some-xz", doc: "An xz stream" });
    expect(textOf(made, "spec/fbs/sst_info.fbs")).toContain(`  Brotli = ${CODEC_ID},\n  /// An xz stream.\n  Xz = ${CODEC_ID + 1}\n}`);
    for (const readme of ["README.md", "packages/format/README.md"]) expect(textOf(made, readme)).toMatch(/\| `brotli` \| .*\n\| `xz` \| .*\n\n/);
    expect(textOf(made, "packages/writer/README.md")).toMatch(/`"brotli"`, `"xz"`; or a codec/);
  });

  it.each([
    ["a name that is there", { name: "zstd" }, "there is a codec zstd already"],
    ["a number that is there", { id: 4 }, "--id is a number that no codec has"],
    ["a number that no info holds", { id: 128 }, "--id is a number that no codec has"],
    ["the number that stays free", { id: 127 }, "--id is a number that no codec has"],
    ["a range of versions", { packageVersion: "^1.0.0" }, "--packageVersion is an exact version"],
  ])("refuses %s", async (_, change, message) => {
    await expect(codec(tree(), { ...CODEC, ...change })).rejects.toThrow(message);
  });
});

describe("a codec's package", () => {
  const SNAPPY = { package: "snappy", packageVersion: "7.4.3", compress: "compressSync", decompress: "uncompressSync" };
  it.each([
    ["fits", {}, ""],
    ["lacks a function", { compress: "squeeze" }, "has no function squeeze among its named exports, which are Compressor, "],
    ["is asynchronous", { compress: "compress" }, "compress is asynchronous: it returns a promise"],
    ["does not give back what it got", { decompress: "compressSync" }, "compressSync does not give back what compressSync was given"],
    ["fails", { compress: "uncompressSync" }, "uncompressSync fails: "],
  ])("that %s", (_, change, problem) => {
    const told = problemOf({ ...SNAPPY, ...change }, top, "packages/format");
    expect(told?.slice(0, problem === "" ? undefined : problem.length)).toBe(problem);
  });

  it("is tried before anything is changed", async () => {
    const made = tree();
    Object.defineProperty(made, "root", { value: top });
    await expect(codec(made, { ...CODEC, ...SNAPPY, compress: "squeeze" })).rejects.toThrow("snappy@7.4.3: has no function squeeze among its named exports");
  });

  it("that is not installed in this version is not looked at", () => {
    for (const change of [{ package: "there-is-no-such-package" }, { packageVersion: "1.0.0" }]) expect(problemOf({ ...SNAPPY, ...change }, top, "packages/format")).toBeUndefined();
  });
});

const RULE = { group: "F3", title: "Filter is small", sentence: "The filter is not longer than the index.", field: "filter_len", holds: "info.filterLen <= info.indexLen", breaks: "filterLen: right.indexLen + 1" };

describe("rule", () => {
  it("adds entry, check and forgery under the next number of the group", async () => {
    const made = tree();
    await rule(made, RULE);
    await rule(made, { ...RULE, title: "Filter is not small", severity: "note" });
    expect(textOf(made, "spec/rules.yaml")).toMatch(new RegExp(` {2}F3\\.${RULE_NUMBER - 1}:\\n(?: {4}.*\\n)+ {2}F3\\.${RULE_NUMBER}:\\n {4}title: Filter is small\\n(?: {4}.*\\n)+ {2}F3\\.${RULE_NUMBER + 1}:\\n {4}title: Filter is not small\\n`));
    expect(textOf(made, "packages/verify/src/info-rules.ts").match(new RegExp(`rule: "F3\\.(${RULE_NUMBER}|${RULE_NUMBER + 1})", field: "filter_len"`, "g"))).toHaveLength(2);
    expect(textOf(made, "packages/verify/src/verify-sst.ts").match(/checkInfoRules\(framing, report\);/g)).toHaveLength(1);
    expect(textOf(made, "packages/conformance/src/forgeries/info-cases.ts")).toContain(`(right) => ({ ...right, filterLen: right.indexLen + 1 }), ["F3.${RULE_NUMBER} info.filter_len"]`);
  });

  it("imports the constants that its expressions name, once", async () => {
    const made = tree();
    const limit = { ...RULE, sentence: "The first key has at most {KEY_BYTES_MAX} bytes.", field: "first_entry", holds: "info.firstEntry.length <= KEY_BYTES_MAX", breaks: "firstEntry: new Uint8Array(KEY_BYTES_MAX + 1)" };
    await rule(made, limit);
    await rule(made, { ...limit, title: "Again", holds: "info.firstEntry.length < KEY_BYTES_MAX && KEY_BYTES_MIN > 0" });
    const [, imported = ""] = /import \{ ([^}]*) \} from "@slate-sst\/format";/.exec(textOf(made, "packages/verify/src/info-rules.ts")) ?? [];
    for (const name of ["KEY_BYTES_MIN", "KEY_BYTES_MAX", "type SsTableInfo"]) expect(imported.split(", ").filter((one) => one === name)).toEqual([name]);
    expect(textOf(made, "packages/conformance/src/forgeries/info-cases.ts")).toMatch(/import \{ KEY_BYTES_MAX, [^}]* \} from "@slate-sst\/format";/);
    expect(textOf(made, "packages/verify/src/info-rules.ts")).not.toContain("{KEY_BYTES_MAX}");
  });

  const OWN = { ...RULE, sentence: "The key has at most {NICKNAME_MAX} bytes.", field: "first_entry", holds: "info.firstEntry.length <= NICKNAME_MAX", breaks: "firstEntry: new Uint8Array(NICKNAME_MAX + 1)", limit: "nickname_max=120", limitDoc: "Longest nickname, in bytes" };

  it("begins a limit of its own, and a file that just keeps the rule", async () => {
    const made = tree();
    await rule(made, { ...OWN, keeps: "firstEntry: new Uint8Array(NICKNAME_MAX)" });
    expect(textOf(made, "spec/constants.yaml")).toMatch(/^limits:\n(?: {2}.*\n)* {2}nickname_max:\n {4}value: 120\n {4}doc: "Longest nickname, in bytes\."\n {4}source: ours\n\nvarints:\n/m);
    const forgeries = textOf(made, "packages/conformance/src/forgeries/info-cases.ts");
    expect(forgeries).toMatch(/import \{ NICKNAME_MAX, [^}]* \} from "@slate-sst\/format";/);
    expect(forgeries).toContain('otherInfo("filter is small: just kept", (right) => ({ ...right, firstEntry: new Uint8Array(NICKNAME_MAX) }), [], "not tried"),\n');
    expect(textOf(made, "packages/verify/src/info-rules.ts")).toMatch(/field: "first_entry", valueOf: \(info\) => info\.firstEntry, holds: /);
  });

  it.each<[string, typeof RULE & { limit?: string | undefined; limitDoc?: string | undefined }, string]>([
    ["a constant that there is not, in the sentence", { ...OWN, limit: undefined, limitDoc: undefined }, "--sentence: there is no constant NICKNAME_MAX in spec/constants.yaml: add it there, or begin it with --limit nickname_max=NUMBER"],
    ["one in an expression", { ...RULE, breaks: "filterLen: FILTER_LEN_MAX + 1" }, "--breaks: there is no constant FILTER_LEN_MAX"],
    ["a limit without words", { ...OWN, limitDoc: undefined }, "--limit needs --limitDoc"],
    ["words without a limit", { ...RULE, limitDoc: "x" }, "--limitDoc is of --limit"],
    ["a limit that is no number", { ...OWN, limit: "nickname_max=many" }, "--limit is a name in lower_snake_case, an equals sign and an integer"],
    ["a limit that there is", { ...OWN, limit: "key_bytes_max=120" }, "--limit: there is a constant KEY_BYTES_MAX already"],
    ["a limit that the rule does not name", { ...RULE, limit: "nickname_max=120", limitDoc: "x" }, "--limit: the sentence names it as {NICKNAME_MAX}"],
  ])("refuses %s", async (_, { limit, limitDoc, ...options }, message) => {
    await expect(rule(tree(), { ...options, ...(limit === undefined ? {} : { limit }), ...(limitDoc === undefined ? {} : { limitDoc }) })).rejects.toThrow(message);
  });

  it.each([
    ["a group that there is not", { group: "F9" }, "has no group F9"],
    ["a number in a sentence", { sentence: "It has at most 64 bytes." }, "--sentence: a number is a constant"],
    ["a field that there is not", { field: "nothing" }, "the info has no field nothing"],
    ["a title that is too long", { title: "x".repeat(61) }, "--title is 1 to 60 characters"],
  ])("refuses %s", async (_, change, message) => {
    await expect(rule(tree(), { ...RULE, ...change })).rejects.toThrow(message);
  });
});

describe("object-store-adapter", () => {
  it("makes a package with a store, the contract's test and a README", async () => {
    const made = tree();
    await objectStoreAdapter(made, { name: "my-cloud" });
    const folder = "packages/object-store-my-cloud";
    expect(JSON.parse(textOf(made, `${folder}/package.json`))).toMatchObject({ name: "@slate-sst/object-store-my-cloud", dependencies: { "@slate-sst/object-store": "0.1.0" }, repository: { directory: folder } });
    expect(textOf(made, `${folder}/LICENSE`)).toContain("Apache License");
    expect(textOf(made, `${folder}/src/index.ts`)).toContain("MyCloudObjectStore");
    expect(textOf(made, `${folder}/test/contract.test.ts`)).toContain("objectStoreContract({");
    await expect(objectStoreAdapter(made, { name: "my-cloud" })).rejects.toThrow("is there already");
    await expect(objectStoreAdapter(made, { name: "MyCloud" })).rejects.toThrow("--name is lower-case letters");
  });

  it("works in any other workspace, whose compiler options and licence it does not know", async () => {
    const made = createTree();
    await objectStoreAdapter(made, { name: "my-cloud", packageName: "@mine/store" });
    const folder = "packages/object-store-my-cloud";
    const { version } = JSON.parse(readFileSync(join(top, "packages/object-store/package.json"), "utf8")) as { version: string };
    const manifest = JSON.parse(textOf(made, `${folder}/package.json`)) as Record<string, unknown>;
    expect(manifest).toMatchObject({ name: "@mine/store", version: "0.0.0", dependencies: { "@slate-sst/object-store": version } });
    expect(Object.keys(manifest)).not.toContain("license");
    expect(JSON.parse(textOf(made, `${folder}/tsconfig.json`))).toMatchObject({ compilerOptions: { strict: true, outDir: "dist" }, include: ["src"] });
    expect(textOf(made, `${folder}/README.md`)).toContain('from "@mine/store";');
  });
});

describe("what comes next", () => {
  it.each<[string, (made: Tree) => Promise<() => void>, string[]]>([
    ["format-version", async (made) => await formatVersion(made, { from: 2 }), []],
    ["info-field", async (made) => await infoField(made, { name: "birthplace", doc: "x" }), []],
    ["rule", async (made) => await rule(made, RULE), []],
    ["codec", async (made) => await codec(made, CODEC), ["npm install"]],
  ])("is what CONTRIBUTING.md lists: %s", async (_, generate, before) => {
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
    (await generate(tree()))();
    const told = String(log.mock.lastCall?.[0]);
    log.mockRestore();
    const own = /^ {2}(?:#|npx vitest)/;
    expect(told.split("\n").filter((line) => line.startsWith("  ") && !own.test(line)).map((line) => line.trim())).toEqual([...before, ...STEPS]);
    expect(told.includes("some-brotli@1.2.3 is not installed")).toBe(before.length > 0);
    const section = /^## Change the format\n([^]*?)(?=^## )/m.exec(readFileSync(join(top, "CONTRIBUTING.md"), "utf8"))?.[1] ?? "";
    const commands = Array.from(section.matchAll(/^```sh\n([^]*?)^```/gm), ([, block = ""]) => block.replaceAll(/\\\n\s*/g, "").trim().split("\n")).flat();
    expect(commands.filter((command) => !command.startsWith("npx nx g ") && !command.startsWith("#"))).toEqual([...STEPS]);
  });
});

describe("outside the repository", () => {
  it.each<[string, (made: Tree) => Promise<unknown>]>([
    ["format-version", async (made) => await formatVersion(made, { from: 2 })],
    ["info-field", async (made) => await infoField(made, { name: "origin", doc: "x" })],
    ["codec", async (made) => await codec(made, CODEC)],
    ["rule", async (made) => await rule(made, RULE)],
  ])("%s says where it is to be run, and changes nothing", async (_, generate) => {
    const made = createTree();
    await expect(generate(made)).rejects.toThrow("run it in a clone");
    expect(made.listChanges().filter(({ path }) => path.startsWith("spec/") || path.startsWith("packages/"))).toEqual([]);
  });
});
