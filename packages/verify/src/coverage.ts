// Which bytes of the file a sound structure explains.
import type { ByteRange, Coverage } from "./result.js";

/** Gaps that are listed; more are only counted as bytes. */
const GAPS_MAX = 1000;

export class CoverageMap {
  readonly #ranges: { start: number; end: number }[] = [];

  /** Adds a range; ranges that come in file order, such as data blocks, are joined at once. */
  explain(start: number, end: number): void {
    if (end <= start) return;
    const last = this.#ranges.at(-1);
    if (last !== undefined && start >= last.start && start <= last.end) last.end = Math.max(last.end, end);
    else this.#ranges.push({ start, end });
  }

  /** What is explained of a file of `size` bytes. */
  summary(size: number): Coverage {
    const gaps: ByteRange[] = [];
    let unexplained = 0;
    let at = 0;
    const gap = (end: number): void => {
      if (end <= at) return;
      unexplained += end - at;
      if (gaps.length < GAPS_MAX) gaps.push({ start: at, end });
    };
    for (const { start, end } of this.#ranges.sort((left, right) => left.start - right.start)) {
      gap(Math.min(start, size));
      at = Math.max(at, end);
    }
    gap(size);
    return { explained: size - unexplained, unexplained, gaps };
  }
}
