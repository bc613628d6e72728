// How long one small operation takes.
import { type Summary, summarize } from "../stats.js";

/** Something to be done again and again. */
export interface Operation {
  readonly name: string;
  /** What one of it is: a row, a key, a block. */
  readonly unit: string;
  /** Does it about so many times, and tells how many times it was. */
  readonly run: (times: number) => number;
  /** Bytes that one of it goes through, where a rate of bytes says something. */
  readonly bytes?: number;
}

export interface MicroResult {
  readonly name: string;
  readonly unit: string;
  /** Nanoseconds. */
  readonly cost: Summary;
  /** MB a second at the median cost. */
  readonly megabytesPerSecond: number | undefined;
}

export interface MeasureOptions {
  /** Samples of each operation. */
  readonly samples: number;
  /** Milliseconds that a sample takes at least. */
  readonly sampleMs: number;
}

const NANOSECONDS_PER_MS = 1e6;
/** 1 byte a nanosecond is 1,000 MB/s. */
const MB_PER_NS = 1e3;

/** Takes samples of all operations in turn, so that whatever slows the machine slows all of them. */
export function measureAll(operations: readonly Operation[], { samples, sampleMs }: MeasureOptions): MicroResult[] {
  // Finding the number of times warms the compiler up as well.
  const times = operations.map((operation) => calibrate(operation, sampleMs));
  const costs: number[][] = operations.map(() => []);
  for (let sample = 0; sample < samples; sample++) {
    for (const [at, operation] of operations.entries()) {
      const started = performance.now();
      const done = operation.run(times[at]!);
      costs[at]!.push(((performance.now() - started) * NANOSECONDS_PER_MS) / done);
    }
  }
  return operations.map(({ name, unit, bytes }, at) => {
    const cost = summarize(costs[at]!);
    return { name, unit, cost, megabytesPerSecond: bytes === undefined ? undefined : (bytes / cost.median) * MB_PER_NS };
  });
}

/** How many times take as long as a sample should. */
function calibrate({ run }: Operation, sampleMs: number): number {
  for (let times = 1; ; times *= 2) {
    const started = performance.now();
    run(times);
    if (performance.now() - started >= sampleMs) return times;
  }
}
