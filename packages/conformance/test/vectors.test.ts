import { describe, expect, it } from "vitest";
import { decodeSideCarBytes, sha256Hex } from "../src/side-car-bytes.js";
import { GOLDEN_CODECS, goldenManifest, goldenManifests, goldenSst, goldenSsts, type GoldenSst } from "../src/vectors.js";
import { Xorshift32 } from "../src/xorshift32.js";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const text = (bytes: Uint8Array | undefined): string | undefined => (bytes === undefined ? undefined : Buffer.from(bytes).toString("utf8"));
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

describe("side-car byte strings", () => {
  it("decodes base64 text, empty text included", () => {
    expect(hex(decodeSideCarBytes("YXBwbGU=", "k"))).toBe("6170706c65");
    expect(hex(decodeSideCarBytes("", "k"))).toBe("");
  });

  it("applies the rules repeat, runs, xs32 and text", () => {
    expect(hex(decodeSideCarBytes({ rule: "repeat", byte: 97, len: 3 }, "k"))).toBe("616161");
    expect(hex(decodeSideCarBytes({ rule: "runs", runs: [[0, 2], [255, 1], [1, 0]] }, "k"))).toBe("0000ff");
    expect(hex(decodeSideCarBytes({ rule: "xs32", seed: 1, len: 4 }, "k"))).toBe("00049d12");
    expect(text(decodeSideCarBytes({ rule: "text", seed: 1, len: 12 }, "k"))).toBe("alpha alpha ");
    expect(decodeSideCarBytes({ rule: "xs32", seed: 0, len: 64 }, "k")).toEqual(decodeSideCarBytes({ rule: "xs32", seed: 0x9e3779b9, len: 64 }, "k"));
  });

  it("checks the SHA-256 a rule carries", () => {
    const right = sha256Hex(new Uint8Array([7, 7]));
    expect(decodeSideCarBytes({ rule: "repeat", byte: 7, len: 2, sha256: right }, "k")).toHaveLength(2);
    expect(() => decodeSideCarBytes({ rule: "repeat", byte: 8, len: 2, sha256: right }, "here")).toThrow(/^here: .*SHA-256/);
  });

  it.each([
    ["text that is not base64", "YXBw*GU="],
    ["cut base64", "YXBwb"],
    ["an unknown rule", { rule: "zeros", len: 2 }],
    ["a byte above 255", { rule: "repeat", byte: 256, len: 2 }],
    ["a negative length", { rule: "repeat", byte: 0, len: -1 }],
    ["a length beyond the limit", { rule: "xs32", seed: 1, len: 2 ** 40 }],
    ["null", null],
  ])("refuses %s", (_, value) => {
    expect(() => decodeSideCarBytes(value, "here")).toThrow(/^here/);
  });
});

describe("the seeded generator", () => {
  it("gives the known start of the sequence of seed 1", () => {
    const random = new Xorshift32(1);
    expect([random.next(), random.next(), random.next()]).toEqual([270369, 67634689, 2647435461]);
  });

  it("keeps below and between inside their limits", () => {
    const random = new Xorshift32(5);
    const drawn = new Set(Array.from({ length: 300 }, () => random.between(3, 6)));
    expect([...drawn].sort((a, b) => a - b)).toEqual([3, 4, 5, 6]);
    expect(Array.from({ length: 50 }, () => random.below(1))).toEqual(Array.from({ length: 50 }, () => 0));
  });
});

describe("golden SSTs", () => {
  const ssts = goldenSsts();

  it("loads all of them, ascending by name", () => {
    expect(ssts).toHaveLength(54);
    expect(ssts.map((sst) => sst.name)).toEqual(ssts.map((sst) => sst.name).toSorted());
    expect(new Set(ssts.map((sst) => sst.config.compression))).toEqual(new Set(GOLDEN_CODECS));
    expect(new Set(ssts.map((sst) => sst.kind))).toEqual(new Set(["l0", "sorted-run", "wal"]));
  });

  it("decodes the worked example field by field", () => {
    const sst = goldenSst("tiny-all");
    expect(sst).toMatchObject({
      kind: "l0", size: 420, metadataOffset: 294, objectName: "01M846S5DEKVG93ZGQEC2ZFRYJ.sst",
      config: { blockSize: 4096, minFilterKeys: 1, filterBitsPerKey: 10, compression: "none", formatVersion: 2, filterFormat: "legacy" },
      info: { indexOffset: 134, indexLen: 52, filterOffset: 123, filterLen: 11, compressionFormat: 0, sstType: 0, statsOffset: 186, statsLen: 108, filterFormat: 0 },
      stats: { numPuts: 2, numDeletes: 1, numMerges: 1, rawKeySize: 22, rawValSize: 9, blockStats: [{ numPuts: 2, numDeletes: 1, numMerges: 1 }] },
      filter: { numProbes: 6, bitBytes: 5 },
      blocks: [{ offset: 0, storedLen: 123, rawLen: 119, rows: 4, restarts: 1 }],
    });
    expect([text(sst.info.firstEntry), text(sst.info.lastEntry)]).toEqual(["apple", "cherry"]);
    expect(sst.rows.map((row) => [row.kind, text(row.key), text(row.value), row.seq, row.createTs, row.expireTs])).toEqual([
      ["put", "apple", "red", 1n, 1795437663659n, undefined],
      ["put", "apply", "", 2n, 1795437663660n, 4102444800000n],
      ["delete", "banana", undefined, 3n, 1795437663660n, undefined],
      ["merge", "cherry", "||||+1", 4n, 1795437663661n, undefined],
    ]);
  });

  it("reads an empty fence file and a WAL file", () => {
    expect(goldenSst("wal-many--wal1")).toMatchObject({ kind: "wal", rows: [], blocks: [], filter: undefined, stats: { numPuts: 0, blockStats: [] } });
    const wal = goldenSst("wal-many--wal2");
    expect(wal.stats).toBeUndefined();
    expect(wal.info.firstEntry).toEqual(wal.blocks[0]?.indexKey);
  });

  const countOf = (sst: GoldenSst, kind: string): number => sst.rows.filter((row) => row.kind === kind).length;

  it.each(ssts.map((sst) => [sst.name, sst] as const))("%s: the side-car agrees with itself", (_, sst) => {
    expect(sst.bytes).toHaveLength(sst.size);
    expect(sst.blocks.reduce((sum, block) => sum + block.rows, 0)).toBe(sst.rows.length);
    expect(sst.blocks.reduce((sum, block) => sum + block.storedLen, 0)).toBe(sst.info.filterOffset);
    for (const row of sst.rows) expect(row.value === undefined).toBe(row.kind === "delete");
    if (sst.stats === undefined) return;
    expect([countOf(sst, "put"), countOf(sst, "delete"), countOf(sst, "merge")]).toEqual([sst.stats.numPuts, sst.stats.numDeletes, sst.stats.numMerges]);
    expect(sst.rows.reduce((sum, row) => sum + row.key.length, 0)).toBe(sst.stats.rawKeySize);
    expect(sst.rows.reduce((sum, row) => sum + (row.value?.length ?? 0), 0)).toBe(sst.stats.rawValSize);
    expect(sst.stats.blockStats).toHaveLength(sst.blocks.length);
    if (sst.kind === "wal") return;
    expect([base64(sst.info.firstEntry ?? new Uint8Array()), base64(sst.info.lastEntry ?? new Uint8Array())]).toEqual([
      base64(sst.rows[0]?.key ?? new Uint8Array()), base64(sst.rows.at(-1)?.key ?? new Uint8Array()),
    ]);
  });

  it("returns fresh copies, and names what it does not know", () => {
    goldenSst("single-row").bytes.fill(0);
    expect(goldenSst("single-row").bytes[2]).toBe(0x01);
    expect(() => goldenSst("no-such-vector")).toThrow(/no-such-vector\.sst/);
  });
});

describe("golden manifests", () => {
  it("loads all of them with their decoded fields", () => {
    expect(goldenManifests().map((manifest) => [manifest.name, manifest.bytes.length, manifest.objectName])).toEqual([
      ["puts-small--manifest-first", 106, "00000000000000000001.manifest"],
      ["puts-small--manifest-last", goldenManifest("puts-small--manifest-last").bytes.length, expect.stringMatching(/^\d{20}\.manifest$/)],
      ["sorted-run-multi-sst--manifest-first", 106, "00000000000000000001.manifest"],
      ["sorted-run-multi-sst--manifest-last", 994, "00000000000000000010.manifest"],
    ]);
    expect(goldenManifest("sorted-run-multi-sst--manifest-last").decoded).toMatchObject({ version: 1, initialized: true, last_l0_seq: "600" });
  });
});
