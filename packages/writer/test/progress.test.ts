// How far a writer is: counters that never go back, rates over its own time, and the size that the object will have.
import { MemoryObjectStore } from "@slate-sst/object-store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SstProgress } from "../src/index.js";
import { SstWriter } from "../src/index.js";
import { ProgressMeter, type ProgressSource } from "../src/progress.js";
import { checkpointIn } from "./resumed-runs.js";
import { asRow, PATH, sampleRows } from "./sample-rows.js";
import { putRows, watchedWriter } from "./watched-rows.js";

const COUNTERS = ["rows", "bytesEncoded", "bytesUploaded", "parts"] as const;

const source = (given: Partial<ProgressSource>): ProgressSource => ({ state: "writing", rows: 0, bytesEncoded: 0, bytesUploaded: 0, parts: 0, bytesInFlight: 0, sizeNow: 0, ...given });

describe("progress()", () => {
  it("grows with the rows, and ends with the object", async () => {
    const { writer, events } = await watchedWriter(new MemoryObjectStore());
    expect(writer.progress()).toMatchObject({ state: "writing", rows: 0, bytesEncoded: 0, bytesUploaded: 0, parts: 0, bytesInFlight: 0, estimatedSize: 0 });
    const seen: SstProgress[] = [];
    for (let row = 0; row < 50; row++) {
      await putRows(writer, 1, row);
      seen.push(writer.progress());
    }
    const { size } = await writer.close();
    seen.push(writer.progress());
    for (const counter of COUNTERS) expect(seen.map((one) => one[counter]), counter).toEqual(seen.map((one) => one[counter]).sort((a, b) => a - b));
    expect(seen.at(-1)).toMatchObject({ state: "closed", rows: 50, bytesEncoded: Number(size), bytesUploaded: Number(size), parts: events.filter(({ type }) => type === "part").length, estimatedSize: Number(size) });
    expect(writer.progress().elapsed).toBe(writer.progress().elapsed);
    expect(seen.at(-1)!.rowsPerSecond).toBeGreaterThan(0);
  });

  it("counts every block that is full, also where nobody has sent it yet", async () => {
    const writer = await SstWriter.create(new MemoryObjectStore(), PATH, { blockSize: 1024 });
    for (let row = 0; row < 4; row++) {
      await writer.put(`key ${row}`, "v".repeat(1000));
      expect(writer.progress().bytesEncoded).toBeGreaterThanOrEqual(row * 1000);
    }
    await writer.close();
  });

  it("tells the size that the object will have, by the rows expected", async () => {
    const { writer } = await watchedWriter(new MemoryObjectStore(), { expectedRows: 1000 });
    await putRows(writer, 100);
    const early = writer.progress().estimatedSize;
    await putRows(writer, 900, 100);
    const { size } = await writer.close();
    expect(Math.abs(early - Number(size)) / Number(size)).toBeLessThan(0.02);
    expect(writer.progress().estimatedSize).toBe(Number(size));
  });
});

describe("progress() of an SST that is cut off again and again", () => {
  const rows = sampleRows(1500, 5).map(asRow);

  it.each(["skip", "replay"] as const)("is never less than what the journal knows, whatever is written again: %s", async (feed) => {
    const store = new MemoryObjectStore();
    const config = { partSize: 4096, blockSize: 1024, minFilterKeys: 100, checkpoint: checkpointIn(store) } as const;
    let known = { rows: 0, bytesUploaded: 0, parts: 0 };
    let gained = 0;
    for (const stop of [400, 401, 900, rows.length]) {
      await using writer = known.rows === 0 ? await SstWriter.create(store, PATH, config) : await SstWriter.resume(store, PATH, config);
      // What a record tells of when it is there: rows up to its boundary, and the parts before it.
      let durable = known;
      writer.on("checkpoint", ({ rows: at, parts }) => (durable = { rows: at, parts, bytesUploaded: parts * config.partSize }));
      const seen = [writer.progress()];
      const next = (writer.resumeAfter?.ordinal ?? -1) + 1;
      const watched = function* (from: number): Generator<(typeof rows)[number]> {
        for (const row of rows.slice(from, stop)) {
          yield row;
          seen.push(writer.progress());
        }
      };
      if (feed === "replay" && next > 0) await writer.replay(watched(0));
      else await writer.writeAll(watched(next));
      if (stop < rows.length) await writer.detach();
      else await writer.close();
      seen.push(writer.progress());
      for (const counter of COUNTERS) expect(seen.map((one) => one[counter]), counter).toEqual(seen.map((one) => one[counter]).sort((a, b) => a - b));
      expect(seen.every(({ rowsPerSecond, bytesPerSecond }) => rowsPerSecond >= 0 && bytesPerSecond >= 0)).toBe(true);
      for (const counter of ["rows", "bytesUploaded", "parts"] as const) expect(seen[0]![counter], counter).toBeGreaterThanOrEqual(known[counter]);
      if (durable.rows > known.rows) gained++;
      known = durable;
      if (stop === rows.length) {
        const { size } = await store.head(PATH);
        expect(seen.at(-1)).toMatchObject({ state: "closed", rows: rows.length, bytesEncoded: size, bytesUploaded: size, parts: Math.ceil(size / config.partSize), estimatedSize: size });
      }
    }
    expect(gained).toBeGreaterThan(2);
  });
});

describe("a meter", () => {
  it("tells of rates over its own time, and stands still at the end", () => {
    let now = 1000;
    let given = source({});
    const meter = new ProgressMeter(() => given, { expectedSize: 500, expectedRows: undefined }, () => now);
    expect(meter.read()).toMatchObject({ elapsed: 0, rowsPerSecond: 0, estimatedSize: 500 });
    now += 2000;
    given = source({ rows: 10, bytesEncoded: 400, sizeNow: 450 });
    expect(meter.read()).toMatchObject({ elapsed: 2000, rowsPerSecond: 5, bytesPerSecond: 200, estimatedSize: 500 });
    given = source({ rows: 20, bytesEncoded: 900, sizeNow: 950 });
    meter.end();
    now += 5000;
    expect(meter.read()).toMatchObject({ elapsed: 2000, rowsPerSecond: 10, estimatedSize: 950 });
  });

  it("tells of a size by the rows expected once there are rows, and never of less than there is", () => {
    let given = source({ sizeNow: 30 });
    const meter = new ProgressMeter(() => given, { expectedSize: 500, expectedRows: 100 }, () => 0);
    expect(meter.read().estimatedSize).toBe(500);
    given = source({ rows: 1, sizeNow: 40 });
    expect(meter.read().estimatedSize).toBe(4000);
    given = source({ rows: 200, sizeNow: 9000 });
    expect(meter.read().estimatedSize).toBe(9000);
  });

  it("goes on from the writer before: what was restored is not this one's speed", () => {
    let now = 0;
    let given = source({ rows: 100, bytesEncoded: 1000, bytesUploaded: 800, parts: 8 });
    const meter = new ProgressMeter(() => given, { expectedSize: undefined, expectedRows: undefined }, () => now);
    meter.resumeFrom({ rows: 100, bytesEncoded: 1000, bytesUploaded: 800, parts: 8 });
    now += 1000;
    given = source({ rows: 110, bytesEncoded: 1100, bytesUploaded: 900, parts: 9 });
    expect(meter.read()).toMatchObject({ rows: 110, parts: 9, rowsPerSecond: 10, bytesPerSecond: 100 });
  });

  it("never tells less than the writer before, also while rows are written again", () => {
    const counters = fc.record({ rows: fc.nat(), bytesEncoded: fc.nat(), bytesUploaded: fc.nat(), parts: fc.nat() });
    fc.assert(fc.property(counters, fc.array(counters, { maxLength: 10 }), (before, steps) => {
      let given = source({});
      const meter = new ProgressMeter(() => given, { expectedSize: undefined, expectedRows: undefined }, () => 0);
      meter.resumeFrom(before);
      let last = meter.read();
      for (const step of steps) {
        given = source({ ...given, ...Object.fromEntries(COUNTERS.map((counter) => [counter, given[counter] + step[counter]])) });
        const next = meter.read();
        for (const counter of COUNTERS) expect(next[counter]).toBeGreaterThanOrEqual(Math.max(last[counter], before[counter]));
        last = next;
      }
    }), { seed: 11, numRuns: 100 });
  });
});
