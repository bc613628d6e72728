// Listing of local objects in the order of the UTF-8 bytes of their whole paths. A folder is in its place among its siblings
// when it is ordered as its name with a slash behind: `a-b` comes before what lies in `a`, since `-` is less than `/`.
import { compareObjectPaths, isObjectPath, STAGING_SEGMENT } from "../object-path.js";
import type { ListedObject, ListOptions } from "../object-store.js";
import { isSystemError } from "./file-errors.js";
import { fileEtag, type FileStat, type LocalRoot } from "./local-root.js";
import type { NodeModules } from "./node.js";

interface Entry {
  /** Relative to the root; a folder's ends with a slash. */
  readonly path: string;
  readonly file: string;
  /** A file or a folder of files; not a link, nor anything else, nor what has a name that no object path holds. */
  readonly isObject: boolean;
}

/** The objects whose paths begin with `prefix`. Links, and files whose names are no object paths, are none. */
export async function* listObjects(
  node: NodeModules, root: LocalRoot, prefix: string, options: ListOptions | undefined,
): AsyncGenerator<ListedObject, void, undefined> {
  const segments = prefix.split("/");
  segments.pop();
  const folder = await root.findFolder(segments, prefix);
  if (folder === undefined) return;
  yield* walk(node, folder, segments.map((segment) => `${segment}/`).join(""), prefix, options);
}

async function* walk(
  node: NodeModules, folder: string, folderPath: string, prefix: string, options: ListOptions | undefined,
): AsyncGenerator<ListedObject, void, undefined> {
  options?.signal?.throwIfAborted();
  for (const { path, file, isObject } of await readEntries(node, folder, folderPath)) {
    if (!path.startsWith(prefix) || isBefore(path, options?.startAfter)) continue;
    if (!isObject) {
      options?.onSkipped?.(path);
      continue;
    }
    if (path.endsWith("/")) {
      yield* walk(node, file, path, prefix, options);
      continue;
    }
    options?.signal?.throwIfAborted();
    const stat = await statFile(node, file);
    if (stat !== undefined) yield listedObject(path, stat);
  }
}

/** What a listing says of a file. */
export function listedObject(path: string, stat: FileStat): ListedObject {
  return { path, size: Number(stat.size), lastModified: stat.mtime, etag: fileEtag(stat) };
}

/** Whether a path, or everything in a folder, is at or before the path to start after. */
function isBefore(path: string, startAfter: string | undefined): boolean {
  if (startAfter === undefined || (path.endsWith("/") && startAfter.startsWith(path))) return false;
  return compareObjectPaths(path, startAfter) <= 0;
}

async function readEntries(node: NodeModules, folder: string, folderPath: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const entry of await readFolder(node, folder)) {
    const path = folderPath + entry.name;
    if (entry.name.toLowerCase() === STAGING_SEGMENT) continue;
    const file = node.path.join(folder, entry.name);
    if (!isObjectPath(path)) entries.push({ path, file, isObject: false });
    else if (entry.isDirectory()) entries.push({ path: `${path}/`, file, isObject: true });
    else entries.push({ path, file, isObject: entry.isFile() });
  }
  return entries.sort((left, right) => compareObjectPaths(left.path, right.path));
}

async function readFolder(node: NodeModules, folder: string): Promise<import("node:fs").Dirent[]> {
  try {
    return await node.fs.readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}

/** Undefined when the file went, or turned into something else, meanwhile. */
async function statFile(node: NodeModules, file: string): Promise<FileStat | undefined> {
  try {
    const stat = await node.fs.lstat(file, { bigint: true });
    return stat.isFile() ? stat : undefined;
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}
