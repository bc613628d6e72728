// URLs and folders taken apart: a store, and a path in it.
import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { SstError } from "@slate-sst/format";

/** How a URL begins: its scheme is longer than a drive's letter. */
export const URL_START = /^[a-z][a-z0-9+.-]+:/i;

/** A store, and a path in it. */
export interface SplitPlace {
  /** What `openStore` takes. */
  readonly storeUrl: string;
  /** Path of the object in the store. */
  readonly path: string;
}

/**
 * The last name of a URL is the path, what comes before is the store; parameters stay with the store.
 * @throws SstError ERR_SST_SOURCE_READ for a URL that names a store only, or is none.
 */
export function splitUrl(url: string): SplitPlace {
  const [, place = "", query = ""] = /^([^?#]*)(.*)$/s.exec(url) ?? [];
  const [, parent = "", name = ""] = /^([a-z][a-z0-9+.-]*:\/\/[^/]*\/(?:.*\/)?)([^/]+)\/*$/is.exec(place) ?? [];
  if (name === "") throw new SstError("ERR_SST_SOURCE_READ", `${url} names a store and nothing in it`, { details: { url } });
  try {
    return { storeUrl: parent + query, path: decodeURIComponent(name) };
  } catch (cause) {
    throw new SstError("ERR_SST_SOURCE_READ", `${url} is no URL: a % stands in front of two hexadecimal digits`, { cause, details: { url } });
  }
}

/**
 * A file, folder or URL as a store and the last name in it, or, with `levels`, the last names.
 * @throws SstError ERR_SST_SOURCE_READ for a URL that names a store only, or is none, and for an empty name, which would be the working directory's.
 */
export function splitPlace(named: string, levels = 1): SplitPlace {
  if (named === "") throw new SstError("ERR_SST_SOURCE_READ", "the name is empty: name a folder, a file or a URL", { details: { url: named } });
  let rest = named;
  const names: string[] = [];
  if (!URL_START.test(named)) {
    // A store does not follow links, but whoever names a folder by one means where it leads.
    rest = realFolder(resolve(named));
    for (let level = 0; level < levels; level++) {
      names.unshift(basename(rest));
      rest = dirname(rest);
    }
    return { storeUrl: pathToFileURL(rest).href, path: names.join("/") };
  }
  for (let level = 0; level < levels; level++) {
    const { storeUrl, path } = splitUrl(rest);
    names.unshift(path);
    rest = storeUrl;
  }
  return { storeUrl: rest, path: names.join("/") };
}

/** The path without links, as far as it exists. */
function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    const parent = dirname(folder);
    return parent === folder ? folder : join(realFolder(parent), basename(folder));
  }
}
