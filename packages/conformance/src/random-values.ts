// Random values for row sets: sizes at the corners of a block and of a varint, contents from incompressible to constant.
import type { Xorshift32 } from "./xorshift32.js";

/** Largest small value, in bytes. */
const SMALL_MAX = 30;
/** Row overhead is less than this, so sizes this close to a block's decide whether a row still fits. */
const NEAR_BLOCK = 100;
/** The largest values are this many blocks long. */
const BLOCKS_MAX = 4;
/** One value in so many is about as large as a block or larger, or has a length around a step of a varint. */
const ONE_IN_LARGE = 12;
/** One value in so many is empty. */
const ONE_IN_EMPTY = 6;
/** Lengths around the steps of a varint. */
const EDGE_LENGTHS: readonly number[] = [126, 127, 128, 129, 16_382, 16_383, 16_384, 16_385];
/** Values of a size up to the block's divided by one of these fill blocks with a few, or many, rows. */
const ROWS_PER_BLOCK: readonly number[] = [2, 4, 8, 16, 16, 17, 32];
/** A few letters and the blank: text that compresses. */
const TEXT_BYTES: readonly number[] = [0x20, 0x61, 0x62, 0x65, 0x6e];
/** Longest run of equal bytes in a value made of runs. */
const RUN_MAX = 40;

/** A value of at most `bytesLeft` bytes, or a small one where that is not enough. */
export function randomValue(random: Xorshift32, blockSize: number, bytesLeft: number): Uint8Array {
  const size = randomSize(random, blockSize);
  return random.pick(CONTENTS)(random, size <= bytesLeft ? size : random.between(0, SMALL_MAX));
}

function randomSize(random: Xorshift32, blockSize: number): number {
  if (random.oneIn(ONE_IN_EMPTY)) return 0;
  if (random.oneIn(ONE_IN_LARGE)) {
    return random.pick([
      random.between(blockSize - NEAR_BLOCK, blockSize + NEAR_BLOCK),
      random.between(blockSize, blockSize * BLOCKS_MAX),
      random.pick(EDGE_LENGTHS),
    ]);
  }
  return random.oneIn(2) ? random.between(0, SMALL_MAX) : random.between(0, Math.floor(blockSize / random.pick(ROWS_PER_BLOCK)));
}

type Content = (random: Xorshift32, length: number) => Uint8Array;

const CONTENTS: readonly Content[] = [
  (random, length) => random.bytes(length),
  (random, length) => new Uint8Array(length).fill(random.byte()),
  (random, length) => Uint8Array.from({ length }, () => random.pick(TEXT_BYTES)),
  runsOf,
];

/** Runs of equal bytes with random ones between: what a match finder works on. */
function runsOf(random: Xorshift32, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const end = Math.min(length, at + random.between(1, RUN_MAX));
    bytes.fill(random.byte(), at, end);
    at = end;
  }
  return bytes;
}
