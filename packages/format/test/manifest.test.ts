// Manifests: SlateDB's own bytes, the second layout against the official builder, refusals, and what damage does.
import { Builder } from "flatbuffers";
import { describe, expect, it } from "vitest";
import { isSstError } from "../src/errors.js";
import { MANIFEST_VERSION_V1, MANIFEST_VERSION_V2 } from "../src/generated/constants.js";
import { BoundType, type BytesBound } from "../src/generated/fbs/common.js";
import { type ManifestV1, readManifestV1 } from "../src/generated/fbs/manifest-v1.js";
import type { ManifestV2 } from "../src/generated/fbs/manifest-v2.js";
import { decodeManifest, encodeManifestV1, encodeManifestV2 } from "../src/manifest.js";
import { bytes, codeOf, dump, errorOf, hex, readDamaged } from "./flatbuffers-helpers.js";
import { fullV1, fullV2, newV1, newV2 } from "./manifest-samples.js";

/** The first manifest of a new database, as SlateDB 0.12.1 wrote it. */
const newV1Bytes = dump(`
  0000: 0001 2800 0000 2400 2000 0000 0000 0700  ..(...$. .......
  0010: 0000 0000 0000 0000 0000 0800 0c00 1800  ................
  0020: 1000 0000 0000 0000 1400 2400 0000 0000  ..........$.....
  0030: 0001 3400 0000 2c00 0000 2400 0000 0c00  ..4...,...$.....
  0040: 0000 0000 0000 0000 0080 0d00 0000 0100  ................
  0050: 0000 0000 0000 0000 0000 0000 0000 0000  ................
  0060: 0000 0000 0000 0000 0000                 ..........
`);

/** A tail of a manifest that every reader must cope with: absent fields come back as undefined. */
const withoutUndefined = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (_, item: unknown) => {
  if (typeof item === "bigint") return `${item}n`;
  return item instanceof Uint8Array ? `0x${hex(item)}` : item;
}));

describe("manifest bytes", () => {
  it("of a new database are SlateDB's", () => {
    expect(newV1Bytes.length).toBe(106);
    expect(hex(encodeManifestV1(newV1))).toBe(hex(newV1Bytes));
    const decoded = decodeManifest(newV1Bytes);
    expect(decoded.version).toBe(MANIFEST_VERSION_V1);
    expect(decoded.manifest).toEqual(newV1);
  });

  it("start with the version, big-endian", () => {
    expect(hex(encodeManifestV1(newV1).subarray(0, 2))).toBe("0001");
    expect(hex(encodeManifestV2(newV2).subarray(0, 2))).toBe("0002");
  });

  it.each<[string, ManifestV1]>([["with every field", fullV1], ["of a new database", newV1]])("of version 1 %s come back", (_, manifest) => {
    const encoded = encodeManifestV1(manifest);
    const decoded = decodeManifest(encoded);
    expect(decoded.version).toBe(MANIFEST_VERSION_V1);
    expect(withoutUndefined(decoded.manifest)).toEqual(withoutUndefined(manifest));
    if (decoded.version === MANIFEST_VERSION_V1) expect(hex(encodeManifestV1(decoded.manifest))).toBe(hex(encoded));
  });

  it.each<[string, ManifestV2]>([["with every field", fullV2], ["of a new database", newV2]])("of version 2 %s come back", (_, manifest) => {
    const encoded = encodeManifestV2(manifest);
    const decoded = decodeManifest(encoded);
    expect(decoded.version).toBe(MANIFEST_VERSION_V2);
    expect(withoutUndefined(decoded.manifest)).toEqual(withoutUndefined(manifest));
    if (decoded.version === MANIFEST_VERSION_V2) expect(hex(encodeManifestV2(decoded.manifest))).toBe(hex(encoded));
  });

  it("keep a format version of 0 apart from an absent one", () => {
    const [sst] = fullV1.l0;
    if (sst === undefined) throw new Error("the sample has an SST");
    const versions = [0, 1, undefined].map((formatVersion) => {
      const { manifest } = decodeManifest(encodeManifestV1({ ...newV1, l0: [{ ...sst, formatVersion }] }));
      return "ssts" in manifest ? "version 2" : manifest.l0[0]?.formatVersion;
    });
    expect(versions).toEqual([0, 1, undefined]);
  });

  it("are read from any place in a larger buffer", () => {
    const larger = new Uint8Array(newV1Bytes.length + 5);
    larger.set(newV1Bytes, 5);
    expect(decodeManifest(larger.subarray(5)).manifest).toEqual(newV1);
  });
});

/**
 * A small ManifestV2 by the official builder, with the children and fields in SlateDB's order written out once more:
 * ssts, l0 views, last compacted id, runs, checkpoints, tracker; fields by size, then by slot, both descending.
 */
function officialV2(manifest: ManifestV2): Uint8Array {
  const builder = new Builder(64);
  const vector = (positions: number[]): number => {
    builder.startVector(4, positions.length, 4);
    for (const position of positions.reverse()) builder.addOffset(position);
    return builder.endVector();
  };
  const ulid = ({ high, low }: { high: bigint; low: bigint }): number => {
    builder.startObject(2);
    builder.addFieldInt64(1, low, 0n);
    builder.addFieldInt64(0, high, 0n);
    return builder.endObject();
  };
  const view = (one: ManifestV2["l0"][number]): number => {
    const sstId = ulid(one.sstId);
    const id = ulid(one.id);
    builder.startObject(3);
    builder.addFieldOffset(1, sstId, 0);
    builder.addFieldOffset(0, id, 0);
    return builder.endObject();
  };
  const ssts = vector(manifest.ssts.map(({ id, info, formatVersion }) => {
    const name = ulid(id);
    const first = builder.createByteVector(info.firstEntry ?? new Uint8Array(0));
    const last = builder.createByteVector(info.lastEntry ?? new Uint8Array(0));
    builder.startObject(11);
    const places = [
      [9, info.statsLen], [8, info.statsOffset], [4, info.filterLen], [3, info.filterOffset], [2, info.indexLen], [1, info.indexOffset],
    ] as const;
    for (const [slot, value] of places) {
      builder.addFieldInt64(slot, BigInt(value), 0n);
    }
    builder.addFieldOffset(7, last, 0);
    builder.addFieldOffset(0, first, 0);
    builder.addFieldInt8(10, info.filterFormat, 0);
    builder.addFieldInt8(6, info.sstType, 0);
    builder.addFieldInt8(5, info.compressionFormat, 0);
    const copy = builder.endObject();
    builder.startObject(3);
    builder.addFieldOffset(1, copy, 0);
    builder.addFieldOffset(0, name, 0);
    builder.addFieldInt16(2, formatVersion ?? 0, 0);
    return builder.endObject();
  }));
  const l0 = vector(manifest.l0.map(view));
  const lastCompacted = manifest.lastCompactedL0SstViewId === undefined ? 0 : ulid(manifest.lastCompactedL0SstViewId);
  const compacted = vector(manifest.compacted.map((run) => {
    const views = vector(run.ssts.map(view));
    builder.startObject(2);
    builder.addFieldOffset(1, views, 0);
    builder.addFieldInt32(0, run.id, 0);
    return builder.endObject();
  }));
  const checkpoints = vector([]);
  const tracker = builder.createByteVector(manifest.sequenceTracker ?? new Uint8Array(0));
  builder.startObject(18);
  const longs = [
    [14, manifest.recentSnapshotMinSeq], [13, manifest.lastL0Seq], [11, manifest.lastL0ClockTick], [6, manifest.walIdLastSeen],
    [5, manifest.replayAfterWalId], [4, manifest.compactorEpoch], [3, manifest.writerEpoch], [0, manifest.manifestId],
  ] as const;
  for (const [slot, value] of longs) builder.addFieldInt64(slot, value, 0n);
  const children = [[15, tracker], [12, checkpoints], [10, compacted], [9, l0], [8, ssts], [7, lastCompacted]] as const;
  for (const [slot, child] of children) builder.addFieldOffset(slot, child, 0);
  builder.addFieldInt8(2, 1, 0);
  builder.finish(builder.endObject());
  return builder.asUint8Array();
}

describe("version 2", () => {
  it("has the bytes that the official builder gives it", () => {
    const small: ManifestV2 = {
      ...fullV2, externalDbs: undefined, checkpoints: [], segments: undefined, segmentExtractorName: undefined, l0: fullV2.l0.slice(0, 1),
      compacted: [{ id: 7, ssts: fullV2.l0.slice(0, 1) }, { id: 6, ssts: [] }],
    };
    expect(hex(encodeManifestV2(small).subarray(2))).toBe(hex(officialV2(small)));
  });
});

describe("manifests that are refused at encoding", () => {
  it.each<[string, Partial<Record<keyof ManifestV1, unknown>>, string]>([
    ["an epoch below 0", { writerEpoch: -1n }, "ManifestV1.writer_epoch"],
    ["a sequence number of 65 bits", { lastL0Seq: 2n ** 64n }, "ManifestV1.last_l0_seq"],
    ["a number for a bigint", { lastL0Seq: 5 }, "ManifestV1.last_l0_seq"],
    ["a clock tick of 65 bits", { lastL0ClockTick: 2n ** 63n }, "ManifestV1.last_l0_clock_tick"],
    ["a number for a boolean", { initialized: 1 }, "ManifestV1.initialized"],
    ["no runs at all", { compacted: undefined }, "ManifestV1.compacted"],
    ["a run with an id of 33 bits", { compacted: [{ id: 2 ** 32, ssts: [] }] }, "SortedRun.id"],
    ["null for an SST", { l0: [null] }, "ManifestV1.l0"],
    ["an empty tracker", { sequenceTracker: new Uint8Array(0) }, "sequenceTracker"],
    ["a number for a URI", { walObjectStoreUri: 7 }, "ManifestV1.wal_object_store_uri"],
    ["a checkpoint for something unknown", { checkpoints: [{ ...fullV1.checkpoints[0], metadata: { kind: "Reader", value: {} } }] }, "Checkpoint.metadata"],
  ])("%s", (_, change, field) => {
    const { code, details } = errorOf(() => encodeManifestV1({ ...newV1, ...change } as ManifestV1));
    expect([code, details["field"]]).toEqual(["ERR_SST_FIELD_INVALID", field]);
  });

  it("a name that is not UTF-8", () => {
    expect(codeOf(() => encodeManifestV1({ ...newV1, walObjectStoreUri: "\ud800" }))).toBe("ERR_SST_STRING_NOT_UTF8");
  });

  it("bounds without meaning", () => {
    const [, sst] = fullV1.l0;
    const [, view] = fullV2.l0;
    if (sst === undefined || view === undefined) throw new Error("the samples have SSTs");
    const bounds: BytesBound[] = [
      { boundType: BoundType.Unknown }, { boundType: BoundType.Unbounded, key: bytes("aa") },
      { boundType: BoundType.Included }, { boundType: BoundType.Excluded },
    ];
    for (const startBound of bounds) {
      const visibleRange = { startBound, endBound: { boundType: BoundType.Unbounded } };
      expect(codeOf(() => encodeManifestV1({ ...newV1, l0: [{ ...sst, visibleRange }] }))).toBe("ERR_SST_FIELD_INVALID");
      expect(codeOf(() => encodeManifestV1({ ...newV1, compacted: [{ id: 1, ssts: [{ ...sst, visibleRange }] }] }))).toBe("ERR_SST_FIELD_INVALID");
      expect(codeOf(() => encodeManifestV2({ ...fullV2, l0: [{ ...view, visibleRange }] }))).toBe("ERR_SST_FIELD_INVALID");
    }
  });

  it("views of SSTs that are not listed, wherever they stand", () => {
    const l0 = [{ id: { high: 1n, low: 1n }, sstId: { high: 1n, low: 2n } }];
    for (const change of [{ l0 }, { compacted: [{ id: 1, ssts: l0 }] }, { segments: [{ prefix: bytes("61"), l0, compacted: [] }] }]) {
      expect(errorOf(() => encodeManifestV2({ ...fullV2, ...change })).details["field"]).toBe("CompactedSsTableView.sstId");
    }
    expect(codeOf(() => encodeManifestV2({ ...newV2, sequenceTracker: new Uint8Array(0) }))).toBe("ERR_SST_FIELD_INVALID");
  });
});

it("bounds have the format's numbers", () => {
  expect(BoundType).toEqual({ Unknown: 0, Unbounded: 1, Included: 2, Excluded: 3 });
});

describe("manifests that are refused at decoding", () => {
  it("a checkpoint for something that is not known", () => {
    const sound = encodeManifestV1(fullV1);
    const outcomes = Array.from(sound, (_, at) => {
      try {
        return decodeManifest(sound.with(at, 9)).version;
      } catch (error) {
        return isSstError(error) ? [error.code, error.details["path"], error.details["value"]].join(" ") : error;
      }
    });
    // The one byte that says which it is.
    expect(outcomes.filter((outcome) => outcome === "ERR_SST_UNSUPPORTED manifest.checkpoints[1].metadata 9")).toHaveLength(1);
  });

  it("an object that ends in its header", () => {
    for (const length of [0, 1]) expect(codeOf(() => decodeManifest(new Uint8Array(length)))).toBe("ERR_SST_TRUNCATED");
    expect(errorOf(() => decodeManifest(bytes("0001")))).toEqual({ code: "ERR_SST_CORRUPT", details: { offset: 2, path: "manifest" } });
  });

  it.each([0, 3, 256])("version %s", (version) => {
    const other = newV1Bytes.slice();
    new DataView(other.buffer).setUint16(0, version);
    expect(errorOf(() => decodeManifest(other))).toEqual({ code: "ERR_SST_UNSUPPORTED", details: { offset: 0, path: "manifest.version", value: version } });
  });

  it("version 1 under the name of version 2: a required vector is absent", () => {
    const other = newV1Bytes.slice();
    other[1] = 2;
    const { code, details } = errorOf(() => decodeManifest(other));
    expect([code, details["path"]]).toEqual(["ERR_SST_CORRUPT", "manifest.compacted"]);
  });

  it("a required vector that is absent, with its path and its offset in the object", () => {
    const broken = newV1Bytes.slice();
    const slots = 2 + 4 + 4;
    broken.fill(0, slots + 2 * 11, slots + 2 * 12);
    expect(errorOf(() => decodeManifest(broken))).toEqual({ code: "ERR_SST_CORRUPT", details: { offset: 42, path: "manifest.checkpoints" } });
    // Without its header, offsets count from the table's own first byte.
    expect(errorOf(() => readManifestV1(broken.subarray(2), "a")).details).toEqual({ offset: 40, path: "a.checkpoints" });
  });

  const originals: [string, Uint8Array][] = [
    ["version 1 of a new database", newV1Bytes], ["version 1", encodeManifestV1(fullV1)], ["version 2", encodeManifestV2(fullV2)],
  ];
  it.each(originals)(
    "damage of %s gives a value or a named error, never anything else", (_, original) => {
      const outcomes = readDamaged(original, "manifest", decodeManifest);
      expect([...outcomes.keys()].sort()).toEqual(["ERR_SST_CORRUPT", "ERR_SST_TRUNCATED", "ERR_SST_UNSUPPORTED", "value"]);
    },
  );
});
