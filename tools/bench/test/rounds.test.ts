import { describe, expect, it } from "vitest";
import type { Pass } from "../src/run/pass.js";
import { type Contestant, runRounds } from "../src/run/rounds.js";

const passOf = (seconds: number): Pass => ({ rows: 10, seconds, cpuSeconds: 0, fileBytes: 0, peakRssKib: undefined });

/** Takes the given times one after the other, and notes its turns. */
function contestant(name: string, seconds: readonly number[], turns: string[]): Contestant {
  const left = seconds.values();
  return {
    name,
    pass: async () => {
      turns.push(name);
      return passOf(left.next().value ?? Number.NaN);
    },
  };
}

describe("rounds", () => {
  it("take turns, pass by pass", async () => {
    const turns: string[] = [];
    const times = [9, 1, 2, 3];
    const measured = await runRounds([contestant("A", times, turns), contestant("B", times, turns)], { rounds: 3, passes: 1, warmUps: 1 });
    expect(turns.join("")).toBe("ABABABAB");
    expect(measured.map(({ name }) => name)).toEqual(["A", "B"]);
    for (const { rounds } of measured) expect(rounds.map(({ seconds }) => seconds)).toEqual([1, 2, 3]);
  });

  it("keep the middle pass of each round, and no warm-up", async () => {
    const turns: string[] = [];
    const progress: string[] = [];
    const [one] = await runRounds([contestant("A", [100, 200, 3, 1, 2, 7, 9, 8], turns)], {
      rounds: 2, passes: 3, warmUps: 2, onPass: (done, all) => progress.push(`${done}/${all}`),
    });
    expect(one?.rounds.map(({ seconds }) => seconds)).toEqual([2, 8]);
    expect(progress.at(-1)).toBe("8/8");
  });
});
