// verifyBlocks: every finished block is decoded again and compared with the rows as the caller handed them over.
import { BlockCursor, type Codec, crc32Range, type FormatVersion, isSstError, SstError } from "@slate-sst/format";

/** Numbers of a row that go into its digest: two lengths, flags, and the halves of three 64-bit numbers. */
const DIGEST_NUMBERS = 9;

/** A running digest of rows, and its counterpart made from the decoded block. */
export class BlockCheck {
  readonly #cursor: BlockCursor;
  readonly #codec: Codec;
  readonly #numbers = new Int32Array(DIGEST_NUMBERS);
  readonly #numberBytes = new Uint8Array(this.#numbers.buffer);
  #digest = 0;
  #rows = 0;

  constructor(version: FormatVersion, codec: Codec) {
    this.#cursor = new BlockCursor(version);
    this.#codec = codec;
  }

  /** Adds a row that was put into the block that is open. */
  add(
    key: Uint8Array,
    keyLength: number,
    value: Uint8Array,
    valueLength: number,
    seqHi: number,
    seqLo: number,
    flags: number,
    expireTsHi: number,
    expireTsLo: number,
    createTsHi: number,
    createTsLo: number,
  ): void {
    this.#rows++;
    this.#numbers.set([keyLength, valueLength, flags, seqHi, seqLo, expireTsHi, expireTsLo, createTsHi, createTsLo]);
    this.#digest = this.#extend(this.#digest, key, keyLength, value, 0, valueLength);
  }

  /**
   * Decodes the payload in bytes [start, end), compares it with the rows added, and starts over.
   * @param stored the compressed payload, which must decompress to the same bytes.
   * @throws SstError ERR_SST_VERIFY_BLOCK.
   */
  verify(bytes: Uint8Array, start: number, end: number, stored: Uint8Array | undefined): void {
    const rows = this.#rows;
    const digest = this.#digest;
    this.#rows = this.#digest = 0;
    let decoded: { readonly rows: number; readonly digest: number };
    let unpacked = true;
    try {
      decoded = this.#decode(bytes, start, end);
      if (stored !== undefined) unpacked = equalBytes(this.#codec.decompress(stored, { maxLength: end - start }), bytes.subarray(start, end));
    } catch (error) {
      throw new SstError("ERR_SST_VERIFY_BLOCK", `a finished block cannot be decoded: ${isSstError(error) ? error.message : String(error)}`, { cause: error });
    }
    if (decoded.rows !== rows) throw new SstError("ERR_SST_VERIFY_BLOCK", `a finished block holds ${decoded.rows} rows, ${rows} were put into it`);
    if (decoded.digest !== digest) throw new SstError("ERR_SST_VERIFY_BLOCK", "a finished block holds other rows than were put into it");
    if (!unpacked) throw new SstError("ERR_SST_VERIFY_BLOCK", "a finished block does not decompress to the bytes that were compressed");
  }

  #decode(bytes: Uint8Array, start: number, end: number): { readonly rows: number; readonly digest: number } {
    const cursor = this.#cursor;
    let digest = 0;
    let rows = 0;
    cursor.open(bytes, start, end);
    while (cursor.next()) {
      const { row, key, keyLength } = cursor;
      rows++;
      this.#numbers.set([keyLength, row.valueLength, row.flags, row.seqNumHi, row.seqNumLo, row.expireTsHi, row.expireTsLo, row.createTsHi, row.createTsLo]);
      digest = this.#extend(digest, key, keyLength, bytes, row.valueAt, row.valueAt + row.valueLength);
    }
    return { rows, digest };
  }

  #extend(digest: number, key: Uint8Array, keyLength: number, value: Uint8Array, valueStart: number, valueEnd: number): number {
    const numbers = crc32Range(this.#numberBytes, 0, this.#numberBytes.length, digest);
    return crc32Range(value, valueStart, valueEnd, crc32Range(key, 0, keyLength, numbers));
  }
}

export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at++) {
    if (left[at] !== right[at]) return false;
  }
  return true;
}
