// Stored sections: checksum, transformer, codec, in this order, each bounded.
import { type Codec, crc32Range, decodeSection, Section, SstError } from "@slate-sst/format";

/** Undoes what a writer's transformer did to stored bytes. */
export interface BlockTransformer {
  /** Undoes what `encode` of the writer's transform did to a section. @returns bytes as they were before */
  decode(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** Corruption at a place in the file. */
export function corruptFile(path: string, offset: number, problem: string): SstError {
  return new SstError("ERR_SST_CORRUPT", `${path} ${problem}`, { details: { path, offset } });
}

/** @throws SstError ERR_SST_CHECKSUM. */
export function checkSectionCrc(bytes: Uint8Array, section: Section, path: string, offset: number): void {
  const found = crc32Range(bytes, 0, section.payloadEnd);
  if (found === section.crc32) return;
  throw new SstError("ERR_SST_CHECKSUM", `${path} at offset ${offset}: the checksum says ${section.crc32}, the ${section.payloadEnd} bytes give ${found}`, {
    details: { path, offset, length: bytes.length, expected: section.crc32, found },
  });
}

/** The same memory as a Uint8Array proper: a Buffer's slice() would share memory where ours must copy. */
function plainBytes(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** How sections become payloads. */
export class SectionOpener {
  readonly #codec: Codec;
  readonly #transform: BlockTransformer | undefined;
  readonly #section = new Section();

  constructor(codec: Codec, transform: BlockTransformer | undefined) {
    this.#codec = codec;
    this.#transform = transform;
  }

  /** Whether what is stored is the payload itself. */
  get isPlain(): boolean {
    return this.#codec.name === "none" && this.#transform === undefined;
  }

  /** Whether open() answers without a promise. */
  get isSynchronous(): boolean {
    return this.#transform === undefined;
  }

  /** The payload of a stored section, when there is no transformer; a view of the bytes when there is no codec either. */
  openNow(bytes: Uint8Array, path: string, offset: number, maxLength: number): Uint8Array {
    return this.#decompress(this.#checked(bytes, path, offset), path, offset, maxLength);
  }

  async open(bytes: Uint8Array, path: string, offset: number, maxLength: number): Promise<Uint8Array> {
    const stored = this.#checked(bytes, path, offset);
    if (this.#transform === undefined) return this.#decompress(stored, path, offset, maxLength);
    const plain: unknown = await this.#transform.decode(stored);
    if (!(plain instanceof Uint8Array)) throw new SstError("ERR_SST_CODEC_FAILED", "transform.decode must give a Uint8Array", { details: { path, offset } });
    return this.#decompress(plain, path, offset, maxLength);
  }

  #checked(bytes: Uint8Array, path: string, offset: number): Uint8Array {
    decodeSection(bytes, 0, bytes.length, this.#section);
    checkSectionCrc(bytes, this.#section, path, offset);
    return bytes.subarray(0, this.#section.payloadEnd);
  }

  #decompress(stored: Uint8Array, path: string, offset: number, maxLength: number): Uint8Array {
    if (this.#codec.name === "none") return plainBytes(stored);
    try {
      return plainBytes(this.#codec.decompress(stored, { maxLength }));
    } catch (error) {
      if (!(error instanceof SstError)) throw error;
      throw new SstError(error.code, `${path} at offset ${offset}: ${error.message}`, { details: { ...error.details, path, offset }, cause: error });
    }
  }
}
