// The catalogue of rules: that it is whole, that its stop rules stop, and that its generator refuses what is wrong.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { KEY_BYTES_MAX, RESTART_INTERVAL } from "../src/generated/constants.js";
import { ERROR_CATALOGUE } from "../src/generated/errors.js";
import { RULE_CONDITIONS, RULE_FAMILIES, RULES, type Rule, type RuleId } from "../src/generated/rules.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const rules = Object.values(RULES);

/** All rules that must hold before this one, directly or not. */
function before(id: RuleId, found: Set<RuleId> = new Set()): Set<RuleId> {
  for (const need of RULES[id].needs) {
    if (found.has(need)) continue;
    found.add(need);
    before(need, found);
  }
  return found;
}

/** Those of the given rules that do not wait for `need`. */
const notWaitingFor = (need: RuleId, ids: readonly RuleId[]): RuleId[] => ids.filter((id) => !before(id).has(need));

const select = (matches: (rule: Rule) => boolean): RuleId[] => rules.filter(matches).map(({ id }) => id);

describe("the catalogue", () => {
  test("has rules for every group", () => {
    const groups = [...new Set(rules.map(({ id }) => id.replace(/\..*/, "")))];
    const expected = ["F1", "F2", "F3", "F4", "F5", "C1", "C2", "I1", "I2", "B1", "B2", "B3", "B4", "B5", "B6", "R1", "R2", "R3", "S1", "L1", "M1", "M2", "M3", "M4", "D1"];
    expect(groups.toSorted()).toStrictEqual(expected.toSorted());
    expect(Object.keys(RULE_FAMILIES).join("")).toBe("FCIBRSLMD");
  });

  test("is consistent", () => {
    const titles = rules.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
    for (const [id, rule] of Object.entries(RULES)) {
      expect(rule.id).toBe(id);
      expect(rule.family).toBe(id[0]);
      for (const condition of rule.when) expect(RULE_CONDITIONS).toHaveProperty(condition);
      for (const code of rule.encoder === "by construction" ? [] : rule.encoder) expect(ERROR_CATALOGUE).toHaveProperty(code);
      expect(existsSync(join(root, rule.source.defined.replace(/#.*/, "")))).toBe(true);
      expect(rule.source.release === undefined).toBe(rule.source.evidence === "ours");
    }
  });

  test("puts the values of constants into sentences", () => {
    expect(RULES["B5.2"].sentence).toContain(`at most ${KEY_BYTES_MAX} bytes`);
    expect(RULES["B2.3"].sentence).toContain(`interval, V2 ${RESTART_INTERVAL}`);
    expect(rules.filter(({ sentence }) => /[{}]/.test(sentence))).toStrictEqual([]);
  });

  test("calls what is only not canonical a note", () => {
    expect(select(({ severity }) => severity === "note")).toStrictEqual(["C1.1", "C1.2", "C1.3", "C2.1", "C2.2", "I2.3", "B3.5", "B3.7", "B6.1", "B6.2", "L1.3", "M1.7"]);
  });

  test("separates what was read from what was proven: V1 blocks, composite filters, ULID times", () => {
    expect(select(({ source }) => source.evidence === "read")).toStrictEqual(["F3.3", "B2.5", "B3.6", "B3.7", "L1.1", "L1.2", "M1.6"]);
  });
});

describe("stop rules", () => {
  test("nothing is read by way of a damaged info", () => {
    const contents = select(({ scope }) => ["section", "block", "row", "filter", "index", "stats"].includes(scope));
    expect(contents.length).toBeGreaterThan(0);
    expect(notWaitingFor("F1.5", contents)).toStrictEqual([]);
  });

  test.each([
    ["block", "F4.1"],
    ["row", "F4.1"],
    ["index", "F4.3"],
    ["stats", "F4.4"],
    ["filter", "F4.2"],
  ] as const)("no rule of scope %s is checked when %s is broken", (scope, checksum) => {
    // L1.3 asks whether there is a filter at all, not what is in it.
    const concerned = select((rule) => rule.scope === scope && rule.id !== "L1.3");
    expect(concerned.length).toBeGreaterThan(0);
    expect(notWaitingFor(checksum, concerned)).toStrictEqual([]);
  });

  test("rules that compare rows wait for all blocks to be read", () => {
    const comparing: RuleId[] = ["I2.1", "I2.2", "I2.4", "R1.1", "R1.4", "R2.1", "R2.2", "R2.4", "S1.3", "S1.4", "S1.5", "S1.6", "L1.3", "L1.5", "L1.6", "M3.6", "M4.1", "D1.4"];
    expect(notWaitingFor("B1.5", comparing)).toStrictEqual([]);
  });

  test("what says less waits for what says more", () => {
    expect(before("L1.6")).toContain("L1.5");
    expect(before("I2.3")).toContain("I2.2");
    expect(before("D1.9")).toContain("D1.8");
    // The CRC of the whole object is the last resort: any more telling error in the file comes first.
    const telling = select(({ id, severity, scope, family }) => severity === "error" && !["M", "D"].includes(family) && scope !== "section" && id !== "R3.1");
    expect(telling.filter((id) => !before("D1.8").has(id))).toStrictEqual([]);
  });

  test("a note or a warning never keeps an error back", () => {
    const keptBack = select(({ id, severity }) => severity === "error" && [...before(id)].some((need) => RULES[need].severity !== "error"));
    expect(keptBack).toStrictEqual([]);
  });
});

interface Catalogue {
  readonly rules: ReadonlyMap<string, { readonly needs: readonly string[]; readonly sentence: string }>;
}
interface Context {
  readonly constants: ReadonlyMap<string, { readonly value: unknown }>;
  readonly errorCodes: ReadonlySet<string>;
  readonly sourceHas: (file: string, word: string) => boolean;
}

// The generator is plain JavaScript without types; what is used of it is stated above.
const { buildRules }: { readonly buildRules: (text: string, context: Context) => Catalogue } = await import(
  new URL("../../../tools/codegen/src/rule-checks.mjs", import.meta.url).href
);

const build = (text: string) =>
  buildRules(text, {
    constants: new Map([["LIMIT", { value: 65535 }], ["SIZES", { value: [1, 2] }], ["IDS", { value: { none: 0 } }]]),
    errorCodes: new Set(["ERR_SST_KNOWN"]),
    sourceHas: (file, word) => file === "spec/a.ksy" && word === "there",
  });
const rule = (id: string, changes: Record<string, string | undefined> = {}) => {
  const fields: Record<string, string | undefined> = {
    title: "Title", level: "full", severity: "error", scope: "block", sentence: "It holds.", source: "spec/a.ksy#there",
    evidence: "proven 0.12.1", needs: "[]", encoder: "by construction", when: "[used]", ...changes,
  };
  return `  ${id}:\n${Object.entries(fields).filter(([, value]) => value !== undefined).map(([key, value]) => `    ${key}: ${value}\n`).join("")}`;
};
const catalogue = (...entries: string[]) => `families: { F: Framing }\nconditions: { used: It is used. }\nrules:\n${entries.join("")}`;

describe("the generator", () => {
  test("accepts its own catalogue's form and puts constants in", () => {
    const { rules: built } = build(catalogue(rule("F1.1", { sentence: "At most {LIMIT}, of {SIZES}, {IDS}; CRC-32 and 64-bit." }), rule("F1.2", { needs: "[F1, F]" })));
    expect(built.get("F1.1")?.sentence).toBe("At most 65535, of 1, 2, none 0; CRC-32 and 64-bit.");
    expect(built.get("F1.2")?.needs).toStrictEqual(["F1.1"]);
  });

  test.each([
    ["an unknown key", rule("F1.1", { extra: "1" }), /unknown keys extra/],
    ["a missing field", rule("F1.1", { title: undefined }), /missing keys title/],
    ["an id twice", rule("F1.1") + rule("F1.1"), /unique/],
    ["an id of another form", rule("F1"), /an id is/],
    ["an unknown family", rule("F1.1") + rule("X1.1"), /family X/],
    ["an unknown level", rule("F1.1", { level: "deep" }), /level is one of quick, full, paranoid, not deep/],
    ["an unknown severity", rule("F1.1", { severity: "fatal" }), /severity is one of/],
    ["an unknown scope", rule("F1.1", { scope: "key" }), /scope is one of/],
    ["a long title", rule("F1.1", { title: "x".repeat(61) }), /a title has 1 to 60/],
    ["two sentences", rule("F1.1", { sentence: "It holds. It does." }), /not one sentence/],
    ["no full stop", rule("F1.1", { sentence: "It holds" }), /not one sentence/],
    ["a number that is a constant", rule("F1.1", { sentence: "At most 65535 bytes." }), /number 65535 belongs in constants.yaml/],
    ["a constant that there is not", rule("F1.1", { sentence: "At most {LIMITS}." }), /constant LIMITS is not known/],
    ["a lone brace", rule("F1.1", { sentence: "At most LIMIT}." }), /brace/],
    ["an unknown condition", rule("F1.1", { when: "[used, other]" }), /condition other/],
    ["a condition twice", rule("F1.1", { when: "[used, used]" }), /twice/],
    ["an unused condition", rule("F1.1", { when: "[]" }), /conditions.used: no rule uses it/],
    ["an unknown source", rule("F1.1", { source: "spec/a.ksy#gone" }), /no gone in spec\/a.ksy/],
    ["a source without a word", rule("F1.1", { source: "spec/a.ksy" }), /file#word/],
    ["evidence without a release", rule("F1.1", { evidence: "proven" }), /evidence is/],
    ["an unknown need", rule("F1.1", { needs: "[F2]" }), /needs F2, which is not known/],
    ["a need of itself", rule("F1.1", { needs: "[F1.1]" }), /needs itself/],
    ["needs in a circle", rule("F1.1", { needs: "[F1.2]" }) + rule("F1.2", { needs: "[F1.1]" }), /F1.1 -> F1.2 -> F1.1/],
    ["a need that is checked later", rule("F1.1", { level: "quick", needs: "[F1.2]" }) + rule("F1.2"), /is quick and needs F1.2, which is full/],
    ["an error that waits for a note", rule("F1.1", { needs: "[F1.2]" }) + rule("F1.2", { severity: "note" }), /finds a note/],
    ["a section rule without sections", rule("F1.1", { scope: "section" }), /names its sections/],
    ["sections of another scope", rule("F1.1", { sections: "[index]" }), /names its sections/],
    ["an unknown section", rule("F1.1", { scope: "section", sections: "[info]" }), /a section is one of/],
    ["an unknown error code", rule("F1.1", { encoder: "[ERR_SST_OTHER]" }), /error code ERR_SST_OTHER/],
    ["no error code", rule("F1.1", { encoder: "[]" }), /encoder is/],
    ["a reason that names no need", rule("F1.1", { implied: "It always holds." }), /names needs in brackets/],
    ["a reason that names no need of the rule", rule("F1.1", { implied: "It follows (F2)." }) + rule("F2.1"), /is implied by F2, which it does not need/],
    ["another encoder", rule("F1.1", { encoder: "somehow" }), /encoder is a list/],
  ])("refuses %s", (_, entries, message) => {
    expect(() => build(catalogue(entries))).toThrow(message);
  });

  test("lets a block wait for the index and the index for its own section", () => {
    const sections = rule("F1.1", { scope: "section", sections: "[block]", needs: "[F2.1]" }) + rule("F1.2", { scope: "section", sections: "[block, index]", needs: "[F1.1]" });
    expect(() => build(catalogue(sections, rule("F2.1", { scope: "index", needs: "[F1.2]" })))).not.toThrow();
    expect(() => build(catalogue(sections, rule("F2.1", { scope: "row", needs: "[F1.2]" })))).toThrow(/need each other/);
  });

  test("read this repository's catalogue", () => {
    const text = readFileSync(join(root, "spec/rules.yaml"), "utf8");
    const ids = [...text.matchAll(/^ {2}([A-Z]\d+\.\d+):$/gm)].map((match) => match[1]);
    expect(Object.keys(RULES)).toStrictEqual(ids);
  });
});
