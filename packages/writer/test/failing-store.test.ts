// A store whose n-th call fails, for every method and every n: the run ends in the right object or in a clear error that
// sticks, nothing but whole objects is ever seen, and nothing staged is left after abort().
import { isSstError, type SstError } from "@slate-sst/format";
import { MemoryObjectStore, type ObjectStore, StoreError } from "@slate-sst/object-store";
import { FailingObjectStore, type FailureRule, RecordingObjectStore, type StoreMethod } from "@slate-sst/object-store/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { SstWriter, type SstWriterConfig } from "../src/index.js";
import { asRow, expectSameBytes, objectsOf, PATH, rejectionOf, sampleRows, thrownBy, uploadsOf, writeSamples } from "./sample-rows.js";

const samples = sampleRows(250, 43);
const configs: Readonly<Record<string, SstWriterConfig>> = {
  "one put": { blockSize: 1024 },
  "parts": { partSize: 2048, blockSize: 1024 },
  "parts, many at a time": { partSize: 1024, blockSize: 1024, maxPartsInFlight: 8 },
  "parts, transformed": { partSize: 2048, blockSize: 1024, transform: { encode: async (bytes) => Promise.resolve(bytes.slice()) } },
  "parts, overwriting": { partSize: 2048, blockSize: 1024, mode: "overwrite" },
};

interface Ending {
  readonly error: unknown;
  readonly writer: SstWriter | undefined;
}

/** One run as a careful caller writes it. */
async function run(store: ObjectStore, config: SstWriterConfig): Promise<Ending> {
  let writer: SstWriter | undefined;
  try {
    writer = await SstWriter.create(store, PATH, config);
    for (const sample of samples) {
      const wait = writer.add(asRow(sample));
      if (wait !== undefined) await wait;
    }
    await writer.close();
    return { error: undefined, writer };
  } catch (error) {
    await writer?.abort();
    return { error, writer };
  }
}

describe.each(Object.keys(configs))("%s", (name) => {
  const config = configs[name]!;
  let expected: Uint8Array;
  let calls: Map<StoreMethod, number>;
  beforeAll(async () => {
    expected = (await writeSamples(samples, config)).bytes;
    const recording = new RecordingObjectStore(new MemoryObjectStore());
    await run(recording, config);
    calls = new Map(recording.calls().map(({ method }) => [method, recording.count(method)]));
  });

  async function check(rule: FailureRule): Promise<void> {
    const inner = new MemoryObjectStore();
    const store = new FailingObjectStore(inner, rule);
    const { error, writer } = await run(store, config);
    const what = `${rule.method} ${rule.call} ${rule.when}`;
    expect(store.failures, what).toBe(1);
    expect(isSstError(error, "ERR_SST_WRITE"), what).toBe(true);
    expect((error as SstError).cause, what).toBeInstanceOf(StoreError);
    expect((error as SstError).details, what).toEqual({ path: PATH, storeCode: "ERR_STORE_FAILED" });
    if (writer !== undefined) {
      expect(thrownBy(() => writer.put("z", "")), what).toBe(error);
      expect(await rejectionOf(writer.close()), what).toBe(error);
      expect(thrownBy(() => writer.metadata()), what).toMatchObject({ code: "ERR_SST_STATE" });
    }
    const published = rule.when === "after" && (rule.method === "put" || rule.method === "completeUpload");
    expect(await objectsOf(inner), what).toEqual(published ? [PATH] : []);
    if (published) expectSameBytes(await inner.get(PATH), expected);
    // Nobody knows the id of an upload that was begun when its answer was lost.
    const orphans = rule.when === "after" && rule.method === "createUpload" ? 1 : 0;
    expect((await uploadsOf(inner)).length, what).toBe(orphans);
    if (!published || config.mode === "overwrite") expectSameBytes((await writeSamples(samples, config, inner)).bytes, expected);
  }

  it.each(["before", "after"] as const)("each call in turn fails %s the store has acted", async (when) => {
    let runs = 0;
    for (const [method, count] of calls) {
      // The answer that nothing is there is an error itself, and is not lost.
      if (method === "head" && when === "after") continue;
      for (let call = 1; call <= count; call++) {
        await check({ method, call, when });
        runs++;
      }
    }
    expect(runs).toBeGreaterThanOrEqual(1);
  });

  it("a store that is gone from some call on: the run fails, and cleans up once the store is back", async () => {
    const total = [...calls.values()].reduce((sum, count) => sum + count, 0);
    for (let call = 1; call <= total; call++) {
      const inner = new MemoryObjectStore();
      const failing = new FailingObjectStore(inner, { call, times: 50, when: "before" });
      const { error, writer } = await run(failing, config);
      expect(isSstError(error, "ERR_SST_WRITE")).toBe(true);
      expect(await objectsOf(inner)).toEqual([]);
      while (failing.count() < call + 50) await failing.head(PATH).catch(() => undefined);
      await writer?.abort();
      expect(await uploadsOf(inner)).toEqual([]);
    }
  });
});

describe("what a store throws", () => {
  it.each([["text", "connection reset"], ["an error of its own", new TypeError("fetch failed")], ["nothing", undefined]])("becomes ERR_SST_WRITE with its cause: %s", async (_, thrown) => {
    for (const [method, config] of [["put", {}], ["uploadPart", { partSize: 1024 }], ["createUpload", { partSize: 1024 }]] as const) {
      class Thrower extends RecordingObjectStore {
        protected override async before(call: Parameters<RecordingObjectStore["before"]>[0]): Promise<void> {
          if (call.method === method) throw thrown;
        }
      }
      const { error } = await run(new Thrower(new MemoryObjectStore()), config);
      expect(error).toMatchObject({ code: "ERR_SST_WRITE", cause: thrown, details: { storeCode: undefined } });
      expect(String(error)).toContain(thrown instanceof Error ? thrown.message : String(thrown));
    }
  });
});
