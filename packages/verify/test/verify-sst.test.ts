// verifySst as its callers see it: options, limits, results, and the errors of files that cannot be read.
import { MemoryObjectStore } from "@slate-sst/object-store";
import { RecordingObjectStore } from "@slate-sst/object-store/testing";
import { describe, expect, test } from "vitest";
import { collectFindings, verifySst, type VerifyProgress } from "../src/index.js";
import { assemble, numberedRows, soundParts } from "./forge.js";
import { PATH, verifyBytes } from "./verify-bytes.js";

const rows = numberedRows(500);
const file = assemble(soundParts(rows));

async function storeWith(bytes: Uint8Array): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore();
  await store.put(PATH, bytes, { mode: "create" });
  return store;
}

test("a result tells what was read, checked and found", async () => {
  const progress: VerifyProgress[] = [];
  const { result } = await verifyBytes(file, { onProgress: (one) => progress.push(one) });
  expect(result).toMatchObject({ path: PATH, level: "full", size: file.length, sound: true, complete: true, withheld: 0, findings: { error: 0, warning: 0, note: 0 } });
  expect(result.rows).toMatchObject({ count: 500, puts: 500, deletes: 0, merges: 0, minSeq: 1n, maxSeq: 500n });
  expect(new TextDecoder().decode(result.rows.last?.key)).toBe("key-00499");
  expect(result.rules.find(({ rule }) => rule === "R1.1")).toEqual({ rule: "R1.1", state: "held", findings: 0 });
  expect(result.rules.find(({ rule }) => rule === "R1.4")).toEqual({ rule: "R1.4", state: "inapplicable", findings: 0, reason: "wal" });
  expect(result.rules.find(({ rule }) => rule === "C1.1")).toEqual({ rule: "C1.1", state: "level", findings: 0, reason: "paranoid" });
  expect(result.rules.find(({ rule }) => rule === "D1.8")).toEqual({ rule: "D1.8", state: "inapplicable", findings: 0, reason: "metadata" });
  expect(result.rules.some(({ rule }) => rule.startsWith("M"))).toBe(false);
  expect(progress.at(-1)).toMatchObject({ rows: 500, blocks: result.blocks });
});

test("the block size follows from the blocks on level paranoid", async () => {
  expect((await verifyBytes(file, { level: "paranoid" })).result.blockSize).toBe(1024);
  expect((await verifyBytes(file, { level: "full" })).result.blockSize).toBeUndefined();
});

test("level quick reads no data block, and nothing is ever written", async () => {
  const large = assemble(soundParts(numberedRows(8000)));
  const store = new RecordingObjectStore(await storeWith(large));
  const { findings, result } = await collectFindings(verifySst(store, PATH, { level: "quick" }));
  expect(findings).toEqual([]);
  expect(result).toMatchObject({ sound: true, complete: true, coverage: { unexplained: 0 } });
  expect(result.bytesRead).toBeLessThan(large.length / 2);
  await collectFindings(verifySst(store, PATH, { level: "paranoid" }));
  expect(new Set(store.calls().map(({ method }) => method))).toEqual(new Set(["head", "getRange"]));
});

test("a broken rule stops those that need it, and the result says so", async () => {
  const damaged = Uint8Array.from(file);
  damaged[0]! ^= 1;
  const { findings, result } = await verifyBytes(damaged);
  expect(findings).toMatchObject([{ rule: "F4.1", severity: "error", path: "block[0]", bitFlip: { offset: 0, bit: 0 } }]);
  expect(result).toMatchObject({ sound: false, complete: false, blocksRead: result.blocks - 1 });
  expect(result.coverage.gaps).toEqual([{ start: 0, end: findings[0]!.length }]);
  expect(result.rules.find(({ rule }) => rule === "S1.4")).toMatchObject({ state: "stopped", reason: "B1.1" });
});

describe("limits", () => {
  const unsorted = assemble(soundParts([...rows].reverse(), { bitsPerKey: 0 }));

  test("findings beyond the limit are counted", async () => {
    const { findings, result } = await verifyBytes(unsorted, { maxFindings: 3 });
    expect(findings.length).toBe(3);
    // One a block, whatever the number of rows that are out of place in it.
    expect(result).toMatchObject({ findings: { error: result.blocks }, withheld: result.blocks - 3 });
  });

  test("what is larger than a limit is named as not checked, its checksum apart", async () => {
    const { findings, result } = await verifyBytes(file, { maxBlockBytes: 100 });
    expect(findings).toEqual([]);
    expect(result).toMatchObject({ complete: false, blocksRead: 0 });
    expect(result.rules.find(({ rule }) => rule === "B1.5")).toMatchObject({ state: "skipped", reason: "block[0] is longer than 100 bytes" });
    const damaged = Uint8Array.from(file);
    damaged[5]! ^= 4;
    expect((await verifyBytes(damaged, { maxBlockBytes: 100 })).findings).toMatchObject([{ rule: "F4.1" }]);
    expect((await verifyBytes(file, { maxSectionBytes: 10 })).result.rules.find(({ rule }) => rule === "I1.1")).toMatchObject({ state: "skipped" });
  });
});

describe("a transformer", () => {
  const mask = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 0x5a);

  test("is undone before anything is looked at", async () => {
    const masked = assemble({ ...soundParts(rows), store: mask });
    expect((await verifyBytes(masked, { level: "paranoid", transform: { decode: mask } })).findings).toEqual([]);
    expect((await verifyBytes(masked)).result.sound).toBe(false);
  });

  test("that refuses is a finding for each section", async () => {
    const refuse = { decode: (): Uint8Array => { throw new Error("no key"); } };
    const { findings } = await verifyBytes(file, { transform: refuse });
    expect(findings.map(({ rule, path }) => `${rule} ${path}`)).toEqual(["F5.3 index", "F5.3 stats", "F5.3 filter"]);
  });
});

describe("errors", () => {
  test.each([
    [{ level: "deep" }, "ERR_SST_OPTION_INVALID"],
    [{ levels: "full" }, "ERR_SST_OPTION_UNKNOWN"],
    [{ maxFindings: -1 }, "ERR_SST_OPTION_INVALID"],
    [{ expect: { blockSize: "large" } }, "ERR_SST_OPTION_INVALID"],
    [{ transform: {} }, "ERR_SST_OPTION_INVALID"],
  ])("%j is refused", (options, code) => {
    expect(() => verifySst(new MemoryObjectStore(), PATH, options as never)).toThrowError(expect.objectContaining({ code }) as Error);
  });

  test("a missing file, an aborted signal", async () => {
    await expect(collectFindings(verifySst(new MemoryObjectStore(), PATH))).rejects.toMatchObject({ code: "ERR_STORE_NOT_FOUND" });
    const reason = new Error("enough");
    await expect(collectFindings(verifySst(await storeWith(file), PATH, { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
  });

  test("a verification runs once, and has its result at the end", async () => {
    const verification = verifySst(await storeWith(file), PATH);
    expect(() => verification.result).toThrowError(expect.objectContaining({ code: "ERR_SST_STATE" }) as Error);
    await collectFindings(verification);
    expect(verification.result.sound).toBe(true);
    expect(() => verification[Symbol.asyncIterator]()).toThrowError(expect.objectContaining({ code: "ERR_SST_STATE" }) as Error);
  });
});
