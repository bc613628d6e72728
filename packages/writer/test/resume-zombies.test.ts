// Two writers of one SST: the older one stands still at some call, the newer one resumes, and then the older one goes on.
import { isSstError } from "@slate-sst/format";
import { MemoryObjectStore, type ObjectStore } from "@slate-sst/object-store";
import { DecoratedObjectStore, type StoreCall } from "@slate-sst/object-store/testing";
import { describe, expect, it } from "vitest";
import { SstWriter } from "../src/index.js";
import { checkpointIn, contents, finish, resumeOrCreate, type RunConfig, told, undisturbed } from "./resumed-runs.js";
import { asRow, PATH, sampleRows } from "./sample-rows.js";

const ROWS = sampleRows(240, 9).map(asRow);
const CONFIG: RunConfig = { partSize: 4096, blockSize: 1024, minFilterKeys: 100, mode: "overwrite" };

/** A store of which the n-th call stands still until it is let go. */
class PausingStore extends DecoratedObjectStore {
  readonly stopped: Promise<StoreCall>;
  go!: () => void;
  #calls = 0;
  readonly #call: number;
  readonly #gone: Promise<void>;
  #stop!: (call: StoreCall) => void;

  constructor(inner: ObjectStore, call: number) {
    super(inner);
    this.#call = call;
    this.stopped = new Promise((stop) => (this.#stop = stop));
    this.#gone = new Promise((go) => (this.go = go));
  }

  get calls(): number {
    return this.#calls;
  }

  protected override async before(call: StoreCall): Promise<void> {
    if (++this.#calls !== this.#call) return;
    this.#stop(call);
    await this.#gone;
  }
}

/** The older writer, from its first call to its end; what has become of it. */
async function older(store: ObjectStore): Promise<{ writer: SstWriter | undefined; error: unknown }> {
  let writer: SstWriter | undefined;
  try {
    writer = await SstWriter.create(store, PATH, { ...CONFIG, checkpoint: checkpointIn(store) });
    await writer.writeAll(ROWS);
    await writer.close();
    return { writer, error: undefined };
  } catch (error) {
    return { writer, error };
  }
}

describe.each(["goes on when the newer one is through", "goes on while the newer one writes"])("an older writer that %s", (when) => {
  it("changes nothing, wherever it stood still", async () => {
    const { bytes } = await undisturbed(ROWS, CONFIG);
    const counting = new PausingStore(new MemoryObjectStore(), Infinity);
    expect((await older(counting)).error).toBeUndefined();
    const seen = new Set<string>();
    // Listing the journal and beginning it come first: before that there is no older writer.
    const BEGUN = 2;
    for (let call = BEGUN + 1; call <= counting.calls; call++) {
      const store = new MemoryObjectStore();
      const pausing = new PausingStore(store, call);
      const run = older(pausing);
      const stoodAt = await pausing.stopped;
      const title = `at call ${call}, ${stoodAt.method} ${stoodAt.path}`;
      const newer = await resumeOrCreate(store, CONFIG);
      if (when.includes("while")) {
        if (newer?.state === "writing") await newer.writeAll(ROWS.slice((newer.resumeAfter?.ordinal ?? -1) + 1, 150));
        pausing.go();
        const zombie = await run;
        if (newer?.state === "writing") await newer.writeAll(ROWS.slice(Math.max(150, (newer.resumeAfter?.ordinal ?? -1) + 1)));
        await newer?.close().catch((error: unknown) => {
          throw new Error(title, { cause: error });
        });
        await zombie.writer?.abort();
      } else {
        if (newer?.state === "writing") await finish(newer, ROWS, "skip");
        const { lastModified } = await store.head(PATH);
        pausing.go();
        const { error, writer } = await run;
        if (error !== undefined) expect(isSstError(error), `${title}: ${told(error)}`).toBe(true);
        await writer?.abort();
        expect((await store.head(PATH)).lastModified, title).toEqual(lastModified);
        seen.add(isSstError(error) ? error.code : "closed");
      }
      expect(Buffer.compare(await store.get(PATH), bytes), title).toBe(0);
      expect(await contents(store), title).toEqual({ paths: [PATH], uploads: 0 });
    }
    if (!when.includes("while")) expect([...seen]).toContain("ERR_SST_FENCED");
  });
});
