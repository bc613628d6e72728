// What adapters of services that are reached by HTTP read: exactly what was asked for, or an error.
import { describe, expect, it } from "vitest";
import { ObjectReads, type AskedRange, type OpenedBody } from "../src/adapter/index.js";
import { collect } from "./local-folder.js";

const OBJECT = Uint8Array.from({ length: 10 }, (_, index) => index);

/** Reads of an object of ten bytes, by a service that answers as it likes. */
function reading(answer: (range: AskedRange | undefined) => Pick<OpenedBody, "size" | "total">): { reads: ObjectReads; discarded: () => number } {
  let discarded = 0;
  const reads = new ObjectReads({
    operation: "GetObject",
    head: async (path) => ({ path, size: OBJECT.length, lastModified: new Date(0), etag: undefined, metadata: {} }),
    open: async (_, range) => {
      const { size, total } = answer(range);
      const body = (async function* () { yield OBJECT.slice(0, size); })();
      return { body, size, total, discard: () => (discarded += 1) };
    },
    receive: async (_, __, act) => await act(),
  });
  return { reads, discarded: () => discarded };
}

describe("reads by HTTP", () => {
  it("give the bytes that a service answers with, when they are as many as were asked for", async () => {
    const { reads } = reading((range) => (range === undefined ? { size: 10, total: undefined } : { size: (range.end ?? 10) - range.start, total: 10 }));
    expect(await reads.get("a", undefined)).toEqual(OBJECT);
    expect((await reads.getRange("a", 2, 4, undefined)).length).toBe(2);
    expect(Buffer.concat(await collect(reads.stream("a", { start: 4 }))).length).toBe(6);
  });

  it.each([
    ["passes over the range and sends the whole object", { size: 10, total: undefined }],
    ["sends fewer bytes than the range has", { size: 1, total: 10 }],
    ["sends more", { size: 9, total: 10 }],
  ])("fail where a service %s", async (_, answer) => {
    const { reads, discarded } = reading(() => answer);
    const calls = [async () => await reads.getRange("a", 2, 4, undefined), async () => await collect(reads.stream("a", { start: 2, end: 4 })), async () => await collect(reads.stream("a", { start: 2 }))];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ name: "StoreError", path: "a" });
    expect(discarded()).toBe(calls.length);
  });
});
