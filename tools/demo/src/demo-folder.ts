// The folder the demo writes to. It is emptied at every run, so the demo must be sure that it made it: a marker lies in it,
// written before anything else, and whatever the demo did not put there stops the run.
import { mkdirSync, lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { STAGING_SEGMENT } from "@slate-sst/object-store";

/** The database's root in the folder. */
export const DATABASE_ROOT = "cities";

/** Says whose folder it is, to people and to the next run. */
const MARKER = "MADE-BY-THE-DEMO.txt";
const MARKER_TEXT = "The Slate SST demo made this folder. Its next run deletes everything in it.\n";

/** What a run, or one that was killed, leaves in the folder. */
const OWN_NAMES: readonly string[] = [MARKER, DATABASE_ROOT, STAGING_SEGMENT];

/** SlateDB's background tasks may still hold a file for a moment after shutdown on some systems. */
const REMOVE_RETRIES = 5;

/** The folder is not the demo's to empty. */
export class FolderError extends Error {
  override readonly name = "FolderError";

  constructor(folder: string, problem: string) {
    super(`${folder} ${problem}. Nothing was deleted: move it away and run the demo again.`);
  }
}

/**
 * Makes the folder, or empties it when an earlier run made it.
 * @returns whether there was an earlier run's database in it
 * @throws FolderError when it holds anything else, and then nothing has changed
 */
export function prepareFolder(folder: string): boolean {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (stat !== undefined && !stat.isDirectory()) throw new FolderError(folder, "is not a folder");
  const names = stat === undefined ? [] : readdirSync(folder);
  if (names.length > 0) checkNames(folder, names);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, MARKER), MARKER_TEXT);
  for (const name of [DATABASE_ROOT, STAGING_SEGMENT]) rmSync(join(folder, name), { recursive: true, force: true, maxRetries: REMOVE_RETRIES });
  return names.includes(DATABASE_ROOT);
}

function checkNames(folder: string, names: readonly string[]): void {
  const foreign = names.find((name) => !OWN_NAMES.includes(name));
  if (foreign !== undefined) throw new FolderError(folder, `holds ${foreign}, which the demo did not put there`);
  if (!isMarker(join(folder, MARKER))) throw new FolderError(folder, `lacks the demo's own ${MARKER}`);
}

function isMarker(file: string): boolean {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  return stat?.isFile() === true && readFileSync(file, "utf8") === MARKER_TEXT;
}
