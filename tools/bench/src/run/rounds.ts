// Rounds of contestants one after the other, again and again: A B A B …, so that whatever slows the machine slows all of them.
import { middle, type Pass } from "./pass.js";

/** Whatever can make a pass. */
export interface Contestant {
  readonly name: string;
  /** Passes in a round, where they are another number than the other contestants'. */
  readonly passes?: number;
  pass(): Promise<Pass>;
}

/** What one contestant did in all rounds. */
export interface Measured {
  readonly name: string;
  /** One for each round: that of its passes which took the median time. */
  readonly rounds: readonly Pass[];
}

export interface RoundsOptions {
  readonly rounds: number;
  /** Passes of a contestant in a round, taken in turn; the round's figure is the one in the middle. */
  readonly passes: number;
  /** Passes of each before the first round, which do not count: compilers, caches and allocators warm up. */
  readonly warmUps: number;
  readonly onPass?: ((done: number, all: number) => void) | undefined;
}

export async function runRounds(contestants: readonly Contestant[], { rounds, passes, warmUps, onPass }: RoundsOptions): Promise<Measured[]> {
  const passesOf = (contestant: Contestant): number => contestant.passes ?? passes;
  const all = warmUps * contestants.length + rounds * contestants.reduce((sum, contestant) => sum + passesOf(contestant), 0);
  const turns = Math.max(...contestants.map(passesOf));
  const measured = contestants.map(({ name }) => ({ name, rounds: [] as Pass[] }));
  let done = 0;
  const pass = async (contestant: Contestant): Promise<Pass> => {
    const result = await contestant.pass();
    onPass?.(++done, all);
    return result;
  };
  for (let warmUp = 0; warmUp < warmUps; warmUp++) for (const contestant of contestants) await pass(contestant);
  for (let round = 0; round < rounds; round++) {
    const taken: Pass[][] = contestants.map(() => []);
    for (let turn = 0; turn < turns; turn++) {
      for (const [at, contestant] of contestants.entries()) if (turn < passesOf(contestant)) taken[at]!.push(await pass(contestant));
    }
    for (const [at, ofOne] of taken.entries()) measured[at]!.rounds.push(middle(ofOne));
  }
  return measured;
}
