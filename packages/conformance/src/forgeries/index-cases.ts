// Forgeries of the index: separators, offsets and entries.
import type { BlockMeta } from "@slate-sst/format";
import { joinBytes } from "./forged-rows.js";
import { putTogether, type SstParts } from "./forged-sst.js";
import { type ExpectedFinding, forged, type Forgery, MIDDLE, replaced, rowAt, rowsOf, swapped } from "./forgery.js";

/** More bytes than any base has. */
const BEYOND = 10_000_000;

const firstKeyOf = (block: number): `index.block_meta[${number}].first_key` => `index.block_meta[${block}].first_key`;
const offsetOf = (block: number): `index.block_meta[${number}].offset` => `index.block_meta[${block}].offset`;

function separator(name: string, slateDb: string, block: number, change: (parts: SstParts) => Uint8Array, rule: "I2.1" | "I2.2" | "I2.3"): Forgery {
  return {
    name, base: "plain", slateDb, ...(rule === "I2.3" ? { level: "paranoid" as const } : {}),
    make: (parts) => forged(putTogether(parts, { separators: (all) => replaced(all, block, () => change(parts)) }), `${rule} ${firstKeyOf(block)}`),
  };
}

function otherEntries(name: string, slateDb: string, change: (all: readonly BlockMeta[]) => readonly BlockMeta[], ...findings: readonly ExpectedFinding[]): Forgery {
  return { name, base: "plain", slateDb, make: (parts) => forged(putTogether(parts, { index: change }), ...findings) };
}

const moved = (entry: BlockMeta, offset: number): BlockMeta => ({ ...entry, offset });

/** A separator may not be above the first key, of which there are several rows in the block before this row. */
const FEW_ROWS = 3;

export const indexForgeries: readonly Forgery[] = [
  separator("a separator lowered to the first key of the SST", "look-ups miss the keys of the block", MIDDLE, (parts) => rowAt(rowsOf(parts, 0), 0).key, "I2.2"),
  separator("a separator raised to the next one", "look-ups miss the keys of the block", MIDDLE, ({ separators }) => separators[MIDDLE + 1] ?? new Uint8Array(), "I2.2"),
  separator("a separator raised by a few keys", "look-ups miss just those keys", MIDDLE, (parts) => rowAt(rowsOf(parts, MIDDLE), FEW_ROWS).key, "I2.2"),
  separator("a first separator above the first key", "look-ups miss just those keys", 0, (parts) => rowAt(rowsOf(parts, 0), FEW_ROWS).key, "I2.1"),
  separator("a separator that is the last key of the block before", "does not notice; harmless", MIDDLE, (parts) => rowAt(rowsOf(parts, MIDDLE - 1), -1).key, "I2.2"),
  separator("a whole first key instead of a short separator", "does not notice; harmless", MIDDLE, (parts) => rowAt(rowsOf(parts, MIDDLE), 0).key, "I2.3"),
  separator("a first separator that is not empty", "does not notice; harmless", 0, (parts) => rowAt(rowsOf(parts, 0), 0).key, "I2.3"),
  otherEntries("two entries in each other's place", "error: checksum mismatch", (all) => swapped(all, MIDDLE, MIDDLE + 1), `I1.4 ${offsetOf(MIDDLE + 1)}`),
  // Two blocks seem to be one, whose checksum is that of the second alone, and the stats know of both.
  otherEntries("an entry missing", "error: checksum mismatch", (all) => all.filter((_, i) => i !== MIDDLE), "S1.2 stats.block_stats", `F4.1 block[${MIDDLE - 1}]`),
  otherEntries("an offset one byte further", "error: checksum mismatch", (all) => replaced(all, MIDDLE, (entry) => moved(entry, entry.offset + 1)), `F4.1 block[${MIDDLE - 1}]`, `F4.1 block[${MIDDLE}]`),
  otherEntries("an entry twice", "a scan panics", (all) => all.flatMap((entry, i) => (i === MIDDLE ? [entry, entry] : [entry])), `I1.4 ${offsetOf(MIDDLE + 1)}`),
  otherEntries("an offset beyond the file", "panics, some look-ups hang", (all) => replaced(all, MIDDLE, (entry) => moved(entry, BEYOND)), `I1.4 ${offsetOf(MIDDLE + 1)}`),
  {
    name: "the last offset beyond the file", base: "plain", slateDb: "panics, some look-ups hang",
    make: (parts) => {
      const last = parts.blocks.length - 1;
      return forged(putTogether(parts, { index: (all) => replaced(all, last, (entry) => moved(entry, BEYOND)) }), `I1.4 ${offsetOf(last)}`);
    },
  },
  otherEntries("the first offset not at the start", "not tried", (all) => replaced(all, 0, (entry) => moved(entry, 1)), `I1.3 ${offsetOf(0)}`),
  otherEntries("no entries", "a scan gives no rows and no error, look-ups panic", () => [], "I1.2 index.block_meta"),
  {
    name: "an index that is no FlatBuffer", base: "plain", slateDb: "not tried",
    make: (parts) => forged(putTogether(parts, { payload: (name, payload) => (name === "index" ? payload.map((byte, i) => (i === 3 ? 0x7f : byte)) : payload) }), "I1.1 index"),
  },
  {
    name: "an index with bytes behind its FlatBuffer", base: "plain", slateDb: "does not notice; harmless", level: "paranoid",
    make: (parts) => forged(putTogether(parts, { payload: (name, payload) => (name === "index" ? joinBytes(payload, new Uint8Array(4)) : payload) }), "C1.2 index"),
  },
];
