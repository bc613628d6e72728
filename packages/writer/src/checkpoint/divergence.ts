// The first place where rows that are replayed differ from those that were written before.
import { SstError } from "@slate-sst/format";
import type { ExpectedBlocks } from "./block-delta.js";

export class Divergence {
  readonly #path: string;
  readonly #partSize: number;
  #expected: ExpectedBlocks = { crc32: [], rows: [] };
  #blocks = 0;
  #rows = 0;
  #position = 0;

  constructor(path: string, partSize: number) {
    this.#path = path;
    this.#partSize = partSize;
  }

  /** The blocks that are to come again. */
  expect(expected: ExpectedBlocks): void {
    this.#expected = expected;
  }

  /** Holds the next block against the one written before. @throws SstError ERR_SST_REPLAY_DIVERGED. */
  check(length: number, crc32: number): void {
    const { crc32: crcs, rows } = this.#expected;
    if (this.#blocks >= crcs.length) return;
    if (crcs[this.#blocks] !== crc32) throw this.#error(Math.floor(this.#position / this.#partSize) + 1, this.#blocks, rows[this.#blocks]);
    this.#position += length;
    this.#rows += rows[this.#blocks]!;
    this.#blocks++;
  }

  /** A part differs, and no block of it was found to: the input ends early. */
  ofPart(part: number): SstError {
    return this.#error(part, undefined, undefined);
  }

  #error(part: number, block: number | undefined, rows: number | undefined): SstError {
    const first = this.#rows;
    const where = block === undefined || rows === undefined ? `from row ${first} on` : `in block ${block}, among rows ${first} to ${first + rows - 1}`;
    const text = `the rows replayed into ${this.#path} differ from those written before, first ${where} (part ${part} of the upload): the input has changed, or the configuration of what makes it`;
    return new SstError("ERR_SST_REPLAY_DIVERGED", text, { details: { path: this.#path, part, block, firstRow: first, lastRow: rows === undefined ? undefined : first + rows - 1 } });
  }
}
