// Copies of the repository's spec in temporary folders, changed for a test.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const SPEC = fileURLToPath(new URL("../../../spec", import.meta.url));

/** What is in the spec and what would come next, for tests that hold whatever is added to it. */
export interface SpecState {
  /** Text of the info's last field, and the slot behind it. */
  readonly lastField: string;
  readonly nextSlot: number;
  /** Text of the last codec, and the number behind its own. */
  readonly lastCodec: string;
  readonly nextCodec: number;
  readonly versions: readonly number[];
  readonly nextVersion: number;
}

export function specState(): SpecState {
  const text = (file: string): string => readFileSync(join(SPEC, file), "utf8");
  const last = (found: Iterable<RegExpMatchArray>): [string, number] => {
    const [whole = "", number = ""] = [...found].at(-1) ?? [];
    return [whole, Number(number)];
  };
  const info = text("fbs/sst_info.fbs");
  const [lastField, slot] = last((/table SsTableInfo \{[^}]*\}/.exec(info)?.[0] ?? "").matchAll(/\w+: [^/\n]*\(id: (\d+).*\);/g));
  const [lastCodec, codec] = last((/enum CompressionFormat[^}]*\}/.exec(info)?.[0] ?? "").matchAll(/\w+ = (\d+)/g));
  const versions = Array.from(text("sst/sst.ksy").matchAll(/'format_version::v(\d+)'/g), ([, version]) => Number(version)).toSorted((a, b) => a - b);
  return { lastField, nextSlot: slot + 1, lastCodec, nextCodec: codec + 1, versions, nextVersion: (versions.at(-1) ?? 0) + 1 };
}

const made: string[] = [];

/** A copy with texts replaced: `[file, text that is there, other text]`. */
export function specCopy(...changes: readonly (readonly [string, string, string])[]): string {
  const folder = mkdtempSync(join(tmpdir(), "slate-sst-spec-"));
  made.push(folder);
  cpSync(SPEC, folder, { recursive: true });
  for (const [file, before, after] of changes) {
    const text = readFileSync(join(folder, file), "utf8");
    if (!text.includes(before)) throw new Error(`${file} has no ${before}`);
    writeFileSync(join(folder, file), text.replace(before, after));
  }
  return folder;
}

export function removeCopies(): void {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true });
}
