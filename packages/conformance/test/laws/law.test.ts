// A law that does not hold says which seed shows it, and gives a vector.
import { fromJsonString } from "@slate-sst/format/proto";
import { ConformanceCaseSchema } from "@slate-sst/format/proto/conformance";
import fc from "fast-check";
import { expect, it } from "vitest";
import { rowOf } from "../../src/suite/values.js";
import { config, inFileOrder, sorted, sortedRows } from "./arbitraries.js";
import { asVector, failureText, writeRows } from "./law.js";

it("a counter-example is shrunk, and comes with its seed and a vector that can be pasted", async () => {
  const cases = fc.record({ rows: sortedRows, config });
  const details = await fc.check(fc.asyncProperty(cases, async ({ rows }) => Promise.resolve(rows.every(({ kind }) => kind !== "merge"))), { seed: 5, numRuns: 100 });
  const text = await failureText("no merges", details);
  expect(text).toMatch(/^no merges: does not hold after \d+ cases and \d+ shrinks\. Again: SLATE_SST_LAW_SEED=5 \(path [\d:]+\)\nAs a vector:\n\{"id":"file\/found"/);
  const vector = fromJsonString(ConformanceCaseSchema, text.split("\n")[2] ?? "");
  const { kind } = vector.task ?? {};
  const made = kind?.case === "encode" && kind.value.value?.kind.case === "file" ? kind.value.value.kind.value : undefined;
  // Shrinking leaves one row, the merge.
  expect(made?.rows.map(rowOf).map((row) => row.kind)).toEqual(["merge"]);
  expect(vector.expectation.case === "mustEqual" ? vector.expectation.value.bytes.length : 0).toBeGreaterThan(100);
});

it("a vector of many rows names the files that belong to it", async () => {
  const rows = sorted(fc.sample(sortedRows, { seed: 3, numRuns: 5 }).flat());
  const lines = (await asVector({ rows, config: { blockSize: 1024 } })).split("\n");
  const file = lines.find((line) => line.startsWith("files/file/found.bin: "));
  expect(Buffer.from(file?.split(": ")[1] ?? "", "base64").length).toBe((await writeRows(rows, { blockSize: 1024 })).length);
  expect(rows.every((row, i) => i === 0 || inFileOrder(rows[i - 1] ?? row, row) < 0)).toBe(true);
});
