// Goal: an import against the order of packages is found with its place. Method: manifests and sources as text.
import { describe, expect, test } from "vitest";
import { checkBoundaries } from "../src/lint/boundaries.mjs";

function check(name: string, text: string, manifest: object = {}): string[] {
  const path = `packages/${name}/package.json`;
  const sources = [{ path: `packages/${name}/src/index.ts`, text }];
  return checkBoundaries({ path, text: JSON.stringify({ name: `@slate-sst/${name}`, ...manifest }, null, 2) }, sources).map(
    (found) => `${found.path}:${found.line}:${found.column}: ${found.message}`,
  );
}

const needs = (...names: string[]): object => ({ dependencies: Object.fromEntries(names.map((name) => [name, "0.1.0"])) });

describe("accepted", () => {
  test.each([
    ["object-store", "@slate-sst/format"],
    ["object-store-s3", "@slate-sst/object-store"],
    ["writer", "@slate-sst/object-store"],
    ["reader", "@slate-sst/format"],
    ["ingest", "@slate-sst/writer"],
    ["verify", "@slate-sst/reader"],
    ["cli", "@slate-sst/object-store-s3"],
    ["conformance", "@slate-sst/ingest"],
  ])("%s imports %s", (name, target) => {
    expect(check(name, `import { x } from "${target}";`, needs(target))).toEqual([]);
  });

  test("files of the package itself, Node's modules, declared packages and their parts", () => {
    const text = 'import "./a/b.js";\nimport "node:fs";\nimport { create } from "@bufbuild/protobuf/wire";\nexport * from "snappy";';
    const manifest = { ...needs("@bufbuild/protobuf"), peerDependencies: { snappy: "7.4.3" } };
    expect(check("object-store", text, manifest)).toEqual([]);
  });

  test("a devDependency of a private package, which nobody installs", () => {
    expect(check("conformance", 'import "yaml";', { private: true, devDependencies: { yaml: "2.9.1" } })).toEqual([]);
  });

  test("a name in a comment or a string is no import", () => {
    expect(check("format", '// import "@slate-sst/writer"\nexport const text = \'import "@slate-sst/writer"\';')).toEqual([]);
  });
});

describe("refused", () => {
  test("an import upwards, with line, column and what is allowed", () => {
    expect(check("object-store", '\nimport { SstWriter } from "@slate-sst/writer";', needs("@slate-sst/format"))).toEqual([
      "packages/object-store/src/index.ts:2:27: imports @slate-sst/writer; object-store may import format",
    ]);
  });

  test.each([
    ["an import sideways", "writer", 'import "@slate-sst/reader";'],
    ["a type", "format", 'import type { A } from "@slate-sst/object-store";'],
    ["a re-export", "format", 'export * from "@slate-sst/object-store";'],
    ["a dynamic import", "object-store", 'await import("@slate-sst/object-store-s3");'],
    ["an adapter below the tools", "ingest", 'import "@slate-sst/object-store-s3";'],
    ["conformance, which nothing imports", "cli", 'import "@slate-sst/conformance";'],
    ["a tool", "writer", 'import "@slate-sst/nx";'],
    ["a file of another package", "writer", 'import "../../format/src/index.js";'],
    ["a file outside src", "writer", 'import "../test/rows.js";'],
    ["Node in the pure package", "format", 'import "node:zlib";'],
    ["Node in the pure package, by its old name", "format", 'import "zlib";'],
    ["a package that is not declared", "writer", 'import "snappy";'],
  ])("%s", (_, name, text) => {
    expect(check(name, text)).toHaveLength(1);
  });

  test("a dependency in package.json that points upwards, at its line", () => {
    expect(check("format", "", { devDependencies: { "@slate-sst/writer": "0.1.0" } })).toEqual([
      "packages/format/package.json:4:5: depends on @slate-sst/writer; format imports no other package",
    ]);
  });

  test("a devDependency is not there when a user installs the package", () => {
    expect(check("writer", 'import "yaml";', { devDependencies: { yaml: "2.9.1" } })).toEqual([
      "packages/writer/src/index.ts:1:8: imports yaml, which is not among the dependencies or peerDependencies of packages/writer/package.json",
    ]);
  });

  test("a package without a place in the order", () => {
    expect(check("novelty", "")).toEqual([expect.stringContaining('package "novelty" has no place in the order of imports')]);
  });
});
