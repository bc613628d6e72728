// Order of keys, and how keys are shown.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareBytes, showKey } from "../src/key-bytes.js";

describe("keys", () => {
  it("sort by unsigned bytes, a prefix first", () => {
    const bytes = fc.uint8Array({ maxLength: 4 });
    fc.assert(fc.property(bytes, bytes, (left, right) => {
      expect(Math.sign(compareBytes(left, right))).toBe(Buffer.compare(left, right));
    }), { seed: 3, numRuns: 500 });
    expect(compareBytes(Uint8Array.of(0x7f), Uint8Array.of(0x80))).toBeLessThan(0);
    expect(compareBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBeLessThan(0);
  });

  it("are shown escaped and in hex, cut when long", () => {
    expect(showKey(Uint8Array.of(0x1f, 0x20, 0x7e, 0x7f, 0x22))).toBe(String.raw`"\x1f ~\x7f\x22" (0x1f207e7f22)`);
    expect(showKey(new Uint8Array(48).fill(0x61))).toBe(`"${"a".repeat(48)}" (0x${"61".repeat(48)})`);
    expect(showKey(Uint8Array.of(0x61, 0x00, 0x5c, 0xff))).toBe(String.raw`"a\x00\x5c\xff" (0x61005cff)`);
    expect(showKey(new Uint8Array(49).fill(0x61))).toBe(`"${"a".repeat(48)}"… (49 bytes) (0x${"61".repeat(48)}…)`);
  });
});
