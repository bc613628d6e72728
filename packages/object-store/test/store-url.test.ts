// URLs of cloud stores: what may stand in them, and that nothing secret comes back out.
import { describe, expect, it } from "vitest";
import { StoreRoot, StoreUrl, storeUrlText } from "../src/index.js";

const NAMES = ["region", "endpoint", "flag", "count", "word"];
const parse = (text: string): StoreUrl => new StoreUrl(text, "s3", NAMES);

describe("StoreUrl", () => {
  it("takes a URL apart", () => {
    const url = parse("s3://my-bucket.v1/a%20b/%C3%BC/?region=eu-central-1&endpoint=http://127.0.0.1:9000/&flag=true&count=12&word=two");
    expect([url.bucket, url.prefix, url.get("region"), url.endpoint("endpoint")]).toEqual(["my-bucket.v1", "a b/\u00fc", "eu-central-1", "http://127.0.0.1:9000"]);
    expect([url.boolean("flag"), url.integer("count"), url.choice("word", ["one", "two"])]).toEqual([true, 12, "two"]);
    const bare = parse("s3://bucket");
    expect([bare.prefix, bare.get("region"), bare.boolean("flag"), bare.integer("count"), bare.choice("word", ["one"]), bare.endpoint("endpoint")]).toEqual(["", undefined, undefined, undefined, undefined, undefined]);
    expect(parse("s3://bucket/?endpoint=https%3A%2F%2Fhost%2Faccount").endpoint("endpoint")).toBe("https://host/account");
  });

  it("is written as it is read", () => {
    const text = storeUrlText("s3", "bucket", "a b/\u00fc", [["region", undefined], ["endpoint", "http://host:1/x"], ["flag", true], ["count", 3]]);
    expect(text).toBe("s3://bucket/a%20b/%C3%BC?endpoint=http://host:1/x&flag=true&count=3");
    expect(parse(text).prefix).toBe("a b/\u00fc");
    expect(storeUrlText("gs", "bucket", "", [])).toBe("gs://bucket");
  });

  it("refuses what it does not understand", () => {
    for (const wrong of ["s3:", "s3://", "s3:///x", "s3://bucket/a//b", "s3://bucket/../x", "s3://bucket/%2e%2e/x", "s3://bucket/%E0%A4%A", "s3://bucket#x", "s3://bu cket", "s3://b/x?other=1", "s3://b/x?flag=true&flag=true"]) {
      expect(() => parse(wrong), wrong).toThrow(expect.objectContaining({ code: "ERR_STORE_URL" }));
    }
    const url = parse("s3://b?flag=yes&count=0&word=three&endpoint=ftp://host");
    for (const read of [() => url.boolean("flag"), () => url.integer("count"), () => url.choice("word", ["one"]), () => url.endpoint("endpoint")]) {
      expect(read).toThrow(expect.objectContaining({ code: "ERR_STORE_URL" }));
    }
  });

  it("never repeats what may be a secret", () => {
    const wrong = [
      "s3://AKIAKEY:hunter2@bucket/x", "s3://bucket/x?secretAccessKey=hunter2", "s3://bucket/x?sig=hunter2", "s3://bucket/x?token=hunter2#y", "s3://bucket/x?endpoint=http://user:hunter2@host",
      "s3://bucket/x?endpoint=http://host/?sig=hunter2", "s3://bucket/x?region=eu&word=hunter2",
    ];
    for (const text of wrong) {
      let failure: unknown;
      try {
        const url = parse(text);
        url.endpoint("endpoint");
        url.choice("word", ["one"]);
      } catch (error) {
        failure = error;
      }
      expect(failure, text).toMatchObject({ code: "ERR_STORE_URL" });
      expect(JSON.stringify(failure) + String((failure as Error).stack) + String((failure as { path?: string }).path), text).not.toContain("hunter2");
    }
    expect(() => parse("s3://bucket/x?secretAccessKey=1")).toThrow(/credentials never stand in it/);
  });
});

describe("StoreRoot", () => {
  it("names objects below a prefix, and takes back what are paths", () => {
    const root = new StoreRoot("a/b");
    expect([root.nameOf("c"), root.nameOf(""), root.pathOf("a/b/c/d"), root.pathOf("a/b/"), root.pathOf("a/b/x//y"), root.textOf("a/b/x//y")]).toEqual(["a/b/c", "a/b/", "c/d", undefined, undefined, "x//y"]);
    expect(new StoreRoot("").nameOf("c")).toBe("c");
  });

  it("refuses names that are too long with their prefix", () => {
    const root = new StoreRoot("p".repeat(200));
    const path = Array.from({ length: 4 }, () => "s".repeat(255)).join("/");
    expect(() => root.nameOf(path)).toThrow(expect.objectContaining({ code: "ERR_STORE_PATH" }));
  });
});
