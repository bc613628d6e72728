// Goal: the targets follow from the files of a folder and from nothing else. Method: call the plugin on small trees.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ProjectConfiguration } from "@nx/devkit";
import { afterEach, describe, expect, test } from "vitest";
import { createNodes, type SlateSstPluginOptions } from "../src/index.js";

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true });
});

const manifest = (name: string, more: object = {}): string => JSON.stringify({ name: `@slate-sst/${name}`, ...more });

const CODEGEN = {
  "spec/sst/row.ksy": "meta:",
  "tools/codegen/package.json": manifest("codegen", { dependencies: { yaml: "2.9.1", "kaitai-struct-compiler": "0.11.0" } }),
};

/** Tools that a workspace has. */
const TOOLS = { nx: "1.0.0", typescript: "1.0.0", "@types/node": "1.0.0", vitest: "1.0.0", "fast-check": "1.0.0", oxlint: "1.0.0", "oxlint-tsgolint": "1.0.0" };

async function infer(tree: Record<string, string>, { options, tools = TOOLS }: { options?: SlateSstPluginOptions; tools?: Record<string, string> } = {}): Promise<Record<string, Partial<ProjectConfiguration>>> {
  const workspaceRoot = mkdtempSync(join(tmpdir(), "nx-sst-"));
  made.push(workspaceRoot);
  const top = { "package.json": JSON.stringify({ name: "workspace", devDependencies: tools }) };
  for (const [path, text] of Object.entries({ ...top, ...tree })) {
    mkdirSync(dirname(join(workspaceRoot, path)), { recursive: true });
    writeFileSync(join(workspaceRoot, path), text);
  }
  const results = await createNodes[1](Object.keys(tree), options, { workspaceRoot, nxJsonConfiguration: {} });
  return Object.assign({}, ...results.map(([, result]) => result.projects)) as Record<string, Partial<ProjectConfiguration>>;
}

const targetsOf = (project: Partial<ProjectConfiguration> | undefined): string[] => Object.keys(project?.targets ?? {}).sort();

describe("spec", () => {
  test("becomes one project with codegen, however many files it has", async () => {
    const packages = {
      "packages/a/package.json": manifest("a"),
      "packages/a/src/index.ts": 'import { size } from "./generated/codecs.js";',
      "packages/b/package.json": manifest("b"),
      "packages/b/src/index.ts": "",
    };
    const projects = await infer({ ...CODEGEN, ...packages, "spec/errors.yaml": "a: b" });
    expect(projects["spec"]?.name).toBe("spec");
    expect(targetsOf(projects["spec"])).toEqual(["codegen"]);
    const codegen = projects["spec"]?.targets?.["codegen"];
    expect(codegen?.cache).toBe(true);
    expect(codegen?.inputs).toContain("{workspaceRoot}/spec/**/*");
    expect(codegen?.inputs).toContain("{workspaceRoot}/tools/codegen/src/**/*");
    expect(codegen?.inputs).toContainEqual({ externalDependencies: ["kaitai-struct-compiler", "yaml"] });
    expect(codegen?.outputs).toEqual(["{workspaceRoot}/packages/a/src/generated"]);
  });

  test("files that the spec names as places of its rules are inputs of codegen", async () => {
    const rules = "a: { source: packages/format/src/separator.ts#separator }\nb: { source: spec/sst/row.ksy#row }";
    const projects = await infer({ ...CODEGEN, "spec/rules.yaml": rules });
    expect(projects["spec"]?.targets?.["codegen"]?.inputs).toContain("{workspaceRoot}/packages/format/src/separator.ts");
  });

  test("without a spec there is no such project", async () => {
    const projects = await infer({ "packages/a/package.json": manifest("a") });
    expect(Object.keys(projects)).toEqual(["packages/a"]);
  });

  test("a spec without a generator is an error that names the missing folder", async () => {
    await expect(infer({ "spec/errors.yaml": "a: b" })).rejects.toMatchObject({
      errors: [["spec/errors.yaml", { message: expect.stringContaining("tools/codegen") }]],
    });
  });
});

describe("packages", () => {
  test("a package.json alone gives lint", async () => {
    const projects = await infer({ "packages/a/package.json": manifest("a") });
    expect(targetsOf(projects["packages/a"])).toEqual(["lint"]);
  });

  test.each([
    ["tsconfig.json", "build"],
    ["tsconfig.test.json", "typecheck"],
    ["test/row.test.ts", "test"],
    ["test/deep/row.test.ts", "test"],
  ])("%s adds %s", async (file, target) => {
    const projects = await infer({ "packages/a/package.json": manifest("a"), [`packages/a/${file}`]: "" });
    expect(targetsOf(projects["packages/a"])).toEqual(["lint", target].sort());
  });

  test("a helper beside the tests is no test", async () => {
    const projects = await infer({ "packages/a/package.json": manifest("a"), "packages/a/test/rows.ts": "" });
    expect(targetsOf(projects["packages/a"])).toEqual(["lint"]);
  });

  test("tests wait for the package's own build, because they start programs from dist", async () => {
    const both = { "packages/a/package.json": manifest("a"), "packages/a/tsconfig.json": "{}", "packages/a/test/a.test.ts": "" };
    const projects = await infer({ ...both, "tools/b/package.json": manifest("b"), "tools/b/test/b.test.ts": "" });
    expect(projects["packages/a"]?.targets?.["test"]?.dependsOn).toEqual(["^codegen", "build", "^build"]);
    expect(projects["tools/b"]?.targets?.["test"]?.dependsOn).toEqual(["^codegen", "^build"]);
  });

  test("what imports generated code depends on the spec, even while that code is missing", async () => {
    const projects = await infer({
      ...CODEGEN,
      "packages/a/package.json": manifest("a"),
      "packages/a/src/row/encode.ts": 'import { size } from "../generated/codecs.js";',
      "packages/b/package.json": manifest("b"),
      "packages/b/src/index.ts": 'export * from "./row.js"; // not generated/',
    });
    expect(projects["packages/a"]?.implicitDependencies).toEqual(["spec"]);
    expect(projects["packages/b"]?.implicitDependencies).toBeUndefined();
  });

  test("inputs name the packages of the registry that can be loaded, those of siblings included", async () => {
    const projects = await infer({
      "packages/a/package.json": manifest("a", { peerDependencies: { snappy: "7.4.3" }, devDependencies: { flatbuffers: "25.9.23" } }),
      "packages/b/package.json": manifest("b", { dependencies: { "@slate-sst/a": "0.1.0", picocolors: "1.1.1" } }),
      "packages/b/tsconfig.json": "{}",
    });
    expect(projects["packages/b"]?.targets?.["build"]?.inputs).toContainEqual({
      externalDependencies: ["@types/node", "flatbuffers", "picocolors", "snappy", "typescript"],
    });
  });

  test("shared files that the tests name, or their helpers, are inputs of the tests", async () => {
    const projects = await infer({
      ...CODEGEN,
      "packages/a/package.json": manifest("a"),
      "packages/a/test/a.test.ts": 'readFileSync("spec/rules.yaml");',
      "packages/a/test/golden.ts": 'new URL("../../conformance/vectors/golden/", import.meta.url);',
      "packages/b/package.json": manifest("b"),
      "packages/b/test/b.test.ts": 'import "../src/specification.js";',
      "tools/c/package.json": manifest("c"),
      "tools/c/test/c.test.ts": 'cpSync(".oxlintrc.json", folder);',
    });
    const inputs = (root: string): unknown[] => projects[root]?.targets?.["test"]?.inputs ?? [];
    expect(inputs("packages/a")).toContain("{workspaceRoot}/spec/**/*");
    expect(inputs("packages/a")).toContain("{workspaceRoot}/packages/conformance/vectors/**/*");
    expect(inputs("packages/a")).not.toContain("{workspaceRoot}/tools/codegen/**/*");
    expect(inputs("packages/a")).toContainEqual({ externalDependencies: expect.arrayContaining(["kaitai-struct-compiler"]) });
    expect(inputs("tools/c")).toContain("{workspaceRoot}/.oxlintrc.json");
    expect(inputs("tools/c")).toContainEqual({ externalDependencies: Object.keys(TOOLS).toSorted() });
    expect(inputs("packages/b").filter((input) => /spec\/|vectors|codegen/.test(String(input)))).toEqual([]);
  });

  test("the workspace's own lints are rules for packages, not for tools", async () => {
    const tree = { "packages/a/package.json": manifest("a"), "tools/b/package.json": manifest("b"), "tools/lint/order.mjs": "" };
    const projects = await infer(tree, { options: { packageLints: ["tools/lint/order.mjs"] } });
    expect(projects["packages/a"]?.targets?.["lint"]?.options.commands).toEqual(["node tools/lint/order.mjs {projectRoot}", expect.stringContaining("oxlint")]);
    expect(projects["packages/a"]?.targets?.["lint"]?.inputs).toContain("{workspaceRoot}/tools/lint/**/*");
    expect(projects["tools/b"]?.targets?.["lint"]?.options.commands).toHaveLength(1);
  });

  test("what the workspace has no tool for is left out", async () => {
    const tree = { "packages/a/package.json": manifest("a"), "packages/a/tsconfig.json": "{}", "packages/a/tsconfig.test.json": "{}", "packages/a/test/a.test.ts": "" };
    const has = async (...tools: string[]): Promise<string[]> => targetsOf((await infer(tree, { tools: Object.fromEntries(tools.map((name) => [name, "1.0.0"])) }))["packages/a"]);
    expect(await has("nx")).toEqual([]);
    expect(await has("oxlint")).toEqual(["lint"]);
    expect(await has("typescript")).toEqual(["build", "typecheck"]);
    expect(await has("vitest")).toEqual(["test"]);
  });

  test("without a spec nothing waits for it", async () => {
    const { "packages/a": project } = await infer({ "packages/a/package.json": manifest("a") });
    expect(project?.targets?.["lint"]?.dependsOn).toEqual(["^codegen"]);
  });

  test("a package.json without a name is an error that names the file", async () => {
    await expect(infer({ "packages/a/package.json": "{}" })).rejects.toThrow("packages/a/package.json has no name");
  });
});
