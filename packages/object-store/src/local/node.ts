// Node's modules, asked of the running process and never imported, so that this package can be bundled for browsers.
import { StoreError } from "../store-error.js";

export interface NodeModules {
  readonly fs: typeof import("node:fs/promises");
  readonly constants: typeof import("node:fs").constants;
  readonly path: typeof import("node:path");
  readonly url: typeof import("node:url");
  readonly platform: string;
}

/** The modules that local stores are made of. @throws StoreError ERR_STORE_UNSUPPORTED where there is no file system */
export function nodeModules(): NodeModules {
  const node = (globalThis as { readonly process?: NodeJS.Process }).process;
  if (typeof node?.getBuiltinModule !== "function") {
    throw new StoreError("ERR_STORE_UNSUPPORTED", "local stores need Node.js 20.16 or newer, or another runtime with its file system modules");
  }
  return {
    fs: node.getBuiltinModule("node:fs/promises"),
    constants: node.getBuiltinModule("node:fs").constants,
    path: node.getBuiltinModule("node:path"),
    url: node.getBuiltinModule("node:url"),
    platform: node.platform,
  };
}
