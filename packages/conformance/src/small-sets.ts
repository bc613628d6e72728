// Everything small: all ascending sets of keys over a small alphabet with every assignment of kinds, and all sequences of keys,
// sorted or not.
import type { GoldenRow } from "./side-car.js";

const LETTERS: readonly number[] = [0x00, 0x61, 0xff];
const KINDS: readonly GoldenRow["kind"][] = ["put", "delete", "merge"];

/** Keys of one and two letters out of three, ascending: twelve. */
export const SMALL_KEYS: readonly Uint8Array[] = LETTERS.flatMap((first) => [Uint8Array.of(first), ...LETTERS.map((second) => Uint8Array.of(first, second))]);

/** How many sets smallSets() gives for up to five keys. */
export const SMALL_SETS = 239_121;

const VALUES: readonly Uint8Array[] = [Uint8Array.of(1), Uint8Array.of(2, 2)];

function rowOf(key: Uint8Array, kind: GoldenRow["kind"], i: number): GoldenRow {
  const value = kind === "delete" ? undefined : VALUES[i % VALUES.length];
  return { kind, key, value, seq: BigInt(i + 1), createTs: i % 3 === 0 ? 5n : undefined, expireTs: i % 3 === 1 ? 7n : undefined };
}

/** All ascending sets of one to `sizeMax` keys, each with every assignment of kinds. */
export function* smallSets(sizeMax = 5): Generator<readonly GoldenRow[], void, undefined> {
  for (const keys of subsets(SMALL_KEYS, sizeMax)) {
    const assignments = KINDS.length ** keys.length;
    for (let assignment = 0; assignment < assignments; assignment++) {
      let rest = assignment;
      yield keys.map((key, i) => {
        const kind = KINDS[rest % KINDS.length] ?? "put";
        rest = Math.floor(rest / KINDS.length);
        return rowOf(key, kind, i);
      });
    }
  }
}

function* subsets(keys: readonly Uint8Array[], sizeMax: number, from = 0, taken: readonly Uint8Array[] = []): Generator<readonly Uint8Array[], void, undefined> {
  if (taken.length > 0) yield taken;
  if (taken.length === sizeMax) return;
  for (let i = from; i < keys.length; i++) yield* subsets(keys, sizeMax, i + 1, [...taken, keys[i] ?? new Uint8Array(0)]);
}

/** All sequences of one to `lengthMax` of the keys, repeated ones and descending ones among them. */
export function* smallSequences(lengthMax = 3, before: readonly GoldenRow[] = []): Generator<readonly GoldenRow[], void, undefined> {
  if (before.length > 0) yield before;
  if (before.length === lengthMax) return;
  for (const key of SMALL_KEYS) yield* smallSequences(lengthMax, [...before, { ...rowOf(key, "put", before.length), seq: 1n }]);
}
