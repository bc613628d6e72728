// 64-bit numbers as the row decoders give them: two halves of 32 bits.

const HALF_BITS = 32n;
const LONG_BITS = 64;

/** An unsigned 64-bit number of its halves. */
export function joinUnsigned(hi: number, lo: number): bigint {
  return (BigInt(hi >>> 0) << HALF_BITS) | BigInt(lo >>> 0);
}

/** Negative, 0 or positive as the first unsigned number is less, equal or more. */
export function compareUnsigned(leftHi: number, leftLo: number, rightHi: number, rightLo: number): number {
  return leftHi === rightHi ? (leftLo >>> 0) - (rightLo >>> 0) : (leftHi >>> 0) - (rightHi >>> 0);
}

/** Least and greatest of the numbers added. */
export class Range64 {
  count = 0;
  readonly #isSigned: boolean;
  #minHi = 0;
  #minLo = 0;
  #maxHi = 0;
  #maxLo = 0;

  constructor(isSigned: boolean) {
    this.#isSigned = isSigned;
  }

  add(hi: number, lo: number): void {
    if (this.count++ === 0) {
      this.#minHi = this.#maxHi = hi;
      this.#minLo = this.#maxLo = lo;
      return;
    }
    if (this.#compare(hi, lo, this.#minHi, this.#minLo) < 0) {
      this.#minHi = hi;
      this.#minLo = lo;
    }
    if (this.#compare(hi, lo, this.#maxHi, this.#maxLo) > 0) {
      this.#maxHi = hi;
      this.#maxLo = lo;
    }
  }

  /** Adds `count` numbers of which only the least and the greatest are told. */
  addAll(count: number, minHi: number, minLo: number, maxHi: number, maxLo: number): void {
    if (count === 0) return;
    this.add(minHi | 0, minLo | 0);
    this.add(maxHi | 0, maxLo | 0);
    this.count += count - 2;
  }

  get min(): bigint | undefined {
    return this.count === 0 ? undefined : this.#join(this.#minHi, this.#minLo);
  }

  get max(): bigint | undefined {
    return this.count === 0 ? undefined : this.#join(this.#maxHi, this.#maxLo);
  }

  #compare(leftHi: number, leftLo: number, rightHi: number, rightLo: number): number {
    return this.#isSigned && leftHi !== rightHi ? leftHi - rightHi : compareUnsigned(leftHi, leftLo, rightHi, rightLo);
  }

  #join(hi: number, lo: number): bigint {
    const unsigned = joinUnsigned(hi, lo);
    return this.#isSigned ? BigInt.asIntN(LONG_BITS, unsigned) : unsigned;
  }
}
