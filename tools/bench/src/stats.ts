// What is made of repeated measurements.

/** Median and extremes of some numbers. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

/** The middle of the sorted numbers; of an even number of them, the mean of both middle ones. @throws RangeError without numbers */
export function median(numbers: readonly number[]): number {
  if (numbers.length === 0) throw new RangeError("there is no median of nothing");
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** @throws RangeError without numbers */
export function summarize(numbers: readonly number[]): Summary {
  return { median: median(numbers), min: Math.min(...numbers), max: Math.max(...numbers), count: numbers.length };
}

/**
 * The ratios of rates that were measured side by side. Both sides of a round meet the machine in the same mood, so the median of
 * their ratios says more than the ratio of their medians.
 * @throws RangeError when the sides have different numbers of rounds
 */
export function pairwiseRatios(ours: readonly number[], theirs: readonly number[]): number[] {
  if (ours.length !== theirs.length) throw new RangeError(`${ours.length} rounds of one side, ${theirs.length} of the other`);
  return ours.map((rate, round) => rate / theirs[round]!);
}

/** The dearest over the cheapest: 1 when all are alike. Infinite when a cost is not above 0: then nothing was measured but noise. */
export function flatness(costs: readonly number[]): number {
  if (!costs.every((cost) => cost > 0)) return Number.POSITIVE_INFINITY;
  return Math.max(...costs) / Math.min(...costs);
}

/** A cost that grows with a size: `fixed + slope * size`. */
export interface Line {
  readonly fixed: number;
  readonly slope: number;
}

/**
 * The line through points whose relative errors it makes least (their squares, summed), so that small costs count as much as large
 * ones. Costs are above 0.
 */
export function fitLine(sizes: readonly number[], costs: readonly number[]): Line {
  // Least squares of (fixed + slope * size) / cost against 1.
  let ones = 0;
  let mixed = 0;
  let squares = 0;
  let right = 0;
  let rightSize = 0;
  for (const [at, size] of sizes.entries()) {
    const weight = 1 / costs[at]!;
    ones += weight * weight;
    mixed += weight * weight * size;
    squares += weight * weight * size * size;
    right += weight;
    rightSize += weight * size;
  }
  const determinant = ones * squares - mixed * mixed;
  return { fixed: (right * squares - rightSize * mixed) / determinant, slope: (rightSize * ones - right * mixed) / determinant };
}
