// Byte strings of the golden vectors' side-cars: base64 text, or an object that names a rule to make long ones from
// (vectors/golden/README.md, "Sidecar fields"). A rule may carry the SHA-256 of its bytes, which is then checked.
import { createHash } from "node:crypto";
import { asArray, asCount, asObject, asOneOf, asString, TestDataError, type JsonObject } from "./json-fields.js";
import { Xorshift32 } from "./xorshift32.js";

/** No rule of the vectors makes a longer string; a larger length is a damaged side-car. */
const RULE_BYTES_MAX = 1 << 24;
/** Leaves the top 4 bits of a number: an index into the 16 words. */
const WORD_SHIFT = 28;
const WORDS = ["alpha", "beta", "gamma", "delta", "omega", "lorem", "ipsum", "dolor", "sit", "amet", "north", "south", "east", "west", "zero", "one"] as const;
const RULES = ["repeat", "runs", "xs32", "text"] as const;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The SHA-256 of bytes as lower-case hex. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Decodes a side-car's byte string. `place` is named in errors. */
export function decodeSideCarBytes(value: unknown, place: string): Uint8Array {
  if (typeof value === "string") return decodeBase64(value, place);
  const rule = asObject(value, place);
  const bytes = applyRule(rule, place);
  if (rule["sha256"] !== undefined && sha256Hex(bytes) !== asString(rule["sha256"], `${place}.sha256`)) {
    throw new TestDataError(`${place}: the bytes made by the rule do not have the SHA-256 given`);
  }
  return bytes;
}

function decodeBase64(text: string, place: string): Uint8Array {
  // Buffer skips what is not base64, so the text is checked first.
  if (!BASE64.test(text)) throw new TestDataError(`${place}: not base64 text`);
  return new Uint8Array(Buffer.from(text, "base64"));
}

function applyRule(rule: JsonObject, place: string): Uint8Array {
  switch (asOneOf(rule["rule"], RULES, `${place}.rule`)) {
    case "repeat":
      return new Uint8Array(ruleLength(rule["len"], place)).fill(ruleByte(rule["byte"], place));
    case "runs":
      return joinRuns(asArray(rule["runs"], `${place}.runs`), place);
    case "xs32":
      return new Xorshift32(asCount(rule["seed"], `${place}.seed`)).bytes(ruleLength(rule["len"], place));
    case "text":
      return wordText(asCount(rule["seed"], `${place}.seed`), ruleLength(rule["len"], place));
  }
}

function joinRuns(runs: readonly unknown[], place: string): Uint8Array {
  const parts = runs.map((run) => {
    const [byte, count] = asArray(run, `${place}.runs`);
    return Buffer.alloc(ruleLength(count, place), ruleByte(byte, place));
  });
  return new Uint8Array(Buffer.concat(parts));
}

function wordText(seed: number, length: number): Uint8Array {
  const random = new Xorshift32(seed);
  let text = "";
  while (text.length < length) text += `${WORDS[random.next() >>> WORD_SHIFT] ?? ""} `;
  return new Uint8Array(Buffer.from(text.slice(0, length), "latin1"));
}

function ruleLength(value: unknown, place: string): number {
  const length = asCount(value, `${place}.len`);
  if (length > RULE_BYTES_MAX) throw new TestDataError(`${place}: a length of ${length} is more than any vector has`);
  return length;
}

function ruleByte(value: unknown, place: string): number {
  const byte = asCount(value, `${place}.byte`);
  if (byte !== (byte & 0xff)) throw new TestDataError(`${place}: ${byte} is not a byte`);
  return byte;
}
