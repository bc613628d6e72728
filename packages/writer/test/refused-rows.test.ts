// A refused row changes nothing: whatever is refused and for whichever reason, the file is that of the other rows.
import { KEY_BYTES_MAX, SEQ_MAX, VALUE_BYTES_MAX } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Row, SstWriter, type SstWriterConfig } from "../src/index.js";
import { asRow, expectSameBytes, PATH, type SampleRow, rejectionOf, sampleRows, thrownBy, writeSamples, writeSst } from "./sample-rows.js";

interface Refusal {
  readonly code: string;
  /** A row that is refused behind `last`, or instead of `next`. */
  row(last: SampleRow, next: SampleRow): Row;
}

/** An array that tells another length than it has: one after the other, the last one from then on. */
const telling = (bytes: Uint8Array, ...lengths: unknown[]): Uint8Array => Object.defineProperty(bytes, "length", { get: () => (lengths.length > 1 ? lengths.shift() : lengths[0]) });
const hugeValue = telling(new Uint8Array(1), VALUE_BYTES_MAX + 1);
const wrong = (row: object): Row => row as unknown as Row;

/** Every reason for which a row is refused, whatever the configuration. */
const refusals: Readonly<Record<string, Refusal>> = {
  "no row": { code: "ERR_SST_ROW_TYPE", row: () => wrong([]) },
  "key of a wrong type": { code: "ERR_SST_ROW_TYPE", row: (_, next) => wrong({ ...asRow(next), key: 5 }) },
  "value of a wrong type": { code: "ERR_SST_ROW_TYPE", row: (_, next) => wrong({ key: next.key, value: {} }) },
  "put without a value": { code: "ERR_SST_ROW_TYPE", row: (_, next) => wrong({ key: next.key }) },
  "tombstone with a value": { code: "ERR_SST_ROW_TYPE", row: (_, next) => wrong({ kind: "delete", key: next.key, value: "v" }) },
  "unknown kind": { code: "ERR_SST_ROW_TYPE", row: (_, next) => wrong({ ...asRow(next), kind: "upsert" }) },
  "lone surrogate in the key": { code: "ERR_SST_STRING_NOT_UTF8", row: () => ({ key: "zz\ud800", value: "v" }) },
  "lone surrogate in the value": { code: "ERR_SST_STRING_NOT_UTF8", row: (_, next) => ({ key: next.key, value: "\udfff" }) },
  "empty key": { code: "ERR_SST_KEY_EMPTY", row: (_, next) => ({ ...asRow(next), key: "" }) },
  "key too long": { code: "ERR_SST_KEY_TOO_LONG", row: () => ({ key: new Uint8Array(KEY_BYTES_MAX + 1).fill(0xff), value: "v" }) },
  "value too long": { code: "ERR_SST_VALUE_TOO_LONG", row: (_, next) => ({ key: next.key, value: hugeValue }) },
  "key that is a Proxy": { code: "ERR_SST_ROW_TYPE", row: (_, next) => ({ ...asRow(next), key: new Proxy(next.key, {}) }) },
  "value that only has the prototype": { code: "ERR_SST_ROW_TYPE", row: (_, next) => wrong({ key: next.key, value: Object.create(Uint8Array.prototype) }) },
  "key whose length is no number": { code: "ERR_SST_KEY_TOO_LONG", row: (_, next) => ({ ...asRow(next), key: telling(new Uint8Array(20).fill(0xff), Number.NaN) }) },
  "value whose length is negative": { code: "ERR_SST_VALUE_TOO_LONG", row: (_, next) => ({ key: next.key, value: telling(new Uint8Array(20), -5) }) },
  "seq of a wrong type": { code: "ERR_SST_ROW_TYPE", row: (_, next) => wrong({ ...asRow(next), seq: 1 }) },
  "seq out of range": { code: "ERR_SST_SEQ_RANGE", row: (_, next) => ({ ...asRow(next), seq: SEQ_MAX + 1n }) },
  "expireTs of a wrong type": { code: "ERR_SST_ROW_TYPE", row: (_, next) => wrong({ ...asRow(next), expireTs: "1" }) },
  "createTs of a wrong type": { code: "ERR_SST_ROW_TYPE", row: (_, next) => wrong({ ...asRow(next), expireTs: 1, createTs: null }) },
  "expireTs out of range": { code: "ERR_SST_TIMESTAMP_RANGE", row: (_, next) => ({ ...asRow(next), expireTs: 1n << 63n }) },
  "createTs out of range": { code: "ERR_SST_TIMESTAMP_RANGE", row: (_, next) => ({ ...asRow(next), createTs: 0.1 }) },
  "smaller key": { code: "ERR_SST_ROW_ORDER", row: (last) => ({ key: last.key.subarray(0, -1), value: "v", seq: 5n }) },
  "much smaller key": { code: "ERR_SST_ROW_ORDER", row: () => ({ key: "\u0000", value: new Uint8Array(3000) }) },
  "version that is newer": { code: "ERR_SST_ROW_ORDER", row: (last) => ({ key: last.key, value: "v", seq: last.seq + 1n }) },
};
const duplicate: Refusal = { code: "ERR_SST_ROW_DUPLICATE", row: (last) => ({ key: last.key, value: "again", seq: last.seq }) };

const configs: readonly SstWriterConfig[] = [
  {}, { formatVersion: 1, blockSize: 1024 }, { compression: "lz4", blockSize: 1024, verifyBlocks: true }, { onDuplicate: "keepLast", blockSize: 1024 },
  { onDuplicate: "keepFirst", transform: { encode: (bytes) => bytes.slice().reverse() } }, { partSize: 1024, filterFormat: "composite" },
];
const samples = sampleRows(120, 91);

describe("a refused row", () => {
  const names = [...Object.keys(refusals), "duplicate"];

  it.each(names)("%s: has its code and its ordinal, and the writer goes on", async (name) => {
    const refusal = refusals[name] ?? duplicate;
    const store = new MemoryObjectStore();
    const writer = await SstWriter.create(store, PATH);
    const [last, next] = [samples[10]!, samples[11]!];
    void writer.add(asRow(last));
    const estimate = writer.estimatedSize();
    for (let ordinal = 1; ordinal < 4; ordinal++) {
      const error = thrownBy(() => writer.add(refusal.row(last, next)));
      expect(error).toMatchObject({ code: refusal.code, details: { ordinal } });
      expect((error as Error).message).toMatch(new RegExp(`^row ${ordinal}\\b`));
      expect([writer.rowCount, writer.state, writer.estimatedSize()]).toEqual([1, "writing", estimate]);
    }
    void writer.add(asRow(next));
    await writer.close();
    expectSameBytes(await store.get(PATH), (await writeSamples([last, next])).bytes);
  });

  it("may be the first row offered", async () => {
    for (const refusal of Object.values(refusals).filter(({ code }) => code !== "ERR_SST_ROW_ORDER")) {
      await using writer = await SstWriter.create(new MemoryObjectStore(), PATH);
      expect(thrownBy(() => writer.add(refusal.row(samples[0]!, samples[1]!)))).toMatchObject({ code: refusal.code });
      expect([writer.rowCount, writer.estimatedSize()]).toEqual([0, 0]);
      await expect(writer.close()).rejects.toMatchObject({ code: "ERR_SST_EMPTY" });
    }
  });

  it("anywhere, any number of them, in any configuration: the same file and metadata, and ordinals that count every row offered", async () => {
    const sprinkled = fc.array(fc.tuple(fc.nat(samples.length - 1), fc.constantFrom(...Object.keys(refusals))), { maxLength: 40 });
    const expected = await Promise.all(configs.map((config) => writeSamples(samples, { minFilterKeys: 100, ...config })));
    await fc.assert(fc.asyncProperty(fc.nat(configs.length - 1), sprinkled, async (which, places) => {
      const store = new MemoryObjectStore();
      const writer = await SstWriter.create(store, PATH, { minFilterKeys: 100, ...configs[which] });
      let ordinal = 0;
      for (const [at, sample] of samples.entries()) {
        for (const [, name] of places.filter(([place]) => place === at && at > 0)) {
          const refusal = refusals[name]!;
          expect(thrownBy(() => writer.add(refusal.row(samples[at - 1]!, sample)))).toMatchObject({ code: refusal.code, details: { ordinal: ordinal++ } });
        }
        const wait = writer.add(asRow(sample));
        ordinal++;
        if (wait !== undefined) await wait;
      }
      const metadata = await writer.close();
      expectSameBytes(await store.get(PATH), expected[which]!.bytes);
      expect({ ...metadata, store: "", etag: "" }).toEqual({ ...expected[which]!.metadata, store: "", etag: "" });
    }), { seed: 92, numRuns: 60 });
  });

  it("dropped duplicates count as offered, too", async () => {
    await using writer = await SstWriter.create(new MemoryObjectStore(), PATH, { onDuplicate: "keepLast" });
    void writer.put("b", "1");
    void writer.put("b", "2");
    void writer.put("b", "3");
    expect(thrownBy(() => writer.put("a", ""))).toMatchObject({ details: { ordinal: 3 } });
    expect(thrownBy(() => writer.put("a", ""))).toMatchObject({ details: { ordinal: 4 } });
    expect(writer.rowCount).toBe(1);
  });
});

describe("an array that tells another length than it has", () => {
  it.each(configs)("is refused, or gives as many bytes as it first told, and writes over nothing else: %o", async (config) => {
    const store = new MemoryObjectStore();
    const writer = await SstWriter.create(store, PATH, config);
    const kept: Row[] = [];
    const value = (length: number): Uint8Array => new Uint8Array(length).fill(0xab);
    const lies: readonly (() => Uint8Array)[] = [
      () => telling(value(100), 20), () => telling(value(20), 20, 4_000_000_000), () => telling(value(20), Number.NaN),
      () => telling(value(20), -5), () => telling(value(20), "20"), () => telling(value(20), 3.5), () => telling(value(20), 20, -5, 2 ** 32 - 1), () => new Proxy(value(20), {}),
      // Last: rows without the kernel have no room of their own, and the writer fails.
      () => telling(value(2_000_000), 20),
    ];
    for (let at = 0; at < 400; at++) {
      const key = Uint8Array.of(at >> 8, at & 0xff);
      // Twice, since rows that are like the one before go another way.
      const lie = at % 8 < 4 ? undefined : lies[(at >> 3) % lies.length]!();
      const row = { key, value: lie ?? value(at % 50) };
      try {
        void writer.put(row.key, row.value);
        kept.push(lie === undefined ? row : { key, value: value(20) });
      } catch {
        expect(lie).toBeDefined();
        if (writer.state !== "writing") break;
      }
    }
    if (writer.state === "writing") {
      await writer.close();
      expectSameBytes(await store.get(PATH), (await writeSst(kept, config)).bytes);
    } else expect(await rejectionOf(writer.close())).toBeInstanceOf(Error);
    await writer.abort();
  });
});
