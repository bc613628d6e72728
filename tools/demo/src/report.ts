// What the demo tells of each step.
import type { SstMetadata } from "@slate-sst/writer";
import type { CityRow } from "./cities.js";
import type { AbsentVerdict, Verdict } from "./read-back.js";
import { count, INDENT, perSecond, type Screen, seconds } from "./screen.js";
import type { WrittenDatabase } from "./write-database.js";

const PERCENT = 100;
const SHARE_WIDTH = "100.0 %".length;

/** Numbers of all SSTs of a run, added up. */
export interface RunSizes {
  readonly rows: number;
  readonly rawBytes: number;
  readonly storedBytes: number;
  readonly blocks: number;
  readonly blockBytes: number;
  readonly filterBytes: number;
  readonly indexBytes: number;
  readonly statsBytes: number;
  readonly infoBytes: number;
}

export function runSizes(ssts: readonly SstMetadata[]): RunSizes {
  const sum = (of: (sst: SstMetadata) => bigint | undefined): number => Number(ssts.reduce((total, sst) => total + (of(sst) ?? 0n), 0n));
  return {
    rows: sum((sst) => sst.rowCount),
    rawBytes: sum((sst) => sst.rawKeyBytes + sst.rawValueBytes),
    storedBytes: sum((sst) => sst.size),
    blocks: sum((sst) => sst.blockCount),
    blockBytes: sum((sst) => sst.info?.filterOffset),
    filterBytes: sum((sst) => sst.info?.filterLen),
    indexBytes: sum((sst) => sst.info?.indexLen),
    statsBytes: sum((sst) => sst.info?.statsLen),
    infoBytes: sum((sst) => sst.size - sst.infoOffset),
  };
}

/** Where the bytes of the file went. */
export function reportWritten(screen: Screen, written: WrittenDatabase, displayPath: (path: string) => string): void {
  const sizes = runSizes(written.ssts);
  const [first] = written.ssts;
  const part = (label: string, bytes: number, remark = ""): void => {
    const share = `${((bytes / sizes.storedBytes) * PERCENT).toFixed(1)} %`.padStart(SHARE_WIDTH);
    screen.field(`  ${label}`, count(bytes), `${share}   ${screen.colors.dim(remark)}`.trimEnd());
  };
  for (const path of [...written.ssts.map((sst) => sst.path), written.manifestPath]) screen.line(displayPath(path));
  screen.field("keys and values", count(sizes.rawBytes), "bytes as given");
  screen.field("stored", count(sizes.storedBytes), `bytes in the file, all sections: ${screen.colors.bold(`${(sizes.rawBytes / sizes.storedBytes).toFixed(2)} to 1`)}`);
  part("data blocks", sizes.blockBytes, `${count(sizes.blocks)} blocks of up to ${count(first?.blockSize ?? 0)} bytes before zstd`);
  part("bloom filter", sizes.filterBytes, `${first?.filter?.bitsPerKey ?? 0} bits a key, ${first?.filter?.probeCount ?? 0} probes`);
  part("index", sizes.indexBytes, "where each block lies, and the first key it may hold");
  part("stats", sizes.statsBytes, "rows by kind, of the file and of each block");
  part("info, footer", sizes.infoBytes, "where the sections lie, first and last key");
  screen.field("time", seconds(written.writeMs), `${perSecond(sizes.rows, written.writeMs)} rows/s, ${seconds(written.manifestMs)} more for the manifest`);
}

export function reportScan(screen: Screen, verdict: Verdict, ms: number): void {
  screen.field("scan", count(verdict.checked), `rows: ${verdictText(screen, verdict)}; ${seconds(ms)}, ${perSecond(verdict.checked, ms)} rows/s`);
}

export function reportGets(screen: Screen, verdict: Verdict, ms: number): void {
  screen.field("get", count(verdict.checked), `keys: ${verdictText(screen, verdict)}; ${seconds(ms)}`);
}

/** What the filter is for: most keys that are not there cost no block. */
export function reportAbsent(screen: Screen, verdict: AbsentVerdict, ms: number): void {
  const { negatives, falsePositives } = verdict.filter;
  const found = verdict.differences === 0 ? screen.colors.green("none found, as it should be") : differing(screen, verdict);
  screen.field("get, not there", count(verdict.checked), `keys: ${found}; ${seconds(ms)}`);
  const rate = ((falsePositives / Math.max(negatives + falsePositives, 1)) * PERCENT).toFixed(1);
  screen.field("  bloom filter", count(negatives), screen.colors.dim(`of them without reading a block; ${count(falsePositives)} read one in vain (${rate} %)`));
}

/** The differences themselves, when there are any. */
export function reportDifferences(screen: Screen, verdicts: readonly Verdict[]): void {
  for (const { differences, described } of verdicts) {
    for (const sentence of described) screen.line(screen.colors.red(sentence));
    if (differences > described.length) screen.line(screen.colors.red(`and ${count(differences - described.length)} more`));
  }
}

/** A prefix scan: the names alone, in the order in which they came. */
export function reportPrefix(screen: Screen, prefix: string, rows: readonly CityRow[], ms: number): void {
  screen.line(`scan ${screen.colors.cyan(prefix)}  ${screen.colors.dim(`${count(rows.length)} rows, ${seconds(ms)}, in the order of their bytes`)}`);
  screen.paragraph(rows.map(({ value }, at) => `${placeName(value)}${at < rows.length - 1 ? "," : ""}`));
}

export function reportGet(screen: Screen, key: string, value: Uint8Array | undefined): void {
  screen.line(`get ${screen.colors.cyan(key)}`);
  screen.line(INDENT + (value === undefined ? "not found" : Buffer.from(value).toString("utf8")));
}

function placeName(value: Uint8Array): string {
  const place: unknown = JSON.parse(Buffer.from(value).toString("utf8"));
  return typeof place === "object" && place !== null && "name" in place ? String(place.name) : "?";
}

function verdictText(screen: Screen, verdict: Verdict): string {
  return verdict.differences === 0 ? screen.colors.green("all equal, byte for byte") : differing(screen, verdict);
}

function differing(screen: Screen, verdict: Verdict): string {
  return screen.colors.red(`${count(verdict.differences)} DIFFERENT`);
}
