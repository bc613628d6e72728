// What SOURCE names: files, globs, one object of a store by its URL, or standard input.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { MANIFEST_FOLDER, SstError } from "@slate-sst/format";
import { isStoreError, type ObjectStore, openStore } from "@slate-sst/object-store";
import { glob, isDynamicPattern } from "tinyglobby";
import { splitUrl, URL_START } from "../import/place.js";

/** What a source is read as. */
export const SOURCE_FORMATS = ["ndjson", "csv", "tsv", "rows", "parquet", "arrow"] as const;
/** How the rows of a source are written: newline-delimited JSON, CSV, TSV, binary rows, Parquet or Arrow IPC. */
export type SourceFormat = (typeof SOURCE_FORMATS)[number];

const ENDINGS: Readonly<Record<string, SourceFormat>> = { ndjson: "ndjson", jsonl: "ndjson", csv: "csv", tsv: "tsv", rows: "rows", parquet: "parquet", arrow: "arrow", arrows: "arrow", ipc: "arrow", feather: "arrow" };
const PACKED = /\.(gz|gzip|zst|zstd)$/i;
const STANDARD_INPUT = "-";
const CHUNK_BYTES = 256 * 1024;
/** Rows of a database have their keys, sequence numbers and times already, and are moved as they are. */
const A_DATABASE = "it is a SlateDB database, not a file of rows: slate-sst export (exportRange of @slate-sst/ingest) makes a new one of it, or of a range of its keys";
/** What somebody may take for the URL of a database. */
const DATABASE_URL = /^(?:db|slatedb|slate):/i;

export interface SourceFile {
  /** As it is named in messages. */
  readonly name: string;
  readonly format: SourceFormat;
  /** Of a regular file of this machine. */
  readonly path: string | undefined;
  /** Bytes, packed as they are; undefined where nobody knows. */
  readonly size: number | undefined;
  /** Changes when the content does: time of the last change, or the entity tag. Undefined for standard input. */
  readonly version: string | undefined;
  open(signal: AbortSignal | undefined): AsyncIterable<Uint8Array>;
}

export interface FindOptions {
  /** Of every source; told by the names' endings unless given. */
  readonly format?: SourceFormat | undefined;
  readonly stdin?: AsyncIterable<Uint8Array | string> | undefined;
}

/**
 * The files in the order given, those of a glob by their names.
 * @throws SstError ERR_SST_SOURCE_READ for what is not there; StoreError for a URL.
 */
export async function findSources(named: readonly string[], options: FindOptions = {}): Promise<SourceFile[]> {
  if (named.length === 0) throw new SstError("ERR_SST_SOURCE_READ", "there is no source: name a file, a glob, an object's URL, or - for standard input");
  const files: SourceFile[] = [];
  for (const name of named) {
    if (name === STANDARD_INPUT) files.push(standardInput(options));
    else if (URL_START.test(name)) files.push(...(await storeObjects(name, options.format)));
    else if (isDynamicPattern(name) && !(await exists(name))) files.push(...(await globbed(name, options.format)));
    else files.push(await localFile(name, options.format));
  }
  return files;
}

function standardInput({ format, stdin }: FindOptions): SourceFile {
  const name = "standard input";
  if (stdin === undefined) throw unreadable(name, "it is not given");
  if (format === undefined) throw unreadable(name, `it has no name to tell its format by: say which of ${SOURCE_FORMATS.join(", ")} it is`);
  return { name, format, path: undefined, size: undefined, version: undefined, open: (signal) => asBytes(stdin, signal) };
}

async function* asBytes(chunks: AsyncIterable<Uint8Array | string>, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    for (let next = await nextUnlessAborted(iterator, signal); next.done !== true; next = await nextUnlessAborted(iterator, signal)) {
      yield typeof next.value === "string" ? new TextEncoder().encode(next.value) : next.value;
    }
  } finally {
    // Whoever is still asked for a chunk may take his time.
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

/** The next chunk, or the reason of an abort, also of a source that keeps still. */
async function nextUnlessAborted<Chunk>(iterator: AsyncIterator<Chunk>, signal: AbortSignal | undefined): Promise<IteratorResult<Chunk>> {
  signal?.throwIfAborted();
  return await new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal!.reason as Error);
    signal?.addEventListener("abort", onAbort, { once: true });
    iterator.next().then(resolve, reject).finally(() => signal?.removeEventListener("abort", onAbort));
  });
}

/** One object by its URL, or those whose last name matches one with asterisks. */
async function storeObjects(url: string, format: SourceFormat | undefined): Promise<SourceFile[]> {
  if (DATABASE_URL.test(url)) throw unreadable(url, "there are no URLs of databases: of a SlateDB database, named by its folder or its URL in a store, slate-sst export makes a new one");
  const { storeUrl, path } = splitUrl(url);
  const store = await openStore(storeUrl);
  const found = async (name: string, object: string): Promise<SourceFile> => {
    const { size, etag, lastModified } = await store.head(object).catch(async (error: unknown) => {
      throw isStoreError(error, "ERR_STORE_NOT_FOUND") && (await isDatabase(store, object)) ? unreadable(name, A_DATABASE, error) : error;
    });
    return { name, format: format ?? formatOf(object), path: undefined, size, version: etag ?? lastModified.toISOString(), open: (signal) => store.stream(object, { signal }) };
  };
  if (!path.includes("*")) return [await found(url, path)];
  const pattern = new RegExp(`^${path.split("*").map((text) => text.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&")).join("[^/]*")}$`, "u");
  const files: SourceFile[] = [];
  const [folder = ""] = /^[^?#]*\//.exec(url) ?? [];
  for await (const object of store.list(path.slice(0, path.indexOf("*")))) if (pattern.test(object.path)) files.push(await found(folder + object.path, object.path));
  if (files.length === 0) throw unreadable(url, "no object matches");
  return files.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}

async function isDatabase(store: ObjectStore, root: string): Promise<boolean> {
  const manifests = store.list(`${root}/${MANIFEST_FOLDER}/`)[Symbol.asyncIterator]();
  const first = await manifests.next();
  await manifests.return?.();
  return first.done !== true;
}

async function globbed(pattern: string, format: SourceFormat | undefined): Promise<SourceFile[]> {
  const names = (await glob(pattern, { expandDirectories: false, onlyFiles: true, absolute: isAbsolute(pattern) })).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  if (names.length === 0) throw unreadable(pattern, "no file matches");
  return await Promise.all(names.map(async (name) => localFile(name, format)));
}

async function localFile(name: string, format: SourceFormat | undefined): Promise<SourceFile> {
  const info = await stat(name).catch((cause: unknown) => {
    throw unreadable(name, cause instanceof Error ? cause.message : String(cause), cause);
  });
  if (info.isDirectory()) throw unreadable(name, (await exists(join(name, MANIFEST_FOLDER))) ? A_DATABASE : `it is a folder: name its files, as in ${name}/*.ndjson`);
  const isRegular = info.isFile();
  return {
    name, format: format ?? formatOf(name), path: isRegular ? name : undefined, size: isRegular ? info.size : undefined, version: isRegular ? String(info.mtimeMs) : undefined,
    open: (signal) => readFile(name, signal),
  };
}

async function* readFile(name: string, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(name, { highWaterMark: CHUNK_BYTES, ...(signal === undefined ? {} : { signal }) }) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    signal?.throwIfAborted();
    throw unreadable(name, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** @throws SstError ERR_SST_SOURCE_READ */
function formatOf(name: string): SourceFormat {
  const ending = /\.([a-z0-9]+)$/i.exec(name.replace(PACKED, ""))?.[1]?.toLowerCase() ?? "";
  const format = ENDINGS[ending];
  if (format !== undefined) return format;
  throw unreadable(name, `its name does not tell its format (${Object.keys(ENDINGS).map((known) => `.${known}`).join(", ")}, each also with .gz or .zst): say which of ${SOURCE_FORMATS.join(", ")} it is`);
}

async function exists(name: string): Promise<boolean> {
  return await stat(name).then(() => true, () => false);
}

function unreadable(name: string, problem: string, cause?: unknown): SstError {
  return new SstError("ERR_SST_SOURCE_READ", `${name}: ${problem}`, { ...(cause === undefined ? {} : { cause }), details: { file: name } });
}
