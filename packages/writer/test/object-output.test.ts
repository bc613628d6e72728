// The bytes of one object by themselves: where they lie, when they leave, what callers wait for, and what becomes of failures.
import { SstError } from "@slate-sst/format";
import { MEMORY_CAPABILITIES, MemoryObjectStore, type ObjectStore, type UploadCapabilities } from "@slate-sst/object-store";
import { FailingObjectStore, RecordingObjectStore } from "@slate-sst/object-store/testing";
import { describe, expect, it } from "vitest";
import { ObjectOutput, type ObjectOutputOptions } from "../src/object-output.js";
import { GatedObjectStore } from "./gated-object-store.js";
import { expectSameBytes, objectsOf, PATH, rejectionOf, thrownBy, uploadsOf } from "./sample-rows.js";

const PART = 1000;
const MIB = 1024 * 1024;
const bytes = (length: number, first = 0): Uint8Array => Uint8Array.from({ length }, (_, at) => first + at);

function open(store: ObjectStore = new MemoryObjectStore(), options: Partial<ObjectOutputOptions> = {}) {
  const failures: Error[] = [];
  const waits: boolean[] = [];
  const left: Uint8Array[] = [];
  const output = new ObjectOutput(store, PATH, {
    mode: "create", partSize: PART, maxPartsInFlight: 1, signal: new AbortController().signal, onLeave: (part) => void left.push(part.slice()), onWaiting: (isWaiting) => void waits.push(isWaiting),
    onFailure: (error) => void failures.push(error), ...options,
  });
  return { output, failures, waits, left };
}
const isPending = async (promise: Promise<unknown>): Promise<boolean> => await Promise.race([promise.then(() => false), new Promise<boolean>((resolve) => setImmediate(() => resolve(true)))]);
const withUploads = (changes: Partial<UploadCapabilities>): MemoryObjectStore => new MemoryObjectStore({ capabilities: { ...MEMORY_CAPABILITIES, uploads: { ...MEMORY_CAPABILITIES.uploads!, ...changes } } });

describe("the bytes of an object", () => {
  it("leave as equal parts as soon as there are some, each seen once, and the rest at the end", async () => {
    const store = new RecordingObjectStore(new MemoryObjectStore());
    const { output, left } = open(store, { maxPartsInFlight: 8 });
    const whole = bytes(3456);
    expect([output.position, output.at, output.base]).toEqual([0, 0, 0]);
    for (const [from, to, base] of [[0, 999, 0], [999, 1000, 1000], [1000, 1001, 1000], [1001, 3400, 3000], [3400, 3456, 3000]] as const) {
      output.append(whole.subarray(from, to));
      expect(output.drain()).toBeUndefined();
      expect([output.position, output.base, output.at]).toEqual([to, base, to - base]);
    }
    await output.finish();
    expectSameBytes(await store.get(PATH), whole);
    expect(left.map(({ length }) => length)).toEqual([1000, 1000, 1000, 456]);
    expectSameBytes(Buffer.concat(left), whole);
    expect(store.calls("uploadPart").map(({ partNumber }) => partNumber)).toEqual([1, 2, 3, 4]);
  });

  it("are one put where they are fewer, and end with a part where they end with one", async () => {
    const store = new RecordingObjectStore(new MemoryObjectStore());
    const { output, left } = open(store);
    output.append(bytes(999));
    await output.finish();
    expect([store.count("put"), store.count("createUpload"), left.length]).toEqual([1, 0, 1]);
    const other = open(store, { mode: "overwrite" });
    other.output.append(bytes(1000));
    await other.output.drain();
    await other.output.finish();
    expect([store.count("put"), store.count("uploadPart"), other.left.length]).toEqual([1, 1, 1]);
    expectSameBytes(await store.get(PATH), bytes(1000));
  });

  it("may be many at once: they leave part by part, whatever was there before", async () => {
    for (const before of [0, 1, 999]) {
      const store = new MemoryObjectStore();
      const { output, left } = open(store);
      output.append(bytes(before));
      await output.appendLarge(bytes(5555, 7));
      expect(output.at).toBeLessThan(PART);
      await output.finish();
      expect(new Set(left.slice(0, -1).map(({ length }) => length))).toEqual(new Set([PART]));
      expectSameBytes(await store.get(PATH), Buffer.concat([bytes(before), bytes(5555, 7)]));
    }
  });

  it("lie in memory that grows as is needed, and may come from somewhere else", () => {
    const { output } = open();
    const given = new Uint8Array(PART + 512 * 1024);
    output.allocateBy(() => given);
    expect(output.bytes === given).toBe(true);
    output.append(bytes(5));
    output.reserve(given.length - 5);
    expect(output.bytes === given).toBe(true);
    output.reserve(given.length - 4);
    expect(output.bytes === given).toBe(false);
    expect(output.bytes.length).toBeGreaterThan(given.length);
    expect([...output.bytes.subarray(0, 6)]).toEqual([0, 1, 2, 3, 4, 0]);
  });

  it("lie in memory that is used again once a part has arrived", async () => {
    const { output } = open();
    let asked = 0;
    output.allocateBy(() => {
      asked++;
      return undefined;
    });
    for (let part = 0; part < 20; part++) {
      output.append(bytes(PART));
      await output.drain();
      await output.settled();
    }
    expect(asked).toBeLessThanOrEqual(3);
  });

  it("go on behind parts that are there", async () => {
    const store = new MemoryObjectStore();
    const first = open(store);
    first.output.append(bytes(2100));
    await first.output.drain();
    await first.output.settled();
    let uploadId = "";
    const receipts = [];
    for await (const upload of store.listUploads("")) uploadId = upload.uploadId;
    for await (const receipt of store.listParts(PATH, uploadId)) receipts.push(receipt);
    const noting = Object.assign(new RecordingObjectStore(store), { createUpload: async () => Promise.resolve({ uploadId }) });
    const { output } = open(noting);
    output.goOn(receipts.toReversed(), bytes(2100).subarray(2000));
    expect([output.base, output.at, output.position]).toEqual([2000, 100, 2100]);
    output.append(bytes(1000, 3));
    await output.drain();
    await output.finish();
    expect(noting.calls("uploadPart").map(({ partNumber }) => partNumber)).toEqual([3, 4]);
    expectSameBytes(await store.get(PATH), Buffer.concat([bytes(2100), bytes(1000, 3)]));
  });
});

describe("whoever writes", () => {
  it("waits while a part has to, is told of it once, and goes on when it is under way", async () => {
    const gate = new GatedObjectStore(new MemoryObjectStore(), { methods: ["uploadPart"] });
    const { output, waits } = open(gate);
    output.append(bytes(1100));
    expect(output.drain()).toBeUndefined();
    output.append(bytes(1000));
    const wait = output.drain()!;
    output.append(bytes(1000));
    expect(output.drain()).toBe(wait);
    await gate.arrivals(1);
    expect([await isPending(wait), waits]).toEqual([true, [true]]);
    gate.release(1);
    await gate.arrivals(2);
    expect(await isPending(wait)).toBe(true);
    gate.release(1);
    await wait;
    expect(waits).toEqual([true, false]);
    gate.open();
    await output.finish();
    expectSameBytes(await gate.get(PATH), Buffer.concat([bytes(1100), bytes(1000), bytes(1000)]));
  });

  it("gives way behind a part of a MiB or more, and meanwhile as long as parts are under way", async () => {
    for (const [partSize, isTurn] of [[MIB, true], [MIB - 1, false]] as const) {
      const { output } = open(new MemoryObjectStore(), { partSize, maxPartsInFlight: 4 });
      output.append(new Uint8Array(partSize));
      expect(output.drain() !== undefined).toBe(isTurn);
      await output.settled();
    }
    const gate = new GatedObjectStore(new MemoryObjectStore(), { methods: ["uploadPart"] });
    const { output } = open(gate, { partSize: 5 * MIB, maxPartsInFlight: 4 });
    const step = new Uint8Array(2 * MIB);
    const turns: boolean[] = [];
    for (let count = 0; count < 5; count++) {
      output.append(step.subarray(0, step.length - 1));
      turns.push(output.drain() !== undefined);
      output.append(step.subarray(0, 1));
      turns.push(output.drain() !== undefined);
    }
    // Nothing is under way before the part that leaves behind 5 MiB; from there on every 2 MiB.
    expect(turns).toEqual([false, false, false, false, true, false, true, false, true, true]);
    gate.open();
    await output.settled();
    await output.giveWay();
  });

  it("meets a failure, the same one everywhere, and nothing more is sent", async () => {
    const store = new FailingObjectStore(new MemoryObjectStore(), { method: "uploadPart", call: 1, when: "before" });
    const { output, failures } = open(store);
    for (let part = 0; part < 3; part++) output.append(bytes(1000));
    const error = await rejectionOf(output.drain()!);
    expect(error).toMatchObject({ code: "ERR_SST_WRITE", details: { path: PATH, storeCode: "ERR_STORE_FAILED" } });
    expect(failures).toEqual([error]);
    expect(thrownBy(() => output.check())).toBe(error);
    expect(thrownBy(() => output.drain())).toBe(error);
    expect(await rejectionOf(output.settled())).toBe(error);
    expect(await rejectionOf(output.finish())).toBe(error);
    expect([failures.length, store.count("uploadPart")]).toEqual([1, 1]);
    await output.abort();
    expect(await uploadsOf(store)).toEqual([]);
  });

  it("may stop it all: who waits is told why, and what is under way is waited for before it is removed", async () => {
    const gate = new GatedObjectStore(new MemoryObjectStore(), { methods: ["uploadPart"] });
    const { output, failures, waits } = open(gate);
    output.append(bytes(2000));
    const wait = output.drain()!;
    await gate.arrivals(1);
    const reason = new SstError("ERR_SST_ABORTED", "enough");
    output.stop(reason);
    output.stop(new Error("later"));
    expect(await rejectionOf(wait)).toBe(reason);
    expect(thrownBy(() => output.check())).toBe(reason);
    expect([failures, waits]).toEqual([[], [true, false]]);
    const removing = output.abort();
    expect(await isPending(removing)).toBe(true);
    gate.open();
    await removing;
    expect([await uploadsOf(gate), await objectsOf(gate)]).toEqual([[], []]);
  });
});

describe("what a store cannot hold", () => {
  it.each([
    ["no uploads", new MemoryObjectStore({ capabilities: { ...MEMORY_CAPABILITIES, uploads: undefined } }), {}, 999, "one request only"],
    ["two parts", withUploads({ partsMax: 2 }), {}, 2000, "at most 2 parts"],
    ["2000 bytes", withUploads({ objectSizeMax: 2000 }), {}, 2000, "at most 2000 bytes"],
    ["no creation", withUploads({ create: false }), {}, 999, "only if the object is absent"],
  ] as const)("is refused before it leaves, and what it can hold is not: %s", async (_, store, options, most, text) => {
    const sound = open(store, options);
    await sound.output.appendLarge(bytes(most));
    await sound.output.finish();
    expect((await store.head(PATH)).size).toBe(most);
    await store.delete(PATH);
    const { output, failures } = open(store, options);
    const error = await rejectionOf(output.appendLarge(bytes(most + 1)).then(async () => await output.finish()));
    expect(error).toMatchObject({ code: "ERR_SST_STORE_CAPABILITY", details: { store: store.url, path: PATH }, message: expect.stringContaining(text) as string });
    expect(failures).toEqual([error]);
    await output.abort();
    expect([store.capabilities.uploads === undefined ? [] : await uploadsOf(store), await objectsOf(store)]).toEqual([[], []]);
  });

  it("is taken in mode overwrite by a store that cannot create in parts", async () => {
    const store = withUploads({ create: false });
    const { output } = open(store, { mode: "overwrite" });
    await output.appendLarge(bytes(2500));
    await output.finish();
    expect((await store.head(PATH)).size).toBe(2500);
  });
});
