// Sections on their way into the object: compressed, transformed, checksummed, and the checksum of the whole object kept.
import { type Codec, crc32, crc32Combine, crc32Range, crc32WithChecksum, encodeSection, SECTION_BYTES, SstError } from "@slate-sst/format";
import { equalBytes } from "./block-check.js";
import type { BlockTransformer, ResolvedConfig } from "./config.js";
import type { ObjectOutput } from "./object-output.js";
import { isBytes } from "./row.js";

/** Where a section lies in the object; the length includes its checksum. */
export interface SectionPlace {
  readonly offset: number;
  readonly length: number;
}

export class SectionOutput {
  /** CRC-32 of everything written so far. */
  crc32 = 0;
  readonly #output: ObjectOutput;
  readonly #codec: Codec;
  readonly #transform: BlockTransformer | undefined;
  readonly #verify: boolean;

  constructor(output: ObjectOutput, { codec, transform, verifyBlocks }: ResolvedConfig) {
    this.#output = output;
    this.#codec = codec;
    this.#transform = transform;
    this.#verify = verifyBlocks;
  }

  /** Whether stored bytes are the payload itself, so that a payload can be made where it will lie. */
  get isPlain(): boolean {
    return this.#codec.name === "none" && this.#transform === undefined;
  }

  /** The checksum of a payload that already lies in the output's bytes from `start` to its `at`. @returns where it lies in the object. */
  seal(start: number): number {
    const output = this.#output;
    const crc = crc32Range(output.bytes, start, output.at);
    output.reserve(SECTION_BYTES);
    output.at = encodeSection(output.bytes, output.at, crc);
    const length = output.at - start;
    this.crc32 = crc32Combine(this.crc32, crc32WithChecksum(crc), length);
    return output.base + start;
  }

  /** @throws SstError ERR_SST_CODEC_FAILED, whatever goes wrong in the codec. */
  compress(payload: Uint8Array): Uint8Array {
    const codec = this.#codec;
    if (codec.name === "none") return payload;
    try {
      return checkedBytes(codec.compress(payload));
    } catch (cause) {
      throw codecFailed(`compression by ${codec.name}`, cause);
    }
  }

  /** A data block as it will lie in the object. @returns where. */
  storeBlock(stored: Uint8Array): number {
    const output = this.#output;
    const crc = crc32(stored);
    const offset = output.position;
    output.reserve(stored.length + SECTION_BYTES);
    output.append(stored);
    output.at = encodeSection(output.bytes, output.at, crc);
    const length = stored.length + SECTION_BYTES;
    this.crc32 = crc32Combine(this.crc32, crc32WithChecksum(crc), length);
    return offset;
  }

  /**
   * What the transformer makes of compressed bytes; with verifyBlocks it must give them back.
   * @throws SstError ERR_SST_CODEC_FAILED, whatever goes wrong in the transformer; ERR_SST_VERIFY_BLOCK.
   */
  async transformed(stored: Uint8Array): Promise<Uint8Array> {
    const transform = this.#transform;
    if (transform === undefined) return stored;
    const original = this.#verify && transform.decode !== undefined ? new Uint8Array(stored) : undefined;
    let changed: Uint8Array;
    let back: Uint8Array | undefined;
    try {
      changed = checkedBytes(await transform.encode(stored));
      if (original !== undefined) {
        // Copies, since a transformer may work in place, and may use its output again.
        changed = new Uint8Array(changed);
        back = checkedBytes(await transform.decode?.(new Uint8Array(changed)));
      }
    } catch (cause) {
      throw codecFailed("the transformer", cause);
    }
    if (original !== undefined && !equalBytes(original, back!)) {
      throw new SstError("ERR_SST_VERIFY_BLOCK", `the transformer does not give back the ${original.length} bytes that it was given`);
    }
    return changed;
  }

  /** A section of any size: the filter, the index or the stats. */
  async store(payload: Uint8Array): Promise<SectionPlace> {
    return this.#storeLarge([await this.transformed(this.compress(payload))]);
  }

  /** The same of a payload in pieces, which is put together only where it is compressed or transformed. Pieces are let go one by one. */
  async storePieces(pieces: Uint8Array[]): Promise<SectionPlace> {
    return this.isPlain ? this.#storeLarge(pieces) : this.store(joined(pieces));
  }

  /** The info: neither compressed nor transformed. */
  async storePlain(payload: Uint8Array): Promise<SectionPlace> {
    return this.#storeLarge([payload]);
  }

  /** Bytes without a checksum of their own: the footer. */
  appendBare(bytes: Uint8Array): void {
    this.#output.append(bytes);
    this.crc32 = crc32Range(bytes, 0, bytes.length, this.crc32);
  }

  async #storeLarge(pieces: Uint8Array[]): Promise<SectionPlace> {
    const offset = this.#output.position;
    let crc = 0;
    let length = SECTION_BYTES;
    for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
      crc = crc32Range(piece, 0, piece.length, crc);
      length += piece.length;
      await this.#output.appendLarge(piece);
    }
    this.#output.reserve(SECTION_BYTES);
    this.#output.at = encodeSection(this.#output.bytes, this.#output.at, crc);
    await this.#output.drain();
    this.crc32 = crc32Combine(this.crc32, crc32WithChecksum(crc), length);
    return { offset, length };
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function checkedBytes(given: unknown): Uint8Array {
  if (isBytes(given)) return given;
  throw new TypeError(`it must give a Uint8Array, not ${given instanceof Uint8Array ? "a Proxy of one" : typeof given}`);
}

function codecFailed(what: string, cause: unknown): SstError {
  if (cause instanceof SstError && cause.code === "ERR_SST_CODEC_FAILED") return cause;
  return new SstError("ERR_SST_CODEC_FAILED", `${what} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
