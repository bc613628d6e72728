// From a staged file to an object, in one step of the file system: a hard link where no object may be, a rename otherwise.
import type { WriteMode } from "../object-store.js";
import { StoreError } from "../store-error.js";
import { isSystemError } from "./file-errors.js";
import { syncFolder, type LocalRoot } from "./local-root.js";
import type { NodeModules } from "./node.js";

/** How file systems without hard links answer. */
const NO_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EXDEV"];

export interface Publication {
  /** The staged file, complete. With "overwrite" it is moved away, with "create" it stays, a second name of the object. */
  readonly staged: string;
  readonly path: string;
  readonly mode: WriteMode;
  /** Make the object's folder durable as well. */
  readonly fsync: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Publishes a staged file under its object's name. @throws StoreError ERR_STORE_ALREADY_EXISTS, ERR_STORE_PATH */
export async function publish(node: NodeModules, root: LocalRoot, publication: Publication): Promise<void> {
  const { staged, path, mode, fsync, signal } = publication;
  const place = await root.makePlace(path, fsync);
  signal?.throwIfAborted();
  if (mode === "create") {
    await link(node, root, staged, place, path);
  } else {
    // A link in the place of an object is refused here too, rather than replaced.
    await root.statObject(place, path);
    await node.fs.rename(staged, place.file);
  }
  if (fsync) await syncFolder(node, place.folder);
}

async function link(node: NodeModules, root: LocalRoot, staged: string, place: { readonly file: string; readonly folder: string }, path: string): Promise<void> {
  try {
    await node.fs.link(staged, place.file);
  } catch (error) {
    if (isSystemError(error, "EEXIST")) {
      const stat = await root.statObject(place, path);
      if (stat === undefined) throw new StoreError("ERR_STORE_PATH", `a folder, or no file, lies at ${path}`, { path, cause: error });
      throw new StoreError("ERR_STORE_ALREADY_EXISTS", `${path} exists already`, { path });
    }
    if (!isSystemError(error, ...NO_LINKS)) throw error;
    const text = `the file system of ${path} makes no hard links, without which an object can't be created only where none is`;
    throw new StoreError("ERR_STORE_UNSUPPORTED", `${text}; use mode "overwrite" under a fresh name`, { path, cause: error });
  }
}
