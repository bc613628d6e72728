// Goal: a comparison of two specs says what a change means for files and readers that exist, and what to do instead. Method: change one thing in a copy of the spec.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { compareSpecs } from "../src/diff/compare.mjs";
import { judge } from "../src/diff/judge.mjs";
import { readModel } from "../src/diff/model.mjs";
import { reportText, verdictLines } from "../src/diff/report.mjs";
import { buildLines } from "../src/diff/vectors.mjs";
import { removeCopies, SPEC, specCopy, specState } from "./spec-copy.js";

afterEach(removeCopies);

const { lastField, nextSlot, lastCodec, nextCodec, versions, nextVersion: next } = specState();
const lastSlot = nextSlot - 1;

type Change = readonly [string, string, string];

/** The next format version: a block of its own, the copy of V2. */
function withNextVersion(...changes: readonly Change[]): string {
  const folder = specCopy(
    ["sst/sst.ksy", "    - block_v2\n", `    - block_v2\n    - block_v${next}\n`],
    ["sst/sst.ksy", "'format_version::v2': block_v2\n", `'format_version::v2': block_v2\n            'format_version::v${next}': block_v${next}\n`],
    ["sst/sst.ksy", "    2:\n      id: v2\n", `    ${next}:\n      id: v${next}\n      doc: V${next} blocks.\n    2:\n      id: v2\n`],
    ...changes,
  );
  const text = readFileSync(join(folder, "sst/block_v2.ksy"), "utf8");
  const copy = text.replaceAll("block_v2", `block_v${next}`).replaceAll("BlockV2", `BlockV${next}`).replaceAll("RowV2", `RowV${next}`).replace("-kernel: true\n", "").replace(/ *-constant: .*\n/, "").replace("idx % 16", "idx % 8");
  writeFileSync(join(folder, `sst/block_v${next}.ksy`), copy);
  return folder;
}

const compare = (folder: string): ReturnType<typeof compareSpecs> => compareSpecs(readModel(SPEC), readModel(folder));
const weights = (folder: string): string[] => compare(folder).map(({ weight, subject }) => `${weight} ${subject}`);

const INFO = "fbs/sst_info.fbs";
const STATS = "fbs/sst_stats.fbs";
const METADATA = "proto/slate_sst/v1/metadata.proto";
const TABLE = `spec/${INFO}: SsTableInfo`;
const CODECS = `spec/${INFO}: CompressionFormat`;
const [lastName = ""] = lastField.split(":");

type Asked = () => { holds: boolean | undefined; lines: string[] };

/** What `spec:diff` says of a copy, in a folder as a repository has it. */
function judged(folder: string, ask?: Asked): { text: string; exitCode: number } {
  mkdirSync(join(`${folder}-top`));
  renameSync(folder, join(`${folder}-top`, "spec"));
  renameSync(`${folder}-top`, folder);
  return judge(dirname(SPEC), folder, { against: "main", commit: "abc1234", ...(ask === undefined ? {} : { ask }) });
}

/** A part of a report, without its empty lines. */
const partOf = (text: string, name: string): string => (text.split("\n== ").find((part) => part.startsWith(`${name}\n`)) ?? "").slice(name.length + 1).replaceAll(/\n+/g, "\n").trim();

describe("a change alone", () => {
  it("nothing", () => {
    expect(compare(specCopy())).toEqual([]);
    expect(verdictLines([], { versionsBefore: [1, 2], versionsAfter: [1, 2], defaultVersion: 2 })).toEqual(["old readers read new files", "new readers read old files"]);
    expect(judged(specCopy())).toMatchObject({ exitCode: 0, text: expect.stringContaining("Nothing that a file, a reader or a program could notice has changed.") as string });
  });

  it.each<[string, Change, string[]]>([
    ["a new optional field is compatible", [INFO, lastField, `${lastField}\n  /// New.\n  added: [ubyte] (id: ${nextSlot});`], [`fine ${TABLE}.added`]],
    ["a new required field is refused", [INFO, lastField, `${lastField}\n  /// New.\n  added: [ubyte] (id: ${nextSlot}, required);`], [`refused ${TABLE}.added`]],
    ["a field that is gone is refused", [INFO, `  ${lastField}\n`, ""], [`refused ${TABLE}.${lastName}`]],
    ["a field of another type is refused", [INFO, "last_entry: [ubyte]", "last_entry: string"], [`refused ${TABLE}.last_entry`]],
    ["another name is compatible", [INFO, "first_entry: [ubyte]", "first_key: [ubyte]"], [`fine ${TABLE}.first_key`]],
    ["another name of a table is compatible", [STATS, "table BlockStats", "table BlockCounts"], [`fine spec/${STATS}: table BlockCounts`]],
    ["a new codec is refused by old readers", [INFO, `  ${lastCodec}\n`, `  ${lastCodec},\n  /// New.\n  Added = ${nextCodec}\n`], [`refuse ${CODECS}.Added = ${nextCodec}`]],
    ["a codec with another number is refused", [INFO, "Zstd = 4", `Zstd = ${nextCodec}`], [`refused ${CODECS}.Zstd`]],
    ["another interval of a version is refused", ["sst/block_v2.ksy", "idx % 16", "idx % 8"], ["refused format version 2"]],
    ["another width in a version's block is refused", ["sst/block_v1.ksy", "- id: shared\n        type: u2", "- id: shared\n        type: u4"], ["refused spec/sst/block_v1.ksy: RowV1"]],
    ["a change of what all versions have is refused", ["sst/section.ksy", "type: u4", "type: u2"], ["refused spec/sst/section.ksy: Section"]],
    ["another name in a block's layout is compatible", ["sst/bloom_filter.ksy", "- id: num_probes", "- id: probe_count"], ["fine spec/sst/bloom_filter.ksy: BloomFilter"]],
    ["a limit is told of", ["constants.yaml", "value: 65535", "value: 65534"], ["value spec/constants.yaml: KEY_BYTES_MAX"]],
    ["a rule that is gone is refused", ["rules.yaml", "  F3.3:\n", "  F3.9:\n"], ["fine spec/rules.yaml: rule F3.9", "refused spec/rules.yaml: rule F3.3"]],
    ["an error code that is gone is refused", ["errors.yaml", "ERR_SST_ROW_ORDER", "ERR_SST_ROW_ORDERED"], ["fine spec/errors.yaml: error code ERR_SST_ROW_ORDERED", "refused spec/errors.yaml: error code ERR_SST_ROW_ORDER"]],
  ])("%s", (_, change, expected) => {
    const [file, before, after] = change;
    const folder = file === "sst/section.ksy" ? specCopy(change, [file, "_io.size - 4", "_io.size - 2"]) : specCopy([file, before, after]);
    expect(weights(folder)).toEqual(expected);
  });
});

/** Text of a rule or of a field in a file of the spec, with what stands around it. */
function found(file: string, pattern: RegExp): string {
  const [text = ""] = pattern.exec(readFileSync(join(SPEC, file), "utf8")) ?? [];
  if (text === "") throw new Error(`${file} has no ${pattern.source}`);
  return text;
}

describe("what is refused says what it was and is, and what to do instead", () => {
  const keep = "shipped files may have it: keep it; nobody has to fill it";
  it.each<[string, readonly Change[], string[]]>([
    ["a field's type", [[INFO, "index_len: ulong", "index_len: uint"]], [`${TABLE}.index_len (id 2) was ulong, is uint, and shipped files hold ulong: leave it ulong; for what is new, append a field with the next free id, ${nextSlot}`]],
    ["what an absent field is read as", [[STATS, "raw_val_size: ulong", "raw_val_size: ulong = null"]], [`spec/${STATS}: SstStats.raw_val_size (id 4) was ulong, is ulong or null, and shipped files hold ulong: leave it ulong;`]],
    ["an id that is given away", [[INFO, "last_entry: [ubyte] (id: 7)", "added: ulong (id: 7)"]], [`${TABLE}.last_entry (id 7, [ubyte]) is removed, and its id is given to added (ulong), while shipped files hold last_entry there: keep last_entry, which nobody has to fill, and give added the next free id, ${nextSlot}`]],
    ["an id that is taken from a field that moves", [[INFO, lastField, `added: [ubyte] (id: ${lastSlot});\n  /// Moved.\n  ${lastField.replace(`id: ${lastSlot}`, `id: ${nextSlot}`)}`]], [`${TABLE}.${lastName} had id ${lastSlot}, has id ${nextSlot}, and shipped files have it under ${lastSlot}, which is added now: give it back id ${lastSlot}, and give added the next free one, ${nextSlot}`]],
    ["a field removed at the end", [[INFO, `  ${lastField}\n`, ""]], [`${TABLE}.${lastName} (id ${lastSlot}) is removed, and ${keep}`]],
    ["a field removed from the middle", [[INFO, "  compression_format: CompressionFormat (id: 5);\n", ""]], [`${TABLE}.compression_format (id 5) is removed, and ${keep}`]],
    ["ids swapped", [[INFO, "index_offset: ulong (id: 1", "index_offset: ulong (id: 2"], [INFO, "index_len: ulong (id: 2", "index_len: ulong (id: 1"]], [
      `${TABLE}.index_offset had id 1, has id 2, and shipped files have it under 1, which is index_len now: give it back id 1`,
      `${TABLE}.index_len had id 2, has id 1, and shipped files have it under 2, which is index_offset now: give it back id 2`,
    ]],
    ["a field made required", [[INFO, "last_entry: [ubyte] (id: 7)", "last_entry: [ubyte] (id: 7, required)"]], [`${TABLE}.last_entry (id 7) was optional, is required, and shipped files may lack it: leave it optional`]],
    ["a value with another number", [[INFO, "Zstd = 4", `Zstd = ${nextCodec + 1}`]], [`${CODECS}.Zstd was 4, is ${nextCodec + 1}, and shipped files mean Zstd by 4: give it back 4; what is new takes the next free one, ${nextCodec}`]],
    ["a value removed", [[INFO, found(INFO, /,\n {2}\/\/\/ [^\n]*\n {2}Zstd = 4/), ""]], [`${CODECS}.Zstd = 4 is removed, and shipped files may have it: keep it; nobody has to write it`]],
    ["a number that is given away", [[INFO, "Zstd = 4", "Brotli = 4"]], [`${CODECS}.Zstd = 4 is removed, and its number is given to Brotli, while shipped files mean Zstd by it, and programs name it: keep Zstd; Brotli, which is new, takes the next free one, ${nextCodec}`]],
    ["a rule removed", [["rules.yaml", found("rules.yaml", / {2}F3\.4:\n(?: {4}.*\n)+/), ""]], ["spec/rules.yaml: rule F3.4 is gone, and reports name it, and programs that read them: keep it; where it does not hold for new files, `when` says for which it does"]],
    ["a rule under another name", [["rules.yaml", "  F3.3:\n", "  F3.9:\n"]], ["spec/rules.yaml: rule F3.3 is gone, and reports name it, and programs that read them: F3.9 says the same now, so give it back the name F3.3"]],
    ["an error code removed", [["errors.yaml", found("errors.yaml", / {2}ERR_SST_ROW_ORDER:.*\n/), ""]], ["spec/errors.yaml: error code ERR_SST_ROW_ORDER is gone, and programs branch on it: keep it, and what throws it, until the next major version"]],
    ["a width of a version", [["sst/block_v1.ksy", "- id: shared\n        type: u2", "- id: shared\n        type: u4"]], ['spec/sst/block_v1.ksy: RowV1 is what format version 1 stands for, and files of it exist (shared was u16 big-endian, is u32 big-endian): leave it as it is, and add a version: npx nx g @slate-sst/nx:format-version --from 1 --doc "…"']],
    ["a width in all versions", [["sst/section.ksy", "type: u4", "type: u2"]], [`spec/sst/section.ksy: Section lies in shipped files of every version (crc32 was u32 big-endian, is u16 big-endian): leave it as it is, or let the new reader go by a higher format version: npx nx g @slate-sst/nx:format-version --from ${versions.at(-1) ?? 0} --doc "…"`]],
    ["a restart interval", [["sst/block_v2.ksy", "idx % 16", "idx % 8"]], ['format version 2 means something else now (positions of one row in 16 (a restart point) before, one row in 8 (a restart point) now), and its files could no longer be read: leave it as it is, and add a version: npx nx g @slate-sst/nx:format-version --from 2 --restartInterval 8 --doc "…"']],
    ["messages: a number, a field removed, a type, a name, a value's number", [
      [METADATA, "fixed32 crc32 = 4;", "fixed32 crc32 = 400;"], [METADATA, "  optional string etag = 6;\n", ""], [METADATA, "uint64 size = 3", "uint32 size = 3"], [METADATA, "bytes last_key = 13", "bytes greatest_key = 13"],
      [METADATA, "FILTER_KIND_COMPOSITE = 3", "FILTER_KIND_COMPOSITE = 9"],
    ], [
      "SstMetadata.crc32 had number 4, has 400, and programs have it under 4: give it back 4; what is new takes the next free number, ",
      "SstMetadata.etag (field 6) is removed, and programs may send it or ask for it: keep it; nobody has to fill it",
      "SstMetadata.size (field 3) was uint64, is uint32: leave it as it was; append a field with the next free number, ",
      "SstMetadata.last_key (field 13) is named greatest_key now, and JSON goes by names: leave it last_key; where something else is meant, greatest_key takes the next free number, ",
      "FilterKind.FILTER_KIND_COMPOSITE had number 3, has 9, and programs have it under 3: give it back 3; what is new takes the next free number, ",
    ]],
  ])("%s", (_, changes, expected) => {
    const { text, exitCode } = judged(specCopy(...changes), () => { throw new Error("asked, though something is refused"); });
    expect(exitCode).toBe(1);
    const refused = partOf(text, "Refused");
    for (const sentence of expected) expect(refused).toContain(sentence);
    expect(refused.match(/^\w.*: /gm)).toHaveLength(expected.length);
    expect(partOf(text, "Verdict")).toMatch(/^refused: /);
    expect(text).not.toMatch(/readers read|Nothing that a file/);
  });

  it("vectors that do not hold are refused, too", () => {
    const { text, exitCode } = judged(specCopy(["constants.yaml", "value: 65535", "value: 65534"]), () => ({ holds: false, lines: ["row 1 of 2 cases hold"] }));
    expect(exitCode).toBe(1);
    expect(partOf(text, "Refused")).toMatch(/^the vectors of main do not all hold any more \(see below\), .*: undo what changed that, or let it come with a higher format version: npx nx g /);
    expect(partOf(text, "Verdict")).not.toContain("readers read");
  });
});

it("another default and another limit are told of with what they were, and not refused", () => {
  const findings = compare(specCopy(["constants.yaml", "default_block_size:\n    value: 4096", "default_block_size:\n    value: 8192"], ["constants.yaml", "value: 65535", "value: 65534"]));
  const text = reportText("title", findings, []);
  expect(verdictLines(findings, { versionsBefore: [1, 2], versionsAfter: [1, 2], defaultVersion: 2 })[0]).toBe("old readers read new files, as far as the other values above leave it so");
  const proven = "and the old one is what SlateDB 0.12.1 does (source: proven)";
  expect(text).toContain(`spec/constants.yaml: DEFAULT_BLOCK_SIZE was 4096, is 8192, ${proven}: who asks for nothing else gets other files from now on. Leave it, unless`);
  expect(text).toContain(`spec/constants.yaml: KEY_BYTES_MAX was 65535, is 65534, ${proven}: files are written otherwise, or other input is refused, of which the vectors notice only what they have cases of.`);
});

describe("a spec that does not hold together", () => {
  const rename: Change = [STATS, "raw_val_size:", "raw_value_size:"];
  const asked: Asked = () => ({ holds: undefined, lines: buildLines("\u001B[96msrc/a.ts\u001B[0m:1:2 - \u001B[91merror\u001B[0m TS2339: Property 'rawValSize' does not exist\nfailed") });

  it("a name that rules still have: what is compatible, which rules, and what to do", () => {
    const { text, exitCode } = judged(specCopy(rename), asked);
    expect(exitCode).toBe(2);
    expect(partOf(text, "Compatible")).toContain(`spec/${STATS}: SstStats.raw_value_size (id 4) was named raw_val_size; files do not hold names, code and rules follow`);
    expect(partOf(text, "The spec does not hold together").split("\n").map((line) => line.trim())).toEqual([
      "spec/rules.yaml: there is no raw_val_size in spec/fbs/sst_stats.fbs, which S1.6 names (source: file#word, what it is called now)",
      "npm run codegen refuses the spec for that, and writes nothing. Mend what is named here, which npx nx run spec:check tells, too, and ask again.",
    ]);
    expect(text).not.toContain("== Refused");
    expect(partOf(text, "Verdict")).toBe("the spec does not hold together: no code can be made of it before that is mended; see above");
  });

  it("a name alone, with the rules that follow, is compatible; code that does not follow yet is named, and nothing is refused", () => {
    const { text, exitCode } = judged(specCopy(rename, ["rules.yaml", "#raw_val_size", "#raw_value_size"]), asked);
    expect(exitCode).toBe(0);
    expect(partOf(text, "Vectors of main")).toBe("not asked: the code does not follow the spec yet; npm run typecheck names each place, such as those of a name that is gone. Let them follow, and ask again\n  src/a.ts:1:2 - error TS2339: Property 'rawValSize' does not exist");
    expect(partOf(text, "Verdict").split("\n").map((line) => line.trim())).toEqual(["old readers read new files", "new readers read old files", "that is what the specs say; the vectors could not be asked yet, see above"]);
  });

  it("a build that stops at the generator says which command to mend it by", () => {
    expect(buildLines("ok\n\ncodegen: spec/rules.yaml: X; nothing was written\nWarning: command failed")).toEqual([
      "not asked: npm run codegen refuses the spec as it is now; mend what it names, and ask again", "codegen: spec/rules.yaml: X; nothing was written",
    ]);
  });

  it.each<[string, Change, string, string]>([
    ["YAML", ["rules.yaml", "  F3.3:\n", "  F3.3: [\n"], "spec/rules.yaml: ", "spec/rules.yaml"],
    ["a schema", [INFO, "index_len: ulong", "index_len ulong"], `spec/${INFO}:`, `spec/${INFO}, spec/constants.yaml`],
    ["a field without id", [INFO, "index_len: ulong (id: 2, ", "index_len: ulong ("], `spec/${INFO}:`, ""],
    ["a layout", ["sst/section.ksy", "  endian: be\n", "  endian: be\nfoo: 1\n"], "spec/sst/section.ksy: key foo is not known", "spec/sst, spec/constants.yaml"],
    ["an entry without text", ["errors.yaml", found("errors.yaml", /ERR_SST_ROW_ORDER: .*/), "ERR_SST_ROW_ORDER:"], "spec/errors.yaml: rows.ERR_SST_ROW_ORDER: is a class and a doc", ""],
    ["a message", [METADATA, "bytes first_key = 12", "bytes first_key = "], `spec/${METADATA}:`, ""],
  ])("%s that cannot be read gives a report all the same", (_, change, problem, unread) => {
    const { text, exitCode } = judged(specCopy(change, ["constants.yaml", "default_block_size:\n    value: 4096", "default_block_size:\n    value: 8192"]), asked);
    expect(exitCode).toBeGreaterThan(0);
    const part = partOf(text, "The spec does not hold together");
    expect(part).toContain(problem);
    if (unread === "") expect(part).not.toContain("not compared");
    else expect(part).toContain(`not compared: ${unread}\n`);
    expect(partOf(text, "Verdict")).toContain("the spec does not hold together");
    expect(text).not.toContain("readers read");
  });
});

describe("with a higher format version", () => {
  it("the version is new, old readers refuse its files, and everything else is compatible", () => {
    const findings = compare(withNextVersion());
    expect(findings.filter(({ weight }) => weight === "refused")).toEqual([]);
    expect(findings[0]).toMatchObject({ weight: "version", subject: `format version ${next}`, after: ["key extends the previous key", "positions of one row in 8 (a restart point)", "own position counts true"] });
    const lines = verdictLines(findings, { versionsBefore: versions, versionsAfter: [...versions, next], defaultVersion: 2 });
    expect(lines[0]).toBe(`old readers refuse files of format version ${next}, by the footer (rule F1.3); they never misread one`);
    expect(reportText("title", findings, [{ name: "Verdict", lines }])).toMatch(new RegExp(`BlockV${next} is new\\n(  \\+ .*\\n){3}`));
  });

  it("what all versions have may be removed; what a version stands for may not", () => {
    expect(weights(withNextVersion([INFO, `  ${lastField}\n`, ""]))).toContain(`version ${TABLE}.${lastName}`);
    expect(weights(withNextVersion(["sst/block_v1.ksy", "- id: shared\n        type: u2", "- id: shared\n        type: u4"]))).toContain("refused spec/sst/block_v1.ksy: RowV1");
  });

  it("a version that is gone is refused", () => {
    expect(compareSpecs(readModel(withNextVersion()), readModel(SPEC)).filter(({ weight }) => weight === "refused").map(({ subject }) => subject.replace(/.*: /, ""))).toEqual([`format version ${next}`, `BlockV${next}`, `RowV${next}`]);
  });
});

it("the report shows layouts before and after, with what differs marked", () => {
  const text = reportText("title", compare(specCopy(["sst/block_v1.ksy", "- id: shared\n        type: u2", "- id: shared\n        type: u4"])), []);
  expect(text).toMatch(/spec\/sst\/block_v1\.ksy: RowV1 is what format version 1 stands for/);
  expect(text).toMatch(/^ {2}~ +0 {2}shared +u16 big-endian +0 {2}shared +u32 big-endian$/m);
});
