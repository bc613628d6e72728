// onDuplicate: what an equal key means, within a block, across the border of blocks, at the end, and with versions.
import { MemoryObjectStore } from "@slate-sst/object-store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DuplicatePolicy, type Row, SstWriter, type SstWriterConfig } from "../src/index.js";
import { asRow, bytesOf, expectSameBytes, lines, numbers, PATH, type SampleRow, sampleRows, thrownBy, writeSamples, writeSst } from "./sample-rows.js";
import { readSst } from "./sst-file.js";

const put = (key: string, value: string, more: Partial<SampleRow> = {}): SampleRow => ({ kind: "put", key: bytesOf(key), value: bytesOf(value), seq: 0n, createTs: undefined, expireTs: undefined, ...more });

/** Rows with a run of one to four rows where `rows` has one: same key and sequence number, anything else may differ. */
function repeated(rows: readonly SampleRow[], seed: number): SampleRow[][] {
  const next = numbers(seed);
  return rows.map((row) => {
    const run = [row];
    for (let more = next(3) === 0 ? next(4) : 0; more > 0; more--) {
      const kind = (["put", "delete", "merge"] as const)[next(3)]!;
      const value = new Uint8Array(kind === "delete" ? 0 : next(5) === 0 ? 900 : next(40)).fill(more);
      run.push({ ...row, kind, value, createTs: next(2) === 0 ? undefined : BigInt(next(99)), expireTs: next(2) === 0 ? undefined : BigInt(-next(99)) });
    }
    return run;
  });
}

async function outcome(rows: readonly SampleRow[], config: SstWriterConfig): Promise<{ bytes: Uint8Array; rowCount: number }> {
  const { bytes, writer } = await writeSamples(rows, config);
  return { bytes, rowCount: writer.rowCount };
}

describe("error", () => {
  it("is what happens unless asked otherwise, and the row written first stays", async () => {
    for (const onDuplicate of [undefined, "error"] as const) {
      const store = new MemoryObjectStore();
      const writer = await SstWriter.create(store, PATH, { ...(onDuplicate && { onDuplicate }) });
      void writer.put("a", "first");
      expect(thrownBy(() => writer.put("a", "second"))).toMatchObject({ code: "ERR_SST_ROW_DUPLICATE", details: { ordinal: 1 } });
      expect(thrownBy(() => writer.delete("a"))).toMatchObject({ code: "ERR_SST_ROW_DUPLICATE", details: { ordinal: 2 } });
      void writer.put("b", "third");
      await writer.close();
      expect(lines((await readSst(await store.get(PATH))).rows)).toEqual(lines([put("a", "first"), put("b", "third")]));
    }
  });
});

describe.each([["keepFirst", 0], ["keepLast", -1]] as const)("%s", (onDuplicate, kept) => {
  it.each([1, 2] as const)("V%i: the file is the one of the rows kept, whatever kinds, timestamps and sizes the others have", async (formatVersion) => {
    for (const [seed, blockSize] of [[1, 1024], [2, 1024], [3, 4096], [4, 65_536]] as const) {
      const runs = repeated(sampleRows(400, seed), seed + 50);
      const config: SstWriterConfig = { formatVersion, blockSize, minFilterKeys: 1, verifyBlocks: true };
      const expected = await outcome(runs.map((run) => run.at(kept)!), config);
      const actual = await outcome(runs.flat(), { ...config, onDuplicate });
      expectSameBytes(actual.bytes, expected.bytes);
      expect(actual.rowCount).toBe(400);
    }
  });

  it("at the border of blocks: the row that would not fit any more decides where it goes", async () => {
    for (let fill = 900; fill < 1024; fill++) {
      const runs = [[put("a", "x".repeat(fill))], [put("b", "short"), put("b", "y".repeat(60)), put("b", "")], [put("c", "z"), put("c", "z".repeat(2000))]];
      const config: SstWriterConfig = { blockSize: 1024, partSize: 1024 };
      const expected = await outcome(runs.map((run) => run.at(kept)!), config);
      expectSameBytes((await outcome(runs.flat(), { ...config, onDuplicate })).bytes, expected.bytes);
    }
  });

  it("as the only key, and as the last one", async () => {
    const same = [put("k", "1"), put("k", "2"), put("k", "3", { kind: "delete", value: new Uint8Array(0) })];
    expect(lines((await readSst((await outcome(same, { onDuplicate })).bytes)).rows)).toEqual(lines([same.at(kept)!]));
    const ending = [put("a", "0"), ...same];
    expect(lines((await readSst((await outcome(ending, { onDuplicate })).bytes)).rows)).toEqual(lines([ending[0]!, same.at(kept)!]));
  });

  it("with versions: a lower sequence number is an older version, an equal one a duplicate, a higher one refused", async () => {
    const store = new MemoryObjectStore();
    const writer = await SstWriter.create(store, PATH, { onDuplicate });
    const offered = [put("k", "new", { seq: 9n }), put("k", "new again", { seq: 9n }), put("k", "old", { seq: 3n }), put("k", "old again", { seq: 3n })];
    for (const row of offered) void writer.add(asRow(row));
    expect(thrownBy(() => writer.add(asRow(put("k", "newer", { seq: 4n }))))).toMatchObject({ code: "ERR_SST_ROW_ORDER", details: { seq: 4n, previousSeq: 3n, ordinal: 4 } });
    expect(thrownBy(() => writer.put("j", "before"))).toMatchObject({ code: "ERR_SST_ROW_ORDER", details: { previousKey: bytesOf("k"), ordinal: 5 } });
    void writer.add(asRow(put("k", "oldest", { seq: 0n })));
    await writer.close();
    const found = (await readSst(await store.get(PATH))).rows.map(({ seq, value }) => [seq, new TextDecoder().decode(value)]);
    expect(found).toEqual(onDuplicate === "keepFirst" ? [[9n, "new"], [3n, "old"], [0n, "oldest"]] : [[9n, "new again"], [3n, "old again"], [0n, "oldest"]]);
  });

  it("gives the metadata of the rows kept", async () => {
    const runs = repeated(sampleRows(300, 8), 9);
    const expected = await writeSamples(runs.map((run) => run.at(kept)!), { minFilterKeys: 300, digest: "sha256" });
    const actual = await writeSamples(runs.flat(), { minFilterKeys: 300, digest: "sha256", onDuplicate });
    expect({ ...actual.metadata, store: "", etag: "" }).toEqual({ ...expected.metadata, store: "", etag: "" });
  });

  it("a refused row between equal ones is not in the way", async () => {
    const store = new MemoryObjectStore();
    const writer = await SstWriter.create(store, PATH, { onDuplicate });
    void writer.put("k", "1");
    expect(() => writer.put("k", undefined as unknown as string)).toThrow("a value is");
    expect(() => writer.put("", "2")).toThrow("empty");
    expect(() => writer.put("k", "2", { expireTs: 0.5 })).toThrow("expireTs");
    void writer.put("k", "3");
    await writer.close();
    expect(lines((await readSst(await store.get(PATH))).rows)).toEqual(lines([put("k", onDuplicate === "keepFirst" ? "1" : "3")]));
  });
});

describe("any rows under any policy", () => {
  it("give what a list kept by hand gives", async () => {
    const row = fc.record({ key: fc.constantFrom("a", "aa", "b", "c"), seq: fc.bigInt(0n, 2n), value: fc.integer({ min: 0, max: 700 }).map((length) => "v".repeat(length)) });
    await fc.assert(fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 25 }), fc.constantFrom<DuplicatePolicy>("error", "keepFirst", "keepLast"), async (offered, onDuplicate) => {
      const store = new MemoryObjectStore();
      const writer = await SstWriter.create(store, PATH, { onDuplicate, blockSize: 1024, partSize: 1024 });
      const kept: Row[] = [];
      for (const one of offered) {
        const last = kept.at(-1) as typeof one | undefined;
        const isDuplicate = last?.key === one.key && last.seq === one.seq;
        const isNext = last === undefined || last.key < one.key || (last.key === one.key && last.seq > one.seq);
        if (isNext || (isDuplicate && onDuplicate !== "error")) void writer.add(one);
        else expect(() => writer.add(one)).toThrow("Rows must ascend");
        if (isNext) kept.push(one);
        else if (isDuplicate && onDuplicate === "keepLast") kept[kept.length - 1] = one;
      }
      expect(writer.rowCount).toBe(kept.length);
      await writer.close();
      expectSameBytes(await store.get(PATH), (await writeSst(kept, { blockSize: 1024, partSize: 1024 })).bytes);
    }), { seed: 81, numRuns: 150 });
  });
});
