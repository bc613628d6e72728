// Memory that parts leave from: whole buffers, which serve again once their parts have arrived, and a small one for when none is free.
import { allocate } from "./allocate.js";

/** Room beyond a part, so that a section which begins in one part and ends in the next seldom moves the buffer. */
const BUFFER_SLACK_BYTES = 512 * 1024;

/** Whole buffers beside those of the parts under way: the one that is being filled, one that waits. To go on while it waits, a small one does. */
const BUFFERS_BESIDE_PARTS = 2;

/** Most memory that is set aside for buffers. What is not used takes no room. */
const SET_ASIDE_BYTES_MAX = 256 * 1024 * 1024;

/** A buffer and how many of the parts that leave from it are still under way. */
export interface PartBuffer {
  readonly bytes: Uint8Array;
  uses: number;
}

export const NO_BUFFER: PartBuffer = { bytes: new Uint8Array(0), uses: 0 };

export class PartBuffers {
  /** Bytes of a whole buffer. */
  readonly length: number;
  readonly #free: PartBuffer[] = [];
  /** A small buffer that served while a part had to wait, for the next time. */
  #small: PartBuffer | undefined;
  #allocate: (() => Uint8Array | undefined) | undefined;

  /** @param partSize bytes of a part. */
  constructor(partSize: number) {
    this.length = partSize + BUFFER_SLACK_BYTES;
  }

  /** Takes memory for whole buffers from somewhere else, as long as it gives any. */
  allocateBy(source: () => Uint8Array | undefined): void {
    this.#allocate = source;
  }

  /** A whole buffer of new memory. */
  whole(): PartBuffer {
    const bytes = this.#allocate?.();
    return bytes === undefined ? newBuffer(this.length) : { bytes, uses: 0 };
  }

  /** A buffer for at least `length` bytes, a free one where possible. */
  atLeast(length: number): PartBuffer {
    if (length > this.length) return newBuffer(length + BUFFER_SLACK_BYTES);
    return this.#free.pop() ?? this.whole();
  }

  /**
   * A buffer to go on with; its first `length` bytes are known already. When parts have to wait so does the caller, and a
   * small one will do: a part's buffer is free by the time that more is asked for.
   */
  next(length: number, havePartsToWait: boolean): PartBuffer {
    if (!havePartsToWait || this.#free.length > 0) return this.atLeast(length);
    const small = this.#small;
    this.#small = undefined;
    return small !== undefined && small.bytes.length >= length + BUFFER_SLACK_BYTES ? small : newBuffer(length + 2 * BUFFER_SLACK_BYTES);
  }

  /** A whole buffer for what a small one holds, its first `length` bytes, when one is free. @returns undefined where there is nothing to gain. */
  insteadOf(buffer: PartBuffer, length: number): PartBuffer | undefined {
    if (buffer.bytes.length === this.length || length > this.length) return undefined;
    const whole = this.#free.pop();
    if (whole === undefined) return undefined;
    whole.bytes.set(buffer.bytes.subarray(0, length));
    if (buffer.uses === 0) this.#small = buffer;
    return whole;
  }

  /** Takes back a buffer that no part leaves from and nobody fills. */
  release(buffer: PartBuffer): void {
    if (buffer.bytes.length === this.length) this.#free.push(buffer);
  }
}

/** Buffers that an output may use at the same time, and their length; none when they are too large to set aside. */
export function outputBuffers({ partSize, maxPartsInFlight }: { readonly partSize: number; readonly maxPartsInFlight: number }): { readonly count: number; readonly length: number } {
  const count = maxPartsInFlight + BUFFERS_BESIDE_PARTS;
  const length = partSize + BUFFER_SLACK_BYTES;
  return { count: count * length <= SET_ASIDE_BYTES_MAX ? count : 0, length };
}

function newBuffer(length: number): PartBuffer {
  return { bytes: allocate(length), uses: 0 };
}
