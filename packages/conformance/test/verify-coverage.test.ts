// Every rule about single SSTs is seen from both sides: some sound file for which it was judged and held, and some forgery
// that breaks it. What forgeries raise is asserted where they are tested; here it is held against the catalogue. A rule that
// nothing can break alone says so in spec/rules.yaml, and here it is seen to wait for what its reason names.
import { RULES } from "@slate-sst/format/rules";
import { describe, expect, it } from "vitest";
import { DECLARED_CASES } from "../src/declared-cases.js";
import { FORGERIES, takeApart } from "../src/forgeries/index.js";
import { forgeryBase } from "../src/forgery-bases.js";
import { verifyBytes } from "../src/verify-bytes.js";

const BASES = ["plain", "v1", "composite", "snappy", "lz4", "zlib", "zstd", "wal", "empty"] as const;

/** All but the rules about databases, which have suites of their own. */
const ids = Object.values(RULES).filter(({ family }) => family !== "M").map(({ id }) => id);
const implied = Object.values(RULES).filter((rule) => rule.implied !== undefined);

describe("the catalogue", () => {
  it("has a forgery for every rule", async () => {
    const broken = new Set<string>(DECLARED_CASES.map(({ rule }) => rule));
    for (const { base, make } of FORGERIES) {
      const { bytes, codec } = await forgeryBase(base);
      for (const finding of make(takeApart(bytes, codec)).findings) broken.add(finding.slice(0, finding.indexOf(" ")));
    }
    expect(ids.filter((id) => !broken.has(id))).toEqual(implied.map(({ id }) => id));
  });

  it("has a sound file for every rule", async () => {
    const held = new Set<string>();
    for (const base of BASES) {
      const { bytes, config, metadata } = await forgeryBase(base);
      const { result } = await verifyBytes(bytes, { level: "paranoid", expect: config, metadata });
      for (const { rule, state } of result.rules) if (state === "held") held.add(rule);
    }
    expect(ids.filter((id) => !held.has(id))).toEqual([]);
  });

  it.each(implied.map((rule) => [rule.id, rule] as const))("lets %s wait for each cause that its reason names", async (id, { implied: reason = "", needs }) => {
    const groups = [...reason.matchAll(/\b[A-Z]\d+\b/g)].map(([group]) => group);
    const causes = needs.filter((need) => groups.some((group) => need.startsWith(`${group}.`)));
    const seen = new Set<string>();
    for (const { base, make, name } of FORGERIES) {
      const { bytes, codec } = await forgeryBase(base);
      const forged = make(takeApart(bytes, codec));
      const cause = causes.find((one) => forged.findings.some((finding) => finding.startsWith(`${one} `)));
      if (cause === undefined) continue;
      const outcome = (await verifyBytes(forged.bytes, { level: "paranoid" })).result.rules.find(({ rule }) => rule === id);
      if (outcome?.state === "inapplicable") continue;
      expect(outcome?.state, name).toBe("stopped");
      expect(needs, name).toContain(outcome?.reason);
      seen.add(cause.slice(0, cause.indexOf(".")));
    }
    expect([...seen].toSorted()).toEqual(groups.toSorted());
  });
});
