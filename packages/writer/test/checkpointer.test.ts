// The checkpoints of an SST by themselves: when the state is kept, when it becomes a record, what waits for records, and how it all ends.
import { type BlockTotals, crc32, SstError } from "@slate-sst/format";
import { CheckpointFingerprintSchema, create, SstMetadataSchema, type WriterCheckpoint } from "@slate-sst/format/proto";
import { MemoryObjectStore, type ObjectStore } from "@slate-sst/object-store";
import { FailingObjectStore, RecordingObjectStore } from "@slate-sst/object-store/testing";
import { describe, expect, it } from "vitest";
import type { Boundary } from "../src/checkpoint/boundary.js";
import { type CheckpointedEncoder, Checkpointer, type CheckpointState } from "../src/checkpoint/checkpointer.js";
import { Journal } from "../src/checkpoint/journal.js";
import { resolveConfig } from "../src/config.js";
import type { ObjectOutput } from "../src/object-output.js";
import type { SectionOutput } from "../src/section-output.js";
import { WriterWatch } from "../src/writer-watch.js";
import { GatedObjectStore } from "./gated-object-store.js";
import { contents } from "./resumed-runs.js";
import { PATH, rejectionOf, thrownBy } from "./sample-rows.js";
import { settled } from "./watched-rows.js";

const PART = 1024;
/** Bytes of each block: a part ends in the middle of every second one. */
const BLOCK = 700;
const ROWS = 5;
const FINGERPRINT = create(CheckpointFingerprintSchema, { path: PATH });
const FOLDER = "journals/x";
const block = (number: number): Uint8Array => new Uint8Array(BLOCK).fill(number);

interface Options {
  readonly store?: ObjectStore;
  readonly journals?: ObjectStore;
  readonly everyParts?: number;
  readonly maxPartsInFlight?: number;
  /** Goes on with the journal of another one. */
  readonly from?: { readonly journal: Journal; readonly state: CheckpointState };
}

/** A checkpointer whose encoder makes blocks of five rows each, and whose output cuts them into parts. */
async function open({ store = new MemoryObjectStore(), journals = store, everyParts = 1, maxPartsInFlight = 1, from }: Options = {}) {
  const events: Record<string, unknown>[] = [];
  const failures: SstError[] = [];
  const controller = new AbortController();
  const journal = new Journal(journals, FOLDER, PATH, controller.signal);
  const config = await resolveConfig({ partSize: PART, maxPartsInFlight, checkpoint: { store: journals, prefix: "journals", everyParts } }, store);
  const onEvent = ({ store: _store, path: _path, progress: _progress, ...rest }: Record<string, unknown>): void => void events.push(rest);
  const watch = new WriterWatch(store, PATH, { expectedSize: undefined, expectedRows: undefined, onEvent: (event) => onEvent(event as never), keysInEvents: true, telemetry: undefined });
  const checkpoints = new Checkpointer(store, PATH, config, journal, watch, (error) => failures.push(error));
  const output = { base: 0, at: 0, bytes: new Uint8Array(0) };
  const sections = { crc32: 0 };
  let blocks = 0;
  const key = (): Uint8Array => Uint8Array.of(blocks);
  const boundary = (isEnd = false): Boundary => ({
    rows: blocks * ROWS, offered: blocks * ROWS + (isEnd ? 1 : 0), firstKey: Uint8Array.of(1), lastKey: key(), lastSeq: 7n, seqs: { count: blocks * ROWS, min: 7n, max: 7n },
    createTs: { count: 0, min: undefined, max: undefined }, expireTs: { count: 0, min: undefined, max: undefined },
  });
  const encoder: CheckpointedEncoder = {
    boundary,
    hashBytes: (begin, end) => Array.from({ length: end - begin }, (_, at) => new Uint8Array(8).fill(begin + at)),
    get hashCount() {
      return blocks * ROWS;
    },
  };
  const attach = (): void => {
    [blocks, output.base, output.at, output.bytes, sections.crc32] = [0, 0, 0, new Uint8Array(0), 0];
    checkpoints.attach(output as unknown as ObjectOutput, sections as unknown as SectionOutput, encoder);
  };
  if (from === undefined) await journal.begin(FINGERPRINT);
  else {
    await journal.raise(from.journal.id, from.journal.begunAt, FINGERPRINT);
    checkpoints.load(from.state);
  }
  attach();
  /** What a drained output would have sent. */
  let sent: Promise<unknown>[] = [];
  let created: Promise<{ readonly uploadId: string }> | undefined;
  const upload = async (number: number, body: Uint8Array): Promise<void> => {
    created ??= checkpoints.upload.createUpload(PATH, { mode: "create", partSize: PART });
    await checkpoints.upload.uploadPart(PATH, (await created).uploadId, number, body);
  };
  /** Writes the next block. @returns what the caller would wait for. */
  const write = (content = block(blocks + 1), wait?: Promise<void>): Promise<void> | undefined => {
    blocks++;
    output.bytes = Buffer.concat([output.bytes.subarray(0, output.at), content]);
    output.at += content.length;
    sections.crc32 = crc32(content, sections.crc32);
    const totals: BlockTotals = { numPuts: ROWS, numDeletes: 0, numMerges: 0, rawKeySize: 5, rawValSize: content.length };
    checkpoints.addBlock(content.length, Uint8Array.of(0, blocks), 1, 2, totals);
    while (output.at >= PART) {
      const number = output.base / PART + 1;
      const body = output.bytes.slice(0, PART);
      sent.push(Promise.resolve().then(async () => await upload(number, body)).catch((error: unknown) => error));
      output.bytes = output.bytes.slice(PART);
      output.at -= PART;
      output.base += PART;
    }
    return checkpoints.drained(wait);
  };
  return {
    store, journal, checkpoints, watch, write, attach, output, sections, encoder, failures, controller,
    /** Bytes that are known to be checksummed as told. */
    arrived: async () => {
      const answers = await Promise.all(sent);
      sent = [];
      return answers;
    },
    told: async () => (await settled(), events.splice(0)),
    records: async (): Promise<WriterCheckpoint[]> => await Promise.all((await new Journal(journals, FOLDER, PATH).names()).records.map(async (name) => await new Journal(journals, FOLDER, PATH).readRecord(name))),
    /** What a resume would be given behind so many blocks. */
    stateBehind: (parts: number, number = blocks): CheckpointState => {
      const bytes = Buffer.concat(Array.from({ length: number }, (_, at) => block(at + 1)));
      return {
        uploadId: checkpoints.upload.uploadId, parts: checkpoints.upload.parts.slice(0, parts).map((part) => part!),
        cursor: { ...boundary(), rows: number * ROWS, offered: number * ROWS, lastKey: Uint8Array.of(number), crc32: crc32(bytes), pending: new Uint8Array(bytes.subarray(parts * PART)) },
        blocks: { crc32: Array.from({ length: number }, (_, at) => crc32(bytes.subarray(0, (at + 1) * BLOCK))), rows: Array.from({ length: number }, () => ROWS) },
      };
    },
  };
}

const cutsOf = (records: readonly WriterCheckpoint[]): unknown[] => records.filter(({ cursor }) => cursor !== undefined).map(({ cursor, parts, keyHashes, blocks }) => ({
  rows: Number(cursor!.rows), parts: parts.map(({ number }) => number), hashes: keyHashes.length / 8, blocks: blocks!.words.length / 32, pending: cursor!.pending.length,
}));

describe("a checkpoint", () => {
  it("is the state at the first block's end behind each part, with what is new since the one before", async () => {
    const { write, arrived, checkpoints, records, told, failures } = await open();
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
      const { write, arrived, checkpoints, records } = await open({ everyParts: 2 });
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
    const { write, arrived, checkpoints, records } = await open();
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
    const { write, checkpoints, records } = await open({ store: gate });
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
    const { write, arrived, checkpoints, records } = await open();
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
      const { write, arrived, checkpoints } = await open({ store: new MemoryObjectStore(), journals, maxPartsInFlight });
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
    const { write } = await open();
    const wait = Promise.resolve();
    expect([write(undefined, wait), write(undefined, wait)]).toEqual([wait, wait]);
    expect(write(undefined, undefined)).toBeUndefined();
  });

  it("is told of a record that cannot be written, once; nothing more is recorded then", async () => {
    const inner = new MemoryObjectStore();
    const journals = new FailingObjectStore(inner, { method: "put", call: 3, when: "before" });
    const { write, arrived, checkpoints, records, failures } = await open({ store: new MemoryObjectStore(), journals });
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
    const { write, arrived, checkpoints, failures } = await open();
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

describe("going on", () => {
  it("behind the last checkpoint, with what the parts have and what is pending", async () => {
    const first = await open();
    for (let number = 1; number <= 3; number++) void first.write();
    await first.arrived();
    await first.checkpoints.recorded();
    const state = first.stateBehind(2);
    const { checkpoints, output, sections, watch, told, write, arrived, records, encoder } = await open({ store: first.store, from: { journal: first.journal, state } });
    const point = { key: Uint8Array.of(3), seq: 7n, rows: 15, ordinal: 14 };
    expect([checkpoints.resumeAfter, checkpoints.durable, checkpoints.upload.partsThere]).toEqual([point, point, 2]);
    const pending = state.cursor!.pending;
    Object.assign(output, { base: 2 * PART, at: pending.length, bytes: pending });
    sections.crc32 = state.cursor!.crc32;
    checkpoints.journal.follow({ sequence: 3, epoch: 1 });
    Object.defineProperty(encoder, "hashCount", { get: () => 15, configurable: true });
    checkpoints.hasGoneOn();
    checkpoints.tellResumed("seek");
    expect(await told()).toEqual([{ type: "resumed", mode: "seek", rows: 15, parts: 2, bytes: 2 * PART, epoch: 2, lastKey: Uint8Array.of(3) }]);
    expect([watch.store.parts, watch.store.bytesUploaded]).toEqual([2, 2 * PART]);
    expect(watch.progress()).toMatchObject({ rows: 15, bytesEncoded: 2 * PART + pending.length, bytesUploaded: 2 * PART, parts: 2 });
    Object.defineProperty(encoder, "hashCount", { get: () => 25 });
    void write(block(4));
    void write(block(5));
    await arrived();
    await checkpoints.recorded();
    const cuts = cutsOf(await records());
    expect(cuts.at(-1)).toMatchObject({ parts: [3], hashes: 10, blocks: 2 });
    const whole = Buffer.concat([1, 2, 3, 4, 5].map(block));
    expect(checkpoints.upload.parts[2]?.crc32).toBe(crc32(whole.subarray(2 * PART, 3 * PART)));
  });

  it("from the first row where nothing was recorded", async () => {
    const first = await open();
    const state: CheckpointState = { uploadId: undefined, parts: [], cursor: undefined, blocks: { crc32: [], rows: [] } };
    const { checkpoints, told, watch } = await open({ store: first.store, from: { journal: first.journal, state } });
    expect([checkpoints.resumeAfter, checkpoints.durable]).toEqual([undefined, undefined]);
    let looks = 0;
    watch.store.countParts = () => void looks++;
    checkpoints.tellResumed("seek");
    expect(looks).toBe(0);
    expect(await told()).toEqual([{ type: "resumed", mode: "seek", rows: 0, parts: 0, bytes: 0, epoch: 2, lastKey: undefined }]);
    expect(watch.progress()).toMatchObject({ rows: 0, bytesEncoded: 0, bytesUploaded: 0, parts: 0 });
  });

  it("by a replay, whose blocks are held against those before, whose parts are counted as they come, and which records what is new", async () => {
    const first = await open();
    for (let number = 1; number <= 3; number++) void first.write();
    await first.arrived();
    await first.checkpoints.recorded();
    const state = first.stateBehind(2);
    const { checkpoints, output, watch, told, write, arrived, records, attach } = await open({ store: first.store, from: { journal: first.journal, state } });
    // That this will be a replay was not clear before.
    Object.assign(output, { base: 2 * PART, at: state.cursor!.pending.length, bytes: state.cursor!.pending });
    checkpoints.hasGoneOn();
    attach();
    checkpoints.journal.follow({ sequence: 3, epoch: 1 });
    checkpoints.expectReplay();
    checkpoints.tellResumed("replay");
    expect([watch.store.parts, watch.store.bytesUploaded]).toEqual([0, 0]);
    for (let number = 1; number <= 5; number++) void write();
    expect(await arrived()).toEqual([undefined, undefined, undefined]);
    await checkpoints.recorded();
    expect(cutsOf(await records()).at(-1)).toMatchObject({ rows: 25, parts: [3], hashes: 10, blocks: 2 });
    expect((await records()).map(({ sequence, epoch }) => [sequence, epoch])).toEqual([[1, 1], [2, 1], [3, 1], [4, 2]]);
    expect((await told()).filter(({ type }) => type === "part").map(({ result }) => result)).toEqual(["skipped", "skipped", "uploaded"]);
  });

  it("by a replay of other rows is found out at the first block", async () => {
    const first = await open();
    for (let number = 1; number <= 3; number++) void first.write();
    await first.arrived();
    await first.checkpoints.recorded();
    const { checkpoints, write } = await open({ store: first.store, from: { journal: first.journal, state: first.stateBehind(2) } });
    checkpoints.expectReplay();
    void write();
    expect(thrownBy(() => void write(block(9)))).toMatchObject({ code: "ERR_SST_REPLAY_DIVERGED", details: { block: 1 } });
    // Without a replay nobody asks.
    const other = await open();
    void other.write(block(9));
  });

  it("behind one part, or with a record for every second one, counts from there", async () => {
    const first = await open();
    const large = new Uint8Array(PART + 10).fill(1);
    void first.write(large);
    await first.arrived();
    await first.checkpoints.recorded();
    const [behind, pending] = [first.stateBehind(1), large.slice(PART)];
    const state = { ...behind, cursor: { ...behind.cursor!, crc32: crc32(large), pending } };
    const { checkpoints, watch, output, sections, write, arrived, records } = await open({ store: first.store, everyParts: 2, from: { journal: first.journal, state } });
    Object.assign(output, { base: PART, at: pending.length, bytes: pending });
    sections.crc32 = crc32(large);
    checkpoints.journal.follow({ sequence: 2, epoch: 1 });
    checkpoints.hasGoneOn();
    checkpoints.tellResumed("seek");
    expect([watch.store.parts, watch.store.bytesUploaded]).toEqual([1, PART]);
    void write(new Uint8Array(PART).fill(2));
    await arrived();
    await checkpoints.recorded();
    expect(await records()).toHaveLength(2);
    void write(new Uint8Array(PART).fill(3));
    await arrived();
    await checkpoints.recorded();
    expect(cutsOf(await records()).at(-1)).toMatchObject({ parts: [2, 3] });
  });

  it("by a replay whose first block ends all parts that are there records only what is new", async () => {
    const first = await open();
    const large = new Uint8Array(2 * PART + 10).fill(1);
    void first.write(large);
    await first.arrived();
    await first.checkpoints.recorded();
    const parts = first.checkpoints.upload.parts.map((part) => part!);
    const state: CheckpointState = { ...first.stateBehind(2), parts, blocks: { crc32: [crc32(large)], rows: [ROWS] } };
    const { checkpoints, watch, output, attach, write, arrived, records } = await open({ store: first.store, everyParts: 2, from: { journal: first.journal, state } });
    Object.assign(output, { base: 2 * PART, at: 10, bytes: new Uint8Array(10) });
    checkpoints.hasGoneOn();
    checkpoints.tellResumed("seek");
    attach();
    checkpoints.journal.follow({ sequence: 2, epoch: 1 });
    checkpoints.expectReplay();
    checkpoints.tellResumed("replay");
    expect([watch.store.parts, watch.store.bytesUploaded]).toEqual([0, 0]);
    void write(large);
    void write(new Uint8Array(PART).fill(2));
    expect(await arrived()).toEqual([undefined, undefined, undefined]);
    await checkpoints.recorded();
    expect(await records()).toHaveLength(2);
    void write(new Uint8Array(PART).fill(3));
    await arrived();
    await checkpoints.recorded();
    expect(cutsOf(await records()).at(-1)).toMatchObject({ rows: 15, parts: [3, 4], hashes: 10, blocks: 2 });
  });

  it("by a replay of other rows than those of a single part is found out at the block, too", async () => {
    const first = await open();
    for (let number = 1; number <= 2; number++) void first.write();
    await first.arrived();
    const { checkpoints, write } = await open({ store: first.store, from: { journal: first.journal, state: first.stateBehind(1) } });
    checkpoints.expectReplay();
    expect(thrownBy(() => void write(block(9)))).toMatchObject({ code: "ERR_SST_REPLAY_DIVERGED", details: { block: 0 } });
  });

  it("anew begins with nothing of what was written before", async () => {
    const { write, attach, arrived, checkpoints, records } = await open({ everyParts: 100 });
    for (let number = 1; number <= 3; number++) void write();
    await arrived();
    attach();
    void write(new Uint8Array(PART + 5).fill(1));
    await arrived();
    checkpoints.recordRest();
    await checkpoints.recorded();
    expect(cutsOf(await records())).toMatchObject([{ rows: 5, hashes: 5, blocks: 1, pending: 5 }]);
  });

  it("anew counts parts and hashes from the first on, and forgets a state that was not recorded", async () => {
    const { write, attach, arrived, checkpoints, records } = await open({ everyParts: 2 });
    for (let number = 1; number <= 3; number++) void write();
    await arrived();
    await checkpoints.recorded();
    expect(cutsOf(await records())).toMatchObject([{ rows: 15, parts: [1, 2], hashes: 15 }]);
    void write();
    void write();
    await arrived();
    attach();
    checkpoints.recordRest();
    await checkpoints.recorded();
    expect(cutsOf(await records())).toHaveLength(1);
    void write(new Uint8Array(2 * PART + 5).fill(1));
    await arrived();
    await checkpoints.recorded();
    expect(cutsOf(await records()).at(-1)).toMatchObject({ rows: 5, hashes: 5, blocks: 1, pending: 5 });
  });
});

describe("the end", () => {
  it("is what will be published: the last row, and the checksum of the whole", async () => {
    const { checkpoints, write } = await open();
    void write();
    const metadata = create(SstMetadataSchema, { crc32: 99 });
    checkpoints.finish(metadata);
    expect(checkpoints.finished).toBe(metadata);
    expect(checkpoints.end).toMatchObject({ rows: 5n, offered: 6n, crc32: 99, pending: new Uint8Array(0) });
  });

  it("of a published SST takes its journal away, whatever was cut off", async () => {
    const { checkpoints, write, arrived, store, controller } = await open();
    void write();
    void write();
    await arrived();
    await checkpoints.recorded();
    controller.abort();
    await checkpoints.published();
    expect((await contents(store)).paths).toEqual([]);
  });

  it("of one that is left keeps both, waits for records, and adds what the store has and the journal lacks; an older writer adds nothing", async () => {
    for (const isOlder of [false, true]) {
      const { checkpoints, write, arrived, store, journal, records, controller } = await open({ everyParts: 5 });
      for (let number = 1; number <= 3; number++) void write();
      await arrived();
      if (isOlder) await new Journal(store, FOLDER, PATH).raise(journal.id, 0, FINGERPRINT);
      controller.abort();
      await checkpoints.keep();
      expect(cutsOf(await records())).toHaveLength(isOlder ? 0 : 1);
      expect((await contents(store)).uploads).toBe(1);
      // Nothing is recorded any more.
      for (let number = 4; number <= 20; number++) void write();
      await arrived();
      await settled();
      expect(cutsOf(await records())).toHaveLength(isOlder ? 0 : 1);
    }
  });

  it("of one whose journal cannot be read keeps what there is", async () => {
    const inner = new MemoryObjectStore();
    const journals = new FailingObjectStore(inner, { method: "list", call: 5, times: Infinity, when: "before" });
    const { checkpoints, write, arrived } = await open({ store: new MemoryObjectStore(), journals, everyParts: 5 });
    for (let number = 1; number <= 3; number++) void write();
    await arrived();
    await checkpoints.keep();
    expect((await contents(inner)).paths.filter((path) => path.includes("records"))).toHaveLength(1);
  });

  it("of one that is given up removes upload, lost uploads and journal, but nothing of a newer writer's", async () => {
    for (const isOlder of [false, true]) {
      const { checkpoints, write, arrived, store, journal, controller } = await open();
      void write();
      void write();
      await arrived();
      await store.createUpload(PATH, { mode: "create", partSize: PART });
      if (isOlder) await new Journal(store, FOLDER, PATH).raise(journal.id, 0, FINGERPRINT);
      controller.abort();
      await checkpoints.discard();
      const { paths, uploads } = await contents(store);
      expect([paths.length > 0, uploads]).toEqual(isOlder ? [true, 2] : [false, 0]);
    }
  });

  it("of one that is given up before anything was uploaded asks the store for nothing", async () => {
    const store = new RecordingObjectStore(new MemoryObjectStore());
    const { checkpoints } = await open({ store });
    await checkpoints.discard();
    expect(store.count("abortUpload")).toBe(0);
    expect((await contents(store)).paths).toEqual([]);
  });

  it("waits for what the upload writes into the journal", async () => {
    const journals = new GatedObjectStore(new MemoryObjectStore(), { methods: [] });
    const { checkpoints } = await open({ store: new MemoryObjectStore(), journals });
    let isOver = false;
    let go!: () => void;
    checkpoints.journal.settled = async () => await new Promise((resolve) => (go = resolve));
    const ending = checkpoints.keep().then(() => (isOver = true));
    await settled();
    expect(isOver).toBe(false);
    go();
    await ending;
  });

  it("waits for the record that is being written", async () => {
    for (const end of ["discard", "keep"] as const) {
      const inner = new MemoryObjectStore();
      const journals = new GatedObjectStore(inner, { methods: [] });
      const { checkpoints, write, arrived } = await open({ store: new MemoryObjectStore(), journals });
      const held = new GatedObjectStore(new MemoryObjectStore(), { methods: ["put"] });
      const append = checkpoints.journal.append.bind(checkpoints.journal);
      void write();
      void write();
      checkpoints.journal.append = async (init, bulk) => (init.cursor === undefined ? undefined : await held.put("x", new Uint8Array(0), { mode: "overwrite" }), await append(init, bulk));
      await arrived();
      await held.arrivals(1);
      let isOver = false;
      const ending = checkpoints[end]().then(() => (isOver = true));
      await settled();
      expect(isOver).toBe(false);
      held.open();
      await ending;
      expect((await contents(inner)).paths.filter((path) => path.includes("records"))).toHaveLength(end === "keep" ? 2 : 0);
    }
  });
});
