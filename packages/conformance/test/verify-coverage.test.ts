// Every rule about single SSTs is seen from both sides: some sound file for which it was judged and held, and some forgery
// that breaks it. What forgeries raise is asserted where they are tested; here it is held against the catalogue. Rules that
// are missing on one side stand in rules-not-broken.json with the reason.
import { RULES } from "@slate-sst/format/rules";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DECLARED_CASES } from "../src/declared-cases.js";
import { FORGERIES, takeApart } from "../src/forgeries/index.js";
import { forgeryBase } from "../src/forgery-bases.js";
import { verifyBytes } from "../src/verify-bytes.js";

const BASES = ["plain", "v1", "composite", "snappy", "lz4", "zlib", "zstd", "wal", "empty"] as const;

const listed = JSON.parse(readFileSync(new URL("rules-not-broken.json", import.meta.url), "utf8")) as Record<"notBroken" | "notHeld", Record<string, string>>;
/** All but the rules about databases, which have suites of their own. */
const ids = Object.values(RULES).filter(({ family }) => family !== "M").map(({ id }) => id);

describe("the catalogue", () => {
  it("has a forgery for every rule", async () => {
    const broken = new Set<string>(DECLARED_CASES.map(({ rule }) => rule));
    for (const { base, make } of FORGERIES) {
      const { bytes, codec } = await forgeryBase(base);
      for (const finding of make(takeApart(bytes, codec)).findings) broken.add(finding.slice(0, finding.indexOf(" ")));
    }
    expect(ids.filter((id) => !broken.has(id))).toEqual(Object.keys(listed.notBroken));
  });

  it("has a sound file for every rule", async () => {
    const held = new Set<string>();
    for (const base of BASES) {
      const { bytes, config, metadata } = await forgeryBase(base);
      const { result } = await verifyBytes(bytes, { level: "paranoid", expect: config, metadata });
      for (const { rule, state } of result.rules) if (state === "held") held.add(rule);
    }
    expect(ids.filter((id) => !held.has(id))).toEqual(Object.keys(listed.notHeld));
  });

  it("has a reason for each exception", () => {
    for (const reason of [...Object.values(listed.notBroken), ...Object.values(listed.notHeld)]) expect(reason.length).toBeGreaterThan(30);
  });
});
