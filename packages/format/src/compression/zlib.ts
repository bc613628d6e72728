// Codec "zlib": RFC 1950 streams at level 6. Any decoder reads them, but the compressed bytes depend on the match finder, and
// only SlateDB's own (miniz_oxide, here in WebAssembly) gives SlateDB's bytes; Node's zlib does not. Node decompresses when it
// can, the same WebAssembly elsewhere.
import { COMPRESSION_IDS, ZLIB_LEVEL } from "../generated/constants.js";
import {
  checkLimits, corrupt, runCompressor, runDecompressor, tooLong, type Codec, type DecompressLimits,
} from "./codec.js";
import { nodeZlib, plainBytes, type NodeZlib } from "./node-zlib.js";
import { loadPackage, optional, packageId, ZLIB_PACKAGE } from "./packages.js";

/** Bytes in WebAssembly memory. They stay there until freed. */
interface ForasMemory {
  free(): void;
  /** Copies the bytes out and frees them. */
  copyAndDispose(): Uint8Array;
}

interface ForasStream {
  write(input: ForasMemory): void;
  /** The output so far, which the stream then forgets. */
  read(): ForasMemory;
  /** Ends and frees the stream, even when it throws. */
  finish(): ForasMemory;
  free(): void;
}

/** What is used of the package. */
export interface ForasModule {
  readonly Memory: new (bytes: Uint8Array) => ForasMemory;
  readonly ZlibEncoder: new (level: number) => ForasStream;
  readonly ZlibDecoder: new () => ForasStream;
  initBundledOnce(): Promise<unknown>;
}


/** Deflate cannot expand more: 258 bytes for two bits. */
const EXPANSION_MAX = 1032;

/** Stored bytes given to the WebAssembly decoder at a time: it may exceed a limit by this times EXPANSION_MAX, 4 MiB. */
const STEP_BYTES = 4096;

/** No typed array is longer in the oldest Node supported, and Node refuses a higher limit. */
const NODE_OUTPUT_MAX = 0xffffffff;

/** Code of Node's error for more output than it was allowed to give. */
const NODE_OUTPUT_TOO_LONG = "ERR_BUFFER_TOO_LARGE";

/** Decompresses one stream that takes up all of `bytes`. */
export type Inflate = (bytes: Uint8Array, limits: DecompressLimits) => Uint8Array;

export async function loadZlib(): Promise<Codec> {
  const foras = await loadForas();
  return zlibCodec(foras, nodeZlib === undefined ? forasInflate(foras) : nodeInflate(nodeZlib));
}

export function zlibCodec(foras: ForasModule, inflate: Inflate): Codec {
  return {
    name: "zlib",
    id: COMPRESSION_IDS.zlib,
    library: packageId(ZLIB_PACKAGE),
    compress(bytes: Uint8Array): Uint8Array {
      return runCompressor("zlib", bytes, (payload) => deflate(foras, payload));
    },
    decompress(bytes: Uint8Array, limits: DecompressLimits): Uint8Array {
      checkLimits(limits);
      return inflate(bytes, limits);
    },
  };
}

/** The package, its WebAssembly made ready. */
export function loadForas(): Promise<ForasModule> {
  return loadPackage("zlib", ZLIB_PACKAGE, async () => {
    const foras: ForasModule = await import("@hazae41/foras").catch(optional);
    await foras.initBundledOnce();
    return foras;
  });
}

function deflate(foras: ForasModule, bytes: Uint8Array): Uint8Array {
  const encoder = new foras.ZlibEncoder(ZLIB_LEVEL);
  writeOrFree(foras, encoder, bytes);
  return encoder.finish().copyAndDispose();
}

/** Decompression by Node's zlib. */
export function nodeInflate(zlib: NodeZlib): Inflate {
  return (bytes, limits) => {
    const capacity = Math.min(limits.maxLength, bytes.length * EXPANSION_MAX, NODE_OUTPUT_MAX);
    let used = 0;
    const payload = runDecompressor("zlib", bytes, (stored) => {
      try {
        // Node wants to give out at least one byte; the length is checked again below.
        const { buffer, engine } = zlib.inflateSync(stored, { info: true, maxOutputLength: Math.max(capacity, 1) });
        used = engine.bytesWritten;
        return plainBytes(buffer);
      } catch (cause) {
        if ((cause as { readonly code?: unknown }).code === NODE_OUTPUT_TOO_LONG) throw tooLong("zlib", capacity + 1, limits, cause);
        throw cause;
      }
    });
    // Node stops at the end of the stream and ignores what follows.
    if (used !== bytes.length) throw corrupt("zlib", `ends ${bytes.length - used} bytes early`, { used, length: bytes.length });
    if (payload.length > limits.maxLength) throw tooLong("zlib", payload.length, limits);
    return payload;
  };
}

/** Decompression by WebAssembly, in steps, so that a small input cannot fill the memory before the limit is noticed. */
export function forasInflate(foras: ForasModule): Inflate {
  return (bytes, limits) => {
    const pieces: Uint8Array[] = [];
    let length = 0;
    const take = (memory: ForasMemory): void => {
      const piece = memory.copyAndDispose();
      length += piece.length;
      if (piece.length > 0) pieces.push(piece);
    };
    return runDecompressor("zlib", bytes, () => {
      const decoder = new foras.ZlibDecoder();
      for (let at = 0; at < bytes.length && length <= limits.maxLength; at += STEP_BYTES) {
        writeOrFree(foras, decoder, bytes.subarray(at, at + STEP_BYTES));
        take(decoder.read());
      }
      if (length > limits.maxLength) decoder.free();
      else take(decoder.finish());
      if (length > limits.maxLength) throw tooLong("zlib", length, limits);
      return joined(pieces, length);
    });
  };
}

/** Writes to a stream; frees the stream when that fails, and the input in any case. */
function writeOrFree(foras: ForasModule, stream: ForasStream, bytes: Uint8Array): void {
  const input = new foras.Memory(bytes);
  try {
    stream.write(input);
  } catch (error) {
    stream.free();
    throw error;
  } finally {
    input.free();
  }
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = pieces;
  if (first !== undefined && pieces.length === 1) return first;
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
