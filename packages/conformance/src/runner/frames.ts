// Messages on a stream: the length in bytes, 4 bytes, little-endian, then that many bytes.
import { fromBinary, fromJsonString, toBinary, toJsonString } from "@slate-sst/format/proto";
import { type ConformanceRequest, ConformanceRequestSchema, type ConformanceResponse, ConformanceResponseSchema } from "@slate-sst/format/proto/conformance";

/** How a message's bytes are made: protobuf's binary form, or its JSON in UTF-8. */
export type Wire = "binary" | "json";

/** Bytes of a length. */
const LENGTH_BYTES = 4;
/** No message is larger: what claims to be is no message. */
export const MESSAGE_BYTES_MAX = 256 * 1024 * 1024;

/** A stream does not hold a message. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

export function frame(message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(LENGTH_BYTES + message.length);
  new DataView(bytes.buffer).setUint32(0, message.length, true);
  bytes.set(message, LENGTH_BYTES);
  return bytes;
}

/** Puts messages together from the pieces that a stream comes in. */
export class FrameSplitter {
  #pieces: Uint8Array[] = [];
  #length = 0;

  /** Bytes that have come and belong to no whole message yet. */
  get pending(): number {
    return this.#length;
  }

  /** The messages that this piece completes. @throws FrameError for a length that no message has. */
  push(piece: Uint8Array): Uint8Array[] {
    this.#pieces.push(piece);
    this.#length += piece.length;
    const messages: Uint8Array[] = [];
    for (let message = this.#take(); message !== undefined; message = this.#take()) messages.push(message);
    return messages;
  }

  #take(): Uint8Array | undefined {
    if (this.#length < LENGTH_BYTES) return undefined;
    const head = this.#joined(LENGTH_BYTES);
    const length = new DataView(head.buffer, head.byteOffset).getUint32(0, true);
    if (length > MESSAGE_BYTES_MAX) throw new FrameError(`a message of ${length} bytes: is a log written to standard output?`);
    if (this.#length < LENGTH_BYTES + length) return undefined;
    const all = this.#joined(LENGTH_BYTES + length);
    this.#pieces = [all.subarray(LENGTH_BYTES + length)];
    this.#length -= LENGTH_BYTES + length;
    return all.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
  }

  /** The first piece, made at least that long. */
  #joined(length: number): Uint8Array {
    const [first] = this.#pieces;
    if (first !== undefined && first.length >= length) return first;
    const all = new Uint8Array(Buffer.concat(this.#pieces));
    this.#pieces = [all];
    return all;
  }
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (bytes: Uint8Array): string => new TextDecoder("utf-8", { fatal: true }).decode(bytes);

export const encodeRequest = (request: ConformanceRequest, wire: Wire): Uint8Array => (wire === "json" ? utf8(toJsonString(ConformanceRequestSchema, request)) : toBinary(ConformanceRequestSchema, request));
export const decodeRequest = (bytes: Uint8Array, wire: Wire): ConformanceRequest => (wire === "json" ? fromJsonString(ConformanceRequestSchema, text(bytes)) : fromBinary(ConformanceRequestSchema, bytes));
export const encodeResponse = (response: ConformanceResponse, wire: Wire): Uint8Array => (wire === "json" ? utf8(toJsonString(ConformanceResponseSchema, response)) : toBinary(ConformanceResponseSchema, response));
export const decodeResponse = (bytes: Uint8Array, wire: Wire): ConformanceResponse => (wire === "json" ? fromJsonString(ConformanceResponseSchema, text(bytes)) : fromBinary(ConformanceResponseSchema, bytes));
