// What close() tells of its time: encoding the end, parts on their way, publication; together the whole of it.
import { MemoryObjectStore } from "@slate-sst/object-store";
import { DecoratedObjectStore, type StoreCall } from "@slate-sst/object-store/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type SstWriterEventOf, SstWriter, type SstWriterConfig } from "../src/index.js";
import { GatedObjectStore } from "./gated-object-store.js";
import { asRow, PATH, rejectionOf, sampleRows } from "./sample-rows.js";
import { checkpointIn } from "./resumed-runs.js";
import { settled } from "./watched-rows.js";

afterEach(() => void vi.restoreAllMocks());

const rows = sampleRows(300, 191).map(asRow);

/** Phases of a close(), and how long it took, by a clock that goes on with requests and transformed sections only. */
async function closed(config: SstWriterConfig): Promise<{ phases: SstWriterEventOf<"closed">["phases"]; elapsed: number; sections: number }> {
  let now = 1000;
  let sections = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  class Slow extends DecoratedObjectStore {
    protected override async before({ method }: StoreCall): Promise<void> {
      now += method === "uploadPart" ? 30 : method === "put" || method === "completeUpload" ? 400 : 0;
    }
  }
  const writer = await SstWriter.create(new Slow(new MemoryObjectStore()), PATH, { ...config, transform: { encode: (bytes) => ((now += 5), sections++, bytes) } });
  await writer.writeAll(rows);
  await settled();
  const [begun, before] = [now, sections];
  let phases: SstWriterEventOf<"closed">["phases"] | undefined;
  writer.on("closed", (event) => (phases = event.phases));
  await writer.close();
  await settled();
  return { phases: phases!, elapsed: now - begun, sections: sections - before };
}

describe("the phases of close()", () => {
  it("of one request are encoding and publication", async () => {
    const { phases, sections } = await closed({ blockSize: 1024 });
    expect(sections).toBeGreaterThan(1);
    expect(phases).toEqual({ encode: 5 * sections, upload: 0, publish: 400 });
  });

  it("of an upload add up to the whole", async () => {
    const { phases, elapsed } = await closed({ blockSize: 1024, partSize: 2048 });
    expect(phases.publish).toBe(400);
    expect(phases.encode + phases.upload + phases.publish).toBe(elapsed);
    expect(phases.upload).toBeGreaterThanOrEqual(30);
    expect(phases.encode).toBeGreaterThan(0);
  });
});

describe("a writer with a journal that is left", () => {
  it("waits for the parts under way", async () => {
    const memory = new MemoryObjectStore();
    const gate = new GatedObjectStore(memory, { methods: ["uploadPart"], heedsSignals: false });
    const writer = await SstWriter.create(gate, PATH, { blockSize: 1024, partSize: 2048, checkpoint: checkpointIn(memory) });
    for (const row of rows) void writer.add(row);
    await gate.arrivals(1);
    let isLeft = false;
    const leaving = writer[Symbol.asyncDispose]().then(() => (isLeft = true));
    await settled();
    expect(isLeft).toBe(false);
    gate.open();
    await leaving;
    expect(writer.state).toBe("aborted");
  });
});

describe("an abort", () => {
  it("tells a reason that is no text by its type", async () => {
    const writer = await SstWriter.create(new MemoryObjectStore(), PATH);
    await writer.abort({ secret: "x" });
    expect(await rejectionOf(writer.close())).toMatchObject({ code: "ERR_SST_ABORTED", message: "the writer was aborted: an object" });
  });
});
