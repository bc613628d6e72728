// Temporary folders for tests of local stores, and a look at what lies in them.
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { onTestFinished } from "vitest";

/** Where Linux keeps files in memory. */
const MEMORY = "/dev/shm";

/** A new folder that is removed when the test has finished; for thousands of small files in memory, where there is such a place. */
export async function temporaryFolder(place: "disk" | "memory" = "disk"): Promise<string> {
  const parent = place === "memory" && existsSync(MEMORY) ? MEMORY : tmpdir();
  const folder = await mkdtemp(join(parent, "slate-sst-local-"));
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Everything in a folder, files, folders and links (not what is behind them), relative and sorted. */
export async function everythingIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort();
}

/** All items of an iteration. */
export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

/** Bytes of a text. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
