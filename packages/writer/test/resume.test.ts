// Resuming: the bytes of an SST depend neither on whether it was cut off nor on when, how often, or how it was gone on with.
import { MemoryObjectStore } from "@slate-sst/object-store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SstWriter } from "../src/index.js";
import { attempt, checkpointIn, contents, finish, JOURNALS, resumeOrCreate, type RunConfig, undisturbed, withoutStore } from "./resumed-runs.js";
import { sliceColumns, toColumns } from "./column-rows.js";
import { asRow, PATH, sampleRows } from "./sample-rows.js";

const ROWS = sampleRows(1500, 5).map(asRow);
const BASE = { partSize: 4096, blockSize: 1024, minFilterKeys: 100 } as const satisfies RunConfig;

/** Kernel in the output, kernel with codecs, TypeScript in every way. */
const CONFIGS: readonly (readonly [string, RunConfig])[] = [
  ["plain, by the kernel", {}],
  ["V1", { formatVersion: 1 }],
  ["plain, in TypeScript", { verifyBlocks: true }],
  ["snappy", { compression: "snappy" }],
  ["lz4", { compression: "lz4", partSize: 1024 }],
  ["zlib", { compression: "zlib" }],
  ["zstd", { compression: "zstd" }],
  ["zstd, V1", { compression: "zstd", formatVersion: 1 }],
  ["lz4, in TypeScript", { compression: "lz4", verifyBlocks: true }],
  ["without a filter", { filter: false }],
  ["a composite filter", { filterFormat: "composite", filterBitsPerKey: 14 }],
  ["the last duplicate", { onDuplicate: "keepLast" }],
  ["the first duplicate", { onDuplicate: "keepFirst", mode: "overwrite" }],
  ["one part at a time", { maxPartsInFlight: 1 }],
  ["parts smaller than blocks", { blockSize: 8192, partSize: 1024 }],
];

/** Parts of the one upload that is there; 0 when there is none. */
async function partsOf(store: MemoryObjectStore): Promise<number> {
  let parts = 0;
  for await (const { path, uploadId } of store.listUploads("")) for await (const { partNumber } of store.listParts(path, uploadId)) parts = Math.max(parts, partNumber);
  return parts;
}

describe("a resumed SST", () => {
  it.each(CONFIGS)("is the same as an undisturbed one: %s", async (_name, options) => {
    const config = { ...BASE, ...options };
    const expected = await undisturbed(ROWS, config);
    const total = (await attempt(new MemoryObjectStore(), ROWS, config, "skip")).calls;
    let skipped = 0;
    await fc.assert(fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 1, max: total }), fc.constantFrom("before" as const, "after" as const), fc.constantFrom("skip" as const, "replay" as const)), { maxLength: 4 }),
      fc.constantFrom("skip" as const, "replay" as const),
      async (crashes, feed) => {
        const store = new MemoryObjectStore();
        for (const [call, when, by] of crashes) skipped += (await attempt(store, ROWS, config, by, { call, times: Infinity, when })).skipped;
        const last = await attempt(store, ROWS, config, feed);
        skipped += last.skipped;
        expect(last.error).toBeUndefined();
        expect(Buffer.compare(await store.get(PATH), expected.bytes)).toBe(0);
        if (last.metadata !== undefined) expect(withoutStore(last.metadata)).toEqual(withoutStore(expected.metadata));
        expect(await contents(store)).toEqual({ paths: [PATH], uploads: 0 });
      },
    ), { numRuns: 6, seed: 20_261 });
    expect(skipped).toBeGreaterThan(0);
  });

  it.each([["plain", {}], ["lz4", { compression: "lz4" }]] as const)("is the same from columns, with values that the kernel has no room for: %s", async (_name, options) => {
    const config: RunConfig = { blockSize: 4096, partSize: 90_000, minFilterKeys: 10, ...options };
    const samples = sampleRows(3000, 17).map((row, at) => (at % 700 === 350 && row.kind !== "delete" ? { ...row, value: new Uint8Array(300_000).fill(at) } : row));
    const expected = await undisturbed(samples.map(asRow), config);
    await fc.assert(fc.asyncProperty(fc.array(fc.integer({ min: 0, max: samples.length }), { maxLength: 3 }), fc.integer({ min: 1, max: 900 }), async (stops, length) => {
      const store = new MemoryObjectStore();
      let skipped = 0;
      for (const stop of [...stops.sort((left, right) => left - right), samples.length]) {
        await using writer = await resumeOrCreate(store, config);
        const next = (writer?.resumeAfter?.ordinal ?? -1) + 1;
        expect(next).toBeGreaterThanOrEqual(skipped);
        skipped = next;
        const columns = toColumns(samples);
        for (let from = next; from < stop; from += length) await writer?.writeColumns(sliceColumns(columns, from, Math.min(stop, from + length)));
        await (stop === samples.length ? writer?.close() : writer?.detach());
      }
      expect(Buffer.compare(await store.get(PATH), expected.bytes)).toBe(0);
      expect(await contents(store)).toEqual({ paths: [PATH], uploads: 0 });
    }), { numRuns: 8, seed: 20_262 });
  });

  it.each([2, 3, 8, undefined])("is the same with a record for several parts, of which a crash loses no more, and detach() none: %s", async (everyParts) => {
    const expected = await undisturbed(ROWS, BASE);
    const every = everyParts ?? 8;
    await fc.assert(fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 1, max: ROWS.length - 1 }), fc.boolean()), { maxLength: 4 }), fc.constantFrom("skip" as const, "replay" as const),
      async (stops, feed) => {
        const store = new MemoryObjectStore();
        const checkpoint = { store, prefix: JOURNALS, ...(everyParts === undefined ? {} : { everyParts }) };
        let begun = false;
        let known = 0;
        for (const [stop, isDetached] of stops.sort(([left], [right]) => left - right)) {
          const writer = begun ? await SstWriter.resume(store, PATH, { ...BASE, checkpoint }) : await SstWriter.create(store, PATH, { ...BASE, checkpoint });
          begun = true;
          expect(writer.resumeAfter?.rows ?? 0).toBeGreaterThanOrEqual(known);
          const next = (writer.resumeAfter?.ordinal ?? -1) + 1;
          const sent: number[] = [];
          writer.on("checkpoint", ({ parts }) => sent.push(parts));
          if (feed === "replay" && writer.resumeAfter !== undefined) await writer.replay(ROWS.slice(0, Math.max(stop, next)));
          else await writer.writeAll(ROWS.slice(next, Math.max(stop, next)));
          for (const [at, parts] of sent.entries()) if (at > 0) expect(parts - sent[at - 1]!).toBeGreaterThanOrEqual(every);
          if (isDetached) await writer.detach();
          // Left as a process leaves it that ends: nothing more is written.
          known = writer.durable?.rows ?? 0;
          if (isDetached) expect(await partsOf(store)).toBe(writer.progress().parts);
        }
        const last = begun ? await SstWriter.resume(store, PATH, { ...BASE, checkpoint }) : await SstWriter.create(store, PATH, { ...BASE, checkpoint });
        await finish(last, ROWS, feed);
        expect(Buffer.compare(await store.get(PATH), expected.bytes)).toBe(0);
        expect(await contents(store)).toEqual({ paths: [PATH], uploads: 0 });
      },
    ), { numRuns: 12, seed: 20_263 });
  });

  it("is not touched by an older writer that is left: it records nothing more", async () => {
    const store = new MemoryObjectStore();
    const config = { ...BASE, checkpoint: { store, prefix: JOURNALS } };
    const older = await SstWriter.create(store, PATH, config);
    await older.writeAll(ROWS.slice(0, 400));
    const newer = await SstWriter.resume(store, PATH, config);
    const before = await contents(store);
    await older[Symbol.asyncDispose]();
    expect(await contents(store)).toEqual(before);
    await finish(newer, ROWS, "skip");
    expect(Buffer.compare(await store.get(PATH), (await undisturbed(ROWS, BASE)).bytes)).toBe(0);
    expect(await contents(store)).toEqual({ paths: [PATH], uploads: 0 });
  });

  it("goes on behind the row that the journal knows to be durable", async () => {
    const store = new MemoryObjectStore();
    const first = await SstWriter.create(store, PATH, { ...BASE, checkpoint: checkpointIn(store) });
    await first.writeAll(ROWS.slice(0, 700));
    const token = await first.detach();
    const { durable } = first;
    expect(durable?.rows).toBeGreaterThan(300);
    const second = await SstWriter.resume(store, PATH, { ...BASE, checkpoint: { ...checkpointIn(store), token } });
    expect(second.resumeAfter).toEqual(durable);
    expect(second.rowCount).toBe(durable?.rows);
    expect(ROWS[durable?.ordinal ?? 0]).toMatchObject({ key: durable?.key, seq: durable?.seq });
    await finish(second, ROWS, "skip");
    expect(Buffer.compare(await store.get(PATH), (await undisturbed(ROWS, BASE)).bytes)).toBe(0);
    expect(await contents(store)).toEqual({ paths: [PATH], uploads: 0 });
    expect(JOURNALS).toBe("journals");
    expect(await resumeOrCreate(store, BASE)).toBeUndefined();
  });
});
