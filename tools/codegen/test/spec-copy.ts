// Copies of the repository's spec in temporary folders, changed for a test.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const SPEC = fileURLToPath(new URL("../../../spec", import.meta.url));

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
