// Completion of an upload on disk: one data file is made whole, then published under the object's name.
import { partsSize } from "../upload-checks.js";
import { uploadNotFound, type UploadTerms } from "../upload-rules.js";
import { StoreError } from "../store-error.js";
import { readBytes, writeBody } from "./file-bytes.js";
import { isSystemError } from "./file-errors.js";
import { fileEtag, type FileStat, type LocalRoot } from "./local-root.js";
import type { NodeModules } from "./node.js";
import { publish } from "./publish.js";
import type { LocalPart, UploadFolder } from "./upload-folder.js";

type FileHandle = import("node:fs/promises").FileHandle;

/** Bytes copied at a time from another data file. */
const COPY_SIZE = 2 ** 22;

export interface UploadCompletion {
  readonly terms: UploadTerms;
  readonly files: UploadFolder;
  /** All parts of the object in order. */
  readonly parts: readonly LocalPart[];
  /** The completing store object's own data file. */
  readonly dataId: string;
  readonly fsync: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Publishes the object; resolves with its ETag. The upload's folder stays. */
export async function publishUpload(node: NodeModules, root: LocalRoot, completion: UploadCompletion): Promise<string> {
  const { terms, files, parts, dataId, fsync, signal } = completion;
  const published = await findPublished(node, root, terms.path, files);
  if (published !== undefined) return fileEtag(published);
  const data = files.dataFile(dataId);
  const { O_CREAT, O_RDWR } = node.constants;
  const handle = await openIn(node, terms.path, data, O_CREAT | O_RDWR);
  let stat: FileStat;
  try {
    for (const part of parts) {
      if (part.data !== dataId) await copyPart(node, completion, part, handle);
    }
    stat = await trim(handle, partsSize(parts), terms.path);
    if (fsync) await handle.sync();
  } finally {
    await handle.close();
  }
  const staged = terms.mode === "create" ? data : await secondName(node, data);
  await publish(node, root, { staged, path: terms.path, mode: terms.mode, fsync, signal });
  return fileEtag(stat);
}

/** The object, if it is one of this upload's data files: then an earlier completion got as far as that. */
async function findPublished(node: NodeModules, root: LocalRoot, path: string, files: UploadFolder): Promise<FileStat | undefined> {
  const place = await root.findPlace(path);
  const object = place === undefined ? undefined : await root.statObject(place, path);
  if (object === undefined) return undefined;
  for (const file of await files.dataFiles()) {
    const stat = await node.fs.stat(file, { bigint: true });
    if (stat.ino === object.ino && stat.dev === object.dev) return object;
  }
  return undefined;
}

/** Copies a part that another store object received to its place in this one's data file. */
async function copyPart(node: NodeModules, completion: UploadCompletion, part: LocalPart, target: FileHandle): Promise<void> {
  const { terms, files, signal } = completion;
  const source = await openIn(node, terms.path, files.dataFile(part.data), node.constants.O_RDONLY);
  try {
    const start = (part.partNumber - 1) * terms.partSize;
    const end = start + part.size;
    for (let at = start; at < end; at += COPY_SIZE) {
      const bytes = await readBytes(source, at, Math.min(at + COPY_SIZE, end), terms.path, signal);
      await writeBody(target, bytes, at, signal);
    }
  } finally {
    await source.close();
  }
}

/** Cuts off what was received beyond the object's size. */
async function trim(handle: FileHandle, size: number, path: string): Promise<FileStat> {
  const stat = await handle.stat({ bigint: true });
  if (stat.size === BigInt(size)) return stat;
  if (stat.size < BigInt(size)) {
    throw new StoreError("ERR_STORE_FAILED", `the parts staged for ${path} have ${stat.size} bytes on disk, not ${size}`, { path });
  }
  await handle.truncate(size);
  return await handle.stat({ bigint: true });
}

/** A name to move onto the object's, so that the data file keeps its own: by that a second completion knows the object. */
async function secondName(node: NodeModules, data: string): Promise<string> {
  const name = `${data}.publish`;
  await node.fs.rm(name, { force: true });
  try {
    await node.fs.link(data, name);
    return name;
  } catch {
    // A file system without hard links: the data file itself moves.
    return data;
  }
}

async function openIn(node: NodeModules, path: string, file: string, flags: number): Promise<FileHandle> {
  try {
    return await node.fs.open(file, flags);
  } catch (error) {
    throw isSystemError(error, "ENOENT", "ENOTDIR") ? uploadNotFound(path, error) : error;
  }
}
