// Every request of a run is made to fail, one after the other, in every way: refused, its answer lost, without an answer. With
// retries the run ends in the right object; without them in that or in a clear error; and nothing is left behind.
import { isStoreError, type ObjectStore } from "@slate-sst/object-store";
import { ManualClock, type ServerFault } from "@slate-sst/object-store/testing";
import { SstWriter } from "@slate-sst/writer";
import { isSstError } from "@slate-sst/format";
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Xorshift32 } from "../src/xorshift32.js";
import { CLOUDS, type CloudPlace, type CloudServer } from "./cloud-stores.js";

const PATH = "db/compacted/01JD2Q0V7J3S6X4Z8N5W9K1B2C.sst";
const WAYS = ["before", "after", "hang", "hang-after"] as const;

/** Longer than any attempt at a part of 5 MiB may take, shorter than all of them together. */
const HANGS_FOR = 150_000;

/** Rows that make two whole parts of 5 MiB and a rest, or less than one. */
const RUNS = [{ name: "three parts", rows: 1400 }, { name: "one request", rows: 10 }] as const;

const VALUE_BYTES = 8192;
const values = Array.from({ length: 16 }, (_, seed) => {
  const random = new Xorshift32(seed + 1);
  return Uint8Array.from({ length: VALUE_BYTES }, () => random.byte());
});

/** Writes the rows; on failure gives up, as programs should. */
async function write(store: ObjectStore, rows: number): Promise<{ error: unknown; abort: () => Promise<void> }> {
  let writer: SstWriter | undefined;
  const abort = async (): Promise<void> => await writer?.abort();
  try {
    writer = await SstWriter.create(store, PATH, { partSize: 5 * 1024 * 1024 });
    for (let row = 0; row < rows; row++) await writer.put(`key-${String(row).padStart(8, "0")}`, values[row % values.length] ?? "");
    await writer.close();
    return { error: undefined, abort };
  } catch (error) {
    return { error, abort };
  }
}

async function digestAt(place: CloudPlace): Promise<string | undefined> {
  try {
    return createHash("sha256").update(await place.open().get(PATH)).digest("hex");
  } catch (error) {
    if (isStoreError(error, "ERR_STORE_NOT_FOUND")) return undefined;
    throw error;
  }
}

for (const cloud of CLOUDS) {
  describe(`a run on ${cloud.name}`, () => {
    let server: CloudServer;
    beforeAll(async () => {
      server = await cloud.start();
    });
    afterAll(async () => {
      await server.stop();
    });

    for (const { name, rows } of RUNS) {
      /** The undisturbed run: how many requests of which kind, and what comes of it. */
      const undisturbed = async (): Promise<{ digest: string; counts: ReadonlyMap<string, number> }> => {
        const place = await server.place();
        server.reset();
        expect((await write(place.open(), rows)).error).toBeUndefined();
        const counts = server.plan.counts();
        return { digest: (await digestAt(place)) ?? "", counts };
      };

      /** One run with a fault. */
      const disturbed = async (fault: ServerFault, attemptsMax: number): Promise<{ error: unknown; digest: string | undefined; orphans: number; struck: number }> => {
        const place = await server.place();
        const clock = new ManualClock();
        server.reset([fault], () => clock.advance(HANGS_FOR));
        const { error, abort } = await write(place.open({ clock, random: () => 0, attemptsMax }), rows);
        const struck = server.plan.failures;
        server.reset();
        await abort();
        return { error, digest: await digestAt(place), orphans: place.orphans(), struck };
      };

      const forEachFault = async (check: (fault: ServerFault & { operation: string }, title: string, digest: string) => Promise<void>): Promise<void> => {
        const { digest, counts } = await undisturbed();
        expect(counts.size).toBeGreaterThan(0);
        for (const [operation, count] of counts) {
          for (let call = 1; call <= count; call++) {
            for (const when of WAYS) await check({ operation, call, when }, `${operation} ${call} fails: ${when}`, digest);
          }
        }
      };
      const mayStay = (fault: { operation: string; when: string }): number => (fault.operation === cloud.unlistable && fault.when.endsWith("after") ? 1 : 0);

      it(`of ${name} survives any one failure`, async () => {
        await forEachFault(async (fault, title, digest) => {
          const run = await disturbed(fault, 10);
          expect(run.struck, title).toBe(1);
          expect(run.error, title).toBeUndefined();
          expect(run.digest, title).toBe(digest);
          expect(run.orphans, title).toBeLessThanOrEqual(mayStay(fault));
        });
      });

      it(`of ${name} without retries ends in the object or in a clear error, and leaves nothing`, async () => {
        await forEachFault(async (fault, title, digest) => {
          const run = await disturbed(fault, 1);
          if (run.error !== undefined) {
            expect(isSstError(run.error) || isStoreError(run.error), `${title}: ${(run.error as Error).message}`).toBe(true);
            expect((run.error as Error).message.length, title).toBeGreaterThan(10);
          }
          expect([run.error === undefined ? "" : undefined, digest], title).toContain(run.digest ?? undefined);
          expect(run.orphans, title).toBeLessThanOrEqual(mayStay(fault));
        });
      });

      it(`of ${name} on a store that is gone from some request on ends in a clear error, and leaves nothing once that is back`, async () => {
        const { counts } = await undisturbed();
        const requests = [...counts.values()].reduce((sum, count) => sum + count, 0);
        for (let call = 1; call <= requests; call++) {
          const run = await disturbed({ call, times: Infinity, when: "before" }, 3);
          expect(isSstError(run.error), `gone from request ${call} on`).toBe(true);
          expect([run.digest, run.orphans], `gone from request ${call} on`).toEqual([undefined, 0]);
        }
      });
    }
  });
}
