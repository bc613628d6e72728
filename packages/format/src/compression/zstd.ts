// Codec "zstd": one Zstandard frame at level 3, with its content size, without checksum or dictionary. The compressed bytes are
// those of libzstd 1.5.7: the library in WebAssembly, whose context is made once, or Node's own where Node holds exactly that version
// and the package is not there. Node makes a context a call: it is slower in both directions, as far as a block goes.
import { SstError } from "../errors.js";
import { COMPRESSION_IDS, ZSTD_LEVEL } from "../generated/constants.js";
import {
  checkDeclaredLength, checkLimits, checkRealLength, runCompressor, runDecompressor, tooLong, type Codec, type DecompressLimits,
} from "./codec.js";
import { nodeZlib, nodeZstdVersion, plainBytes } from "./node-zlib.js";
import { loadPackage, optional, ZSTD_PACKAGE } from "./packages.js";
import { walkZstdFrame } from "./zstd-frame.js";

/** The version of libzstd inside SlateDB, which decides the compressed bytes. */
const LIBRARY_VERSION = "1.5.7";

/** Largest piece given to WebAssembly, in bytes: its memory ends at 2 GiB, where the package would overwrite what it cannot allocate. */
const WASM_BYTES_MAX = 536870912;

/** A libzstd, whoever runs it. */
export interface ZstdEngine {
  compress(bytes: Uint8Array): Uint8Array;
  /** Decompresses one well-formed frame of at most `capacity` bytes of content. */
  decompress(bytes: Uint8Array, capacity: number): Uint8Array;
}

/** What is used of the package. Results are copies of WebAssembly memory. */
interface ZstdWasmModule {
  init(): Promise<void>;
  /** Makes a context, whose tables are then used again; 0 when there is no memory for it. */
  createCCtx(): number;
  compressUsingDict(context: number, bytes: Uint8Array, dictionary: Uint8Array, level: number): Uint8Array;
  decompress(bytes: Uint8Array, options: { readonly defaultHeapSize: number }): Uint8Array;
}

/** No dictionary. */
const NO_BYTES = new Uint8Array(0);

export async function loadZstd(): Promise<Codec> {
  try {
    return zstdCodec(await loadZstdWasmEngine());
  } catch (error) {
    const engine = nodeZstdEngine();
    if (engine === undefined) throw error;
    return zstdCodec(engine);
  }
}

export function zstdCodec(engine: ZstdEngine): Codec {
  return {
    name: "zstd",
    id: COMPRESSION_IDS.zstd,
    library: `libzstd@${LIBRARY_VERSION}`,
    compress(bytes: Uint8Array): Uint8Array {
      return runCompressor("zstd", bytes, (payload) => engine.compress(payload));
    },
    decompress(bytes: Uint8Array, limits: DecompressLimits): Uint8Array {
      checkLimits(limits);
      const { contentSize, capacity } = walkZstdFrame(bytes);
      if (contentSize !== undefined) checkDeclaredLength("zstd", contentSize, capacity, limits);
      const payload = runDecompressor("zstd", bytes, (stored) => engine.decompress(stored, contentSize ?? Math.min(capacity, limits.maxLength)));
      if (contentSize !== undefined) checkRealLength("zstd", contentSize, payload.length);
      if (payload.length > limits.maxLength) throw tooLong("zstd", payload.length, limits);
      return payload;
    },
  };
}

/** Node's own libzstd, or undefined when this is not Node or Node holds another version. */
export function nodeZstdEngine(): ZstdEngine | undefined {
  if (nodeZstdVersion !== LIBRARY_VERSION || nodeZlib === undefined) return undefined;
  const { zstdCompressSync, zstdDecompressSync, constants } = nodeZlib;
  const levelParameter = constants["ZSTD_c_compressionLevel"];
  if (zstdCompressSync === undefined || zstdDecompressSync === undefined || levelParameter === undefined) return undefined;
  const options = { params: { [levelParameter]: ZSTD_LEVEL } };
  return {
    compress: (bytes) => plainBytes(zstdCompressSync(bytes, options)),
    // Node wants to give out at least one byte; the caller checks the length.
    decompress: (bytes, capacity) => plainBytes(zstdDecompressSync(bytes, { maxOutputLength: Math.max(capacity, 1) })),
  };
}

let loadedEngine: Promise<ZstdEngine> | undefined;

/** libzstd in WebAssembly, from the optional package; made ready once, as a second time would leak the first memory. */
export async function loadZstdWasmEngine(): Promise<ZstdEngine> {
  loadedEngine ??= loadPackage("zstd", ZSTD_PACKAGE, async () => {
    const loaded: ZstdWasmModule = await import("@bokuweb/zstd-wasm").catch(optional);
    await loaded.init();
    return wasmEngine(loaded);
  });
  try {
    return await loadedEngine;
  } catch (error) {
    loadedEngine = undefined;
    throw error;
  }
}

function wasmEngine(zstd: ZstdWasmModule): ZstdEngine {
  const context = zstd.createCCtx();
  if (context === 0) throw new Error("no memory for a context");
  return {
    compress(bytes) {
      checkWasmLength(bytes.length);
      return zstd.compressUsingDict(context, bytes, NO_BYTES, ZSTD_LEVEL);
    },
    decompress(bytes, capacity) {
      checkWasmLength(Math.max(bytes.length, capacity));
      return zstd.decompress(bytes, { defaultHeapSize: capacity });
    },
  };
}

function checkWasmLength(length: number): void {
  if (length <= WASM_BYTES_MAX) return;
  throw new SstError("ERR_SST_CODEC_FAILED", `${length} bytes are too much for zstd in WebAssembly, which takes up to ${WASM_BYTES_MAX}`, {
    details: { compression: "zstd", length, lengthMax: WASM_BYTES_MAX },
  });
}
