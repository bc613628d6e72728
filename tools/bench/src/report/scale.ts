// From numbers to places on an axis.

const DECIMAL = 10;
/** A linear axis has about so many marks. */
const MARKS = 5;
/** Steps between marks, times a power of ten. */
const NICE_STEPS: readonly number[] = [1, 2, 2.5, 5, 10];
/** Within a decade of a logarithmic axis. */
const LOG_MARKS: readonly number[] = [1, 2, 5];

export interface Scale {
  /** 0 at the axis' start, 1 at its end. */
  readonly at: (value: number) => number;
  /** Where marks belong. */
  readonly marks: readonly number[];
}

/** From 0 to beyond the largest value. @throws RangeError unless it is above 0 */
export function linearScale(largest: number): Scale {
  assertPositive(largest);
  const rough = largest / MARKS;
  const power = DECIMAL ** Math.floor(Math.log10(rough));
  const step = power * (NICE_STEPS.find((nice) => nice * power >= rough) ?? DECIMAL);
  const count = Math.ceil(largest / step);
  return { at: (value) => value / (count * step), marks: Array.from({ length: count + 1 }, (_, mark) => mark * step) };
}

/** By orders of magnitude, between marks at 1, 2 and 5 times powers of ten. @throws RangeError unless both are above 0 */
export function logScale(smallest: number, largest: number): Scale {
  assertPositive(smallest);
  assertPositive(largest);
  const marks: number[] = [];
  for (let power = Math.floor(Math.log10(smallest)); power <= Math.ceil(Math.log10(largest)); power++) marks.push(...LOG_MARKS.map((mark) => mark * DECIMAL ** power));
  const first = marks.findLastIndex((mark) => mark <= smallest);
  const last = Math.max(first + 1, marks.findIndex((mark) => mark >= largest));
  const used = marks.slice(Math.max(0, first), last + 1);
  const start = Math.log10(used[0]!);
  const length = Math.log10(used.at(-1)!) - start;
  return { at: (value) => (Math.log10(value) - start) / length, marks: used };
}

/** Given sizes by orders of magnitude; 0, which has none, lies one below the smallest. @throws RangeError for fewer than two, or equal ones */
export function sizeScale(sizes: readonly number[]): Scale {
  const smallest = Math.min(...sizes.filter((size) => size > 0));
  const place = (size: number): number => (size === 0 ? Math.log10(smallest) - 1 : Math.log10(size));
  const places = sizes.map(place);
  const start = Math.min(...places);
  const length = Math.max(...places) - start;
  if (!(length > 0)) throw new RangeError("an axis has two different sizes at least");
  return { at: (size) => (place(size) - start) / length, marks: sizes };
}

function assertPositive(value: number): void {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) throw new RangeError(`an axis needs numbers above 0, not ${value}`);
}
