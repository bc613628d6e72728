// Every call of the store fails once, in every way. The run ends in the right object or in a clear error; resuming it ends in the same
// bytes as an undisturbed run; and nothing is left behind by a close or an abort that reports success.
import { isSstError } from "@slate-sst/format";
import { LocalObjectStore, MemoryObjectStore, type ObjectStore } from "@slate-sst/object-store";
import { FailingObjectStore } from "@slate-sst/object-store/testing";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { SstWriter } from "../src/index.js";
import { attempt, checkpointIn, contents, resumeOrCreate, type RunConfig, told, undisturbed } from "./resumed-runs.js";
import { asRow, PATH, sampleRows } from "./sample-rows.js";

const ROWS = sampleRows(240, 9).map(asRow);
const FEW = ROWS.slice(0, 40);
const CONFIG: RunConfig = { partSize: 4096, blockSize: 1024, minFilterKeys: 100, maxPartsInFlight: 1 };

const folders = mkdtempSync(join(tmpdir(), "slate-sst-resume-"));
afterAll(() => rmSync(folders, { recursive: true, force: true }));
let made = 0;

const STORES: readonly (readonly [string, () => ObjectStore])[] = [
  ["memory", () => new MemoryObjectStore()],
  ["a local folder", () => new LocalObjectStore(join(folders, String(made++)))],
];

const WAYS = ["before", "after"] as const;

for (const [name, open] of STORES) {
  describe.each([["with parts", ROWS], ["in one request", FEW]] as const)(`on ${name}, %s`, (_title, rows) => {
    /** Every call fails once in every way: `check` sees the store, and what the run came to. */
    async function forEachFault(check: (store: ObjectStore, error: unknown, title: string) => Promise<void>): Promise<void> {
      const calls = (await attempt(open(), rows, CONFIG, "skip")).calls;
      expect(calls).toBeGreaterThan(8);
      for (let call = 1; call <= calls; call++) {
        for (const when of WAYS) {
          const store = open();
          const { error } = await attempt(store, rows, CONFIG, "skip", { call, when });
          if (error !== undefined) expect(isSstError(error), `${call} ${when}: ${told(error)}`).toBe(true);
          await check(store, error, `call ${call} fails: ${when}`);
        }
      }
    }

    it("any one failure is survived by a resume", async () => {
      const { bytes } = await undisturbed(rows, CONFIG);
      let failed = 0;
      await forEachFault(async (store, error, title) => {
        failed += error === undefined ? 0 : 1;
        if (error !== undefined) {
          const { error: second } = await attempt(store, rows, CONFIG, failed % 2 === 0 ? "skip" : "replay");
          expect(second, title).toBeUndefined();
        }
        expect(Buffer.compare(await store.get(PATH), bytes), title).toBe(0);
        expect(await contents(store), title).toEqual({ paths: [PATH], uploads: 0 });
      });
      expect(failed).toBeGreaterThan(8);
    });

    it("any one failure of an abort is told, and the next abort leaves nothing", async () => {
      const run = async (when: "before" | "after" = "before", call = Infinity): Promise<{ first: number; last: number }> => {
        const store = open();
        const failing = new FailingObjectStore(store, { call, when });
        const writer = await SstWriter.create(failing, PATH, { ...CONFIG, checkpoint: checkpointIn(failing) });
        await writer.writeAll(rows);
        const first = failing.count() + 1;
        const error: unknown = await writer.abort().then(() => undefined, (reason: unknown) => reason);
        const last = failing.count();
        if (error !== undefined) {
          expect(isSstError(error, "ERR_SST_WRITE"), told(error)).toBe(true);
          await writer.abort();
        }
        expect(failing.failures).toBe(call <= last ? 1 : 0);
        expect(await contents(store), `call ${call} ${when}`).toEqual({ paths: [], uploads: 0 });
        return { first, last };
      };
      const { first, last } = await run();
      expect(last - first).toBeGreaterThan(1);
      for (let call = first; call <= last; call++) for (const when of WAYS) await run(when, call);
    });
  });
}

it("a resume whose own calls fail leaves everything for the next one", async () => {
  const { bytes } = await undisturbed(ROWS, CONFIG);
  const begin = async (): Promise<ObjectStore> => {
    const store = new MemoryObjectStore();
    const writer = await SstWriter.create(store, PATH, { ...CONFIG, checkpoint: checkpointIn(store) });
    await writer.writeAll(ROWS.slice(0, 200));
    await writer.detach();
    return store;
  };
  const calls = (await attempt(await begin(), ROWS, CONFIG, "skip")).calls;
  for (let call = 1; call <= calls; call++) {
    for (const when of WAYS) {
      const store = await begin();
      await attempt(store, ROWS, CONFIG, "skip", { call, when });
      const { error } = await attempt(store, ROWS, CONFIG, "skip");
      expect(error, `call ${call} ${when}`).toBeUndefined();
      expect(Buffer.compare(await store.get(PATH), bytes), `call ${call} ${when}`).toBe(0);
      expect(await contents(store), `call ${call} ${when}`).toEqual({ paths: [PATH], uploads: 0 });
      expect(await resumeOrCreate(store, CONFIG)).toBeUndefined();
    }
  }
});
