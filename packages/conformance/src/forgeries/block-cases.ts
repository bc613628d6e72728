// Forgeries of a data block's end: the offsets of rows or restart points, and their count.
import { type ExpectedFinding, forged, type Forgery, MIDDLE, rowsOf, withBlock, withOffsets } from "./forgery.js";
import { readBlock } from "./forged-rows.js";
import type { SstParts } from "./forged-sst.js";

const COUNT_BYTES = 2;
const BLOCK = `block[${MIDDLE}]` as const;

/** @param findings by the number of offsets that the block has. */
function otherOffsets(name: string, slateDb: string, change: (offsets: number[]) => readonly number[], findings: (count: number) => readonly ExpectedFinding[], base: "plain" | "v1" = "plain"): Forgery {
  return {
    name, base, slateDb,
    make: (parts) => {
      const block = parts.blocks[MIDDLE] ?? new Uint8Array();
      return forged(withOffsets(parts, MIDDLE, change), ...findings(readBlock(block, parts.formatVersion).offsets.length));
    },
  };
}

/** @param findings by the number of rows that the block has. */
function otherPayload(name: string, slateDb: string, change: (payload: Uint8Array) => Uint8Array, findings: (rows: number) => readonly ExpectedFinding[], base: "plain" | "v1" = "plain"): Forgery {
  return { name, base, slateDb, make: (parts: SstParts) => forged(withBlock(parts, MIDDLE, change), ...findings(rowsOf(parts, MIDDLE).length)) };
}

/** The block with another count behind its offsets. */
function recounted(block: Uint8Array, change: (count: number) => number): Uint8Array {
  const bytes = block.slice();
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const at = bytes.length - COUNT_BYTES;
  view.setUint16(at, change(view.getUint16(at)));
  return bytes;
}

const MISSED = "scans are fine, look-ups miss keys";

export const blockForgeries: readonly Forgery[] = [
  otherOffsets("a restart point one byte further", "look-ups panic in its region", (all) => all.map((at, i) => (i === 1 ? at + 1 : at)), () => [`B2.3 ${BLOCK}.restarts[1]`]),
  otherOffsets("a restart point beyond the rows", "look-ups panic in its region", (all) => all.map((at, i) => (i === all.length - 1 ? 0xffff : at)), (count) => [`B2.2 ${BLOCK}.restarts[${count - 1}]`]),
  otherOffsets("a restart point that is the next one", "does not notice", (all) => all.map((at, i) => (i === 1 ? all[2] ?? at : at)), () => [`B2.2 ${BLOCK}.restarts[2]`]),
  otherOffsets("only the first restart point", "does not notice", (all) => all.slice(0, 1), () => [`B2.3 ${BLOCK}.restarts[1]`]),
  otherOffsets("one restart point too many, at a row", "does not notice", (all) => [...all, (all.at(-1) ?? 0) + 1], (count) => [`B2.3 ${BLOCK}.restarts[${count}]`]),
  otherOffsets("the restart points in reverse", MISSED, (all) => [...all].reverse(), () => [`B2.1 ${BLOCK}.restarts[0]`]),
  otherOffsets("the first restart point not at the start", MISSED, (all) => all.map((at, i) => (i === 0 ? 1 : at)), () => [`B2.1 ${BLOCK}.restarts[0]`]),
  otherPayload("a count of 0 behind the restart points", MISSED, (block) => recounted(block, () => 0), () => [`B1.2 ${BLOCK}.num_restarts`]),
  otherPayload("a count far too high", "panics", (block) => recounted(block, () => 0xffff), () => [`B1.3 ${BLOCK}.num_restarts`]),
  otherPayload("a count one too low", "panics, as the rest is read as a row", (block) => recounted(block, (count) => count - 1), () => [`B2.1 ${BLOCK}.restarts[0]`]),
  otherPayload("a block of one byte", "panics", () => new Uint8Array(1), () => [`B1.1 ${BLOCK}.num_restarts`]),
  otherPayload("a block without rows and restart points", "the rows are missing without an error", () => new Uint8Array(COUNT_BYTES), () => [`B1.2 ${BLOCK}.num_restarts`]),
  otherPayload("a block of one restart point and no rows", "not tried", () => Uint8Array.of(0, 0, 0, 1), () => [`B1.4 ${BLOCK}.rows`]),
  {
    name: "a block of no bytes", base: "plain", slateDb: "panics",
    make: (parts) => forged(withBlock(parts, MIDDLE, () => new Uint8Array()), `I1.5 index.block_meta[${MIDDLE}].offset`),
  },
  otherOffsets("V1: an offset one byte further", "not tried", (all) => all.map((at, i) => (i === 1 ? at + 1 : at)), () => [`B2.5 ${BLOCK}.offsets[1]`], "v1"),
  otherOffsets("V1: an offset missing", "not tried", (all) => all.slice(0, -1), (count) => [`B2.5 ${BLOCK}.offsets[${count - 1}]`], "v1"),
  otherOffsets("V1: two offsets in each other's place", "not tried", (all) => all.map((at, i) => (i === 1 ? all[2] ?? at : i === 2 ? all[1] ?? at : at)), () => [`B2.2 ${BLOCK}.offsets[2]`], "v1"),
  otherPayload("V1: a count of 0", "not tried", (block) => recounted(block, () => 0), () => [`B1.2 ${BLOCK}.num_rows`], "v1"),
  otherPayload("V1: a count far too high", "not tried", (block) => recounted(block, () => 0xffff), () => [`B1.3 ${BLOCK}.num_rows`], "v1"),
];
