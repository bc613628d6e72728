// Files that every rule about damage finds in order and that SlateDB would yet not write so: block sizes, compression,
// sections left out.
import { separatorLength, type SstStats } from "@slate-sst/format";
import { encodeRows, joinBytes, type ForgedRow } from "./forged-rows.js";
import { putTogether, type SstParts } from "./forged-sst.js";
import { type ExpectedFinding, forged, type Forgery, MIDDLE, replaced, rowAt, rowsOf } from "./forgery.js";
import { recountedStats } from "./recounted-stats.js";

const HARMLESS = "does not notice; harmless";
/** More than the largest block size. */
const LARGE_VALUE_BYTES = 70_000;
/** An LZ4 length that says that more bytes of length follow, in the upper half of a token. */
const LZ4_LONG = 0xf0;
const LZ4_LONG_COUNT = 15;
const BYTE_MAX = 0xff;

/** All rows in other blocks, with the separators, stats and lengths that belong to them. */
function withBlocks(parts: SstParts, blocks: readonly (readonly ForgedRow[])[]): Uint8Array {
  const payloads = blocks.map((rows) => encodeRows(rows, parts.formatVersion));
  return putTogether(parts, { blocks: () => payloads, separators: () => blocks.map((rows, i) => separatorOf(blocks[i - 1], rows)), stats: () => recountedStats(payloads, parts.formatVersion) });
}

function separatorOf(before: readonly ForgedRow[] | undefined, rows: readonly ForgedRow[]): Uint8Array {
  if (before === undefined) return new Uint8Array();
  const [last, { key }] = [rowAt(before, -1).key, rowAt(rows, 0)];
  return key.subarray(0, separatorLength(last, last.length, key, key.length));
}

function otherBlocks(name: string, level: "full" | "paranoid", change: (blocks: readonly (readonly ForgedRow[])[]) => readonly (readonly ForgedRow[])[], ...findings: readonly ExpectedFinding[]): Forgery {
  return {
    name, base: "plain", slateDb: HARMLESS, level, ...(level === "paranoid" ? { knowsConfig: true as const } : {}),
    make: (parts) => forged(withBlocks(parts, change(parts.blocks.map((_, i) => rowsOf(parts, i)))), ...findings),
  };
}

const half = (rows: readonly ForgedRow[]): number => Math.floor(rows.length / 2);

/** An LZ4 stream that has nothing but literals. */
function literalsOnly(payload: Uint8Array): Uint8Array {
  const length = new Uint8Array(Uint32Array.BYTES_PER_ELEMENT);
  new DataView(length.buffer).setUint32(0, payload.length, true);
  const more = payload.length - LZ4_LONG_COUNT;
  const counts = new Uint8Array(Math.floor(more / BYTE_MAX) + 1).fill(BYTE_MAX);
  counts[counts.length - 1] = more % BYTE_MAX;
  return joinBytes(length, Uint8Array.of(LZ4_LONG), counts, payload);
}

const noStats = (): SstStats | undefined => undefined;

export const configForgeries: readonly Forgery[] = [
  otherBlocks("two blocks in one", "paranoid", (all) => all.flatMap((rows, i) => (i === MIDDLE ? [[...rows, ...(all[i + 1] ?? [])]] : i === MIDDLE + 1 ? [] : [rows])), `B6.1 block[${MIDDLE}]`),
  // Neither half is full.
  otherBlocks("a block in two", "paranoid", (all) => all.flatMap((rows, i) => (i === MIDDLE ? [rows.slice(0, half(rows)), rows.slice(half(rows))] : [rows])), `B6.2 block[${MIDDLE}]`, `B6.2 block[${MIDDLE + 1}]`),
  otherBlocks(
    "a block of several rows above the largest block size", "full",
    (all) => replaced(all, MIDDLE, (rows) => replaced(rows, rows.length - 1, (row) => ({ ...row, flags: 0, value: new Uint8Array(LARGE_VALUE_BYTES) }))), `B6.3 block[${MIDDLE}]`,
  ),
  {
    name: "a section that another compressor made", base: "lz4", slateDb: HARMLESS, level: "paranoid",
    make: (parts) => forged(
      putTogether(parts, { stored: (name, bytes) => (name === `block ${MIDDLE}` ? literalsOnly(parts.blocks[MIDDLE] ?? new Uint8Array()) : bytes) }), `C2.1 block[${MIDDLE}]`,
    ),
  },
  {
    name: "no stats, as releases before 0.11.2 wrote none", base: "plain", slateDb: HARMLESS, level: "paranoid", knowsConfig: true,
    make: (parts) => forged(putTogether(parts, { stats: noStats }), "C2.2 info.stats_len"),
  },
];
