// The facts of the format, written down once more: whoever changes one in spec/ changes what SlateDB can read, and this test.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import * as constants from "../src/generated/constants.js";

/** Versions that SlateDB does not have may join those that it has. */
const isNewVersion = (name: string): boolean => Number(/^FORMAT_VERSION_V(\d+)$/.exec(name)?.[1] ?? 0) > 2;

/** Constants that SlateDB does not have: `source: ours` in spec/constants.yaml. */
const OURS = new Set(Array.from(readFileSync(new URL("../../../spec/constants.yaml", import.meta.url), "utf8").matchAll(/^ {2}(\w+):\n(?: {4}.*\n)*? {4}source: ours$/gm), ([, name = ""]) => name.toUpperCase()));

it("are SlateDB's numbers and names", () => {
  expect(Object.fromEntries(Object.entries(constants).filter(([name]) => !isNewVersion(name) && !OURS.has(name)))).toEqual({
    RESTART_INTERVAL: 16,
    MANIFEST_VERSION_V1: 1, MANIFEST_VERSION_V2: 2, FORMAT_VERSION_V1: 1, FORMAT_VERSION_V2: 2,
    KEY_BYTES_MIN: 1, KEY_BYTES_MAX: 0xffff, VALUE_BYTES_MAX: 0xffff_ffff, SEQ_MAX: 2n ** 64n - 1n, TIMESTAMP_MIN: -(2n ** 63n), TIMESTAMP_MAX: 2n ** 63n - 1n,
    BLOCK_ROWS_PER_KIND_MAX: 0xffff, BLOCK_OFFSET_MAX: 0xffff, FLATBUFFER_BYTES_MAX: 2 ** 31 - 1, BLOOM_BITS_MAX: 0xffff_ffff, FILTER_BITS_PER_KEY_MAX: 0xffff,
    VARINT_GROUP_BITS: 7, VARINT_BYTES_MAX: 5,
    BLOCK_SIZES: [1024, 2048, 4096, 8192, 16_384, 32_768, 65_536],
    BLOOM_PROBE_FACTOR: 0.69, BLOOM_FILTER_NAME: "_bf",
    DEFAULT_FORMAT_VERSION: 2, DEFAULT_BLOCK_SIZE: 4096, DEFAULT_COMPRESSION: "none", DEFAULT_MIN_FILTER_KEYS: 1000, DEFAULT_FILTER_BITS_PER_KEY: 10, DEFAULT_FILTER_FORMAT: "legacy",
    DEFAULT_SEQ: 0n, DEFAULT_SST_SIZE: 256 * 1024 * 1024,
    COMPACTED_FOLDER: "compacted", SST_EXTENSION: ".sst", WAL_FOLDER: "wal", MANIFEST_FOLDER: "manifest", MANIFEST_EXTENSION: ".manifest",
    OBJECT_ID_DIGITS: 20, FIRST_MANIFEST_ID: 1, ULID_LENGTH: 26, ULID_TIME_LENGTH: 10, ULID_ALPHABET: "0123456789ABCDEFGHJKMNPQRSTVWXYZ",
    INITIAL_CLOCK_TICK: -(2n ** 63n), EMPTY_SEQUENCE_TRACKER: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], LAST_L0_SEQ_MAX: 2n ** 63n - 1n, L0_MAX_SSTS: 8,
    // So may codecs.
    COMPRESSION_IDS: expect.objectContaining({ none: 0, snappy: 1, zlib: 2, lz4: 3, zstd: 4 }), COMPRESSION_NAMES: expect.objectContaining({ 0: "none", 1: "snappy", 2: "zlib", 3: "lz4", 4: "zstd" }), ZLIB_LEVEL: 6, ZSTD_LEVEL: 3,
  });
});
