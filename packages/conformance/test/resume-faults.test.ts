// A checkpointed run on every cloud's store, with each request failing once in every way and no second attempt: it ends in the object or
// in a clear error, and a resume after that ends in the bytes of an undisturbed run, without an upload or a journal left behind.
// With SLATE_SST_EVERY_FAULT every request fails in every way, which takes minutes; else the first and the last of each kind, each in
// one way.
import { isSstError } from "@slate-sst/format";
import { isStoreError, MemoryObjectStore, type ObjectStore } from "@slate-sst/object-store";
import { ManualClock } from "@slate-sst/object-store/testing";
import { type Row, SstWriter } from "@slate-sst/writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Xorshift32 } from "../src/xorshift32.js";
import { CLOUDS, type CloudPlace, type CloudServer } from "./cloud-stores.js";

const PATH = "db/compacted/01JD2Q0V7J3S6X4Z8N5W9K1B2C.sst";
const WAYS = ["before", "after", "hang", "hang-after"] as const;
/** Longer than any attempt may take, one at an object of unknown size as well. */
const HANGS_FOR = 36_000_000;
/** Rows of a part; the SST has one whole part and a rest. */
const PART_ROWS = 4;
const ROWS = 7;
const EVERY = process.env["SLATE_SST_EVERY_FAULT"] !== undefined;
const TIMEOUT = EVERY ? 1_200_000 : 60_000;

const noise = ((random) => Uint8Array.from({ length: 2 * 1024 * 1024 }, () => random.byte()))(new Xorshift32(7));

/** The smallest parts that a store takes, and not too small. */
const partSizeOf = ({ capabilities: { uploads } }: ObjectStore): number => Math.max(uploads?.partSizeMin ?? 1, uploads?.partSizeStep ?? 1, 16 * 1024);

const rowsOf = (partSize: number): Row[] =>
  Array.from({ length: ROWS }, (_, row) => ({ key: `key-${String(row).padStart(4, "0")}`, value: noise.subarray(row, row + Math.ceil(partSize / PART_ROWS)) }));

/** One life of a process. */
async function run(store: ObjectStore, partSize = partSizeOf(store)): Promise<unknown> {
  const rows = rowsOf(partSize);
  const config = { partSize, checkpoint: { store, prefix: "journals", everyParts: 1 } };
  try {
    await using writer = await SstWriter.resume(store, PATH, config).catch(async (error: unknown) => {
      if (!isSstError(error, "ERR_SST_CHECKPOINT_MISSING")) throw error;
      return (await isThere(store)) ? undefined : await SstWriter.create(store, PATH, config);
    });
    if (writer?.state !== "writing") return undefined;
    await writer.writeAll(rows.slice((writer.resumeAfter?.ordinal ?? -1) + 1));
    await writer.close();
    return undefined;
  } catch (error) {
    return error;
  }
}

async function isThere(store: ObjectStore): Promise<boolean> {
  return await store.head(PATH).then(() => true, (error: unknown) => {
    if (isStoreError(error, "ERR_STORE_NOT_FOUND")) return false;
    throw error;
  });
}

async function pathsIn(store: ObjectStore): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of store.list("")) paths.push(path);
  return paths;
}

describe.each(CLOUDS)("a checkpointed run on $name", (cloud) => {
  let server: CloudServer;
  let expected: Uint8Array;
  beforeAll(async () => {
    server = await cloud.start();
    const memory = new MemoryObjectStore();
    await run(memory, partSizeOf((await server.place()).open()));
    expected = await memory.get(PATH);
  });
  afterAll(async () => {
    await server.stop();
  });

  const expectWhole = async (place: CloudPlace, title: string, mayStay: number): Promise<void> => {
    const store = place.open();
    expect(Buffer.compare(await store.get(PATH), expected), title).toBe(0);
    expect(await pathsIn(store), title).toEqual([PATH]);
    expect(place.orphans(), title).toBeLessThanOrEqual(mayStay);
  };

  it("survives any one failed request by a resume", async () => {
    const first = await server.place();
    server.reset();
    expect(await run(first.open())).toBeUndefined();
    const counts = server.plan.counts();
    await expectWhole(first, "undisturbed", 0);
    expect(counts.size).toBeGreaterThan(4);
    let failed = 0;
    let faults = 0;
    for (const [operation, count] of counts) {
      for (let call = 1; call <= count; call++) {
        if (!EVERY && call > 1 && call < count) continue;
        for (const when of EVERY ? WAYS : [WAYS[faults++ % WAYS.length]!]) {
          const title = `${operation} ${call} fails: ${when}`;
          const place = await server.place();
          const clock = new ManualClock();
          server.reset([{ operation, call, when }], () => clock.advance(HANGS_FOR));
          const error = await run(place.open({ clock, random: () => 0, attemptsMax: 1 }));
          server.reset();
          if (error !== undefined) {
            failed++;
            expect(isSstError(error) || isStoreError(error), `${title}: ${error instanceof Error ? error.message : "no error"}`).toBe(true);
            expect(await run(place.open()), title).toBeUndefined();
          }
          // What cannot be listed cannot be found again when its id was lost.
          await expectWhole(place, title, cloud.unlistable === undefined ? 0 : 1);
        }
      }
    }
    expect(failed).toBeGreaterThan(5);
  }, TIMEOUT);
});
