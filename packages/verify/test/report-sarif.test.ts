// The SARIF log, held against what the standard (SARIF 2.1.0, chapter 3) demands of the objects that are used.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { RULES, type RuleId } from "@slate-sst/format/rules";
import Ajv from "ajv";
import { describe, expect, test } from "vitest";
import { SarifReport } from "../src/report/index.js";
import { checksumFinding, FILE, noteFinding, render, rowFinding, sampleResult } from "./report-samples.js";

interface Log {
  $schema: string;
  version: string;
  runs: [{
    tool: { driver: { name: string; version: string; semanticVersion: string; rules: Descriptor[] } };
    results: Result[];
    invocations: [{ executionSuccessful: boolean; toolExecutionNotifications: { level: string; message: { text: string }; locations?: Location[] }[] }];
  }];
}

interface Descriptor {
  id: string; name: string; shortDescription: { text: string }; fullDescription: { text: string }; help: { text: string }; defaultConfiguration: { level: string };
}

interface Location {
  physicalLocation: { artifactLocation: { uri: string }; region?: { byteOffset: number; byteLength: number } };
  logicalLocations?: { fullyQualifiedName: string }[];
}

interface Result { ruleId: string; ruleIndex: number; level: string; message: { text: string }; locations: Location[]; properties: Record<string, unknown> }

const findings = [checksumFinding, rowFinding, noteFinding];
const skipped = sampleResult([]).rules.map((outcome) => (outcome.rule === "R3.1" ? { ...outcome, state: "skipped" as const, reason: "a limit" } : outcome));
const text = render(new SarifReport(), [
  { file: FILE, findings, result: sampleResult(findings, { withheld: 4 }) },
  { file: { path: "b.sst", uri: "b.sst" }, result: sampleResult([], { rules: skipped }) },
  { file: { path: "c.sst", uri: "c.sst" } },
]);
const log = JSON.parse(text) as Log;
const [run] = log.runs;

describe("the SARIF report", () => {
  test("is a log of version 2.1.0 with one run", () => {
    expect(log.version).toBe("2.1.0");
    expect(log.$schema).toMatch(/^https:.*sarif.*2\.1\.0.*\.json$/);
    expect(log.runs).toHaveLength(1);
  });

  test("describes every rule of the catalogue once, with help", () => {
    const { driver } = run.tool;
    expect(driver).toMatchObject({ name: "@slate-sst/verify", version: "1.2.3", semanticVersion: "1.2.3" });
    expect(driver.rules.map(({ id }) => id)).toEqual(Object.keys(RULES));
    for (const { id, name, shortDescription, fullDescription, help, defaultConfiguration } of driver.rules) {
      const rule = RULES[id as RuleId];
      expect(name, id).toMatch(/^[A-Z][A-Za-z0-9]*$/);
      expect(shortDescription.text).toBe(rule.title);
      expect(fullDescription.text).toBe(rule.sentence);
      expect(help.text).toContain(rule.sentence);
      expect(defaultConfiguration.level).toBe(rule.severity);
    }
  });

  test("points from results to their rules, which the index and the id agree on", () => {
    expect(run.results.map(({ ruleId }) => ruleId)).toEqual(["F4.2", "B3.1", "C1.1"]);
    for (const { ruleId, ruleIndex } of run.results) expect(run.tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
  });

  test("has levels, messages and places of bytes", () => {
    expect(run.results.map(({ level }) => level)).toEqual(["error", "error", "note"]);
    expect(run.results[0]?.locations).toEqual([
      { physicalLocation: { artifactLocation: { uri: "db/compacted/a%20b.sst" }, region: { byteOffset: 10, byteLength: 30 } }, logicalLocations: [{ fullyQualifiedName: "filter" }] },
    ]);
    expect(run.results[1]?.locations[0]?.physicalLocation.region).toEqual({ byteOffset: 4096, byteLength: 0 });
    expect(run.results[0]?.message.text).toBe(
      `${RULES["F4.2"].title}: at filter (30 bytes from offset 10), expected 0badcafe, found 12345678. Hint: flipping bit 3 of the byte at offset 20 would mend the checksum`,
    );
    expect(run.results[0]?.properties).toMatchObject({ expected: "0badcafe", found: "12345678", bitFlip: { offset: 20, bit: 3 } });
    expect(run.results[1]?.properties).toMatchObject({ payloadOffset: 77 });
  });

  test("has no property with a value the standard forbids", () => {
    for (const { locations } of run.results) {
      for (const { physicalLocation } of locations) {
        expect(physicalLocation.artifactLocation.uri).toMatch(/^[A-Za-z0-9\-._~!$&'()*+,;=:@/%]+$/);
        expect(physicalLocation.region?.byteOffset).toBeGreaterThanOrEqual(0);
        expect(physicalLocation.region?.byteLength).toBeGreaterThanOrEqual(0);
      }
    }
    expect(text).not.toContain("null");
    expect(text).not.toContain("undefined");
  });

  test("tells of what it could not see in notifications of the invocation", () => {
    const [{ executionSuccessful, toolExecutionNotifications }] = run.invocations;
    expect(executionSuccessful).toBe(false);
    expect(toolExecutionNotifications.map(({ level, message }) => `${level}: ${message.text}`)).toEqual([
      "warning: db/compacted/a b.sst: 4 findings beyond the limit not listed",
      "warning: b.sst: skipped R3.1: a limit",
      "error: c.sst: could not be verified: gone (ERR_STORE_NOT_FOUND)",
    ]);
    expect(toolExecutionNotifications[2]?.locations?.[0]?.physicalLocation.artifactLocation.uri).toBe("c.sst");
  });

  test("without a finding has an empty list of results, which says that there is none", () => {
    const clean = JSON.parse(render(new SarifReport(), [{ file: FILE, result: sampleResult([]) }])) as Log;
    expect(clean.runs[0].results).toEqual([]);
    expect(clean.runs[0].invocations[0]).toEqual({ executionSuccessful: true, toolExecutionNotifications: [] });
  });
});

test("the official JSON schema of SARIF 2.1.0 accepts the log, and would not accept any other", () => {
  const require = createRequire(import.meta.url);
  const schema = JSON.parse(readFileSync(require.resolve("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"), "utf8")) as { definitions: object };
  expect(Object.keys(schema.definitions).length).toBeGreaterThan(40);
  const ajv = new Ajv({ schemaId: "auto", unknownFormats: "ignore" });
  ajv.addMetaSchema(JSON.parse(readFileSync(require.resolve("ajv/lib/refs/json-schema-draft-04.json"), "utf8")) as object);
  const validate = ajv.compile(schema);
  const problems = (json: unknown): unknown[] => (validate(json) === true ? [] : (validate.errors ?? []));
  expect(problems(log)).toEqual([]);
  expect(problems({ ...log, runs: [{ ...run, results: [{ ...run.results[0], level: "fatal" }] }] })).not.toEqual([]);
  expect(problems({ ...log, runs: [{ ...run, tool: {} }] })).not.toEqual([]);
});
