// What a pass is about, and what it took.

export interface PassSize {
  readonly rows: number;
  /** Bytes of each value. */
  readonly valueBytes: number;
}

export interface Pass {
  readonly rows: number;
  readonly seconds: number;
  /** Processor time of all threads. */
  readonly cpuSeconds: number;
  /** Bytes of the file that was written or verified, of a scan those of all keys and values; 0 where nobody asked. */
  readonly fileBytes: number;
  /** Largest resident set of the process so far, in KiB; undefined where nothing could tell. */
  readonly peakRssKib: number | undefined;
}

/** Rows a second. */
export const rateOf = ({ rows, seconds }: Pass): number => rows / seconds;

/** Of several passes, that which took the median time. */
export function middle(passes: readonly Pass[]): Pass {
  return [...passes].sort((a, b) => a.seconds - b.seconds)[passes.length >> 1]!;
}
