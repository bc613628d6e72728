// Goal: what nx.json says is checked where it enters. Method: call the check.
import { expect, test } from "vitest";
import { checkOptions, type SlateSstPluginOptions } from "../src/options.js";

const check = (options: unknown): SlateSstPluginOptions => checkOptions(options as SlateSstPluginOptions, (script) => script === "tools/lint/rule.mjs");

test("scripts that are there are taken, and nothing is needed", () => {
  expect(check({ packageLints: ["tools/lint/rule.mjs"] })).toEqual({ packageLints: ["tools/lint/rule.mjs"] });
  expect(check(undefined)).toEqual({ packageLints: [] });
  expect(check({})).toEqual({ packageLints: [] });
});

test.each([
  ["an option that there is not", { packageLint: [] }, 'an option "packageLint", which there is not'],
  ["one script in place of a list", { packageLints: "tools/lint/rule.mjs" }, "is a list of paths"],
  ["a path that is none", { packageLints: [7] }, "is a list of paths"],
  ["a path out of the workspace", { packageLints: ["../lint/rule.mjs"] }, "is a list of paths"],
  ["a path that leads back", { packageLints: ["tools/../rule.mjs"] }, "is a list of paths"],
  ["a path from the root of the disk", { packageLints: ["/lint/rule.mjs"] }, "is a list of paths"],
  ["a script that is not there", { packageLints: ["tools/lint/gone.mjs"] }, "tools/lint/gone.mjs, which is not there"],
])("refuses %s", (_, options, message) => {
  expect(() => check(options)).toThrow(message);
});
