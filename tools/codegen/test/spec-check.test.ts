// Goal: the lint of the specs finds what is wrong with each kind of spec. Method: break one thing in a copy.
import { afterEach, describe, expect, it } from "vitest";
import { checkConstants, checkErrors, checkRules, checkTelemetry } from "../src/check/catalogues.mjs";
import { checkFbs, checkKsy } from "../src/check/schemas.mjs";
import { withSpec } from "../src/output.mjs";
import { removeCopies, specCopy } from "./spec-copy.js";

afterEach(removeCopies);

type Change = readonly [string, string, string];
const catalogues = { checkConstants, checkErrors, checkRules, checkTelemetry };

describe("catalogues", () => {
  it.each(Object.entries(catalogues))("%s: the spec is fine", (_, check) => expect(check()).toEqual([]));

  it.each<[string, keyof typeof catalogues, Change, RegExp]>([
    ["a constant that nothing uses", "checkConstants", ["constants.yaml", "limits:\n", "limits:\n  never_used:\n    value: 3\n    doc: Nothing.\n    source: read\n"], /^constants\.yaml:\d+: no source and no rule uses never_used$/],
    ["an enum of which is not told what SlateDB has", "checkConstants", ["constants.yaml", "    of: [none, snappy, zlib, lz4, zstd]\n", ""], /^constants\.yaml:\d+: compression_ids does not say by of which names of .* it is proven of$/],
    ["an error that nothing throws", "checkErrors", ["errors.yaml", "ERR_SST_ROW_ORDER:", "ERR_SST_NEVER_THROWN:"], /^errors\.yaml:\d+: no source uses ERR_SST_NEVER_THROWN$/],
    ["a rule that nothing checks", "checkRules", ["rules.yaml", "  C2.2:\n", "  C2.99:\n"], /^rules\.yaml:\d+: no source of packages\/verify names C2\.99$/],
    ["a metric that nothing counts", "checkTelemetry", ["telemetry.yaml", "warnings:\n", "warnings:\n  never_warned: Nothing.\n"], /no source of packages\/writer uses never_warned$/],
  ])("%s", (_, name, change, expected) => {
    const problems = withSpec(specCopy(change), () => catalogues[name]()) as string[];
    expect(problems.some((problem) => expected.test(problem)), problems.join("\n")).toBe(true);
  });

  it.each<[string, keyof typeof catalogues, Change, RegExp]>([
    ["an unknown key of a constant", "checkConstants", ["constants.yaml", "    value: 1\n", "    value: 1\n    vlaue: 2\n"], /unknown keys vlaue/],
    ["an error without doc", "checkErrors", ["errors.yaml", "class: error, doc:", "class: error, dco:"], /unknown keys dco/],
    ["an unknown key of a rule", "checkRules", ["rules.yaml", "    level: quick\n", "    level: quick\n    leevl: full\n"], /unknown keys leevl/],
    ["an unknown constant in a rule", "checkRules", ["rules.yaml", "{KEY_BYTES_MAX}", "{NO_SUCH_LIMIT}"], /^rules\.yaml: \w\d\.\d: the constant NO_SUCH_LIMIT is not known$/],
    ["rules that name a field of before", "checkRules", ["fbs/sst_stats.fbs", "raw_val_size:", "raw_value_size:"], /^rules\.yaml: there is no raw_val_size in spec\/fbs\/sst_stats\.fbs, which S\d\.\d.* names? \(source: file#word, what it is called now\)$/],
    ["text that is no YAML", "checkErrors", ["errors.yaml", "class: error, doc:", "class: [error, doc:"], /^errors\.yaml: [^\n]+$/],
    ["a list of what SlateDB has, with what there is not", "checkConstants", ["constants.yaml", "of: [none, ", "of: [none, brotli, "], /compression_ids: of names brotli, which is no value of fbs\/sst_info\.fbs#CompressionFormat$/],
    ["a list of what SlateDB has, of no enum", "checkConstants", ["constants.yaml", "    value: 1\n", "    value: 1\n    of: [none]\n"], /of is a list of an enum's names/],
    ["an unknown section of telemetry", "checkTelemetry", ["telemetry.yaml", "warnings:\n", "warnigs: {}\nwarnings:\n"], /unknown keys warnigs/],
  ])("%s is refused", (_, name, change, expected) => {
    expect(() => withSpec(specCopy(change), () => catalogues[name]())).toThrow(expected);
  });
});

describe("schemas", () => {
  it("Kaitai files are fine, and FlatBuffers too", async () => {
    expect(await checkKsy()).toEqual([]);
    expect(await checkFbs()).toEqual([]);
  });

  it.each<[string, Change, RegExp]>([
    ["an unknown key of meta", ["sst/section.ksy", "  endian: be\n", "  endian: be\n  licence: none\n"], /sst\/section\.ksy: key meta\.licence is not known/],
    ["a type without doc", ["sst/varint.ksy", "    doc: Seven bits of the number and the bit that says whether more follow.\n", ""], /sst\/varint\.ksy: types\.group has no doc/],
    ["a type that nothing uses", ["sst/varint.ksy", "types:\n", "types:\n  lonely:\n    doc: Alone.\n    seq: []\n"], /types\.lonely is used by nothing/],
    ["versions of which is not told which SlateDB has", ["sst/sst.ksy", "-proven-versions: [1, 2]\n", ""], /sst\/sst\.ksy: -proven-versions is missing/],
    ["an import that nothing uses", ["sst/section.ksy", "  endian: be\n", "  endian: be\n  imports:\n    - varint\n"], /imports varint and does not use it/],
  ])("%s", async (_, change, expected) => {
    const folder = specCopy(change);
    const problems = await withSpec(folder, () => checkKsy());
    expect(problems.join("\n")).toMatch(expected);
  });

  it("a table that no root leads to", async () => {
    const folder = specCopy(["fbs/sst_info.fbs", "root_type SsTableInfo;", "/// Alone.\ntable Lonely {\n  /// A number.\n  n: ulong (id: 0);\n}\n\nroot_type SsTableInfo;"]);
    expect(await withSpec(folder, () => checkFbs())).toEqual([expect.stringMatching(/^fbs\/sst_info\.fbs:\d+: no root type leads to Lonely$/)]);
  });
});
