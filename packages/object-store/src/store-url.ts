// URLs of stores in the cloud, `scheme://bucket/prefix?name=value`, for the packages of adapters: what may stand in them,
// and the paths below their prefix. Credentials may not: URLs are logged.
import { assertObjectPath, isObjectPath, OBJECT_PATH_BYTES_MAX } from "./object-path.js";
import { StoreError } from "./store-error.js";

/** A URL taken apart. Values are checked by the adapter. */
export class StoreUrl {
  /** Name of the bucket or container. */
  readonly bucket: string;
  /** Without slashes at its ends; empty for the whole bucket. */
  readonly prefix: string;
  readonly #scheme: string;
  readonly #parameters: ReadonlyMap<string, string>;

  /**
   * @param names parameters that the scheme knows
   * @throws StoreError ERR_STORE_URL; its message never repeats what may be a secret
   */
  constructor(text: string, scheme: string, names: readonly string[]) {
    const fail = (why: string): StoreError => new StoreError("ERR_STORE_URL", `a ${scheme} URL is ${scheme}://bucket/prefix?name=value; ${why}`);
    const [, authority = "", path = "", query = "", hash] = /^[a-z0-9+.-]+:\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(#.*)?$/i.exec(text) ?? [];
    if (authority === "") throw fail("this one names no bucket");
    if (authority.includes("@")) throw fail("credentials never stand in it: they come from the environment, as the SDK looks for them");
    if (!/^[a-z0-9][a-z0-9._-]*$/i.test(authority)) throw fail("the bucket's name is letters, digits, \".\", \"_\" and \"-\"");
    if (hash !== undefined) throw fail("it has no fragment; write # as %23");
    this.#scheme = scheme;
    this.bucket = authority;
    this.prefix = prefixOf(path, fail);
    const parameters = new Map<string, string>();
    for (const [name, value] of new URLSearchParams(query)) {
      if (!names.includes(name)) {
        const secret = /key|secret|token|password|credential|signature|sig$|sas/i.test(name) ? "; credentials never stand in it" : "";
        throw fail(`it takes ${names.join(", ")}, and not ${JSON.stringify(name)}${secret}`);
      }
      if (parameters.has(name)) throw fail(`it has ${name} twice`);
      parameters.set(name, value);
    }
    this.#parameters = parameters;
  }

  /** A parameter's text; `undefined` where it is not given. */
  get(name: string): string | undefined {
    return this.#parameters.get(name);
  }

  /** A parameter that is `true` or `false`. @throws StoreError ERR_STORE_URL */
  boolean(name: string): boolean | undefined {
    const value = this.#parameters.get(name);
    if (value === undefined || value === "true" || value === "false") return value === undefined ? undefined : value === "true";
    throw this.fault(name, "true or false");
  }

  /** A parameter that is a whole number, at least 1. @throws StoreError ERR_STORE_URL */
  integer(name: string): number | undefined {
    const value = this.#parameters.get(name);
    if (value === undefined) return undefined;
    if (/^[1-9][0-9]{0,14}$/.test(value)) return Number(value);
    throw this.fault(name, "a whole number, at least 1");
  }

  /** A parameter that is one of some words. @throws StoreError ERR_STORE_URL */
  choice<T extends string>(name: string, words: readonly T[]): T | undefined {
    const value = this.#parameters.get(name);
    const word = words.find((known) => known === value);
    if (value === undefined || word !== undefined) return word;
    throw this.fault(name, `one of ${words.join(", ")}`);
  }

  /** A parameter that is the address of a server: `http:` or `https:`, a host, a port, perhaps a path, and no credentials. @throws StoreError ERR_STORE_URL */
  endpoint(name: string): string | undefined {
    const value = this.#parameters.get(name);
    if (value === undefined) return undefined;
    const address = URL.canParse(value) ? new URL(value) : undefined;
    if (address === undefined || !/^https?:$/.test(address.protocol) || address.username !== "" || address.password !== "" || address.search !== "" || address.hash !== "") {
      throw this.fault(name, "an address such as https://host:9000, without credentials");
    }
    return `${address.origin}${address.pathname.replace(/\/+$/, "")}`;
  }

  /** The error for a parameter's value, which it does not repeat. */
  fault(name: string, what: string): StoreError {
    return new StoreError("ERR_STORE_URL", `the parameter ${name} of a ${this.#scheme} URL is ${what}`);
  }
}

/** The URL of a store, with its parameters in the order given; those without a value are left out. */
export function storeUrlText(scheme: string, bucket: string, prefix: string, parameters: readonly (readonly [string, string | number | boolean | undefined])[]): string {
  const given = parameters.filter(([, value]) => value !== undefined).map(([name, value]) => `${name}=${encodeURIComponent(String(value)).replaceAll("%3A", ":").replaceAll("%2F", "/")}`);
  const path = prefix === "" ? "" : `/${prefix.split("/").map(encodeURIComponent).join("/")}`;
  return `${scheme}://${bucket}${path}${given.length === 0 ? "" : `?${given.join("&")}`}`;
}

/** The names of objects below a prefix. */
export class StoreRoot {
  /** What every name begins with: empty, or the prefix and a slash. */
  readonly #start: string;

  /** `prefix`: what paths begin with; empty for the whole bucket. */
  constructor(prefix: string) {
    this.#start = prefix === "" ? "" : `${prefix}/`;
  }

  /** The store's own name of a path, or of a listing's prefix. @throws StoreError ERR_STORE_PATH when that is too long for stores */
  nameOf(path: string): string {
    const name = `${this.#start}${path}`;
    if (name.length <= OBJECT_PATH_BYTES_MAX && new TextEncoder().encode(name).length <= OBJECT_PATH_BYTES_MAX) return name;
    throw new StoreError("ERR_STORE_PATH", `with the store's prefix the path is longer than ${OBJECT_PATH_BYTES_MAX} bytes`, { path });
  }

  /** The path of a name; `undefined` when it is no object path, and so nothing that was written through this interface. */
  pathOf(name: string): string | undefined {
    const path = this.textOf(name);
    return isObjectPath(path) ? path : undefined;
  }

  /** What a name is below the prefix, whether it is a path or not. */
  textOf(name: string): string {
    return name.startsWith(this.#start) ? name.slice(this.#start.length) : name;
  }
}

function prefixOf(path: string, fail: (why: string) => StoreError): string {
  const trimmed = path.replace(/^\//, "").replace(/\/$/, "");
  if (trimmed === "") return "";
  let prefix: string;
  try {
    prefix = decodeURIComponent(trimmed);
  } catch {
    throw fail("the prefix is not percent-encoded as it should be");
  }
  try {
    assertObjectPath(prefix);
  } catch {
    throw fail("the prefix is no object path");
  }
  return prefix;
}
