import { describe, expect, it } from "vitest";
import { keyBytes } from "../src/key-bytes.js";

describe("keys of text", () => {
  it("are its UTF-8", () => {
    expect(keyBytes("aä")).toEqual(Uint8Array.of(0x61, 0xc3, 0xa4));
    const given = Uint8Array.of(1, 2);
    expect(keyBytes(given)).toBe(given);
  });
});
