// What every compression codec is, and the checks they share (SlateDB SST format, section 11). A codec turns the payload of
// one section into its stored form; there is no framing around it, and never a "stored raw" exception.
import { isSstError, SstError, SstRangeError } from "../errors.js";
import type { COMPRESSION_IDS } from "../generated/constants.js";

/** Name of a compression codec. */
export type CompressionName = keyof typeof COMPRESSION_IDS;

/** What decompression may come to. */
export interface DecompressLimits {
  /** Most bytes that may come out; an integer from 0. Stored bytes that declare or give more are refused. */
  readonly maxLength: number;
}

/** One compression codec, ready to use. Stateless; calls are synchronous. */
export interface Codec {
  /** Name of the codec, as configuration has it. */
  readonly name: CompressionName;
  /** Number of the codec in an SST's info. */
  readonly id: number;
  /** The library that decides the compressed bytes, with its exact version: equal ids give equal bytes. */
  readonly library: string;
  /**
   * The stored form of a section's payload. The result may share memory with `bytes` only under codec "none".
   * @throws SstError ERR_SST_CODEC_FAILED
   */
  compress(bytes: Uint8Array): Uint8Array;
  /**
   * The payload of a section from its stored form, all of which must be used up. Takes memory in proportion to
   * what the stored bytes can hold at most, never to what they merely declare.
   * @throws SstError ERR_SST_CORRUPT when the bytes are damaged or longer than the limit; the library's error is the cause.
   */
  decompress(bytes: Uint8Array, limits: DecompressLimits): Uint8Array;
}

/** Refuses a limit that is not a length. */
export function checkLimits(limits: DecompressLimits): void {
  if (Number.isSafeInteger(limits.maxLength) && limits.maxLength >= 0) return;
  throw new SstRangeError("ERR_SST_OPTION_INVALID", `maxLength is an integer from 0, not ${limits.maxLength}`, {
    details: { maxLength: limits.maxLength },
  });
}

/** Compressed bytes that do not follow their codec's format. */
export function corrupt(name: CompressionName, problem: string, details: Record<string, unknown>, cause?: unknown): SstError {
  return new SstError("ERR_SST_CORRUPT", `${name} data ${problem}`, {
    details: { compression: name, ...details },
    ...(cause === undefined ? {} : { cause }),
  });
}

/**
 * Refuses a declared length before memory is taken for it: above the caller's limit, or above what so few bytes can hold.
 * @param capacity most bytes that the stored bytes can expand to.
 */
export function checkDeclaredLength(name: CompressionName, declared: number, capacity: number, limits: DecompressLimits): void {
  if (declared > limits.maxLength) throw tooLong(name, declared, limits);
  if (declared > capacity) {
    throw corrupt(name, `declares ${declared} bytes but cannot hold more than ${capacity}`, { declared, capacity });
  }
}

/** Decompressed bytes, declared or real, above the caller's limit. */
export function tooLong(name: CompressionName, length: number, limits: DecompressLimits, cause?: unknown): SstError {
  return corrupt(name, `gives ${length} bytes or more, above the limit of ${limits.maxLength}`, { length, maxLength: limits.maxLength }, cause);
}

/** Refuses a result whose length is not the declared one. */
export function checkRealLength(name: CompressionName, declared: number, real: number): void {
  if (declared !== real) throw corrupt(name, `declares ${declared} bytes but holds ${real}`, { declared, real });
}

/** Runs a library's compressor; whatever the library throws becomes the cause of one error. */
export function runCompressor(name: CompressionName, bytes: Uint8Array, compressor: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  try {
    return compressor(bytes);
  } catch (cause) {
    if (isSstError(cause)) throw cause;
    throw new SstError("ERR_SST_CODEC_FAILED", `${name} failed to compress ${bytes.length} bytes`, {
      details: { compression: name, length: bytes.length },
      cause,
    });
  }
}

/** Runs a library's decompressor; whatever the library throws is a finding about the bytes, hence the cause of ERR_SST_CORRUPT. */
export function runDecompressor(name: CompressionName, bytes: Uint8Array, decompressor: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  try {
    return decompressor(bytes);
  } catch (cause) {
    if (isSstError(cause)) throw cause;
    throw corrupt(name, `of ${bytes.length} bytes cannot be decompressed`, { length: bytes.length }, cause);
  }
}
