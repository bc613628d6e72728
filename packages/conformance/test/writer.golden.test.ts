import { crc32 } from "@slate-sst/format";
import { describe, expect, it } from "vitest";
import { rewriteSst, writerConfig } from "../src/rewrite.js";
import { goldenSsts } from "../src/vectors.js";

const compacted = goldenSsts().filter(({ kind }) => kind !== "wal");

describe("every golden SST, rebuilt by SstWriter from its rows alone", () => {
  it("there are as many as there should be", () => expect(compacted.length).toBe(52));

  it.each(compacted.map((golden) => [golden.name, golden] as const))("%s", async (_, golden) => {
    const { bytes, metadata } = await rewriteSst(golden.rows, { ...writerConfig(golden.config), verifyBlocks: true, digest: "sha256" });
    expect(Buffer.compare(bytes, golden.bytes)).toBe(0);
    expect(Number(metadata.size)).toBe(golden.size);
    expect(metadata.crc32).toBe(crc32(golden.bytes));
    expect(Number(metadata.rowCount)).toBe(golden.rows.length);
    expect(Number(metadata.infoOffset)).toBe(golden.metadataOffset);
  });
});
