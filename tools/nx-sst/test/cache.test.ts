// Goal: Nx runs again what a change can affect, and nothing else. Method: change one file at a time in a small workspace and look
// at which tasks ran. The tests of this file build on one another, as a day's work does.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type SmallWorkspace, makeSmallWorkspace } from "./small-workspace.js";

const ALL = ["run-many", "-t", "build", "test", "typecheck", "--projects", "format,writer,object-store"];
const GENERATED = "packages/format/src/generated/width.ts";

// A machine that runs other suites beside this one takes its time over two builds in a row.
vi.setConfig({ testTimeout: 180_000 });

let workspace: SmallWorkspace;
beforeAll(() => {
  workspace = makeSmallWorkspace();
});
afterAll(() => rmSync(workspace.root, { recursive: true, force: true }));

const tasks = (result: Record<string, string>, wanted: string): string[] =>
  Object.keys(result).filter((task) => result[task] === wanted).sort();

const OTHER = ["object-store:build", "object-store:test", "object-store:typecheck"];
const EVERY_TASK = ["format:build", "format:test", "format:typecheck", ...OTHER, "spec:codegen", "writer:build", "writer:test", "writer:typecheck"];

test("the graph leads from the spec to format and to the rest", () => {
  const graph = JSON.parse(workspace.print("graph", "--print")) as { graph: { dependencies: Record<string, { target: string }[]> } };
  const targets = (name: string): string[] => (graph.graph.dependencies[name] ?? []).map((edge) => edge.target).filter((to) => !to.startsWith("npm:"));
  expect(targets("@slate-sst/writer")).toEqual(["@slate-sst/format"]);
  expect(targets("@slate-sst/format")).toEqual(["spec"]);
  expect(targets("spec")).toEqual(["@slate-sst/codegen"]);
});

test("the first run runs everything, the second nothing", () => {
  expect(tasks(workspace.nx(...ALL), "run")).toEqual(EVERY_TASK);
  expect(tasks(workspace.nx(...ALL), "cached")).toEqual(EVERY_TASK);
});

test("deleted outputs come back from the cache, generated code included", () => {
  const built = workspace.read("packages/writer/dist/index.js");
  const generated = workspace.read(GENERATED);
  for (const path of ["packages/format/dist", "packages/writer/dist", "packages/format/src/generated"]) rmSync(join(workspace.root, path), { recursive: true });
  expect(tasks(workspace.nx(...ALL), "cached")).toEqual(EVERY_TASK);
  expect(workspace.read("packages/writer/dist/index.js")).toBe(built);
  expect(workspace.read(GENERATED)).toBe(generated);
});

test("a comment in the spec runs the generator and, as its output is the same, nothing else", () => {
  workspace.write("spec/width.ksy", "# The width, in bytes\n4\n");
  expect(tasks(workspace.nx(...ALL), "run")).toEqual(["spec:codegen"]);
});

test("a changed .ksy rebuilds and tests exactly what uses it: writer's build sees the same types, object-store nothing at all", () => {
  workspace.write("spec/width.ksy", "# The width, in bytes\n8\n");
  const result = workspace.nx(...ALL);
  expect(tasks(result, "cached")).toEqual([...OTHER, "writer:build"]);
  expect(tasks(result, "run")).toEqual(["format:build", "format:test", "format:typecheck", "spec:codegen", "writer:test", "writer:typecheck"]);
  expect(workspace.read("packages/format/dist/generated/width.js")).toContain("width = 8");
});

test("the same .ksy again brings everything out of the cache", () => {
  expect(tasks(workspace.nx(...ALL), "cached")).toEqual(EVERY_TASK);
});

test("an edit of generated code does not last", () => {
  workspace.write(GENERATED, "export const width: number = 5;\n");
  expect(tasks(workspace.nx(...ALL), "cached")).toEqual(EVERY_TASK);
  expect(workspace.read(GENERATED)).toBe("export const width: number = 8;\n");
});

test("a change in the generator counts like one in the spec", () => {
  const generator = workspace.read("tools/codegen/src/main.mjs");
  workspace.write("tools/codegen/src/main.mjs", generator.replace("export const width", "/** Bytes. */ export const width"));
  const result = workspace.nx(...ALL);
  expect(tasks(result, "run")).toContain("spec:codegen");
  expect(tasks(result, "run")).toContain("format:build");
  expect(workspace.read("packages/format/dist/generated/width.js")).toContain("Bytes");
});

test("a change in writer leaves format alone", () => {
  workspace.write("packages/writer/src/index.ts", 'import { width } from "@slate-sst/format";\nexport const thrice: number = width * 3;\n');
  expect(tasks(workspace.nx(...ALL), "run")).toEqual(["writer:build", "writer:test", "writer:typecheck"]);
});

test("output of a removed source does not stay in dist", () => {
  workspace.write("packages/writer/src/old.ts", "export const old = 1;\n");
  workspace.nx("build", "writer");
  expect(workspace.read("packages/writer/dist/old.js")).toContain("old");
  rmSync(join(workspace.root, "packages/writer/src/old.ts"));
  workspace.nx("build", "writer");
  expect(() => workspace.read("packages/writer/dist/old.js")).toThrow("ENOENT");
});
