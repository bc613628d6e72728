// What encoders are given that no type allows: always an error with a code, and where a field is at fault, its name.
import { describe, expect, it } from "vitest";
import { bloomByteLength, bloomProbeCount } from "../src/bloom.js";
import { createBlockEncoder } from "../src/block-encoder.js";
import { encodeFilterPayload, filterPayloadLength } from "../src/filter-block.js";
import { encodeManifestV1, encodeManifestV2 } from "../src/manifest.js";
import { infoMessage, infoOfMessage } from "../src/messages.js";
import { encodeIndex, SstIndexBuilder } from "../src/sst-index.js";
import { encodeInfo } from "../src/sst-info.js";
import { encodeStats, SstStatsBuilder } from "../src/sst-stats.js";
import { formatUlid, parseUlid } from "../src/ulid.js";
import { errorOf } from "./flatbuffers-helpers.js";
import { fullV1, fullV2 } from "./manifest-samples.js";

const detached = new Uint8Array(4);
structuredClone(detached.buffer, { transfer: [detached.buffer] });
const proxy = new Proxy(new Uint8Array(2), {});
const fake = Object.create(Uint8Array.prototype) as unknown;

/** What is neither a number nor bytes nor an object that a field could have. */
const misfits: readonly unknown[] = [null, undefined, Number.NaN, -1, 2 ** 60, Number.POSITIVE_INFINITY, 0.5, "x\ud800", Symbol("s"), -1n, 1n << 70n, true, () => 0, new Date(0), proxy, fake];
const noBytes: readonly unknown[] = [...misfits, {}, [], new Int32Array(3)];

const fieldOf = (call: () => unknown): unknown => {
  const { code, details } = errorOf(call);
  expect(code).toBe("ERR_SST_FIELD_INVALID");
  return details["field"];
};

const info = { firstEntry: Uint8Array.of(1), lastEntry: Uint8Array.of(2), indexOffset: 1, indexLen: 2, filterOffset: 3, filterLen: 4, compressionFormat: 0, sstType: 0, statsOffset: 5, statsLen: 6, filterFormat: 0 } as const;

describe("instead of a whole structure", () => {
  const encoders = [
    ["SsTableInfo", encodeInfo], ["SsTableIndex", encodeIndex], ["SstStats", encodeStats], ["ManifestV1", encodeManifestV1], ["ManifestV2", encodeManifestV2],
    ["BlockTotals", (block: never) => new SstStatsBuilder().addBlock(block)],
  ] as readonly (readonly [string, (value: never) => unknown])[];

  it.each(encoders)("nothing, or what is none, is refused by its name: %s", (name, encode) => {
    for (const value of [null, undefined, 5, "text", 1n]) expect(fieldOf(() => encode(value as never))).toBe(name);
  });

  it("a union's member may not be null", () => {
    const checkpoints = [{ ...fullV1.checkpoints[0]!, metadata: null as never }];
    expect(fieldOf(() => encodeManifestV1({ ...fullV1, checkpoints }))).toBe("Checkpoint.metadata");
    expect(fieldOf(() => encodeManifestV2({ ...fullV2, checkpoints }))).toBe("Checkpoint.metadata");
  });

  it("a list may have no holes", () => {
    expect(fieldOf(() => encodeIndex({ blockMeta: Object.assign([], { length: 1 }) }))).toBe("SsTableIndex.block_meta");
  });
});

describe("instead of bytes", () => {
  it("anything else is refused by the field's name", () => {
    for (const value of noBytes) {
      if (value !== undefined) expect(fieldOf(() => encodeInfo({ ...info, firstEntry: value as never }))).toBe("SsTableInfo.first_entry");
      if (value !== undefined) expect(fieldOf(() => infoMessage({ ...info, lastEntry: value as never }))).toBe("SsTableInfo.last_entry");
      expect(fieldOf(() => new SstIndexBuilder().add(0, value as never))).toBe("BlockMeta.first_key");
      expect(fieldOf(() => encodeFilterPayload("legacy", 3, value as never))).toBe("BloomFilter.bits");
    }
  });
});

describe("a filter", () => {
  it("of no known format, or with probes that 16 bits do not hold, is refused and not framed like another", () => {
    for (const value of [...noBytes, "Legacy", detached]) {
      expect(fieldOf(() => encodeFilterPayload(value as never, 3, new Uint8Array(8)))).toBe("filterFormat");
      expect(fieldOf(() => filterPayloadLength(value as never, 8))).toBe("filterFormat");
      expect(fieldOf(() => filterPayloadLength("legacy", value as never))).toBe("BloomFilter.bits");
      expect(fieldOf(() => encodeFilterPayload("composite", value as never, new Uint8Array(8)))).toBe("BloomFilter.probes");
    }
    expect(fieldOf(() => encodeFilterPayload("legacy", 0x1_0000, new Uint8Array(8)))).toBe("BloomFilter.probes");
  });
});

describe("an info as a message", () => {
  it("copies keys, also those in a Buffer", () => {
    const firstEntry = Buffer.from("key");
    const message = infoMessage({ ...info, firstEntry });
    firstEntry.fill(0);
    expect(Buffer.from(message.firstEntry!).toString()).toBe("key");
  });

  it("refuses numbers that are none, and comes back without those that no info holds", () => {
    for (const value of [Number.NaN, -1, 0.5, 2 ** 53, "1", null]) expect(fieldOf(() => infoMessage({ ...info, statsLen: value as never }))).toBe("SsTableInfo.stats_len");
    const message = infoMessage(info);
    expect(fieldOf(() => infoOfMessage({ ...message, indexOffset: 2n ** 53n }))).toBe("SsTableInfo.index_offset");
    expect(fieldOf(() => infoOfMessage({ ...message, sstType: 2 }))).toBe("SsTableInfo.sst_type");
  });
});

describe("whatever is given", () => {
  const doors = [
    ["parseUlid", parseUlid, "ERR_SST_ULID"], ["formatUlid", formatUlid, "ERR_SST_ULID"],
    ["a ULID's high half", (high: never) => formatUlid({ high, low: 0n }), "ERR_SST_ULID"], ["a ULID's low half", (low: never) => formatUlid({ high: 0n, low }), "ERR_SST_ULID"],
    ["bits per key", bloomProbeCount, "ERR_SST_OPTION_INVALID"], ["rows of a filter", (rows: never) => bloomByteLength(rows, 10), "ERR_SST_OPTION_INVALID"],
    ["block size", (size: never) => createBlockEncoder(2, size), "ERR_SST_OPTION_INVALID"], ["format version", (version: never) => createBlockEncoder(version, 4096), "ERR_SST_OPTION_INVALID"],
    ["start of a separator", (start: never) => new SstIndexBuilder().add(0, new Uint8Array(3), start ?? Number.NaN), "ERR_SST_FIELD_INVALID"],
    ["offset of a block", (offset: never) => new SstIndexBuilder().add(offset, new Uint8Array(3)), "ERR_SST_FIELD_INVALID"],
  ] as readonly (readonly [string, (value: never) => unknown, string])[];

  it.each(doors)("the error has a code: %s", (_, call, code) => {
    for (const value of [...misfits, detached]) expect(errorOf(() => call(value as never))).toMatchObject({ code });
  });
});
