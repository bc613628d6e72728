// Folders for the oracle: temporary ones that go away again, and what lies in a database's folder.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { ObjectStore } from "@slatedb/uniffi";
import { answerNow, OracleError } from "./answer.js";

/** SlateDB's background tasks may still hold a file for a moment after shutdown on some systems. */
const REMOVE_RETRIES = 5;

/** A folder below the system's temporary folder, removed with everything in it when disposed of. */
export class TempFolder implements Disposable {
  /** Absolute path of the folder. */
  readonly path: string;

  /** Makes the folder. `name` is a part of its name, to tell a forgotten one's origin. */
  constructor(name = "oracle") {
    this.path = mkdtempSync(join(tmpdir(), `slate-sst-${name}-`));
  }

  /** Removes the folder and all in it. */
  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: REMOVE_RETRIES });
  }
}

/** Paths of all files below `dir`, relative to it, with forward slashes, sorted. Empty when there is no such folder. */
export function listFiles(dir: string): string[] {
  try {
    const entries = readdirSync(dir, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return files.map((file) => relative(dir, join(file.parentPath, file.name)).split(sep).join("/")).sort();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

/** Writes files into `dir`: names are relative paths with forward slashes, folders are made as needed. */
export function placeFiles(dir: string, files: Readonly<Record<string, Uint8Array>>): void {
  for (const [name, bytes] of Object.entries(files)) {
    const path = join(dir, ...name.split("/"));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
}

/** A file of a database's folder. */
export interface StoredFile {
  /** Absolute path. */
  readonly path: string;
  /** Last part of the path. */
  readonly objectName: string;
  /** What the file holds. */
  readonly bytes: Uint8Array;
}

/** The files below `dir` whose names end in `ending`, sorted by path. */
export function readFilesEndingIn(dir: string, ending: string): StoredFile[] {
  const names = listFiles(dir).filter((name) => name.endsWith(ending));
  return names.map((name) => {
    const path = join(dir, ...name.split("/"));
    return { path, objectName: name.slice(name.lastIndexOf("/") + 1), bytes: new Uint8Array(readFileSync(path)) };
  });
}

/** The folder of the database `root` inside `dir`. */
export function databaseFolder(dir: string, root: string): string {
  const base = resolve(dir);
  const folder = resolve(base, ...root.split("/"));
  if (folder !== base && !folder.startsWith(base + sep)) throw new OracleError("open a folder", "Usage", `root ${root} leads out of ${dir}`);
  return folder;
}

/** SlateDB's object store on a local folder. The caller disposes of it. */
export function folderStore(dir: string): ObjectStore {
  return answerNow(`open the store at ${dir}`, () => ObjectStore.resolve(pathToFileURL(resolve(dir)).href));
}
