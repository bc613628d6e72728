// From a URL to a store. Local and memory stores are part of this package; each cloud's adapter is a package of its own,
// loaded when a URL asks for it.
import { assertRequiredOptions } from "./call-checks.js";
import { LocalObjectStore } from "./local/local-object-store.js";
import { nodeModules } from "./local/node.js";
import { MemoryObjectStore } from "./memory-object-store.js";
import type { ObjectStore } from "./object-store.js";
import { resolveRetry, type RetryOptions } from "./retry/retry-options.js";
import { StoreError } from "./store-error.js";

/** What the package of an adapter exports. */
export interface StoreModule {
  /**
   * Opens the store of a URL of the package's scheme; credentials come from the SDK's own default chain.
   * @throws StoreError ERR_STORE_URL for what it does not understand
   */
  openStore(url: string, options?: StoreModuleOptions): ObjectStore | Promise<ObjectStore>;
}

/** What the package of an adapter is handed beside the URL. */
export interface StoreModuleOptions {
  /** How calls are tried again, and who is told of it. Folders and memory are no network: their calls are made once, and nobody is told. */
  readonly retry?: RetryOptions | undefined;
}

export interface OpenStoreOptions extends StoreModuleOptions {
  /** Loads an adapter's package by name, in place of `import(name)`: for bundlers, which have to see the import. */
  readonly load?: ((name: string) => Promise<unknown>) | undefined;
}

const PACKAGES: Readonly<Record<string, string>> = {
  s3: "@slate-sst/object-store-s3",
  gs: "@slate-sst/object-store-gcs",
  az: "@slate-sst/object-store-azure",
};

const OPTIONS: readonly (keyof OpenStoreOptions)[] = ["retry", "load"];

const FORMS = "file:///folder[?fsync=true], memory:[name], s3://bucket/prefix, gs://bucket/prefix, az://container/prefix";

/**
 * Opens the store of a URL: `file:///absolute/folder` (with `?fsync=true` for durable writes), `memory:name` (one per name
 * and process), `memory:` (a new one), or `s3:`, `gs:`, `az:` by their packages.
 * @throws StoreError ERR_STORE_URL, ERR_STORE_PACKAGE_MISSING; ERR_STORE_ARGUMENT for options that are none
 */
export async function openStore(url: string | URL, options: OpenStoreOptions = {}): Promise<ObjectStore> {
  if (typeof url !== "string" && !(url instanceof URL)) throw new StoreError("ERR_STORE_ARGUMENT", `a store is opened by its URL, not by ${url === null ? "null" : typeof url}`);
  assertRequiredOptions(options, OPTIONS, "");
  resolveRetry(options.retry);
  const text = typeof url === "string" ? url : url.href;
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === "memory") return openMemory(text.slice("memory:".length));
  if (scheme === "file") return openLocal(text);
  const name = scheme === undefined ? undefined : PACKAGES[scheme];
  if (name === undefined) {
    const what = scheme === undefined ? "the text is no URL" : `no store has the scheme ${JSON.stringify(scheme)}`;
    throw new StoreError("ERR_STORE_URL", `${what}; known are: ${FORMS}`);
  }
  const module = await loadPackage(name, options.load ?? importPackage);
  return await module.openStore(text, options.retry === undefined ? {} : { retry: options.retry });
}

function openMemory(name: string): MemoryObjectStore {
  return name === "" ? new MemoryObjectStore() : new MemoryObjectStore({ name });
}

function openLocal(text: string): LocalObjectStore {
  // What is refused is not repeated: it may hold what was meant for another store, a password among it.
  if (!/^file:\/\/(localhost)?\//i.test(text)) throw new StoreError("ERR_STORE_URL", "a file URL is absolute: file:///folder");
  const url = new URL(text);
  if (url.hash !== "") throw new StoreError("ERR_STORE_URL", "the URL of a store has no fragment; write # as %23");
  const parameters = [...url.searchParams];
  const [[name, value] = ["fsync", "false"]] = parameters;
  if (parameters.length > 1 || name !== "fsync" || (value !== "true" && value !== "false")) {
    throw new StoreError("ERR_STORE_URL", "a file URL takes ?fsync=true or ?fsync=false, once, and nothing else");
  }
  return new LocalObjectStore(folderOf(url), { fsync: value === "true" });
}

function folderOf(url: URL): string {
  try {
    return nodeModules().url.fileURLToPath(new URL(url.pathname, "file:///"));
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError("ERR_STORE_URL", "the file URL names no folder", { cause: error });
  }
}

async function importPackage(name: string): Promise<unknown> {
  return await import(/* @vite-ignore */ name);
}

async function loadPackage(name: string, load: (name: string) => Promise<unknown>): Promise<StoreModule> {
  let loaded: unknown;
  try {
    loaded = await load(name);
  } catch (error) {
    if (!isMissing(error, name)) throw new StoreError("ERR_STORE_FAILED", `the package ${name} could not be loaded`, { cause: error });
    throw new StoreError("ERR_STORE_PACKAGE_MISSING", `this URL needs a package that is not installed: npm install ${name}`, { cause: error });
  }
  if (isStoreModule(loaded)) return loaded;
  throw new StoreError("ERR_STORE_FAILED", `the package ${name} exports no openStore function`);
}

/** Whether this package is missing, rather than one that it needs itself. */
function isMissing(error: unknown, name: string): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND" && error.message.includes(`'${name}'`);
}

function isStoreModule(value: unknown): value is StoreModule {
  return typeof value === "object" && value !== null && "openStore" in value && typeof value.openStore === "function";
}
