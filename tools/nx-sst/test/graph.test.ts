// Goal: in this repository the spec leads to the generator's output and through format to everything else, and to nothing else. Method:
// the graph that Nx makes of it.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test, vi } from "vitest";
import { top } from "../src/lint/sources.mjs";

vi.setConfig({ hookTimeout: 180_000 });

type Graph = Record<string, string[]>;
let graph: Graph;

beforeAll(() => {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(NX_|VITEST|CI$|FORCE_COLOR$)/.test(name)));
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(top, "node_modules/nx/dist/bin/nx.js"), "graph", "--print"], { cwd: top, env: { ...env, NO_COLOR: "1" }, encoding: "utf8", maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(stderr);
  const { dependencies } = (JSON.parse(stdout.slice(stdout.indexOf("{"))) as { graph: { dependencies: Record<string, { target: string }[]> } }).graph;
  graph = Object.fromEntries(Object.entries(dependencies).map(([name, edges]) => [name.replace("@slate-sst/", ""), edges.map(({ target }) => target.replace("@slate-sst/", "")).filter((to) => !to.startsWith("npm:"))]));
});

function reaches(from: string, to: string, seen = new Set<string>()): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return (graph[from] ?? []).some((next) => reaches(next, to, seen));
}

test("spec comes from the generator alone, format from spec alone", () => {
  expect(graph["spec"]).toEqual(["codegen"]);
  expect(graph["codegen"]).toEqual([]);
  expect(graph["format"]).toEqual(["spec"]);
});

test("every package depends on the spec, by way of format", () => {
  const packages = readdirSync(join(top, "packages"));
  expect(packages.filter((name) => graph[name] !== undefined && !reaches(name, "spec"))).toEqual([]);
  expect(packages.filter((name) => name !== "format" && graph[name] !== undefined && !reaches(name, "format"))).toEqual([]);
});
