// Byte identity with SlateDB: every section that SlateDB compressed is decompressed and compressed again.
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { compressedSections, goldenFiles } from "../golden-files.js";
import { compressingCodecs, sameBytes } from "./codec-list.js";

const compressed = goldenFiles().filter(({ sideCar }) => sideCar.config.compression_codec !== null);

describe.each(await compressingCodecs())("$label", ({ codec }) => {
  const files = compressed.filter(({ sideCar }) => sideCar.config.compression_codec === codec.name);

  it("has text, mixed and filter files to agree with", () => {
    expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(["text", "mixed", "filter"].map((kind) => `${codec.name}-${kind}`)));
  });

  it.each(files)("gives SlateDB's bytes for $name", (golden) => {
    for (const { what, payload: stored, rawLength } of compressedSections(golden)) {
      const payload = codec.decompress(stored, { maxLength: rawLength ?? 1_000_000 });
      if (rawLength !== undefined) expect(payload.length, what).toBe(rawLength);
      const { filter } = golden.sideCar;
      if (what === "filter" && filter !== null) expect(createHash("sha256").update(payload).digest("hex")).toBe(filter.sha256);
      expect(sameBytes(codec.compress(payload), stored), what).toBe(true);
    }
  });
});
