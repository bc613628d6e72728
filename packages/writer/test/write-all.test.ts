// writeAll: any iterable or async iterable of rows; what was written before a refused row stays, and the source is closed.
import { isSstError, SstError, SstTypeError } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { FailingObjectStore } from "@slate-sst/object-store/testing";
import { describe, expect, it } from "vitest";
import { type Row, SstWriter } from "../src/index.js";
import { asRow, bytesOf, expectSameBytes, PATH, rejectionOf, sampleRows, writeSamples } from "./sample-rows.js";

const samples = sampleRows(300, 17);
const rows = samples.map(asRow);

/** A source that tells whether its consumer closed it. */
class Source implements Iterable<Row>, AsyncIterable<Row> {
  taken = 0;
  closed = 0;
  readonly #rows: readonly Row[];
  readonly #kind: "sync" | "async";

  constructor(given: readonly Row[], kind: "sync" | "async") {
    this.#rows = given;
    this.#kind = kind;
    if (kind === "sync") Object.defineProperty(this, Symbol.asyncIterator, { value: undefined });
  }

  *[Symbol.iterator](): Generator<Row, void, undefined> {
    if (this.#kind === "async") throw new Error("an async source is not read as a sync one");
    yield* this.#walk();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Row, void, undefined> {
    for (const row of this.#walk()) yield await Promise.resolve(row);
  }

  *#walk(): Generator<Row, void, undefined> {
    try {
      for (const row of this.#rows) {
        this.taken++;
        yield row;
      }
    } finally {
      this.closed++;
    }
  }
}

async function written(source: Iterable<Row> | AsyncIterable<Row>): Promise<Uint8Array> {
  const store = new MemoryObjectStore();
  await using writer = await SstWriter.create(store, PATH);
  await writer.writeAll(source);
  await writer.close();
  return store.get(PATH);
}

describe("sources", () => {
  it("arrays, sets, generators, iterators, async generators and streams give the same file as add()", async () => {
    const { bytes } = await writeSamples(samples);
    const generate = function* (): Generator<Row> { yield* rows; };
    const generateLater = async function* (): AsyncGenerator<Row> { yield* rows; };
    const sources = [rows, new Set(rows), generate(), rows.values(), generateLater(), new Source(rows, "async"), new Source(rows, "sync"), new ReadableStream<Row>({
      start: (controller) => {
        for (const row of rows) controller.enqueue(row);
        controller.close();
      },
    })];
    for (const source of sources) expectSameBytes(await written(source), bytes);
  });

  it("may come one after the other, mixed with single rows, and be empty", async () => {
    const store = new MemoryObjectStore();
    const writer = await SstWriter.create(store, PATH);
    await writer.writeAll([]);
    await writer.writeAll(rows.slice(0, 100));
    void writer.add(rows[100]!);
    await writer.writeAll(new Source(rows.slice(101), "async"));
    await writer.writeAll(new Source([], "async"));
    await writer.close();
    expectSameBytes(await store.get(PATH), (await writeSamples(samples)).bytes);
  });

  it.each([undefined, null, 5, {}, "text", () => rows])("%o is no source", async (source) => {
    await using writer = await SstWriter.create(new MemoryObjectStore(), PATH);
    expect(await rejectionOf(writer.writeAll(source as Row[]))).toMatchObject({ code: "ERR_SST_ROW_TYPE", name: "SstTypeError" });
    expect(writer.rowCount).toBe(0);
  });
});

describe.each(["sync", "async"] as const)("a refused row of a source that is %s", (kind) => {
  it.each([0, 1, 57, 299])("at %i: rows before it stay, the error knows its place, the source is closed, and writing goes on", async (at) => {
    const store = new MemoryObjectStore();
    const writer = await SstWriter.create(store, PATH);
    expect(() => writer.put("", "refused before")).toThrow("empty");
    const source = new Source(rows.toSpliced(at, 0, { key: "", value: "" }), kind);
    const error = await rejectionOf(writer.writeAll(source));
    expect(error).toBeInstanceOf(SstError);
    expect(error).toMatchObject({ code: "ERR_SST_KEY_EMPTY", details: { index: at, ordinal: at + 1 } });
    expect(isSstError((error as SstError).cause, "ERR_SST_KEY_EMPTY")).toBe(true);
    expect([source.taken, source.closed, writer.rowCount, writer.state]).toEqual([at + 1, 1, at, "writing"]);
    await writer.writeAll(rows.slice(at));
    await writer.close();
    expectSameBytes(await store.get(PATH), (await writeSamples(samples)).bytes);
  });

  it("keeps the class and the details of the refusal", async () => {
    await using writer = await SstWriter.create(new MemoryObjectStore(), PATH);
    const type = await rejectionOf(writer.writeAll(new Source([{ key: "k" } as Row], kind)));
    expect(type).toBeInstanceOf(SstTypeError);
    expect(type).toMatchObject({ code: "ERR_SST_ROW_TYPE", details: { index: 0, ordinal: 0, field: "value" } });
    const order = await rejectionOf(writer.writeAll(new Source([{ key: "b", value: "" }, { key: "a", value: "" }], kind)));
    expect(order).toMatchObject({ code: "ERR_SST_ROW_ORDER", details: { index: 1, ordinal: 2, previousKey: bytesOf("b"), key: bytesOf("a") } });
  });

  it("an error of the source itself comes through as it is, and rows before it stay", async () => {
    await using writer = await SstWriter.create(new MemoryObjectStore(), PATH);
    const failure = new Error("the source broke");
    const broken = function* (): Generator<Row> {
      yield { key: "a", value: "" };
      throw failure;
    };
    const brokenLater = async function* (): AsyncGenerator<Row> { yield* broken(); };
    expect(await rejectionOf(writer.writeAll(kind === "sync" ? broken() : brokenLater()))).toBe(failure);
    expect([writer.rowCount, writer.state]).toEqual([1, "writing"]);
  });

  it("so does an error that a row itself throws", async () => {
    await using writer = await SstWriter.create(new MemoryObjectStore(), PATH);
    const failure = new Error("no key yet");
    const lazy = Object.defineProperty({ value: "v" }, "key", { get: () => { throw failure; } }) as Row;
    const source = new Source([{ key: "a", value: "" }, lazy], kind);
    expect(await rejectionOf(writer.writeAll(source))).toBe(failure);
    expect([writer.rowCount, writer.state, source.closed]).toEqual([1, "writing", 1]);
  });

  it("a failure of the store is no refusal: it comes as it is, closes the source and sticks", async () => {
    const store = new FailingObjectStore(new MemoryObjectStore(), { method: "uploadPart", call: 2, when: "before" });
    await using writer = await SstWriter.create(store, PATH, { partSize: 1024, blockSize: 1024, maxPartsInFlight: 1 });
    const source = new Source(sampleRows(2000, 3).map(asRow), kind);
    const error = await rejectionOf(writer.writeAll(source));
    expect(error).toMatchObject({ code: "ERR_SST_WRITE", details: { path: PATH, storeCode: "ERR_STORE_FAILED" } });
    expect((error as SstError).details["index"]).toBeUndefined();
    expect([source.closed, writer.state]).toEqual([1, "failed"]);
    expect(source.taken).toBeLessThan(2000);
    expect(await rejectionOf(writer.writeAll(rows))).toBe(error);
    expect(await rejectionOf(writer.close())).toBe(error);
  });
});
