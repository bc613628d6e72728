// Parts by themselves: every byte once, whatever the part is, and damage told and not thrown.
import { encodeManifestV1, encodeSection, SECTION_BYTES } from "@slate-sst/format";
import { expect, test } from "vitest";
import { type ExplainedPart, type ExplainNode, explainPart, explainSst } from "../src/index.js";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { readFileSync } from "node:fs";

const sst = new Uint8Array(readFileSync(new URL("../../conformance/vectors/golden/tiny-all.sst", import.meta.url)));

function leaves(nodes: Iterable<ExplainNode>): ExplainNode[] {
  return [...nodes].filter(({ kind }) => kind !== "structure");
}

function expectWhole(nodes: readonly ExplainNode[], length: number): void {
  let at = 0;
  for (const node of nodes) {
    expect(node.offset, node.path).toBe(at);
    at += node.length;
  }
  expect(at).toBe(length);
}

const parts: readonly (readonly [string, ExplainedPart, Uint8Array])[] = [
  ["a block", { kind: "block", formatVersion: 2 }, sst.slice(0, 119)],
  ["the info", { kind: "info" }, sst.slice(294, -14)],
  ["the stats", { kind: "stats" }, sst.slice(186, 290)],
  ["the index", { kind: "index" }, sst.slice(134, 182)],
  ["a filter", { kind: "filter", composite: false }, sst.slice(123, 130)],
  ["a section", { kind: "section" }, sst.slice(0, 123)],
  ["a manifest", { kind: "manifest" }, encodeManifestV1({
    manifestId: 0n, initialized: true, writerEpoch: 1n, compactorEpoch: 0n, replayAfterWalId: 0n, walIdLastSeen: 0n, l0: [], compacted: [], lastL0ClockTick: 0n, checkpoints: [], lastL0Seq: 0n, recentSnapshotMinSeq: 0n,
  })],
];

test.each(parts)("%s: every byte once, and nothing wrong", (_, part, bytes) => {
  const nodes = leaves(explainPart(bytes, part));
  expectWhole(nodes, bytes.length);
  expect(nodes.filter(({ error }) => error !== undefined)).toEqual([]);
});

test.each(parts)("%s, cut off: still every byte", (_, part, bytes) => {
  for (const length of [0, 1, 3, Math.floor(bytes.length / 2), bytes.length - 1]) {
    const nodes = leaves(explainPart(bytes.slice(0, length), part));
    expect(nodes.reduce((sum, node) => sum + node.length, 0), String(length)).toBe(length);
  }
});

test("a block has the same fields alone as in its file", async () => {
  const store = new MemoryObjectStore();
  await store.put("a.sst", sst, { mode: "create" });
  const inFile: string[] = [];
  for await (const { path, value, kind } of explainSst(store, "a.sst")) if (path.startsWith("block[0].") && kind === "field" && !path.endsWith("crc32")) inFile.push(`${path.replace("block[0]", "block")} ${value}`);
  const alone = leaves(explainPart(sst.slice(0, 119), { kind: "block", formatVersion: 2 })).map(({ path, value }) => `${path} ${value}`);
  expect(alone).toEqual(inFile);
});

test("a row, and one that is damaged", () => {
  const row = Uint8Array.of(0, 1, 1, 0x61, 0x78, 0, 0, 0, 0, 0, 0, 0, 7, 0);
  const nodes = leaves(explainPart(row, { kind: "row", formatVersion: 2 }));
  expect(nodes.map(({ label }) => label)).toEqual(["shared", "unshared", "value_len", "suffix", "value", "seq_num", "flags"]);
  expect(leaves(explainPart(row.with(row.length - 1, 0x80), { kind: "row", formatVersion: 2 })).at(-1)?.error).toBeDefined();
});

test("options are those of how values are shown", () => {
  expect(leaves(explainPart(sst.slice(0, 119), { kind: "block", formatVersion: 2 }, { values: "hex" })).some(({ value }) => value.includes("6170706c65"))).toBe(true);
  expect(() => explainPart(sst, { kind: "info" }, { bytes: 0 })).toThrow(expect.objectContaining({ code: "ERR_SST_OPTION_INVALID" }));
  const section = new Uint8Array(3 + SECTION_BYTES);
  encodeSection(section, 3, 0);
  expect(leaves(explainPart(section, { kind: "section" }, { bytes: 1 }))[0]?.bytes).toHaveLength(1);
});
