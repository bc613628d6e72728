// The staging area: one folder at the store's root where everything lies that is not published, and nothing else. It is made
// when something is staged and removed when it is empty, so that the root holds objects only. Names in it:
//   put-ID      the bytes of a put under way
//   upload-ID   the folder of an upload, see upload-folder.ts
//   gone-ID     the folder of an upload that was completed or aborted, on its way out
// A killed process leaves what it staged; nothing of that is ever an object.
import { STAGING_SEGMENT } from "../object-path.js";
import { isRandomId, randomId } from "../random-id.js";
import { StoreError } from "../store-error.js";
import { isSystemError } from "./file-errors.js";
import { syncFolder, type LocalRoot } from "./local-root.js";
import type { NodeModules } from "./node.js";

const PUT = "put-";
const UPLOAD = "upload-";
const GONE = "gone-";

/** Another store object may remove the empty area just when this one stages something: it is made again, so many times. */
const ATTEMPTS_MAX = 100;

export class LocalStaging {
  readonly #node: NodeModules;
  readonly #root: LocalRoot;
  readonly #fsync: boolean;

  constructor(node: NodeModules, root: LocalRoot, fsync: boolean) {
    this.#node = node;
    this.#root = root;
    this.#fsync = fsync;
  }

  /** Makes a new file for a put, opened for writing. */
  async createPutFile(): Promise<{ file: string; handle: import("node:fs/promises").FileHandle }> {
    return await this.#stage(async (folder) => {
      const file = this.#node.path.join(folder, PUT + randomId());
      return { file, handle: await this.#node.fs.open(file, "wx") };
    });
  }

  /** Makes the folder of a new upload. */
  async createUploadFolder(): Promise<{ uploadId: string; folder: string }> {
    return await this.#stage(async (staging) => {
      const uploadId = randomId();
      const folder = this.#node.path.join(staging, UPLOAD + uploadId);
      await this.#node.fs.mkdir(folder);
      return { uploadId, folder };
    });
  }

  /** The folder of an upload, whether it is there or not; undefined when it can't be. */
  async uploadFolder(uploadId: string): Promise<string | undefined> {
    const staging = isRandomId(uploadId) ? await this.#root.stagingFolder() : undefined;
    return staging === undefined ? undefined : this.#node.path.join(staging, UPLOAD + uploadId);
  }

  /** The uploads that are there, in no order. */
  async uploads(): Promise<{ uploadId: string; folder: string }[]> {
    const staging = await this.#root.stagingFolder();
    if (staging === undefined) return [];
    const names = await this.#names(staging);
    return names.filter((name) => name.startsWith(UPLOAD)).map((name) => ({
      uploadId: name.slice(UPLOAD.length),
      folder: this.#node.path.join(staging, name),
    }));
  }

  /**
   * Removes an upload. It is gone in one step, before its files are: whoever still works on it by name fails at once.
   * Also finishes the removal of one that was cut off in the middle.
   */
  async removeUpload(uploadId: string): Promise<void> {
    const folder = await this.uploadFolder(uploadId);
    if (folder === undefined) return;
    const gone = this.#node.path.join(this.#node.path.dirname(folder), GONE + uploadId);
    try {
      await this.#node.fs.rename(folder, gone);
    } catch (error) {
      if (!isSystemError(error, "ENOENT")) throw error;
    }
    await this.#node.fs.rm(gone, { recursive: true, force: true });
    await this.tidy();
  }

  /** Removes a put's file, and the area when nothing is left in it. */
  async removePutFile(file: string): Promise<void> {
    try {
      await this.#node.fs.unlink(file);
    } catch (error) {
      if (!isSystemError(error, "ENOENT")) throw error;
    }
    await this.tidy();
  }

  /** Removes the area when nothing is in it. */
  async tidy(): Promise<void> {
    try {
      await this.#node.fs.rmdir(this.#node.path.join(this.#root.folder, STAGING_SEGMENT));
    } catch (error) {
      if (!isSystemError(error, "ENOENT", "ENOTEMPTY", "EEXIST", "ENOTDIR")) throw error;
    }
  }

  /**
   * Removes what killed processes left here and no upload id leads to, last changed before a time (milliseconds since the
   * Unix epoch). `isUpload` tells which upload folders are whole.
   */
  async removeLeftovers(before: number, isUpload: (folder: string) => Promise<boolean>): Promise<number> {
    const staging = await this.#root.stagingFolder();
    if (staging === undefined) return 0;
    let removed = 0;
    for (const name of await this.#names(staging)) {
      const file = this.#node.path.join(staging, name);
      if (name.startsWith(UPLOAD) && (await isUpload(file))) continue;
      if (!(await this.#changedBefore(file, before))) continue;
      await this.#node.fs.rm(file, { recursive: true, force: true });
      removed += 1;
    }
    await this.tidy();
    return removed;
  }

  async #stage<T>(make: (staging: string) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await make((await this.#root.stagingFolder()) ?? (await this.#makeArea()));
      } catch (error) {
        if (isSystemError(error, "ENOTDIR")) throw stagingInTheWay(error);
        if (!isSystemError(error, "ENOENT") || attempt === ATTEMPTS_MAX) throw error;
      }
    }
  }

  async #makeArea(): Promise<string> {
    const root = await this.#root.makeFolder([], STAGING_SEGMENT, this.#fsync);
    const staging = this.#node.path.join(root, STAGING_SEGMENT);
    try {
      await this.#node.fs.mkdir(staging);
      if (this.#fsync) await syncFolder(this.#node, root);
    } catch (error) {
      if (!isSystemError(error, "EEXIST")) throw error;
      // Another store object was faster; or a link that leads nowhere lies there.
      if (!(await this.#node.fs.lstat(staging)).isDirectory()) throw stagingInTheWay(error);
    }
    return staging;
  }

  async #changedBefore(file: string, before: number): Promise<boolean> {
    try {
      return (await this.#node.fs.lstat(file)).mtimeMs < before;
    } catch (error) {
      if (isSystemError(error, "ENOENT")) return false;
      throw error;
    }
  }

  async #names(staging: string): Promise<string[]> {
    try {
      return await this.#node.fs.readdir(staging);
    } catch (error) {
      if (isSystemError(error, "ENOENT", "ENOTDIR")) return [];
      throw error;
    }
  }
}

function stagingInTheWay(cause: unknown): StoreError {
  return new StoreError("ERR_STORE_PATH", `${STAGING_SEGMENT} at the store's root is not a folder`, { path: STAGING_SEGMENT, cause });
}
