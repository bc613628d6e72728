// Values as findings show them: whole when they are short, cut with their length when they are not.
import { expect, it } from "vitest";
import { showField } from "../src/finding.js";

it.each([
  [undefined, "none"],
  [7, "7"],
  [7n, "7"],
  [false, "false"],
  ["a \"name\"\n", String.raw`"a \"name\"\n"`],
  ["x".repeat(32), `"${"x".repeat(32)}"`],
  ["x".repeat(121), `"${"x".repeat(32)}"... (121 characters)`],
  // Characters are code points: none is cut in the middle.
  ["\u{1F41A}".repeat(33), `"${"\u{1F41A}".repeat(32)}"... (33 characters)`],
  [new Uint8Array(0), "no bytes"],
  [new Uint8Array([1, 0xab]), "01ab"],
  [new Uint8Array(33), `${"00".repeat(32)}... (33 bytes)`],
])("%s is shown as %s", (value, shown) => {
  expect(showField(value)).toBe(shown);
});
