// The vectors as data: what lies in vectors/ is what the generator makes, and it covers the catalogue of rules.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RULES } from "@slate-sst/format/rules";
import { beforeAll, describe, expect, it } from "vitest";
import { loadCases, VECTORS } from "../src/runner/cases.js";
import { LAYERS, layerName } from "../src/suite/builder.js";
import { generateVectors } from "../src/suite/generate.js";

const BYTES_MAX = 10_000_000;
const CASES_MIN = 300;

const filesUnder = (folder: string): string[] =>
  readdirSync(join(VECTORS, folder), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(VECTORS.length));

describe("vectors/", () => {
  let made: ReadonlyMap<string, Uint8Array>;
  beforeAll(async () => {
    made = await generateVectors();
  });

  it("is what `npm run vectors` makes, byte for byte", () => {
    expect([...filesUnder("cases"), ...filesUnder("files")].toSorted()).toEqual([...made.keys()].toSorted());
    const changed = [...made].filter(([path, bytes]) => Buffer.compare(readFileSync(join(VECTORS, path)), bytes) !== 0);
    expect(changed.map(([path]) => path), "run `npm run vectors` and look at what changed").toEqual([]);
  });

  it("a new version of blocks comes before the oldest, so that no line of before gets a comma", () => {
    for (const layer of ["block", "row"]) {
      const versions = loadCases().flatMap(({ case: { id } }) => (id.startsWith(`${layer}/v`) ? [Number(/\/v(\d+)-/.exec(id)?.[1])] : []));
      expect(versions.at(-1), layer).toBe(Math.min(...versions));
    }
  });

  it("stays small", () => {
    const bytes = filesUnder(".").reduce((sum, path) => sum + readFileSync(join(VECTORS, path)).length, 0);
    expect(bytes).toBeLessThan(BYTES_MAX);
  });
});

describe("cases", () => {
  const cases = loadCases();

  it("there are many, in every layer, with names of their own", () => {
    expect(cases.length).toBeGreaterThanOrEqual(CASES_MIN);
    expect(new Set(cases.map(({ case: { id } }) => id)).size).toBe(cases.length);
    expect(new Set(cases.map(({ layer }) => layer))).toEqual(new Set(LAYERS));
    for (const { case: { id }, layer } of cases) expect(id).toMatch(new RegExp(`^${layerName(layer)}/[a-z0-9-]+$`));
  });

  it("each say what they are about and where their bytes come from", () => {
    for (const { case: one } of cases) {
      expect(one.description.length, one.id).toBeGreaterThan(5);
      expect(one.provenance?.writer?.name, one.id).toMatch(/./);
      expect(one.provenance?.writer?.version, one.id).toMatch(/^\d/);
    }
  });

  it("hold what they ask with: no question and no answer is left out", () => {
    const incomplete = cases.filter(({ case: { expectation }, request, bytes, value }) => {
      const kind = request.task?.kind;
      if (kind?.case === "encode") return kind.value.value === undefined || bytes === undefined;
      if (kind?.case === "verify") return kind.value.objects.some(({ file }) => file !== "");
      return expectation.case === "mustAccept" && value === undefined;
    });
    expect(incomplete.map(({ case: { id } }) => id)).toEqual([]);
    for (const { case: { id, expectation } } of cases) if (expectation.case === "may") expect(expectation.value.reason.length, id).toBeGreaterThan(20);
  });
});

describe("the catalogue of rules", () => {
  const cases = loadCases();
  const ids = new Set<string>(Object.keys(RULES));
  const accepted = new Set(cases.filter(({ case: { expectation } }) => expectation.case !== "mustReject").flatMap(({ case: { rules } }) => rules));
  const rejected = new Set(cases.map(({ case: { expectation } }) => (expectation.case === "mustReject" ? expectation.value.rule : "")).filter((rule) => rule !== ""));

  it("names every rule that a case names", () => expect([...accepted, ...rejected].filter((rule) => !ids.has(rule))).toEqual([]));
  // Those that no input can break say so, with the reason, in spec/rules.yaml.
  it("has a case that breaks each rule", () => expect([...ids].filter((id) => !rejected.has(id))).toEqual(Object.values(RULES).filter(({ implied }) => implied !== undefined).map(({ id }) => id)));
  it("has a case that keeps each rule", () => expect([...ids].filter((id) => !accepted.has(id))).toEqual([]));
});
