// Forgeries: files whose checksums all fit and in which one thing is not true. Each must be reported by the right rule at
// the right place, by just the findings expected and no other.
import { type Codec, compareBytes } from "@slate-sst/format";
import { isStoreError, MemoryObjectStore } from "@slate-sst/object-store";
import { collectFindings, verifySst } from "@slate-sst/verify";
import { describe, expect, it } from "vitest";
import { FORGERIES, putTogether, takeApart } from "../src/forgeries/index.js";
import { forgeryBase } from "../src/forgery-bases.js";
import { sstSections } from "../src/sst-sections.js";
import { rulesAndPaths, verifyBytes } from "../src/verify-bytes.js";

/** The section that a finding's path begins with; undefined where the forgery itself keeps it from being found. */
function sectionOf(path: string, bytes: Uint8Array, codec: Codec): { readonly start: number; readonly end: number } | undefined {
  const block = /^block\[(\d+)\]/.exec(path)?.[1];
  const name = block === undefined ? /^\w+/.exec(path)?.[0] : `block ${block}`;
  try {
    return sstSections(bytes, codec).all.find((section) => section.name === name);
  } catch {
    return undefined;
  }
}

const BASES = ["plain", "v1", "composite", "snappy", "lz4", "zlib", "zstd", "wal", "empty"] as const;
/** A forgery may break a rule at every row. */
const FINDINGS_MAX = 2000;

describe("bases", () => {
  it.each(BASES)("%s is sound, and the same when it is put together again unchanged", async (name) => {
    const { bytes, codec, config } = await forgeryBase(name);
    const { findings } = await verifyBytes(bytes, { level: "paranoid", expect: config });
    expect(findings).toEqual([]);
    expect(compareBytes(putTogether(takeApart(bytes, codec)), bytes)).toBe(0);
  });
});

describe("forgeries", () => {
  it("have names of their own", () => expect(new Set(FORGERIES.map(({ name }) => name)).size).toBe(FORGERIES.length));

  it.each(FORGERIES.map((forgery) => [forgery.name, forgery] as const))("%s", async (_, { base, level = "full", knowsConfig, make }) => {
    const { bytes: sound, codec, config } = await forgeryBase(base);
    const { bytes, findings: expected } = make(takeApart(sound, codec));
    const { findings, result } = await verifyBytes(bytes, { level, maxFindings: FINDINGS_MAX, ...(knowsConfig === true ? { expect: config } : {}) });
    expect(rulesAndPaths(findings)).toEqual(expected);
    expect(result.sound).toBe(findings.every(({ severity }) => severity !== "error"));
    for (const { path, offset, length } of findings) {
      const { start, end } = sectionOf(path, bytes, codec) ?? { start: 0, end: bytes.length };
      expect(offset, path).toBeGreaterThanOrEqual(start);
      expect(offset + length, path).toBeLessThanOrEqual(end);
    }
    if (level === "paranoid") expect((await verifyBytes(bytes)).findings).toEqual([]);
  });
});

describe("a file that is not there", () => {
  it("is the store's error, not a finding", async () => {
    await expect(collectFindings(verifySst(new MemoryObjectStore(), "a.sst"))).rejects.toSatisfy((error: unknown) => isStoreError(error, "ERR_STORE_NOT_FOUND"));
  });
});
