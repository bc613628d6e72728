// What a contest is given, and what comes of it.
import type { Peers } from "./peers/peers.js";
import type { PassSize } from "./run/pass.js";
import { rateOf } from "./run/pass.js";
import type { Measured } from "./run/rounds.js";
import { pairwiseRatios, type Summary, summarize } from "./stats.js";
import type { TargetName } from "./targets.js";

export interface ContestContext {
  /** The bench's own unit: contests take so many rows, or a fixed multiple. */
  readonly rows: number;
  readonly rounds: number;
  /** Where files may lie. The contest removes them. */
  readonly folder: string;
  readonly peers: Peers;
  readonly onPass: (done: number, all: number) => void;
}

/** A figure for a target, or why there is none. */
export type Outcome = { readonly target: TargetName; readonly remark?: string } & ({ readonly figure: Summary } | { readonly missing: string });

/** One contestant's costs over sizes. */
export interface Curve {
  readonly name: string;
  /** In the order of the series' sizes: rows a second. */
  readonly rates: readonly Summary[];
}

/** How costs depend on a size. */
export interface Series {
  readonly of: "rows" | "values";
  readonly sizes: readonly number[];
  readonly curves: readonly Curve[];
}

export interface ContestResult {
  readonly name: string;
  readonly title: string;
  /** What was the same for everybody. */
  readonly conditions: string;
  readonly sides: readonly Measured[];
  readonly outcomes: readonly Outcome[];
  /** Figures that belong to no target. */
  readonly notes: readonly string[];
  /** What was checked, and found right. */
  readonly checks: readonly string[];
  /** What was left out, and why. */
  readonly skipped: readonly string[];
  readonly series?: Series;
}

export interface Contest {
  readonly name: string;
  readonly title: string;
  /** @throws CheckError when somebody did not write the rows that were given */
  run(context: ContestContext): Promise<ContestResult>;
}

/** The text of what is missing as long as our packages lack it. */

export const sizeText = ({ rows, valueBytes }: PassSize): string => `${rows.toLocaleString("en-US")} rows of 16 + ${valueBytes.toLocaleString("en-US")} bytes`;

/** The ratios of rows a second of two contestants, round by round. Without one of them, what is missing. */
export function ratioOutcome(target: TargetName, sides: readonly Measured[], ours: string, theirs: string, missing: string): Outcome {
  const left = sides.find(({ name }) => name === ours);
  const right = sides.find(({ name }) => name === theirs);
  if (left === undefined || right === undefined) return { target, missing };
  return { target, figure: summarize(pairwiseRatios(left.rounds.map(rateOf), right.rounds.map(rateOf))) };
}
