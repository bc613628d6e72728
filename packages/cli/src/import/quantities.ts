// Quantities as people write them: 256MiB, 12h.
import { InvalidArgumentError } from "commander";

const BYTES: Readonly<Record<string, number>> = { "": 1, B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, KB: 1000, MB: 1000 ** 2, GB: 1000 ** 3 };
const SECOND = 1000;
const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: SECOND, m: 60 * SECOND, h: 3600 * SECOND, d: 86_400 * SECOND };

/** @throws InvalidArgumentError */
export function bytes(text: string): number {
  return quantity(text, BYTES, "a number of bytes such as 256MiB");
}

/** @throws InvalidArgumentError */
export function milliseconds(text: string): number {
  return quantity(text, MILLISECONDS, "a time such as 90s, 15m, 12h or 30d");
}

/** Names with commas between them. @throws InvalidArgumentError */
export function names(text: string): string[] {
  const list = text.split(",");
  if (list.includes("") || new Set(list).size !== list.length) throw new InvalidArgumentError("It must be different names with commas between them.");
  return list;
}

function quantity(text: string, units: Readonly<Record<string, number>>, wanted: string): number {
  const [, digits = "", unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-zA-Z]*)$/.exec(text) ?? [];
  const factor = digits === "" ? undefined : units[unit];
  const value = factor === undefined ? Number.NaN : Number(digits) * factor;
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError(`It must be ${wanted}.`);
  return value;
}
