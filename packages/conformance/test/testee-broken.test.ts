// The suite itself under test: each testee that is wrong in one respect fails, in the layers where it is wrong, by what is wrong.
import { ConformanceVerdict } from "@slate-sst/format/proto/conformance";
import { describe, expect, it } from "vitest";
import { loadCases, type LoadedCase } from "../src/runner/cases.js";
import { runCases } from "../src/runner/run.js";
import { layerName } from "../src/suite/builder.js";
import { respond, type Testee } from "../src/testees/answer.js";
import { FAULTS } from "../src/testees/broken.js";
import { isSampled } from "./sampled.js";

const all = loadCases();
/** Whole files and databases take most of the time: some of each kind are enough to see a fault. */
const LARGE_EVERY = 25;
const LARGE = ["far-rows", "manifest-last", "database-level-0", "slatedb-tiny-all", "slatedb-long-prefix-keys", "made-no-create-ts"];
const cases = all.filter(({ layer, case: { id } }) => !["file", "manifest"].includes(layerName(layer)) || isSampled(id, LARGE_EVERY) || LARGE.some((name) => id.includes(name)));

async function failuresOf(testee: Testee, asked: readonly LoadedCase[]): Promise<{ id: string; message: string }[]> {
  const report = await runCases(asked, { start: () => ({ ask: async (request) => await respond(testee, request), death: undefined, stop: async () => {} }), jobs: 1, expected: new Map(), testee: "in this process" });
  return report.results.filter(({ verdict }) => verdict === ConformanceVerdict.FAILED).map(({ caseId, message }) => ({ id: caseId, message }));
}

describe("a testee with a fault", () => {
  it("there are many kinds of them", () => expect(FAULTS.length).toBeGreaterThanOrEqual(10));

  it.each(FAULTS.map((fault) => [fault.name, fault] as const))("%s", async (_, { layers, reason, testee }) => {
    // Faults in small layers are asked about all of them, so that nothing else fails.
    const isSmall = !layers.includes("file") && !layers.includes("manifest");
    const failures = await failuresOf(testee, cases.filter(({ layer }) => (isSmall ? !["file", "manifest"].includes(layerName(layer)) : layers.includes(layerName(layer)))));
    expect([...new Set(failures.map(({ id }) => id.slice(0, id.indexOf("/"))))].toSorted()).toEqual(layers.toSorted());
    for (const { id, message } of failures) expect(message, id).toMatch(reason);
  });
});
