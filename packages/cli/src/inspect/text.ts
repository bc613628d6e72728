// Inspections for people.
import {
  type BlockContents, CompressionCodec, type DatabaseInspection, FilterKind, type FilterMetadata, type Histogram, type SstInspection, type TreeInspection, type TreeSst,
} from "@slate-sst/format/proto";
import { counted, harmless } from "@slate-sst/verify/command-line";
import { encodeText } from "../encoding.js";

const LABEL_WIDTH = 10;
/** Columns of the list of sections. */
const OFFSET_WIDTH = 14;
const LENGTH_WIDTH = 15;
const BAR_WIDTH = 40;
/** Longest key that is shown whole. */
const KEY_BYTES_SHOWN = 60;
/** SSTs of a run that are listed one by one. */
const SSTS_SHOWN = 20;

export function sstText(sst: SstInspection): string {
  const { path, size, formatVersion, wal, compression, filter, sections, firstKey, lastKey, contents } = sst;
  const lines = [
    `${harmless(path)}\n`,
    field("kind", `${wal ? "write-ahead log" : "compacted"}, V${formatVersion} blocks, ${codecName(compression)}`),
    field("size", bytes(size)),
    field("filter", filterText(filter)),
    ...contentsText(contents),
    ...keysText(firstKey, lastKey),
    "\n  layout        offset          bytes\n",
    ...sections.map(({ name, offset, length }) => `    ${name.padEnd(LABEL_WIDTH)}${number(offset).padStart(OFFSET_WIDTH)}${number(length).padStart(LENGTH_WIDTH)}\n`),
  ];
  return `${lines.join("")}${histograms(contents)}`;
}

export function databaseText(database: DatabaseInspection): string {
  const { root, manifest, writerEpoch, compactorEpoch, lastL0Seq, replayAfterWalId, walFiles, checkpoints, trees, contents } = database;
  const newest = manifest?.newest === true ? "" : ", not the newest";
  const lines = [
    `${harmless(root)}\n`,
    field("manifest", `${harmless(manifest?.path ?? "")} (V${manifest?.version ?? 0}, ${bytes(manifest?.size ?? 0n)}${newest})`),
    field("epochs", `writer ${number(writerEpoch)}, compactor ${number(compactorEpoch)}`),
    field("last seq", number(lastL0Seq)),
    field("wal", `${counted(Number(walFiles), "file")} behind ${number(replayAfterWalId)}, not counted below`),
    field("held by", counted(Number(checkpoints), "checkpoint")),
    ...contentsText(contents),
    ...trees.flatMap(treeText),
  ];
  return `${lines.join("")}${histograms(contents)}`;
}

function treeText({ path, l0, runs }: TreeInspection): string[] {
  return [
    `\n  ${harmless(path)}\n`,
    ...placeText("level 0", l0),
    ...runs.flatMap(({ id, ssts }) => placeText(`run ${number(id)}`, ssts)),
    ...(l0.length + runs.length === 0 ? ["    no SSTs\n"] : []),
  ];
}

function placeText(name: string, ssts: readonly TreeSst[]): string[] {
  if (ssts.length === 0) return [];
  const sum = (pick: (sst: TreeSst) => bigint): bigint => ssts.reduce((total, sst) => total + pick(sst), 0n);
  const hidden = ssts.length - SSTS_SHOWN;
  return [
    `    ${name}: ${counted(ssts.length, "SST")}, ${rowsText(sum(({ rows }) => rows))}, ${bytes(sum(({ size }) => size))}\n`,
    ...ssts.slice(0, SSTS_SHOWN).map(({ path, size, rows, firstKey, lastKey, cut }) =>
      `      ${harmless(path)}  ${rowsText(rows)}, ${bytes(size)}, ${key(firstKey)} to ${key(lastKey)}${cut ? ", of which only a range is visible" : ""}\n`),
    ...(hidden > 0 ? [`      and ${number(BigInt(hidden))} more\n`] : []),
  ];
}

function contentsText(contents: BlockContents | undefined): string[] {
  if (contents === undefined) return [];
  const { rows, puts, deletes, merges, blocks, blockBytes, storedBlockBytes, minSeq, maxSeq } = contents;
  const stored = storedBlockBytes > 0n ? `, ${(Number(blockBytes) / Number(storedBlockBytes)).toFixed(2)} to 1` : "";
  return [
    field("rows", `${number(rows)}: ${counted(Number(puts), "put")}, ${counted(Number(deletes), "delete")}, ${counted(Number(merges), "merge operand")}`),
    field("blocks", `${number(blocks)}: ${bytes(blockBytes)}, stored as ${bytes(storedBlockBytes)}${stored}`),
    ...(minSeq === undefined || maxSeq === undefined ? [] : [field("seq", `${number(minSeq)} to ${number(maxSeq)}`)]),
    ...timesText("created", contents.createTsCount, contents.minCreateTs, contents.maxCreateTs),
    ...timesText("expires", contents.expireTsCount, contents.minExpireTs, contents.maxExpireTs),
  ];
}

function timesText(label: string, count: bigint, min: bigint | undefined, max: bigint | undefined): string[] {
  return min === undefined || max === undefined ? [] : [field(label, `${time(min)} to ${time(max)}, in ${rowsText(count)}`)];
}

function keysText(first: Uint8Array | undefined, last: Uint8Array | undefined): string[] {
  return first === undefined ? [] : [field("keys", `${key(first)} to ${key(last)}`)];
}

function histograms(contents: BlockContents | undefined): string {
  const all: readonly (readonly [string, Histogram | undefined])[] = [
    ["bytes of a key", contents?.keyBytes],
    ["bytes of a value", contents?.valueBytes],
    ["rows of a block", contents?.rowsPerBlock],
    ["bytes of a block", contents?.bytesPerBlock],
    ["stored bytes of a block", contents?.storedBytesPerBlock],
  ];
  return all.map(([title, histogram]) => (histogram === undefined ? "" : histogramText(title, histogram))).join("");
}

function histogramText(title: string, { count, sum, min, max, buckets }: Histogram): string {
  if (min === undefined || max === undefined) return "";
  const most = buckets.reduce((highest, bucket) => (bucket.count > highest ? bucket.count : highest), 1n);
  const mean = (Number(sum) / Number(count)).toLocaleString("en-US", { maximumFractionDigits: 1 });
  const width = buckets.reduce((longest, bucket) => Math.max(longest, rangeText(bucket.from, bucket.to).length), 0);
  const lines = buckets.map(({ from, to, count: inBucket }) => {
    const bar = inBucket === 0n ? 0 : Math.max(1, Math.round((Number(inBucket) / Number(most)) * BAR_WIDTH));
    return `    ${rangeText(from, to).padStart(width)}  ${"█".repeat(bar).padEnd(BAR_WIDTH)}  ${number(inBucket)}\n`;
  });
  return `\n  ${title}: ${number(min)} to ${number(max)}, mean ${mean}\n${lines.join("")}`;
}

function rangeText(from: bigint, to: bigint): string {
  return from === to ? number(from) : `${number(from)} to ${number(to)}`;
}

function filterText(filter: FilterMetadata | undefined): string {
  if (filter === undefined || filter.kind === FilterKind.NONE) return "none";
  const { kind, probeCount, bitArrayBytes, name } = filter;
  const what = `${kind === FilterKind.COMPOSITE ? "composite" : "legacy"}${name === undefined ? "" : ` ${harmless(name)}`}`;
  return probeCount === undefined || bitArrayBytes === undefined ? what : `${what}, ${bytes(bitArrayBytes)} of bits, ${counted(probeCount, "probe")} a key`;
}

function codecName(codec: CompressionCodec): string {
  return codec === CompressionCodec.NONE ? "not compressed" : CompressionCodec[codec].toLowerCase();
}

function key(bytesOfKey: Uint8Array | undefined): string {
  if (bytesOfKey === undefined) return "?";
  const shown = bytesOfKey.subarray(0, KEY_BYTES_SHOWN);
  return `"${encodeText(shown, "escaped", "the key")}"${shown.length < bytesOfKey.length ? "…" : ""}`;
}

function time(milliseconds: bigint): string {
  const date = new Date(Number(milliseconds));
  return Number.isNaN(date.getTime()) ? `${milliseconds} ms` : date.toISOString();
}

const field = (label: string, text: string): string => `  ${label.padEnd(LABEL_WIDTH)}${text}\n`;
const number = (value: bigint): string => value.toLocaleString("en-US");
const bytes = (value: bigint): string => (value === 1n ? "1 byte" : `${number(value)} bytes`);
const rowsText = (value: bigint): string => (value === 1n ? "1 row" : `${number(value)} rows`);
