// Node's own zlib, when there is one. It is asked of the running process and never imported, so that bundles for browsers
// hold no Node module and everything else falls back to portable code.

/** What Slate SST uses of node:zlib. The parts that not every supported Node has are optional. */
export interface NodeZlib {
  readonly crc32?: (bytes: Uint8Array, seed?: number) => number;
  readonly inflateSync: (bytes: Uint8Array, options: InflateOptions) => InflateResult;
  readonly zstdCompressSync?: (bytes: Uint8Array, options: ZstdOptions) => Uint8Array;
  readonly zstdDecompressSync?: (bytes: Uint8Array, options: ZstdOptions) => Uint8Array;
  readonly constants: Readonly<Record<string, number>>;
}

interface InflateOptions {
  /** Asks for the engine beside the bytes. */
  readonly info: true;
  /** Most bytes that may come out. Node wants at least 1. */
  readonly maxOutputLength: number;
}

interface InflateResult {
  readonly buffer: Uint8Array;
  /** `bytesWritten` counts the input bytes that the stream used. */
  readonly engine: { readonly bytesWritten: number };
}

interface ZstdOptions {
  readonly params?: Readonly<Record<number, number>>;
  readonly maxOutputLength?: number;
}

interface NodeProcess {
  readonly versions?: Readonly<Record<string, string | undefined>>;
  readonly getBuiltinModule?: (id: string) => unknown;
}

const nodeProcess = (globalThis as { readonly process?: NodeProcess }).process;

/** node:zlib, or undefined outside Node. */
export const nodeZlib = nodeProcess?.getBuiltinModule?.("node:zlib") as NodeZlib | undefined;

/** Version of the zstd library inside this Node, or undefined when it has none. */
export const nodeZstdVersion: string | undefined = nodeProcess?.versions?.["zstd"];

/**
 * The same bytes as a plain Uint8Array. Node's Buffer is one too, but its `slice` shares memory where the standard one copies.
 * The memory stays shared with `bytes`.
 */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
