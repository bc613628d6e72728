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
  /** Where the file lies. */
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

/** A folder, or a store's URL, that may hold several objects. */
export interface NamedPlace {
  /** The store that was named. */
  readonly store: ObjectStore;
  /** What was named, as reports have it. */
  readonly root: ReportedFile;
  /** An object of the store. */
  readonly fileOf: (path: string) => ReportedFile;
}

/** What a name leads to. */
export type Named = { readonly file: TargetFile } | { readonly place: NamedPlace };

/** @throws CliError when there is nothing to verify; StoreError */
export async function findTarget(named: string, io: CliIo): Promise<Target> {
  if (named === "") throw new CliError("name what to verify: a file, a folder, a URL, - for standard input, or --db; --help tells more");
  const found = await findNamed(named, io);
  return "file" in found ? { files: [found.file], isFile: true } : await listSsts(found.place);
}

/** A file, a folder, a store's URL, or - for standard input. @throws CliError when there is nothing; StoreError */
export async function findNamed(named: string, io: CliIo): Promise<Named> {
  if (named === "-") return { file: await readStdin(io) };
  return URL_START.test(named) ? await findUrl(named) : await findLocal(named);
}

/** A folder or a store's URL, whatever lies there. @throws StoreError */
export async function openPlace(root: string): Promise<NamedPlace> {
  if (!URL_START.test(root)) {
    const fileOf = (path: string): ReportedFile => {
      const file = join(root, ...path.split("/"));
      return { path: file, uri: fileUri(file) };
    };
    return { store: new LocalObjectStore(root), root: { path: root, uri: fileUri(root) }, fileOf };
  }
  const base = root.replace(/[?#].*$/s, "").replace(/\/+$/, "");
  const uri = asUri(base);
  return { store: await openStore(root), root: { path: root, uri }, fileOf: (path) => ({ path: `${base}/${path}`, uri: `${uri}/${encodePath(path)}` }) };
}

async function readStdin({ stdin, isTTY }: CliIo): Promise<TargetFile> {
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
  return { path: "standard input", uri: "stdin", store, objectPath, size };
}

async function findLocal(named: string): Promise<Named> {
  const info = await stat(named).catch((error: unknown) => {
    throw new CliError(`cannot read ${named}: ${errorLine(error)}`, { cause: error });
  });
  if (info.isDirectory()) return { place: await openPlace(named) };
  if (!info.isFile()) throw new CliError(`${named} is neither a file nor a folder`);
  // A store refuses links, since they may lead out of its root; here the user named one.
  const real = await realpath(named);
  return { file: { path: named, uri: fileUri(named), store: new LocalObjectStore(dirname(real)), objectPath: basename(real), size: info.size } };
}

async function findUrl(named: string): Promise<Named> {
  const object = splitObjectUrl(named);
  if (object !== undefined) {
    const store = await openStore(object.storeUrl);
    const info = await store.head(object.path).catch((error: unknown) => {
      if (!isStoreError(error, "ERR_STORE_NOT_FOUND")) throw error;
    });
    if (info !== undefined) return { file: { path: named, uri: asUri(named), store, objectPath: object.path, size: info.size } };
  }
  return { place: await openPlace(named) };
}

async function listSsts({ store, root, fileOf }: NamedPlace): Promise<Target> {
  const files: TargetFile[] = [];
  for await (const { path, size } of store.list("")) {
    if (path.endsWith(SST_ENDING)) files.push({ ...fileOf(path), store, objectPath: path, size });
  }
  if (files.length === 0) throw new CliError(`${root.path} is no file, and no *${SST_ENDING} lies below it`);
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

/** A URL as it was typed, with what has no place in a URI encoded. */
function asUri(url: string): string {
  return encodeURI(url.toWellFormed()).replaceAll("%25", "%");
}

/** A path with slashes as a URI has it. */
export function encodePath(path: string): string {
  return path.toWellFormed().split("/").map(encodeURIComponent).join("/");
}
