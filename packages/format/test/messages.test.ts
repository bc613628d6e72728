// The info and the codecs as messages of spec/proto: nothing is lost on the way there and back, and numbers without a name are refused.
import { describe, expect, it } from "vitest";
import { COMPRESSION_IDS } from "../src/generated/constants.js";
import { CompressionFormat, FilterFormat, type SsTableInfo, SstType } from "../src/generated/fbs/sst-info.js";
import { CompressionCodec } from "../src/generated/proto/slate_sst/v1/metadata_pb.js";
import { codecMessage, codecOfMessage, infoFields, infoMessage, infoOfMessage } from "../src/messages.js";

const info: SsTableInfo = {
  firstEntry: Uint8Array.of(1, 2), lastEntry: Uint8Array.of(3), indexOffset: 2 ** 40 + 1, indexLen: 22, filterOffset: 33, filterLen: 44, compressionFormat: CompressionFormat.Zstd, sstType: SstType.Wal, statsOffset: 55, statsLen: 66, filterFormat: FilterFormat.Composite,
};

describe("an info", () => {
  it("comes back from its message, with bigints and copies of its keys in between", () => {
    const message = infoMessage(info);
    expect([message.indexOffset, message.statsLen, message.compressionFormat, message.sstType, message.filterFormat]).toEqual([2n ** 40n + 1n, 66n, 4, 1, 1]);
    expect(message.firstEntry).toEqual(info.firstEntry);
    expect(message.firstEntry?.buffer).not.toBe(info.firstEntry?.buffer);
    expect(infoOfMessage(message)).toEqual(info);
    const { firstEntry: _, lastEntry: __, ...bare } = info;
    expect(infoOfMessage(infoMessage({ ...bare, firstEntry: undefined, lastEntry: undefined }))).toEqual({ ...bare, firstEntry: undefined, lastEntry: undefined });
  });

  it("has each field once, by both of its names", () => {
    const fields = infoFields(info);
    expect(Object.fromEntries(fields.map(({ property, value }) => [property, value]))).toEqual(info);
    for (const { name, property } of fields) expect(name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())).toBe(property);
  });

  it.each([{ compressionFormat: 127 }, { sstType: 2 }, { filterFormat: 2 }])("with %j is refused, whatever the others are", (change) => {
    for (const rest of [{}, { compressionFormat: 0, sstType: 0, filterFormat: 0 }]) {
      expect(() => infoOfMessage({ ...infoMessage(info), ...rest })).not.toThrow();
      expect(() => infoOfMessage({ ...infoMessage(info), ...rest, ...change })).toThrow(RangeError);
    }
  });
});

it("each codec has a message's value of its own, by which it is found", () => {
  const names = Object.keys(COMPRESSION_IDS) as (keyof typeof COMPRESSION_IDS)[];
  expect(new Set(names.map(codecMessage)).size).toBe(names.length);
  for (const name of names) expect(codecOfMessage(codecMessage(name))).toBe(name);
  expect(codecOfMessage(CompressionCodec.UNSPECIFIED)).toBeUndefined();
});
