// From what the command line names to files in a store: a file, a folder, a store's URL, or standard input.
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { isStoreError, LocalObjectStore, MemoryObjectStore, type ObjectStore, openStore } from "@slate-sst/object-store";
import type { ReportedFile } from "../report/report.js";
import { CliError, type CliIo, errorLine } from "./cli-io.js";

/** Most bytes taken from standard input, which is held in memory: 1 GiB. */
const STDIN_BYTES_MAX = 1024 * 1024 * 1024;

/** Names end like this in every database of SlateDB, WAL files included. */
const SST_ENDING = ".sst";

/** How a URL begins: its scheme is longer than a drive's letter. */
export const URL_START = /^[a-z][a-z0-9+.-]+:/i;

/** One file to verify. */
export interface TargetFile extends ReportedFile {
  readonly store: ObjectStore;
  /** Its path in the store. */
  readonly objectPath: string;
  /** Bytes, when it was found. */
  readonly size: number;
}

export interface Target {
  readonly files: readonly TargetFile[];
  /** It named one file, not a place that may hold several. */
  readonly isFile: boolean;
}

/** @throws CliError when there is nothing to verify; StoreError */
export async function findTarget(named: string, io: CliIo): Promise<Target> {
  if (named === "") throw new CliError("name what to verify: a file, a folder, a URL, - for standard input, or --db; --help tells more");
  if (named === "-") return await readStdin(io);
  return URL_START.test(named) ? await findUrl(named) : await findLocal(named);
}

async function readStdin({ stdin, isTTY }: CliIo): Promise<Target> {
  if (isTTY.stdin) throw new CliError("standard input is a terminal: send a file to it, or name one");
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk;
    size += bytes.length;
    if (size > STDIN_BYTES_MAX) throw new CliError(`standard input has more than ${STDIN_BYTES_MAX} bytes, which is all that is held in memory: name a file`);
    chunks.push(bytes);
  }
  const store = new MemoryObjectStore();
  const objectPath = "stdin";
  await store.put(objectPath, chunks, { mode: "create" });
  return { files: [{ path: "standard input", uri: "stdin", store, objectPath, size }], isFile: true };
}

async function findLocal(named: string): Promise<Target> {
  const info = await stat(named).catch((error: unknown) => {
    throw new CliError(`cannot read ${named}: ${errorLine(error)}`, { cause: error });
  });
  if (info.isDirectory()) {
    const store = new LocalObjectStore(named);
    return await listSsts(store, named, (path) => {
      const file = join(named, ...path.split("/"));
      return { path: file, uri: fileUri(file) };
    });
  }
  if (!info.isFile()) throw new CliError(`${named} is neither a file nor a folder`);
  // A store refuses links, since they may lead out of its root; here the user named one.
  const real = await realpath(named);
  return { files: [{ path: named, uri: fileUri(named), store: new LocalObjectStore(dirname(real)), objectPath: basename(real), size: info.size }], isFile: true };
}

async function findUrl(named: string): Promise<Target> {
  const object = splitObjectUrl(named);
  if (object !== undefined) {
    const store = await openStore(object.storeUrl);
    const info = await store.head(object.path).catch((error: unknown) => {
      if (!isStoreError(error, "ERR_STORE_NOT_FOUND")) throw error;
    });
    if (info !== undefined) return { files: [{ path: named, uri: named, store, objectPath: object.path, size: info.size }], isFile: true };
  }
  const store = await openStore(named);
  const base = named.replace(/[?#].*$/s, "").replace(/\/+$/, "");
  return await listSsts(store, named, (path) => ({ path: `${base}/${path}`, uri: `${base}/${encodePath(path)}` }));
}

async function listSsts(store: ObjectStore, named: string, name: (path: string) => ReportedFile): Promise<Target> {
  const files: TargetFile[] = [];
  for await (const { path, size } of store.list("")) {
    if (path.endsWith(SST_ENDING)) files.push({ ...name(path), store, objectPath: path, size });
  }
  if (files.length === 0) throw new CliError(`${named} is no file, and no *${SST_ENDING} lies below it`);
  return { files, isFile: false };
}

/** An object's URL as the URL of a store and a path in it, where the URL has a path at all. */
function splitObjectUrl(url: string): { readonly storeUrl: string; readonly path: string } | undefined {
  const [, place = "", query = ""] = /^([^?#]*)(.*)$/s.exec(url) ?? [];
  const [, parent = "", name = ""] = /^([a-z][a-z0-9+.-]*:\/\/[^/]*\/(?:.*\/)?)([^/]+)$/is.exec(place) ?? [];
  if (name === "") return undefined;
  try {
    return { storeUrl: parent + query, path: decodeURIComponent(name) };
  } catch (error) {
    throw new CliError(`${url} is no URL: ${errorLine(error)}`, { cause: error });
  }
}

/** A file as a URI reference. */
export function fileUri(file: string): string {
  return isAbsolute(file) ? pathToFileURL(file).href : encodePath(file.split(sep).join("/"));
}

/** A path with slashes as a URI has it. */
export function encodePath(path: string): string {
  return path.toWellFormed().split("/").map(encodeURIComponent).join("/");
}
