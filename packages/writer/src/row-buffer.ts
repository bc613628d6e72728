// Where rows are encoded in TypeScript: in the output's own bytes, or apart when blocks are compressed or transformed.
import { allocate } from "./allocate.js";

/** Room beyond what a large row needs, so that the block's trailer does not move it again. */
const GROWTH_SLACK_BYTES = 64 * 1024;

/** Bytes, and the position of the next row. */
export interface RowBuffer {
  readonly bytes: Uint8Array;
  at: number;
  reserve(length: number): void;
}

/** A row buffer apart from the output, for blocks that are compressed or transformed. */
export class ScratchBuffer implements RowBuffer {
  bytes: Uint8Array;
  at = 0;

  constructor(length: number) {
    this.bytes = allocate(length);
  }

  reserve(length: number): void {
    if (this.bytes.length - this.at >= length) return;
    const grown = allocate(this.at + length + GROWTH_SLACK_BYTES);
    grown.set(this.bytes.subarray(0, this.at));
    this.bytes = grown;
  }
}
