// The file against what its writer said on close: the only way to see a change whose checksums were mended too.
import { describe, expect, it } from "vitest";
import { DECLARED_CASES } from "../src/declared-cases.js";
import { takeApart } from "../src/forgeries/index.js";
import { replaced, rowsOf, withRow } from "../src/forgeries/forgery.js";
import { forgeryBase } from "../src/forgery-bases.js";
import { rulesAndPaths, verifyBytes } from "../src/verify-bytes.js";

const BLOCK = 3;
const ROW = 5;

describe("metadata that is not true", () => {
  it.each(DECLARED_CASES.map((one) => [`${one.rule} ${one.path}`, one] as const))("%s", async (title, { change }) => {
    const { bytes, metadata } = await forgeryBase("plain");
    if (metadata === undefined) throw new Error("the base was not written by our writer");
    expect((await verifyBytes(bytes, { metadata })).findings).toEqual([]);
    const { findings } = await verifyBytes(bytes, { metadata: { ...metadata, ...change(metadata) } });
    expect(rulesAndPaths(findings)).toEqual([title]);
  });
});

describe("a change that fits in every respect but one, that the file is another one", () => {
  const changes = {
    value: (row: ReturnType<typeof rowsOf>[number]) => ({ ...row, value: replaced([...row.value], 0, (byte) => byte ^ 1) }),
    "creation time": (row: ReturnType<typeof rowsOf>[number]) => ({ ...row, createTsLo: row.createTsLo ^ 1 }),
  };

  it.each(["value", "creation time"] as const)("%s", async (field) => {
    const { bytes: sound, codec, metadata } = await forgeryBase("plain");
    const parts = takeApart(sound, codec);
    const bytes = withRow(parts, BLOCK, ROW, (row) => {
      const changed = changes[field](row);
      return { ...changed, value: Uint8Array.from(changed.value) };
    });
    expect((await verifyBytes(bytes, { level: "paranoid" })).findings).toEqual([]);
    expect(rulesAndPaths((await verifyBytes(bytes, { metadata })).findings)).toEqual(["D1.8 metadata.crc32"]);
  });
});
