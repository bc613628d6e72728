// Which mutations of a file are tried: all of them, or a sample that a seed decides.
import { Xorshift32 } from "../xorshift32.js";
import { type Mutation, mutationAt, mutationCount, type MutationKind } from "./mutations.js";

const KINDS: readonly MutationKind[] = ["flip", "cut", "insert"];

/**
 * Mutations of a file, at most `countMax` of each kind; Infinity means all there are. A sample is spread over the whole
 * file: one out of each stretch of equal length, which `seed` picks.
 */
export function* sampledMutations(bytes: number, countMax: number, seed: number): Generator<Mutation> {
  const random = new Xorshift32(seed);
  for (const kind of KINDS) {
    const all = mutationCount(kind, bytes);
    const count = Math.min(all, countMax);
    for (let i = 0; i < count; i++) {
      const from = Math.floor((i * all) / count);
      const to = Math.floor(((i + 1) * all) / count);
      yield mutationAt(kind, count === all ? i : from + random.below(to - from));
    }
  }
}

/** A count from the environment, `all` for Infinity, or the default. */
export function countFromEnvironment(name: string, fallback: number): number {
  const text = process.env[name];
  if (text === undefined || text === "") return fallback;
  if (text === "all") return Infinity;
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) throw new RangeError(`${name} is "${text}", neither "all" nor a number from 1`);
  return count;
}
