// Memory that parts leave from: what is used again, what is new, and how much of it there is. Compared by identity: a look at all bytes takes long.
import { describe, expect, it } from "vitest";
import { allocate } from "../src/allocate.js";
import { outputBuffers, type PartBuffer, PartBuffers } from "../src/part-buffers.js";
import { thrownBy } from "./sample-rows.js";

const PART = 1000;
const SLACK = 512 * 1024;
const WHOLE = PART + SLACK;

/** Buffers, and the memory that they were given from somewhere else. */
function open(given = 0): { buffers: PartBuffers; source: Uint8Array[] } {
  const buffers = new PartBuffers(PART);
  const source = Array.from({ length: given }, () => new Uint8Array(WHOLE));
  const left = [...source];
  if (given > 0) buffers.allocateBy(() => left.shift());
  return { buffers, source };
}
const lengthOf = ({ bytes, uses }: PartBuffer): unknown => [bytes.length, uses];

describe("buffers", () => {
  it("are as long as a part and half a MiB, from elsewhere as long as there are any", () => {
    const { buffers, source } = open(2);
    expect(buffers.length).toBe(WHOLE);
    for (const bytes of source) expect(buffers.whole().bytes === bytes).toBe(true);
    expect(lengthOf(buffers.whole())).toEqual([WHOLE, 0]);
    expect(lengthOf(open().buffers.whole())).toEqual([WHOLE, 0]);
  });

  it("are longer for what is longer, and free ones are used again first", () => {
    const { buffers } = open();
    expect(lengthOf(buffers.atLeast(WHOLE))).toEqual([WHOLE, 0]);
    expect(lengthOf(buffers.atLeast(WHOLE + 1))).toEqual([WHOLE + 1 + SLACK, 0]);
    const free = buffers.whole();
    buffers.release(free);
    expect([buffers.atLeast(5) === free, buffers.atLeast(5) === free]).toEqual([true, false]);
    // One of another length is of no use.
    buffers.release({ bytes: new Uint8Array(5), uses: 0 });
    expect(lengthOf(buffers.atLeast(1))).toEqual([WHOLE, 0]);
  });

  it("to go on with are whole ones, and small ones only while parts have to wait and none is free", () => {
    const { buffers } = open();
    expect(lengthOf(buffers.next(10, false))).toEqual([WHOLE, 0]);
    expect(lengthOf(buffers.next(10, true))).toEqual([10 + 2 * SLACK, 0]);
    const free = buffers.whole();
    buffers.release(free);
    expect(buffers.next(10, true) === free).toBe(true);
    expect(lengthOf(buffers.next(WHOLE + 1, false))).toEqual([WHOLE + 1 + SLACK, 0]);
  });

  it("that are small give way to whole ones that have become free, and serve again", () => {
    const { buffers } = open();
    const small = buffers.next(3, true);
    small.bytes.set([1, 2, 3]);
    expect(buffers.insteadOf(small, 3)).toBeUndefined();
    const free = buffers.whole();
    buffers.release(free);
    // A whole one has nothing to gain, and what is longer than a whole one stays.
    expect(buffers.insteadOf(buffers.whole(), 3)).toBeUndefined();
    expect(buffers.insteadOf(small, WHOLE + 1)).toBeUndefined();
    expect(buffers.insteadOf(small, 3) === free).toBe(true);
    expect([...free.bytes.subarray(0, 4)]).toEqual([1, 2, 3, 0]);
    expect([buffers.next(3, true) === small, buffers.next(3, true) === small]).toEqual([true, false]);
  });

  it("that are small serve again only where they are long enough, and no part leaves from them", () => {
    for (const [uses, length, isAgain] of [[0, SLACK + 3, true], [0, SLACK + 4, false], [1, 3, false]] as const) {
      const { buffers } = open();
      const small = buffers.next(3, true);
      buffers.release(buffers.whole());
      small.uses = uses;
      expect(buffers.insteadOf(small, 3)).toBeDefined();
      expect(buffers.next(length, true) === small).toBe(isAgain);
    }
  });

  it("are set aside two more than parts may be under way, unless that is more than 256 MiB", () => {
    expect(outputBuffers({ partSize: PART, maxPartsInFlight: 3 })).toEqual({ count: 5, length: WHOLE });
    const quarter = 64 * 1024 * 1024 - SLACK;
    expect(outputBuffers({ partSize: quarter, maxPartsInFlight: 2 })).toEqual({ count: 4, length: quarter + SLACK });
    expect(outputBuffers({ partSize: quarter + 1, maxPartsInFlight: 2 })).toEqual({ count: 0, length: quarter + 1 + SLACK });
  });
});

it("memory that there is not is told by its length", () => {
  expect(thrownBy(() => allocate(2 ** 50))).toMatchObject({ code: "ERR_SST_LIMIT_MEMORY", details: { length: 2 ** 50 } });
});
