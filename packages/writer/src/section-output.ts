// Sections on their way into the object: compressed, transformed, checksummed, and the checksum of the whole object kept.
import { crc32Combine, crc32Range, crc32WithChecksum, encodeSection, SECTION_BYTES, SstError, type Codec } from "@slate-sst/format";
import type { BlockTransformer } from "./config.js";
import type { ObjectOutput } from "./object-output.js";

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

  constructor(output: ObjectOutput, codec: Codec, transform: BlockTransformer | undefined) {
    this.#output = output;
    this.#codec = codec;
    this.#transform = transform;
  }

  /** Whether stored bytes are the payload itself, so that a payload can be made where it will lie. */
  get isPlain(): boolean {
    return this.#codec.name === "none" && this.#transform === undefined;
  }

  /** The checksum of a payload that already lies in the output's bytes from `start` to its `at`. */
  seal(start: number): SectionPlace {
    const output = this.#output;
    const crc = crc32Range(output.bytes, start, output.at);
    output.reserve(SECTION_BYTES);
    output.at = encodeSection(output.bytes, output.at, crc);
    const length = output.at - start;
    this.crc32 = crc32Combine(this.crc32, crc32WithChecksum(crc), length);
    return { offset: output.base + start, length };
  }

  /** @throws SstError ERR_SST_CODEC_FAILED. */
  compress(payload: Uint8Array): Uint8Array {
    return this.#codec.name === "none" ? payload : this.#codec.compress(payload);
  }

  /** A data block after compression, when there is no transformer. */
  storeBlock(stored: Uint8Array): SectionPlace {
    const start = this.#output.at;
    this.#output.append(stored);
    return this.seal(start);
  }

  /** What the transformer makes of compressed bytes, checked. */
  async transformed(stored: Uint8Array): Promise<Uint8Array> {
    if (this.#transform === undefined) return stored;
    const changed: unknown = await this.#transform.encode(stored);
    if (!(changed instanceof Uint8Array)) {
      throw new SstError("ERR_SST_CODEC_FAILED", "transform.encode must give a Uint8Array", { details: { given: typeof changed } });
    }
    return changed;
  }

  /** A section of any size: the filter, the index or the stats. */
  async store(payload: Uint8Array): Promise<SectionPlace> {
    return this.#storeLarge(await this.transformed(this.compress(payload)));
  }

  /** The info: neither compressed nor transformed. */
  async storePlain(payload: Uint8Array): Promise<SectionPlace> {
    return this.#storeLarge(payload);
  }

  /** Bytes without a checksum of their own: the footer. */
  appendBare(bytes: Uint8Array): void {
    this.#output.append(bytes);
    this.crc32 = crc32Range(bytes, 0, bytes.length, this.crc32);
  }

  async #storeLarge(stored: Uint8Array): Promise<SectionPlace> {
    const offset = this.#output.position;
    const crc = crc32Range(stored, 0, stored.length);
    await this.#output.appendLarge(stored);
    this.#output.reserve(SECTION_BYTES);
    this.#output.at = encodeSection(this.#output.bytes, this.#output.at, crc);
    await this.#output.drain();
    const length = stored.length + SECTION_BYTES;
    this.crc32 = crc32Combine(this.crc32, crc32WithChecksum(crc), length);
    return { offset, length };
  }
}
