// The checkpoints of an SST by themselves: when the state is kept, when it becomes a record, and what waits for records.
import { crc32 } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { FailingObjectStore } from "@slate-sst/object-store/testing";
import { describe, expect, it } from "vitest";
import { block, cutsOf, openCheckpointer, PART, ROWS } from "./checkpointers.js";
import { GatedObjectStore } from "./gated-object-store.js";
import { rejectionOf } from "./sample-rows.js";
import { settled } from "./watched-rows.js";

describe("a checkpoint", () => {
  it("is the state at the first block's end behind each part, with what is new since the one before", async () => {
    const { write, arrived, checkpoints, records, told, failures } = await openCheckpointer();
    expect([checkpoints.durable, checkpoints.resumeAfter]).toEqual([undefined, undefined]);
    // 700, 1400 (part 1), 2100 (part 2), 2800, 3500 (part 3): ends lie behind blocks 2, 3 and 5.
    for (let number = 1; number <= 5; number++) expect(write()).toBeUndefined();
    await arrived();
    await checkpoints.recorded();
    expect(cutsOf(await records())).toEqual([
      { rows: 10, parts: [1], hashes: 10, blocks: 2, pending: 376 }, { rows: 15, parts: [2], hashes: 5, blocks: 1, pending: 52 }, { rows: 25, parts: [3], hashes: 10, blocks: 2, pending: 428 },
    ]);
    const [, first, second] = await records();
    expect(Buffer.concat([first!.keyHashes.subarray(0, 8), second!.keyHashes.subarray(0, 8)])).toEqual(Buffer.concat([new Uint8Array(8).fill(0), new Uint8Array(8).fill(10)]));
    const whole = Buffer.concat([1, 2, 3, 4, 5].map(block));
    expect([first!.cursor!.crc32, Buffer.from(first!.cursor!.pending)]).toEqual([crc32(whole.subarray(0, 1400)), whole.subarray(1024, 1400)]);
    // By the blocks' checksums alone, which are those of the bytes.
    expect(checkpoints.upload.parts.map((part) => part?.crc32)).toEqual([0, 1, 2].map((part) => crc32(whole.subarray(part * PART, (part + 1) * PART))));
    expect(checkpoints.durable).toEqual({ key: Uint8Array.of(5), seq: 7n, rows: 25, ordinal: 24 });
    const events = (await told()).filter(({ type }) => type === "checkpoint");
    expect(events.map(({ sequence, rows, parts, lastKey }) => ({ sequence, rows, parts, lastKey }))).toEqual([
      { sequence: 2, rows: 10, parts: 1, lastKey: Uint8Array.of(2) }, { sequence: 3, rows: 15, parts: 2, lastKey: Uint8Array.of(3) }, { sequence: 4, rows: 25, parts: 3, lastKey: Uint8Array.of(5) },
    ]);
    for (const { size, duration } of events) expect([Number(size) > 100, Number(duration) >= 0 && Number(duration) < 5000]).toEqual([true, true]);
    expect(failures).toEqual([]);
  });

  it("is made for every so many parts, and for the rest when the writer is detached or left", async () => {
    for (const end of ["recordRest", "keep"] as const) {
      const { write, arrived, checkpoints, records } = await openCheckpointer({ everyParts: 2 });
      for (let number = 1; number <= 8; number++) void write();
      await arrived();
      await checkpoints.recorded();
      expect(cutsOf(await records())).toMatchObject([{ rows: 15, parts: [1, 2], blocks: 3 }, { rows: 30, parts: [3, 4], blocks: 3 }]);
      await checkpoints[end]();
      await checkpoints.recorded();
      expect(cutsOf(await records())).toMatchObject([{ rows: 15 }, { rows: 30 }, { rows: 40, parts: [5], blocks: 2, hashes: 10 }]);
      await checkpoints[end]();
      await checkpoints.recorded();
      expect(await records()).toHaveLength(4);
    }
  });

  it("of a block that ends several parts is one", async () => {
    const { write, arrived, checkpoints, records } = await openCheckpointer();
    void write(new Uint8Array(3 * PART + 10).fill(1));
    void write(new Uint8Array(PART).fill(2));
    await arrived();
    await checkpoints.recorded();
    expect(cutsOf(await records())).toMatchObject([{ rows: 5, parts: [1, 2, 3], pending: 10 }, { rows: 10, parts: [4], pending: 10 }]);
    const whole = Buffer.concat([new Uint8Array(3 * PART + 10).fill(1), new Uint8Array(PART).fill(2)]);
    expect(checkpoints.upload.parts.map((part) => part?.crc32)).toEqual([0, 1, 2, 3].map((part) => crc32(whole.subarray(part * PART, (part + 1) * PART))));
  });

  it("waits for its parts, and for no others", async () => {
    const gate = new GatedObjectStore(new MemoryObjectStore(), { methods: ["uploadPart"] });
    const { write, checkpoints, records } = await openCheckpointer({ store: gate });
    for (let number = 1; number <= 5; number++) void write();
    await gate.arrivals(3);
    await checkpoints.recorded();
    expect(cutsOf(await records())).toEqual([]);
    gate.releaseNewest();
    await settled();
    await checkpoints.recorded();
    expect(cutsOf(await records())).toEqual([]);
    gate.release(1);
    await settled();
    await checkpoints.recorded();
    expect(cutsOf(await records())).toMatchObject([{ parts: [1] }]);
    gate.open();
    await settled();
    await checkpoints.recorded();
    expect(cutsOf(await records())).toMatchObject([{ parts: [1] }, { parts: [2] }, { parts: [3] }]);
  });

  it("is not made of what comes when no more rows follow", async () => {
    const { write, arrived, checkpoints, records } = await openCheckpointer();
    for (let number = 1; number <= 2; number++) void write();
    checkpoints.stop();
    const wait = Promise.resolve();
    for (let number = 3; number <= 9; number++) expect(write(undefined, wait)).toBe(wait);
    await arrived();
    await checkpoints.recorded();
    expect(cutsOf(await records())).toMatchObject([{ rows: 10 }]);
  });
});

describe("whoever writes", () => {
  it("waits when records lag behind more than two beside those of the parts under way", async () => {
    for (const maxPartsInFlight of [1, 3]) {
      const journals = new GatedObjectStore(new MemoryObjectStore(), { methods: [] });
      const { write, arrived, checkpoints } = await openCheckpointer({ store: new MemoryObjectStore(), journals, maxPartsInFlight });
      void write(new Uint8Array(PART).fill(1));
      await arrived();
      await checkpoints.recorded();
      const held = new GatedObjectStore(new MemoryObjectStore(), { methods: ["put"] });
      // From now on records stand still.
      const append = checkpoints.journal.append.bind(checkpoints.journal);
      checkpoints.journal.append = async (init, bulk) => (await held.put("x", new Uint8Array(0), { mode: "overwrite" }), await append(init, bulk));
      const waits: (Promise<void> | undefined)[] = [];
      for (let number = 2; number <= maxPartsInFlight + 5; number++) {
        waits.push(write(new Uint8Array(PART).fill(number)));
        await arrived();
      }
      expect(waits.map((wait) => wait !== undefined)).toEqual([...Array.from({ length: maxPartsInFlight + 2 }, () => false), true, true]);
      let isFree = false;
      void waits.at(-1)!.then(() => (isFree = true));
      await settled();
      expect(isFree).toBe(false);
      held.open();
      await waits.at(-1);
      await checkpoints.recorded();
      expect(checkpoints.durable?.rows).toBe((maxPartsInFlight + 5) * ROWS);
    }
  });

  it("waits for the upload as before", async () => {
    const { write } = await openCheckpointer();
    const wait = Promise.resolve();
    expect([write(undefined, wait), write(undefined, wait)]).toEqual([wait, wait]);
    expect(write(undefined, undefined)).toBeUndefined();
  });

  it("is told of a record that cannot be written, once; nothing more is recorded then", async () => {
    const inner = new MemoryObjectStore();
    const journals = new FailingObjectStore(inner, { method: "put", call: 3, when: "before" });
    const { write, arrived, checkpoints, records, failures } = await openCheckpointer({ store: new MemoryObjectStore(), journals });
    for (let number = 1; number <= 5; number++) void write();
    await arrived();
    const error = await rejectionOf(checkpoints.recorded());
    expect(error).toMatchObject({ code: "ERR_SST_WRITE" });
    expect(failures).toEqual([error]);
    checkpoints.recordRest();
    await checkpoints.keep();
    expect(cutsOf(await records())).toEqual([]);
    expect(await rejectionOf(checkpoints.recorded())).toBe(error);
    expect(failures).toHaveLength(1);
  });

  it("is told of other errors as failures of writing", async () => {
    const { write, arrived, checkpoints, failures } = await openCheckpointer();
    const mistake = new TypeError("not a record");
    void write();
    void write();
    const append = checkpoints.journal.append.bind(checkpoints.journal);
    checkpoints.journal.append = async (init, bulk) => (init.cursor === undefined ? await append(init, bulk) : await Promise.reject(mistake));
    await arrived();
    expect(await rejectionOf(checkpoints.recorded())).toBe(mistake);
    expect(failures).toMatchObject([{ code: "ERR_SST_WRITE", cause: mistake }]);
  });
});
