// The contracts in spec/proto: what is on the wire and in JSON, that presence survives, and that breaks are noticed.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CompressionCodec,
  create,
  FilterKind,
  fromBinary,
  fromJson,
  SsTableInfoSchema,
  SstMetadataSchema,
  toBinary,
  toJson,
  type SstMetadata,
} from "../src/proto.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const i64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const bytes = fc.uint8Array({ maxLength: 40 });

/** Metadata as a writer makes it, optional fields present or not. */
const metadata: fc.Arbitrary<SstMetadata> = fc
  .record({
    path: fc.string(), size: u64, crc32: u32, firstKey: bytes, lastKey: bytes, minSeq: u64, maxSeq: u64,
    sha256: fc.option(bytes, { nil: undefined }), etag: fc.option(fc.string(), { nil: undefined }),
    minCreateTs: fc.option(i64, { nil: undefined }), maxExpireTs: fc.option(i64, { nil: undefined }),
    firstEntry: fc.option(bytes, { nil: undefined }), indexOffset: u64, sstType: fc.integer({ min: -128, max: 127 }),
    compression: fc.constantFrom(CompressionCodec.NONE, CompressionCodec.ZSTD), bitsPerKey: fc.option(u32, { nil: undefined }),
  })
  .map(({ sha256, etag, minCreateTs, maxExpireTs, firstEntry, indexOffset, sstType, bitsPerKey, ...always }) =>
    create(SstMetadataSchema, {
      ...always,
      ...(sha256 !== undefined && { sha256 }),
      ...(etag !== undefined && { etag }),
      ...(minCreateTs !== undefined && { minCreateTs }),
      ...(maxExpireTs !== undefined && { maxExpireTs }),
      info: { indexOffset, sstType, ...(firstEntry !== undefined && { firstEntry }) },
      filter: { kind: FilterKind.LEGACY, ...(bitsPerKey !== undefined && { bitsPerKey }) },
    }),
  );

describe("SstMetadata", () => {
  test("survives binary and JSON, absent fields included", () => {
    fc.assert(
      fc.property(metadata, (message) => {
        expect(fromBinary(SstMetadataSchema, toBinary(SstMetadataSchema, message))).toStrictEqual(message);
        const text = JSON.stringify(toJson(SstMetadataSchema, message));
        expect(fromJson(SstMetadataSchema, JSON.parse(text))).toStrictEqual(message);
      }),
      { seed: 20260101, numRuns: 300 },
    );
  });

  test("has known bytes", () => {
    const message = create(SstMetadataSchema, { path: "a", size: 300n, crc32: 0xcbf43926, minCreateTs: -1n });
    // 0a path, 18 size as varint, 25 crc32 in 4 bytes little-endian, 80 01 min_create_ts in zigzag.
    expect(Buffer.from(toBinary(SstMetadataSchema, message)).toString("hex")).toBe("0a016118ac02252639f4cb800101");
  });

  test("has known JSON: 64-bit numbers as text, bytes as base64, enums by name", () => {
    const message = create(SstMetadataSchema, {
      size: 2n ** 64n - 1n,
      crc32: 7,
      firstKey: Uint8Array.of(0, 255),
      compression: CompressionCodec.ZSTD,
      info: { firstEntry: new Uint8Array(), filterFormat: 1 },
      writer: { name: "w", version: "1.0.0" },
    });
    expect(toJson(SstMetadataSchema, message)).toStrictEqual({
      size: "18446744073709551615",
      crc32: 7,
      firstKey: "AP8=",
      compression: "COMPRESSION_CODEC_ZSTD",
      info: { firstEntry: "", filterFormat: 1 },
      writer: { name: "w", version: "1.0.0" },
    });
  });

  test("tells an absent timestamp from 0", () => {
    const zero = toBinary(SstMetadataSchema, create(SstMetadataSchema, { minCreateTs: 0n }));
    expect(fromBinary(SstMetadataSchema, zero).minCreateTs).toBe(0n);
    expect(fromBinary(SstMetadataSchema, new Uint8Array()).minCreateTs).toBeUndefined();
  });

  test("repeats every field of the FlatBuffers table SsTableInfo", () => {
    const schema = readFileSync(join(root, "spec/fbs/sst_info.fbs"), "utf8");
    const table = /table SsTableInfo \{(.*?)\n\}/s.exec(schema)?.[1] ?? "";
    const fields = [...table.matchAll(/^ {2}(\w+):/gm)].map((match) => match[1]);
    expect(fields.length).toBeGreaterThan(0);
    expect(SsTableInfoSchema.fields.map(({ name }) => name).toSorted()).toStrictEqual(fields.toSorted());
  });

  test("has a codec for each one of the info", () => {
    const schema = readFileSync(join(root, "spec/fbs/sst_info.fbs"), "utf8");
    const names = [...(/enum CompressionFormat.*?\n\}/s.exec(schema)?.[0] ?? "").matchAll(/^ {2}(\w+) = /gm)].map((match) => match[1]?.toUpperCase());
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(CompressionCodec).toHaveProperty(name ?? "");
  });
});

/** Runs buf from node_modules, offline. */
function buf(args: string[]) {
  const env = { ...process.env, PATH: [join(root, "node_modules/.bin"), process.env["PATH"] ?? ""].join(delimiter) };
  const { status, stdout, stderr } = spawnSync("buf", args, { cwd: root, env: { ...env, BUF_CACHE_DIR: join(root, "node_modules/.cache/buf") }, encoding: "utf8" });
  return { status, output: stdout + stderr };
}

describe("the committed baseline", () => {
  const baseline = "spec/proto/baseline.binpb";
  const edited = (from: string, to: string): { status: number | null; output: string } => {
    const folder = mkdtempSync(join(tmpdir(), "slate-sst-proto-test-"));
    try {
      cpSync(join(root, "spec/proto"), folder, { recursive: true });
      const file = join(folder, "slate_sst/v1/metadata.proto");
      const text = readFileSync(file, "utf8");
      expect(text).toContain(from);
      writeFileSync(file, text.replace(from, to));
      return buf(["breaking", folder, "--against", baseline]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };

  test("is kept by the present contracts", () => {
    expect(buf(["breaking", "spec/proto", "--against", baseline])).toStrictEqual({ status: 0, output: "" });
  });

  test("notices a removed field and a changed type", () => {
    const removed = edited("  uint64 size = 3;\n", "");
    expect(removed.status).not.toBe(0);
    expect(removed.output).toContain('"3" with name "size"');
    const changed = edited("fixed32 crc32 = 4;", "uint64 crc32 = 4;");
    expect(changed.status).not.toBe(0);
    expect(changed.output).toContain("crc32");
  });

  test("allows a new field", () => {
    expect(edited("  uint64 size = 3;\n", "  uint64 size = 3;\n  // New.\n  string added = 1000;\n").status).toBe(0);
  });
});
