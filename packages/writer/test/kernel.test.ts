// The kernel and the plain TypeScript encoder are one encoder: what is done by either gives the same bytes, metadata, sizes and errors.
import { BLOCK_SIZES, crc32, hasKernel, isSstError, KEY_BYTES_MAX } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { SstWriter, type SstWriterConfig } from "../src/index.js";
import { KernelRows } from "../src/kernel-rows.js";
import { toColumns } from "./column-rows.js";
import { asRow, bytesOf, expectSameBytes, PATH, type SampleRow, sampleRows, thrownBy } from "./sample-rows.js";

afterEach(() => void vi.restoreAllMocks());

/** What happened to one file, call by call. */
interface Run {
  readonly log: readonly unknown[];
  /** estimatedSize() after each call. */
  readonly sizes: readonly number[];
  readonly bytes: Uint8Array;
}

/** How far estimatedSize() may be off. */
const ESTIMATE_SLACK_BYTES = 32;

/** A value as text that compares fast; bytes by their length and checksum. */
const brief = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (part instanceof Uint8Array ? `${part.length} bytes, CRC ${crc32(part)}` : typeof part === "bigint" ? `${part}n` : part));

type Call = (writer: SstWriter) => Promise<void> | undefined;

async function run(calls: readonly Call[], config: SstWriterConfig, byKernel: boolean): Promise<Run> {
  const create = vi.spyOn(KernelRows, "create");
  if (!byKernel) create.mockReturnValue(undefined);
  const store = new MemoryObjectStore();
  const writer = await SstWriter.create(store, PATH, config);
  expect(create).toHaveBeenCalledTimes(1);
  create.mockRestore();
  const log: unknown[] = [];
  const sizes: number[] = [];
  for (const call of calls) {
    try {
      await call(writer);
    } catch (error) {
      if (!isSstError(error)) throw error;
      log.push(brief([error.name, error.code, error.message, error.details]));
    }
    log.push(writer.rowCount);
    sizes.push(writer.estimatedSize());
  }
  const metadata = writer.rowCount === 0 ? undefined : await writer.close();
  log.push(brief({ ...metadata, store: "", etag: "" }));
  return { log, sizes, bytes: metadata === undefined ? new Uint8Array(0) : await store.get(PATH) };
}

async function expectSameRuns(calls: readonly Call[], config: SstWriterConfig): Promise<void> {
  const byKernel = await run(calls, config, true);
  const plain = await run(calls, config, false);
  expect(byKernel.log).toEqual(plain.log);
  expectSameBytes(byKernel.bytes, plain.bytes);
  // A block of a row that the kernel has no room for is finished, and compressed, at once and not with the next row.
  if (config.compression !== "none") return;
  for (const [call, size] of byKernel.sizes.entries()) expect(Math.abs(size - plain.sizes[call]!)).toBeLessThanOrEqual(ESTIMATE_SLACK_BYTES);
}

const config: fc.Arbitrary<SstWriterConfig> = fc.record({
  blockSize: fc.constantFrom(...BLOCK_SIZES),
  compression: fc.constantFrom("none", "none", "lz4", "snappy"),
  filter: fc.boolean(),
  minFilterKeys: fc.constantFrom(0, 50, 1000),
  filterFormat: fc.constantFrom("legacy", "composite"),
  seq: fc.constantFrom(0n, 500n, 2n ** 64n - 1n),
  partSize: fc.constantFrom(1024, 5 * 1024 * 1024),
});

/** Keys that collide, share prefixes, and now and then have the greatest lengths. */
const key = fc.oneof(
  { weight: 8, arbitrary: fc.uint8Array({ minLength: 0, maxLength: 3, max: 3 }) },
  { weight: 4, arbitrary: fc.tuple(fc.integer({ min: 0, max: 40 }), fc.uint8Array({ maxLength: 12 })).map(([shared, rest]) => Uint8Array.of(...bytesOf("p".repeat(shared)), ...rest)) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(KEY_BYTES_MAX - 1, KEY_BYTES_MAX, KEY_BYTES_MAX + 1), fc.nat(255), fc.nat(255)).map(([length, fill, last]) => { const long = new Uint8Array(length).fill(fill); long[length - 1] = last; return long; }) },
);
const value = fc.oneof({ weight: 10, arbitrary: fc.uint8Array({ maxLength: 40 }) }, { weight: 1, arbitrary: fc.constantFrom(600, 5000, 262_143, 262_144, 262_145).map((length) => new Uint8Array(length).fill(length)) });
const stamp = fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { nil: undefined });
const row: fc.Arbitrary<SampleRow> = fc.record({ kind: fc.constantFrom("put", "put", "delete", "merge"), key, value, seq: fc.oneof(fc.bigInt({ min: 0n, max: 3n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })), createTs: stamp, expireTs: stamp })
  .map((one): SampleRow => (one.kind === "delete" ? { ...one, value: new Uint8Array(0) } : one));

/** Mostly sorted. */
const rows = fc.tuple(fc.array(row, { minLength: 1, maxLength: 40 }), fc.integer({ min: 0, max: 4 })).map(([all, swaps]) => {
  const sorted = all.sort((left, right) => Buffer.compare(left.key, right.key) || (left.seq < right.seq ? 1 : -1));
  for (let swap = 0; swap < swaps && swap + 1 < sorted.length; swap++) [sorted[swap * 3 % sorted.length], sorted[swap]] = [sorted[swap]!, sorted[swap * 3 % sorted.length]!];
  return sorted;
});

const rowCall = fc.tuple(row, fc.constantFrom("put", "delete", "merge", "add", "add")).map(([one, way]): Call => (writer) => {
  const times = one.createTs === undefined && one.expireTs === undefined ? undefined : { createTs: one.createTs, expireTs: one.expireTs };
  if (way === "add") return writer.add(asRow(one));
  return way === "delete" ? writer.delete(one.key, times) : writer[way](one.key, one.value, times);
});
const puts = fc.tuple(rows, stamp, stamp).map(([all, createTs, expireTs]) => all.map(({ key: one, value: other }): Call => (writer) => writer.put(one, other, createTs === undefined && expireTs === undefined ? undefined : { createTs, expireTs })));
const adds = rows.map((all) => all.map((one): Call => (writer) => writer.add(asRow(one))));
const columns = fc.tuple(rows, fc.nat(50), fc.nat(9)).map(([all, place, kind]): Call[] => {
  const batch = toColumns(all);
  if (kind > 7 && batch.kinds !== undefined) batch.kinds[place % all.length] = 7;
  return [(writer) => writer.writeColumns(batch)];
});

describe("kernel and TypeScript", () => {
  it("both run here", () => expect(hasKernel).toBe(true));

  it("agree on any calls: rows in and out of order, all kinds, all lengths, columns among them", async () => {
    const calls = fc.array(fc.oneof({ weight: 2, arbitrary: rowCall.map((call) => [call]) }, { weight: 3, arbitrary: puts }, { weight: 3, arbitrary: adds }, { weight: 4, arbitrary: columns }), { minLength: 1, maxLength: 6 }).map((lists) => lists.flat());
    await fc.assert(fc.asyncProperty(calls, config, expectSameRuns), { seed: 141, numRuns: 250 });
  });

  it.each(BLOCK_SIZES)("agree on many rows in order, with a block size of %i", async (blockSize) => {
    const samples = sampleRows(20_000, 142);
    const half = samples.slice(0, 10_000).map((one): Call => (writer) => writer.add(asRow(one)));
    await expectSameRuns([...half, (writer) => writer.writeColumns(toColumns(samples.slice(10_000)))], { blockSize, compression: "none" });
  });

  it("agree on the row that is one too many for the filter, in columns and alone", async () => {
    const rowsMax = 65_536;
    const samples = Array.from({ length: rowsMax + 10 }, (_, at): SampleRow => ({ kind: "put", key: bytesOf(String(at).padStart(6, "0")), value: new Uint8Array(0), seq: 0n, createTs: undefined, expireTs: undefined }));
    const limits = async (byKernel: boolean): Promise<{ refusals: string[]; rowCount: number }> => {
      const create = vi.spyOn(KernelRows, "create");
      if (!byKernel) create.mockReturnValue(undefined);
      // The filter would have half a gigabyte: nobody closes this.
      const writer = await SstWriter.create(new MemoryObjectStore(), PATH, { filterBitsPerKey: 65_535 });
      create.mockRestore();
      const refusals = [() => void writer.writeColumns(toColumns(samples)), () => void writer.put("999999", ""), () => void writer.writeColumns(toColumns(samples.slice(-3)))].map((call) => brief(thrownBy(call)));
      const { rowCount } = writer;
      await writer.abort();
      return { refusals, rowCount };
    };
    const [kernel, plain] = [await limits(true), await limits(false)];
    expect(kernel).toEqual(plain);
    expect(kernel.rowCount).toBe(rowsMax);
    expect(kernel.refusals.every((refusal) => refusal.includes("ERR_SST_LIMIT_FILTER"))).toBe(true);
    expect(kernel.refusals[0]).toContain(`"index":${rowsMax}`);
  });

  it("agree on rows of nothing but a key of a byte or two: as many as a block can hold", async () => {
    const keys = Array.from({ length: 65_536 }, (_, at) => Uint8Array.of(at >>> 8, at & 0xff));
    for (const blockSize of [1024, 65_536] as const) {
      const samples = keys.map((one): SampleRow => ({ kind: "put", key: one, value: new Uint8Array(0), seq: 0n, createTs: undefined, expireTs: undefined }));
      await expectSameRuns([(writer) => writer.writeColumns(toColumns(samples))], { blockSize, compression: "none" });
      await expectSameRuns([(writer) => { for (const one of keys) void writer.put(one, ""); return undefined; }], { blockSize, compression: "none" });
    }
  });
});
