// Generators of rows and settings that reach the format's corners: shared prefixes, keys that differ in the last byte, 0x00 and
// 0xff, lengths of 1 and 65,535, values around the block and the part, runs of versions, numbers at the ends of their ranges.
import { BLOCK_SIZES, compareBytes, FORMAT_VERSION_V1, FORMAT_VERSION_V2, KEY_BYTES_MAX, SEQ_MAX, TIMESTAMP_MAX, TIMESTAMP_MIN } from "@slate-sst/format";
import type { SstWriterConfig } from "@slate-sst/writer";
import fc from "fast-check";
import { GOLDEN_CODECS, type GoldenRow } from "../../src/vectors.js";

const filled = (length: number, byte: number): Uint8Array => new Uint8Array(length).fill(byte);
const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

const PREFIXES: readonly Uint8Array[] = [new Uint8Array(0), Uint8Array.of(0), Uint8Array.of(0xff, 0xff), new TextEncoder().encode("user/"), filled(200, 0x6b), filled(127, 0), filled(16_383, 0x7a)];
/** Keys of one to three bytes of few values: prefixes of each other, and pairs that differ in the last byte alone. */
const suffix = fc.array(fc.constantFrom(0, 1, 0x61, 0x62, 0x7f, 0x80, 0xfe, 0xff), { minLength: 1, maxLength: 3 }).map((bytes) => Uint8Array.from(bytes));

/** One to 65,535 bytes. */
export const key: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 20, arbitrary: fc.tuple(fc.constantFrom(...PREFIXES), suffix).map(([prefix, rest]) => joined(prefix, rest)) },
  { weight: 10, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 12 }) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(0, 0x61, 0xff), fc.nat(255)).map(([byte, last]) => joined(filled(KEY_BYTES_MAX - 1, byte), Uint8Array.of(last))) },
);

/** Empty, small, around the smallest blocks' limits, and larger than a block or a small part. */
export const bytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(new Uint8Array(0)) },
  { weight: 8, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 20 }) },
  { weight: 4, arbitrary: fc.tuple(fc.integer({ min: 80, max: 140 }), fc.nat(255)).map(([length, byte]) => filled(length, byte)) },
  { weight: 2, arbitrary: fc.integer({ min: 960, max: 1040 }).map((length) => filled(length, 0x76)) },
  { weight: 1, arbitrary: fc.constantFrom(2047, 4096, 5000, 9000, 70_000).map((length) => filled(length, 7)) },
);

export const seq: fc.Arbitrary<bigint> = fc.oneof(fc.bigInt(0n, 9n), fc.constantFrom(0n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n, SEQ_MAX), fc.bigInt(0n, SEQ_MAX));
export const timestamp: fc.Arbitrary<bigint | undefined> = fc.option(fc.oneof(fc.constantFrom(0n, -1n, 1_700_000_000_000n, TIMESTAMP_MIN, TIMESTAMP_MAX), fc.bigInt(TIMESTAMP_MIN, TIMESTAMP_MAX)), { nil: undefined });
const kind = fc.constantFrom("put", "put", "put", "delete", "merge") satisfies fc.Arbitrary<GoldenRow["kind"]>;

const row: fc.Arbitrary<GoldenRow> = fc.record({ kind, key, value: bytes, seq, createTs: timestamp, expireTs: timestamp }).map(asRow);

function asRow(one: { kind: GoldenRow["kind"]; key: Uint8Array; value: Uint8Array; seq: bigint; createTs: bigint | undefined; expireTs: bigint | undefined }): GoldenRow {
  return { ...one, value: one.kind === "delete" ? undefined : one.value };
}

/** Versions of one key, more than a small block holds. */
const versions: fc.Arbitrary<GoldenRow[]> = fc.tuple(key, fc.integer({ min: 2, max: 45 }), fc.constantFrom(0, 30, 90)).map(([one, count, length]) =>
  Array.from({ length: count }, (_, i): GoldenRow => ({ kind: i % 4 === 3 ? "merge" : "put", key: one, value: filled(length, i), seq: BigInt(1000 - i), createTs: undefined, expireTs: undefined })));

/** Neighbours that differ in the last byte, in numbers around restart points. */
const neighbours: fc.Arbitrary<GoldenRow[]> = fc.tuple(fc.constantFrom(...PREFIXES.slice(0, 5)), fc.constantFrom(15, 16, 17, 31, 32, 33, 48)).map(([prefix, count]) =>
  Array.from({ length: count }, (_, i): GoldenRow => ({ kind: "put", key: joined(prefix, Uint8Array.of(9, i)), value: new Uint8Array(i % 3), seq: 5n, createTs: undefined, expireTs: undefined })));

/** The order of a file: keys ascending, of a key the newest version first. */
export function inFileOrder(left: GoldenRow, right: GoldenRow): number {
  return compareBytes(left.key, right.key) || (left.seq > right.seq ? -1 : left.seq < right.seq ? 1 : 0);
}

/** Sorted, and without rows that have both key and sequence number in common. */
export function sorted(rows: readonly GoldenRow[]): GoldenRow[] {
  const all = rows.toSorted(inFileOrder);
  return all.filter((one, i) => i === 0 || inFileOrder(all[i - 1] ?? one, one) !== 0);
}

/** Rows of an SST, at least one, in their order. */
export const sortedRows: fc.Arbitrary<GoldenRow[]> = fc
  .tuple(fc.array(row, { minLength: 1, maxLength: 40 }), fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: versions }, { weight: 1, arbitrary: neighbours }))
  .map(([some, more]) => sorted([...some, ...more]));

/** Every option that changes bytes. */
export const config: fc.Arbitrary<SstWriterConfig> = fc.record({
  formatVersion: fc.constantFrom(FORMAT_VERSION_V2, FORMAT_VERSION_V2, FORMAT_VERSION_V1),
  blockSize: fc.oneof(fc.constant(1024 as const), fc.constantFrom(...BLOCK_SIZES)),
  compression: fc.oneof({ weight: 3, arbitrary: fc.constant("none" as const) }, { weight: 2, arbitrary: fc.constantFrom(...GOLDEN_CODECS) }),
  minFilterKeys: fc.constantFrom(0, 1, 16, 1000),
  filterBitsPerKey: fc.constantFrom(1, 2, 5, 10, 20, 100),
  filterFormat: fc.constantFrom("legacy", "legacy", "composite"),
}).chain((settings) => fc.boolean().map((hasFilter): SstWriterConfig => (hasFilter ? settings : { ...settings, filter: false })));

/** Numbers of rows at which something begins, ends, or counts over. */
export const ROW_COUNTS = [1, 15, 16, 17, 999, 1000, 65_536] as const;

/** So many short rows, for counts that no generator should shrink. */
export function countedRows(count: number): GoldenRow[] {
  return Array.from({ length: count }, (_, i): GoldenRow => ({ kind: i % 11 === 10 ? "delete" : "put", key: new TextEncoder().encode(`k${String(i).padStart(6, "0")}`), value: i % 11 === 10 ? undefined : Uint8Array.of(i & 0xff), seq: BigInt(i), createTs: undefined, expireTs: undefined }));
}
