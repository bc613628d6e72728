// Values of records: the whole of it, or one column, and what cannot be one.
import { decode } from "@msgpack/msgpack";
import { describe, expect, test } from "vitest";
import { valueEncoder } from "../src/keys/value-encoder.js";
import type { Fields, SourceRecord } from "../src/source/record.js";
import { failure } from "./samples.js";

const record = (fields: Fields | undefined, more: Partial<SourceRecord> = {}): SourceRecord => ({ file: "f", line: 3, fields, ...more });
const encode = (value: string, given: SourceRecord): string => {
  const bytes = valueEncoder(value)(given);
  return typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("latin1");
};

describe("a value", () => {
  test("is the whole record", () => {
    expect(encode("json", record({ a: "1", b: 2 }))).toBe('{"a":"1","b":2}');
    expect(encode("json", record({ a: 1 }, { text: '{"a": 1.0}' }))).toBe('{"a": 1.0}');
    expect(encode("raw", record({ a: 1 }, { text: '{"a": 1.0}' }))).toBe('{"a": 1.0}');
    expect(encode("raw", record(undefined, { key: Uint8Array.of(1), value: Uint8Array.of(0xff) }))).toBe("\xff");
    expect(decode(valueEncoder("msgpack")(record({ a: "ä", b: [1, null] })) as Uint8Array)).toEqual({ a: "ä", b: [1, null] });
  });

  test("is one column", () => {
    expect(encode("a", record({ a: "ä" }))).toBe("ä");
    expect(encode("a", record({ a: Uint8Array.of(0xe4) }))).toBe("\xe4");
    expect(encode("a", record({ a: 1.5 }))).toBe("1.5");
    expect(encode("a", record({ a: { b: [true] } }))).toBe('{"b":[true]}');
    expect(encode("=json", record({ json: "x" }))).toBe("x");
    expect(encode("hex:a", record({ a: "00fF" }))).toBe("\0\xff");
    expect(encode("hex:a", record({ a: "" }))).toBe("");
    expect(encode("base64:a", record({ a: "AP8=" }))).toBe("\0\xff");
    expect(encode("=hex:a", record({ "hex:a": "x" }))).toBe("x");
  });

  test.each<[string, SourceRecord, string]>([
    ["b", record({ a: 1 }), "no field b"],
    ["a", record({ a: null }), "is null"],
    ["a", record({ a: 2 ** 60 }), "put it in quotes"],
    ["a", record({ a: JSON.parse("1e400") as number }), "a number that JSON does not"],
    ["a", record({ a: Number.NaN }), "a number that JSON does not"],
    ["a", record({ a: { b: [1, { c: 2 ** 53 }] } }), "a, which is to be the value, holds a number with more digits"],
    ["a", record({ a: [[JSON.parse("-1e400") as number]] }), "a number that JSON does not: -Infinity"],
    ["msgpack", record({ a: { b: 2 ** 53 } }, { text: "{}" }), "the line holds a number with more digits"],
    ["toString", record({}), "no field toString"],
    ["hex:a", record({ a: "abc" }), "pairs of hexadecimal digits"],
    ["base64:a", record({ a: "abc" }), "base64 with its padding"],
    ["raw", record({ a: 1 }), "raw values are"],
    ["json", record(undefined, { key: Uint8Array.of(1), value: Uint8Array.of(2) }), "take raw"],
  ])("%s of %j is refused with its place", async (value, given, rule) => {
    const error = await failure(Promise.resolve().then(() => encode(value, given)));
    expect(error).toMatchObject({ code: "ERR_SST_SOURCE_FIELD", message: expect.stringContaining(rule) as string, details: { file: "f", line: 3 } });
  });
});
