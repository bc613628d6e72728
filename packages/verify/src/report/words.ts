// Numbers and texts as reports for people show them.
import { ERROR_CATALOGUE } from "@slate-sst/format";

/** Everything that could move a terminal's cursor, change its colours, or reorder what is read. */
const TELLTALE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A text from a file, or a file's name, so that it is only read: control characters are shown as their code points. */
export function harmless(text: string): string {
  return text.toWellFormed().replaceAll(TELLTALE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** 135233 as 135,233. The engine's own way to do so takes 20 ms to load. */
export function count(value: number): string {
  return String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
}

/** "1 row", "2 rows". */
export function counted(value: number, singular: string, plural: string = `${singular}s`): string {
  return `${count(value)} ${value === 1 ? singular : plural}`;
}

/** The code of an error of ours; empty for any other. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return "";
  return Object.hasOwn(ERROR_CATALOGUE, error.code) ? error.code : "";
}
