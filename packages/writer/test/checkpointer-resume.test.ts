// Checkpoints that go on with those of another writer: behind the last one, by a replay, or anew.
import { crc32 } from "@slate-sst/format";
import { describe, expect, it } from "vitest";
import type { CheckpointState } from "../src/checkpoint/checkpointer.js";
import { block, cutsOf, openCheckpointer, PART, ROWS } from "./checkpointers.js";
import { thrownBy } from "./sample-rows.js";

describe("going on", () => {
  it("behind the last checkpoint, with what the parts have and what is pending", async () => {
    const first = await openCheckpointer();
    for (let number = 1; number <= 3; number++) void first.write();
    await first.arrived();
    await first.checkpoints.recorded();
    const state = first.stateBehind(2);
    const { checkpoints, output, sections, watch, told, write, arrived, records, encoder } = await openCheckpointer({ store: first.store, from: { journal: first.journal, state } });
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
    const first = await openCheckpointer();
    const state: CheckpointState = { uploadId: undefined, parts: [], cursor: undefined, blocks: { crc32: [], rows: [] } };
    const { checkpoints, told, watch } = await openCheckpointer({ store: first.store, from: { journal: first.journal, state } });
    expect([checkpoints.resumeAfter, checkpoints.durable]).toEqual([undefined, undefined]);
    let looks = 0;
    watch.store.countParts = () => void looks++;
    checkpoints.tellResumed("seek");
    expect(looks).toBe(0);
    expect(await told()).toEqual([{ type: "resumed", mode: "seek", rows: 0, parts: 0, bytes: 0, epoch: 2, lastKey: undefined }]);
    expect(watch.progress()).toMatchObject({ rows: 0, bytesEncoded: 0, bytesUploaded: 0, parts: 0 });
  });

  it("by a replay, whose blocks are held against those before, whose parts are counted as they come, and which records what is new", async () => {
    const first = await openCheckpointer();
    for (let number = 1; number <= 3; number++) void first.write();
    await first.arrived();
    await first.checkpoints.recorded();
    const state = first.stateBehind(2);
    const { checkpoints, output, watch, told, write, arrived, records, attach } = await openCheckpointer({ store: first.store, from: { journal: first.journal, state } });
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
    const first = await openCheckpointer();
    for (let number = 1; number <= 3; number++) void first.write();
    await first.arrived();
    await first.checkpoints.recorded();
    const { checkpoints, write } = await openCheckpointer({ store: first.store, from: { journal: first.journal, state: first.stateBehind(2) } });
    checkpoints.expectReplay();
    void write();
    expect(thrownBy(() => void write(block(9)))).toMatchObject({ code: "ERR_SST_REPLAY_DIVERGED", details: { block: 1 } });
    // Without a replay nobody asks.
    const other = await openCheckpointer();
    void other.write(block(9));
  });

  it("behind one part, or with a record for every second one, counts from there", async () => {
    const first = await openCheckpointer();
    const large = new Uint8Array(PART + 10).fill(1);
    void first.write(large);
    await first.arrived();
    await first.checkpoints.recorded();
    const [behind, pending] = [first.stateBehind(1), large.slice(PART)];
    const state = { ...behind, cursor: { ...behind.cursor!, crc32: crc32(large), pending } };
    const { checkpoints, watch, output, sections, write, arrived, records } = await openCheckpointer({ store: first.store, everyParts: 2, from: { journal: first.journal, state } });
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
    const first = await openCheckpointer();
    const large = new Uint8Array(2 * PART + 10).fill(1);
    void first.write(large);
    await first.arrived();
    await first.checkpoints.recorded();
    const parts = first.checkpoints.upload.parts.map((part) => part!);
    const state: CheckpointState = { ...first.stateBehind(2), parts, blocks: { crc32: [crc32(large)], rows: [ROWS] } };
    const { checkpoints, watch, output, attach, write, arrived, records } = await openCheckpointer({ store: first.store, everyParts: 2, from: { journal: first.journal, state } });
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
    const first = await openCheckpointer();
    for (let number = 1; number <= 2; number++) void first.write();
    await first.arrived();
    const { checkpoints, write } = await openCheckpointer({ store: first.store, from: { journal: first.journal, state: first.stateBehind(1) } });
    checkpoints.expectReplay();
    expect(thrownBy(() => void write(block(9)))).toMatchObject({ code: "ERR_SST_REPLAY_DIVERGED", details: { block: 0 } });
  });

  it("anew begins with nothing of what was written before", async () => {
    const { write, attach, arrived, checkpoints, records } = await openCheckpointer({ everyParts: 100 });
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
    const { write, attach, arrived, checkpoints, records } = await openCheckpointer({ everyParts: 2 });
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
