// Encodings are reversible: whatever the bytes, what is printed can be given back.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeText, encodeText } from "../src/encoding.js";

const RUNS = { seed: 20_260_301, numRuns: 2000 };

describe("reversible encodings", () => {
  test.each(["escaped", "hex", "base64"] as const)("%s has a text for all bytes, and each text leads back", (encoding) => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.string({ unit: "binary", maxLength: 20 }).map((text) => new TextEncoder().encode(text)), fc.constantFrom("\\", "\\x41", "\\\\x41").map((text) => new TextEncoder().encode(text))), (bytes) => {
        const text = encodeText(bytes, encoding, "the key");
        expect(decodeText(text, encoding, "--from")).toEqual(bytes);
        expect(text).not.toMatch(/\p{Cc}/u);
      }),
      RUNS,
    );
  });

  test("utf8 is the text itself, or refused", () => {
    expect(encodeText(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61), "utf8", "the key")).toBe("\ufeffa");
    expect(decodeText("\ufeffa", "utf8", "--from")).toEqual(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61));
    expect(() => encodeText(Uint8Array.of(0xff), "utf8", "the key")).toThrow("the key is not UTF-8: \\xff");
  });

  test("escaped leaves text readable", () => {
    const shown = (text: string): string => encodeText(new TextEncoder().encode(text), "escaped", "the key");
    expect(shown("Zürich 東京 🙂")).toBe("Zürich 東京 🙂");
    expect(shown("a\\b\n\u202e")).toBe("a\\\\b\\x0a\\xe2\\x80\\xae");
    expect(encodeText(Uint8Array.of(0x61, 0xff, 0x62), "escaped", "the key")).toBe("a\\xffb");
  });
});
