// Where objects lie in the file system, and the proof that they lie inside the root. A folder of an object must lie where its
// path says: a symbolic link on the way, wherever it points, is refused, and so is a link in the place of an object. This
// holds against links that are there; a process that exchanges folders for links while a call runs is not held off.
import { STAGING_SEGMENT } from "../object-path.js";
import { StoreError } from "../store-error.js";
import { isSystemError } from "./file-errors.js";
import type { NodeModules } from "./node.js";

export type FileStat = import("node:fs").BigIntStats;

/** On Windows these characters and names mean something else than a file's name. */
const WINDOWS_REFUSES = /[<>:"|?*]|[. ]$|^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;

/** An object's place: its folder, proven to be real, and its file's full name. */
export interface ObjectPlace {
  readonly folder: string;
  readonly file: string;
}

/** Refuses a name that the platform's file systems take for something else. @throws StoreError ERR_STORE_PATH */
export function assertLocalPath(path: string, platform: string): void {
  if (platform !== "win32" || !path.split("/").some((segment) => WINDOWS_REFUSES.test(segment))) return;
  throw new StoreError("ERR_STORE_PATH", `${path} has a segment that Windows cannot hold`, { path });
}

export class LocalRoot {
  /** Absolute. It need not exist: the first write makes it. */
  readonly folder: string;
  readonly #node: NodeModules;
  /** Where the root was the last time somebody had to look. */
  #real: string | undefined;

  constructor(node: NodeModules, folder: string) {
    this.#node = node;
    this.folder = folder;
  }

  /** The place of an object to read, or undefined when not even its folder is there. @throws StoreError ERR_STORE_PATH */
  async findPlace(path: string): Promise<ObjectPlace | undefined> {
    assertLocalPath(path, this.#node.platform);
    const segments = path.split("/");
    const name = segments.pop() ?? "";
    const folder = await this.findFolder(segments, path);
    return folder === undefined ? undefined : { folder, file: this.#node.path.join(folder, name) };
  }

  /** The place of an object to write; its folder is made when it is missing. @throws StoreError ERR_STORE_PATH */
  async makePlace(path: string, fsync: boolean): Promise<ObjectPlace> {
    assertLocalPath(path, this.#node.platform);
    const segments = path.split("/");
    const name = segments.pop() ?? "";
    const folder = await this.makeFolder(segments, path, fsync);
    return { folder, file: this.#node.path.join(folder, name) };
  }

  /** Refuses an object whose folder could not be made inside the root; makes nothing. @throws StoreError ERR_STORE_PATH */
  async assertReachable(path: string): Promise<void> {
    assertLocalPath(path, this.#node.platform);
    await this.#assertReachable(path.split("/").slice(0, -1), path);
  }

  /** The real folder of these segments, or undefined when it is not there. @throws StoreError ERR_STORE_PATH */
  async findFolder(segments: readonly string[], path: string): Promise<string | undefined> {
    if (segments.length === 0) return await this.#realPath(this.folder);
    const { path: paths } = this.#node;
    const actual = await this.#realPath(paths.join(this.folder, ...segments));
    // Resolved to its place in the root: then the root is where it was, and need not be looked for each time.
    if (actual === undefined || (this.#real !== undefined && actual === paths.join(this.#real, ...segments))) return actual;
    this.#real = await this.#realPath(this.folder);
    if (this.#real === undefined || actual === paths.join(this.#real, ...segments)) return actual;
    throw new StoreError("ERR_STORE_PATH", `${path} leads through a symbolic link, or its folder has another name`, { path });
  }

  /** The real folder of these segments, made when missing, but nothing through a link. @throws StoreError ERR_STORE_PATH */
  async makeFolder(segments: readonly string[], path: string, fsync: boolean): Promise<string> {
    const found = await this.findFolder(segments, path);
    if (found !== undefined) return found;
    await this.#assertReachable(segments, path);
    const { path: paths } = this.#node;
    const folder = paths.join(this.folder, ...segments);
    const first = await this.#mkdir(folder, path);
    if (fsync && first !== undefined) {
      for (let made = folder; made.length >= first.length; made = paths.dirname(made)) await syncFolder(this.#node, made);
      await syncFolder(this.#node, paths.dirname(first));
    }
    const made = await this.findFolder(segments, path);
    if (made !== undefined) return made;
    throw new StoreError("ERR_STORE_FAILED", `the folder of ${path} was removed while it was made`, { path, retryable: true });
  }

  /** What is known of an object's file; undefined when there is none. @throws StoreError ERR_STORE_PATH for a link */
  async statObject(place: ObjectPlace, path: string): Promise<FileStat | undefined> {
    try {
      const stat = await this.#node.fs.lstat(place.file, { bigint: true });
      if (stat.isSymbolicLink()) throw new StoreError("ERR_STORE_PATH", `${path} is a symbolic link`, { path });
      return stat.isFile() ? stat : undefined;
    } catch (error) {
      if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
      throw error;
    }
  }

  /** Where what is not published lies. It need not exist. */
  async stagingFolder(): Promise<string | undefined> {
    return await this.findFolder([STAGING_SEGMENT], STAGING_SEGMENT);
  }

  /** The deepest folder that is there has to be one, and a real one: what is made below it then is. */
  async #assertReachable(segments: readonly string[], path: string): Promise<void> {
    for (let depth = segments.length; depth > 0; depth--) {
      const found = await this.findFolder(segments.slice(0, depth), path);
      if (found === undefined) continue;
      if ((await this.#node.fs.lstat(found)).isDirectory()) return;
      throw new StoreError("ERR_STORE_PATH", `an object lies where ${path} needs a folder`, { path });
    }
  }

  async #mkdir(folder: string, path: string): Promise<string | undefined> {
    try {
      return await this.#node.fs.mkdir(folder, { recursive: true });
    } catch (error) {
      if (!isSystemError(error, "EEXIST", "ENOTDIR", "ENOENT")) throw error;
      throw new StoreError("ERR_STORE_PATH", `something that is not a folder lies on the way to ${path} in ${this.folder}`, { path, cause: error });
    }
  }

  async #realPath(folder: string): Promise<string | undefined> {
    try {
      return await this.#node.fs.realpath(folder);
    } catch (error) {
      if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
      throw error;
    }
  }
}

/** Makes a folder's entries durable. Windows has no such call and no need of it. */
export async function syncFolder(node: NodeModules, folder: string): Promise<void> {
  if (node.platform === "win32") return;
  const handle = await node.fs.open(folder, node.constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The ETag of a file: no two versions of an object share one, since each version is a file of its own. */
export function fileEtag(stat: FileStat): string {
  return `"${stat.ino.toString(16)}-${stat.mtimeNs.toString(16)}-${stat.size.toString(16)}"`;
}
