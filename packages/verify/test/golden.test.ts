// What SlateDB wrote is sound and canonical on every level.
import { describe, expect, test } from "vitest";
import { goldenBytes, goldenConfig, goldenNames } from "./golden-files.js";
import { verifyBytes } from "./verify-bytes.js";

describe.each(goldenNames)("%s", (name) => {
  const bytes = goldenBytes(name);

  test.each(["quick", "full", "paranoid"] as const)("has no findings on level %s", async (level) => {
    const { findings, result } = await verifyBytes(bytes, { level });
    expect(findings).toEqual([]);
    expect(result).toMatchObject({ sound: true, complete: true, size: bytes.length, coverage: { explained: bytes.length, unexplained: 0, gaps: [] } });
    expect(result.rules.filter(({ state }) => state !== "held" && state !== "inapplicable" && state !== "level")).toEqual([]);
  });

  test("is what its configuration makes of its rows", async () => {
    const expected = goldenConfig(name);
    const { findings, result } = await verifyBytes(bytes, { level: "paranoid", expect: expected });
    expect(findings).toEqual([]);
    expect(result.blockSize).toBe(expected.blockSize);
  });
});
