// Numbers for people.
import type { Pass } from "../run/pass.js";
import type { Summary } from "../stats.js";
import type { TargetUnit } from "../targets.js";

const MILLION = 1e6;
const THOUSAND = 1e3;
const KIB_PER_MIB = 1024;
const NANOSECONDS = 1e9;
const PRECISE_BELOW = 10;

/** 1234567 as 1.23 M, 36343 as 36.3 k. */
export function rate(rowsPerSecond: number): string {
  if (rowsPerSecond >= MILLION) return `${threeDigits(rowsPerSecond / MILLION)} M`;
  return rowsPerSecond >= THOUSAND ? `${threeDigits(rowsPerSecond / THOUSAND)} k` : threeDigits(rowsPerSecond);
}

function threeDigits(value: number): string {
  const digits = value >= PRECISE_BELOW * PRECISE_BELOW ? 0 : value >= PRECISE_BELOW ? 1 : 2;
  return value.toFixed(digits);
}

/** A figure in its target's unit. */
export function inUnit(value: number, unit: TargetUnit): string {
  return unit === "rows/s" ? rate(value) : threeDigits(value);
}

/** `median [min .. max]`, or the number alone where there is one only. */
export function spread({ median, min, max, count }: Summary, show: (value: number) => string): string {
  return count === 1 ? show(median) : `${show(median)} [${show(min)} .. ${show(max)}]`;
}

/** The largest of the peaks, in MiB. */
export function peakMemory(passes: readonly Pass[]): string {
  const peaks = passes.flatMap(({ peakRssKib }) => (peakRssKib === undefined ? [] : [peakRssKib]));
  return peaks.length === 0 ? "?" : `${Math.round(Math.max(...peaks) / KIB_PER_MIB)}`;
}

/** Nanoseconds of processor time for each row. */
export const cpuPerRow = ({ cpuSeconds, rows }: Pass): number => (cpuSeconds * NANOSECONDS) / rows;

/** Bytes with a unit that fits. */
export function memory(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
