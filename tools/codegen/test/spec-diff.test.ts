// Goal: a comparison of two specs says what a change means for files and readers that exist. Method: change one thing in a copy of the spec.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { compareSpecs } from "../src/diff/compare.mjs";
import { readModel } from "../src/diff/model.mjs";
import { reportText, verdictLines } from "../src/diff/report.mjs";
import { removeCopies, SPEC, specCopy, specState } from "./spec-copy.js";

afterEach(removeCopies);

const { lastField, nextSlot, lastCodec, nextCodec, versions, nextVersion: next } = specState();

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
const weights = (folder: string): string[] => compare(folder).map(({ weight, subject }) => `${weight} ${subject.split(" (")[0] ?? ""}`);

const INFO = "fbs/sst_info.fbs";

describe("a change alone", () => {
  it("nothing", () => {
    expect(compare(specCopy())).toEqual([]);
    expect(verdictLines([], { versionsBefore: [1, 2], versionsAfter: [1, 2], defaultVersion: 2 })).toEqual(["old readers read new files", "new readers read old files"]);
  });

  it.each<[string, Change, string[]]>([
    ["a new optional field is compatible", [INFO, lastField, `${lastField}\n  /// New.\n  added: [ubyte] (id: ${nextSlot});`], ["fine table SsTableInfo"]],
    ["a new required field is refused", [INFO, lastField, `${lastField}\n  /// New.\n  added: [ubyte] (id: ${nextSlot}, required);`], ["refused table SsTableInfo"]],
    ["a field that is gone is refused", [INFO, `  ${lastField}\n`, ""], ["refused table SsTableInfo"]],
    ["a field of another type is refused", [INFO, "last_entry: [ubyte]", "last_entry: string"], ["refused table SsTableInfo"]],
    ["another name is compatible", [INFO, "first_entry: [ubyte]", "first_key: [ubyte]"], ["fine table SsTableInfo"]],
    ["a new codec is refused by old readers", [INFO, `  ${lastCodec}\n`, `  ${lastCodec},\n  /// New.\n  Added = ${nextCodec}\n`], [`refuse fbs/sst_info.fbs: CompressionFormat.Added = ${nextCodec}`, "fine constant COMPRESSION_IDS", "fine constant COMPRESSION_NAMES"]],
    ["a codec with another number is refused", [INFO, "Zstd = 4", `Zstd = ${nextCodec}`], [`refuse fbs/sst_info.fbs: CompressionFormat.Zstd = ${nextCodec}`, "refused fbs/sst_info.fbs: CompressionFormat.Zstd = 4", "fine constant COMPRESSION_IDS", "fine constant COMPRESSION_NAMES"]],
    ["another interval of a version is refused", ["sst/block_v2.ksy", "idx % 16", "idx % 8"], ["refused format version 2", "fine constant RESTART_INTERVALS"]],
    ["another width in a version's block is refused", ["sst/block_v1.ksy", "- id: shared\n        type: u2", "- id: shared\n        type: u4"], ["refused RowV1"]],
    ["a change of what all versions have is refused", ["sst/section.ksy", "type: u4", "type: u2"], ["refused Section"]],
    ["another name in a block's layout is compatible", ["sst/bloom_filter.ksy", "- id: num_probes", "- id: probe_count"], ["fine BloomFilter"]],
    ["a limit is told of", ["constants.yaml", "value: 65535", "value: 65534"], ["fine constant KEY_BYTES_MAX"]],
    ["a rule that is gone is refused", ["rules.yaml", "  F3.3:\n", "  F3.9:\n"], ["fine rule F3.9", "refused rule F3.3"]],
    ["an error code that is gone is refused", ["errors.yaml", "ERR_SST_ROW_ORDER", "ERR_SST_ROW_ORDERED"], ["fine error code ERR_SST_ROW_ORDERED", "refused error code ERR_SST_ROW_ORDER"]],
  ])("%s", (_, change, expected) => {
    const [file, before, after] = change;
    const folder = file === "sst/section.ksy" ? specCopy(change, [file, "_io.size - 4", "_io.size - 2"]) : specCopy([file, before, after]);
    expect(weights(folder)).toEqual(expected);
  });
});

it("what is refused says what to do instead", () => {
    const text = (folder: string): string => reportText("title", compare(folder), []);
    const [name = ""] = lastField.split(":");
    const moved = specCopy([INFO, lastField, `added: [ubyte] (id: ${nextSlot - 1});\n  /// Moved.\n  ${lastField.replace(`id: ${nextSlot - 1}`, `id: ${nextSlot}`)}`]);
    expect(text(moved)).toContain(`${name} has the id ${nextSlot - 1} in shipped files, and added is to have it now: leave ids as they are, and give new fields the next free one`);
    expect(text(specCopy([INFO, `  ${lastField}\n`, ""]))).toContain(`${name} (id ${nextSlot - 1}) is removed, and shipped files may have it: keep it`);
    expect(() => compare(specCopy([INFO, "  compression_format: CompressionFormat (id: 5);\n", ""]))).toThrow("a field that files have keeps its id");
  });

describe("with a higher format version", () => {
  it("the version is new, old readers refuse its files, and everything else is compatible", () => {
    const findings = compare(withNextVersion());
    expect(findings.filter(({ weight }) => weight === "refused")).toEqual([]);
    expect(findings[0]).toMatchObject({ weight: "version", subject: `format version ${next}`, after: ["key extends the previous key", "positions of every 8th row, a restart point", "own position counts true"] });
    const lines = verdictLines(findings, { versionsBefore: versions, versionsAfter: [...versions, next], defaultVersion: 2 });
    expect(lines[0]).toBe(`old readers refuse files of format version ${next}, by the footer (rule F1.3); they never misread one`);
    expect(reportText("title", findings, [{ name: "Verdict", lines }])).toMatch(new RegExp(`BlockV${next} .*is new\\n(  \\+ .*\\n){3}`));
  });

  it("what all versions have may be removed; what a version stands for may not", () => {
    expect(weights(withNextVersion([INFO, `  ${lastField}\n`, ""]))).toContain("version table SsTableInfo");
    expect(weights(withNextVersion(["sst/block_v1.ksy", "- id: shared\n        type: u2", "- id: shared\n        type: u4"]))).toContain("refused RowV1");
  });

  it("a version that is gone is refused", () => {
    expect(compareSpecs(readModel(withNextVersion()), readModel(SPEC)).filter(({ weight }) => weight === "refused").map(({ subject }) => subject.split(" (")[0])).toEqual([`format version ${next}`, `BlockV${next}`, `RowV${next}`]);
  });
});

it("the report shows layouts before and after, with what differs marked", () => {
  const text = reportText("title", compare(specCopy(["sst/block_v1.ksy", "- id: shared\n        type: u2", "- id: shared\n        type: u4"])), []);
  expect(text).toMatch(/RowV1 \(spec\/sst\/block_v1\.ksy\) is what format version 1 stands for/);
  expect(text).toMatch(/^ {2}~ +0 {2}shared +u16 big-endian +0 {2}shared +u32 big-endian$/m);
});
