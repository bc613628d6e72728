// A refused row in columns: those before it stay, the error says which one it is, and the writer goes on as if it had not been there.
import { KEY_BYTES_MAX } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RowColumns, SstWriter, type SstWriterConfig } from "../src/index.js";
import { columnShape, type ColumnShape, PLAIN_SHAPE, toColumns } from "./column-rows.js";
import { asRow, bytesOf, expectSameBytes, PATH, rejectionOf, type SampleRow, sampleRows, thrownBy, writeSamples } from "./sample-rows.js";

/** Rows of a piece of the kernel's memory. */
const PIECE_ROWS = 2048;

interface Refusal {
  readonly code: string;
  /** The row that is refused behind `last`. */
  readonly row: (last: SampleRow) => SampleRow;
  /** A kind that is none, which rows of tests cannot have. */
  readonly kind?: number;
}

const refusals: Readonly<Record<string, Refusal>> = {
  "out of order": { code: "ERR_SST_ROW_ORDER", row: (last) => ({ ...last, kind: "put", key: last.key.slice(0, -1), value: bytesOf("v") }) },
  "far out of order": { code: "ERR_SST_ROW_ORDER", row: (last) => ({ ...last, kind: "merge", key: bytesOf("\0"), value: bytesOf("v") }) },
  "duplicate": { code: "ERR_SST_ROW_DUPLICATE", row: (last) => ({ ...last, kind: "put", value: bytesOf("again") }) },
  "version older than the one before": { code: "ERR_SST_ROW_ORDER", row: (last) => ({ ...last, seq: last.seq + 1n }) },
  "empty key": { code: "ERR_SST_KEY_EMPTY", row: (last) => ({ ...last, key: bytesOf("") }) },
  "key too long": { code: "ERR_SST_KEY_TOO_LONG", row: (last) => ({ ...last, key: new Uint8Array(KEY_BYTES_MAX + 1).fill(0xff) }) },
  "key far too long": { code: "ERR_SST_KEY_TOO_LONG", row: (last) => ({ ...last, key: new Uint8Array(3 * KEY_BYTES_MAX).fill(0xff) }) },
  "tombstone with a value": { code: "ERR_SST_ROW_TYPE", row: (last) => ({ ...last, kind: "delete", key: Uint8Array.of(...last.key, 1), value: bytesOf("v") }) },
  "kind 3": { code: "ERR_SST_ROW_TYPE", kind: 3, row: (last) => ({ ...last, key: Uint8Array.of(...last.key, 1) }) },
  "kind 255": { code: "ERR_SST_ROW_TYPE", kind: 255, row: (last) => ({ ...last, key: Uint8Array.of(...last.key, 1) }) },
};
const names = Object.keys(refusals);

const configs: readonly SstWriterConfig[] = [
  {}, { blockSize: 65536, minFilterKeys: 1 }, { partSize: 1024, blockSize: 1024 }, { compression: "lz4" }, { formatVersion: 1, blockSize: 1024 }, { verifyBlocks: true },
  { transform: { encode: (bytes) => bytes.slice().reverse() } }, { filter: false, filterFormat: "composite" },
];

/** Columns of these rows, and a refused one among them. */
function withRefused(rows: readonly SampleRow[], at: number, last: SampleRow, { row, kind }: Refusal, shape: ColumnShape = PLAIN_SHAPE): RowColumns {
  const columns = toColumns([...rows.slice(0, at), row(last), ...rows.slice(at)], kind === undefined ? shape : { ...shape, isShort: false });
  if (kind !== undefined) columns.kinds![at] = kind;
  return columns;
}

async function refusalOf(writer: SstWriter, columns: RowColumns): Promise<unknown> {
  return rejectionOf((async () => writer.writeColumns(columns))());
}

const before = sampleRows(3, 120).map((row) => ({ ...row, key: bytesOf(`a${new TextDecoder().decode(row.key)}`) }));
const samples = sampleRows(PIECE_ROWS + 200, 121);

describe("a refused row", () => {
  it.each(names.flatMap((name) => configs.map((config) => [name, config] as const)))("%s: anywhere in a call and in a piece of it, with %o", async (name, config) => {
    const refusal = refusals[name]!;
    const places = [0, 1, PIECE_ROWS - 1, PIECE_ROWS, PIECE_ROWS + 1, samples.length - 1, samples.length];
    const expected = await writeSamples([...before, ...samples], config);
    for (const at of config === configs[0] ? places : places.filter((_, place) => place % 3 === 0)) {
      const store = new MemoryObjectStore();
      const writer = await SstWriter.create(store, PATH, config);
      for (const row of before) await writer.add(asRow(row));
      const columns = withRefused(samples, at, samples[at - 1] ?? before.at(-1)!, refusal);
      const error = await refusalOf(writer, columns);
      expect(error).toMatchObject({ code: refusal.code, details: { index: at, ordinal: before.length + at } });
      expect((error as Error).message).toMatch(new RegExp(`^row ${before.length + at}\\b`));
      expect([writer.rowCount, writer.state]).toEqual([before.length + at, "writing"]);
      if (at < samples.length) await writer.writeColumns(toColumns(samples.slice(at)));
      const metadata = await writer.close();
      expectSameBytes(await store.get(PATH), expected.bytes);
      expect({ ...metadata, store: "", etag: "" }).toEqual({ ...expected.metadata, store: "", etag: "" });
    }
  });

  it.each(names.filter((name) => refusals[name]!.kind === undefined))("%s: the error is the one that writeAll() gives", async (name) => {
    for (const config of configs) {
      const columnWriter = await SstWriter.create(new MemoryObjectStore(), PATH, config);
      const rowWriter = await SstWriter.create(new MemoryObjectStore(), PATH, config);
      const at = 700;
      const refused = refusals[name]!.row(samples[at - 1]!);
      const actual = await refusalOf(columnWriter, toColumns([...samples.slice(0, at), refused])) as Error & { details: object };
      const row = refused.kind === "delete" && refused.value.length > 0 ? { ...refused, createTs: undefined } : asRow(refused);
      const expected = await rejectionOf(rowWriter.writeAll([...samples.slice(0, at).map(asRow), row as never])) as Error & { details: object };
      expect([actual.constructor, actual.message, actual.details]).toEqual([expected.constructor, expected.message, expected.details]);
      await columnWriter.abort();
      await rowWriter.abort();
    }
  });

  it("is thrown by the call itself when there was nothing to wait for", async () => {
    const writer = await SstWriter.create(new MemoryObjectStore(), PATH);
    expect(thrownBy(() => void writer.writeColumns(withRefused(samples, 50, samples[49]!, refusals["duplicate"]!)))).toMatchObject({ code: "ERR_SST_ROW_DUPLICATE" });
    await writer.abort();
  });

  it("may be the first of all", async () => {
    const first = samples[0]!;
    for (const name of names.filter((one) => !/order|duplicate|version/.test(one))) {
      const store = new MemoryObjectStore();
      const writer = await SstWriter.create(store, PATH);
      expect(await refusalOf(writer, withRefused(samples, 0, first, refusals[name]!))).toMatchObject({ code: refusals[name]!.code, details: { index: 0, ordinal: 0 } });
      expect([writer.rowCount, writer.estimatedSize()]).toEqual([0, 0]);
      await writer.writeColumns(toColumns(samples));
      await writer.close();
      expectSameBytes(await store.get(PATH), (await writeSamples(samples)).bytes);
    }
  });

  it("of any number, anywhere, among calls of any length: the same file, and ordinals that count every row offered", async () => {
    const sprinkled = fc.array(fc.tuple(fc.integer({ min: 1, max: samples.length - 1 }), fc.constantFrom(...names)), { maxLength: 12 });
    const expected = await Promise.all(configs.map((config) => writeSamples(samples, config)));
    await fc.assert(fc.asyncProperty(fc.nat(configs.length - 1), sprinkled, columnShape, async (which, places, shape) => {
      const store = new MemoryObjectStore();
      const writer = await SstWriter.create(store, PATH, configs[which]);
      let from = 0;
      let refused = 0;
      for (const [at, name] of places.sort(([one], [other]) => one - other)) {
        const columns = withRefused(samples.slice(from), at - from, samples[at - 1]!, refusals[name]!, shape);
        expect(await refusalOf(writer, columns)).toMatchObject({ code: refusals[name]!.code, details: { index: at - from, ordinal: at + refused } });
        refused++;
        from = at;
      }
      await writer.writeColumns(toColumns(samples.slice(from), shape));
      await writer.close();
      expectSameBytes(await store.get(PATH), expected[which]!.bytes);
    }), { seed: 122, numRuns: 40 });
  });
});
