// The npm packages behind the codecs: optional, pinned, loaded only when a codec is asked for. Identical bytes are a property of
// an exact version, so the pins are part of the format as Slate SST writes it.
import { SstError } from "../errors.js";
import type { CompressionName } from "./codec.js";

export interface CodecPackage {
  readonly name: string;
  readonly version: string;
}

/** Rust's `snap` 1.1.1, the crate SlateDB uses, as a native add-on. Needed only where there is no kernel. */
export const SNAPPY_PACKAGE: CodecPackage = { name: "snappy", version: "7.4.3" };

/** Rust's `lz4_flex` 0.11.5, the crate SlateDB uses, as a native add-on. Needed only where there is no kernel. */
export const LZ4_PACKAGE: CodecPackage = { name: "lz4-napi", version: "2.10.0" };

/** Rust's `flate2` on `miniz_oxide`, as SlateDB uses them, in WebAssembly. */
export const ZLIB_PACKAGE: CodecPackage = { name: "@hazae41/foras", version: "2.1.4" };

/** libzstd 1.5.7 in WebAssembly. Not needed, but faster, where Node itself holds that version. */
export const ZSTD_PACKAGE: CodecPackage = { name: "@bokuweb/zstd-wasm", version: "0.0.27" };

/** "name@version", as npm writes it. */
export function packageId({ name, version }: CodecPackage): string {
  return `${name}@${version}`;
}

/**
 * Runs the import of a codec's package.
 * @throws SstError ERR_SST_CODEC_MISSING, with the command that installs the package, when it cannot be loaded.
 */
export async function loadPackage<T>(codec: CompressionName, codecPackage: CodecPackage, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const id = packageId(codecPackage);
    throw new SstError(
      "ERR_SST_CODEC_MISSING",
      `compression "${codec}" needs the package ${id}, which could not be loaded: npm install ${id}`,
      { details: { compression: codec, package: codecPackage.name, version: codecPackage.version }, cause },
    );
  }
}

/**
 * Goes behind `import()` of such a package: `import("x").catch(optional)`. What bundlers see caught in place they leave alone when the package is
 * not installed, and do not fail.
 */
export function optional(cause: unknown): never {
  throw cause;
}
