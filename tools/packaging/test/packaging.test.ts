// The checks notice what they are there for.
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bundle } from "../src/bundle.mjs";
import { checkImports } from "../src/imports.mjs";
import { LEFT_OUT, readmes } from "../src/install/samples.mjs";
import { checkManifest, generatorFiles } from "../src/manifests.mjs";
import { publishedPackages, TOP, type Package } from "../src/packages.mjs";
import type { Packed } from "../src/pack.mjs";
import { releasePlan } from "../src/release-plan.mjs";

const packages = publishedPackages();
const format = packages.find(({ name }) => name === "@slate-sst/format") as Package;

/** A tarball with what the manifest asks for. */
function tarballOf({ name, entries, manifest, path: folder }: Package, ...more: string[]): Packed {
  const targets = [...entries.flatMap((entry) => [entry.source, entry.types, entry.default]), ...Object.values<string>(manifest["bin"] ?? {}), ...generatorFiles(folder, manifest)];
  const files = ["LICENSE", "README.md", "package.json", ...targets.map((path) => path.replace("./", "")), ...more];
  return { name, tarball: "", packed: 0, unpacked: 0, files: files.map((path) => ({ path, size: 0 })) };
}

const withManifest = (of: Package, change: Record<string, unknown>): Package => ({ ...of, manifest: { ...of.manifest, ...change } });

describe("a package.json", () => {
  it("is what the house asks for, in every package", () => {
    expect(packages.length).toBeGreaterThan(10);
    for (const of of packages) expect(checkManifest(of, tarballOf(of)), of.name).toEqual([]);
  });

  it.each([
    ["a licence of its own", { license: "MIT" }, "license"],
    ["no provenance", { publishConfig: { access: "public" } }, "publishConfig"],
    ["another folder", { repository: { type: "git", url: "git+https://x.test/y.git", directory: "packages/other" } }, "repository"],
    ["older engines", { engines: { node: ">=18" } }, "engines"],
    ["side effects", { sideEffects: true }, "sideEffects"],
    ["a sibling of another version", { dependencies: { "@slate-sst/writer": "9.9.9" } }, "9.9.9"],
    ["a dependency that is not published", { dependencies: { "@slate-sst/demo": "0.1.0" } }, "not published"],
    ["a peer that everyone must install", { peerDependencies: { snappy: "1.0.0" }, peerDependenciesMeta: {} }, "peer"],
  ])("with %s is found", (_, change, word) => {
    expect(checkManifest(withManifest(format, change), tarballOf(format))).toEqual([expect.stringContaining(word)]);
  });
});

describe("a tarball", () => {
  it.each(["test/x.test.ts", "tsconfig.json", "dist/tsconfig.tsbuildinfo", "api/index.api.md"])("with %s is found", (file) => {
    expect(checkManifest(format, tarballOf(format, file))).toEqual([expect.stringContaining(file)]);
  });

  it("without a licence, or without what an entry names, is found", () => {
    const whole = tarballOf(format);
    const without = (path: string): Packed => ({ ...whole, files: whole.files.filter((file) => file.path !== path) });
    expect(checkManifest(format, without("LICENSE"))).toEqual([expect.stringContaining("LICENSE")]);
    expect(checkManifest(format, without("dist/walk.d.ts"))).toEqual([expect.stringContaining("dist/walk.d.ts")]);
  });
});

describe("imports", () => {
  it("that are not declared are found, in code and in types", () => {
    expect(checkImports(format)).toEqual([]);
    expect(checkImports(withManifest(format, { dependencies: {} }))).toContainEqual(expect.stringContaining("@bufbuild/protobuf"));
  });
});

describe("samples of READMEs", () => {
  const blocks = readmes().flatMap(({ readme, blocks: own }) => own.map(({ text }) => ({ readme, text })));

  it("are found, those of the reader too", () => {
    expect(blocks.length).toBeGreaterThan(30);
    expect(blocks.filter(({ readme }) => readme === "packages/reader/README.md").length).toBeGreaterThanOrEqual(4);
  });

  it("that are not run where packages are installed are run elsewhere, each for its own reason", () => {
    for (const { readme, holds, by } of LEFT_OUT) {
      expect(blocks.filter((one) => one.readme === readme && one.text.includes(holds)).length, `${readme}: ${holds}`).toBe(1);
      expect(existsSync(join(TOP, by)), by).toBe(true);
    }
  });
});

describe("a bundle for browsers", () => {
  it("may not hold anything of Node", async () => {
    const folder = mkdtempSync(join(tmpdir(), "slate-sst-bundle-"));
    try {
      writeFileSync(join(folder, "zlib-user.js"), 'import { deflateSync } from "node:zlib"; export const x = deflateSync;');
      await expect(bundle('export * from "./zlib-user.js";', { folder, minify: false })).rejects.toThrow("node:zlib");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("a release", () => {
  it("gives all packages one version, whichever of them changed", async () => {
    const folder = mkdtempSync(join(tmpdir(), "slate-sst-release-"));
    try {
      for (const file of ["package.json", "package-lock.json", ".changeset/config.json", ...packages.map((one) => `${one.folder}/package.json`)]) {
        mkdirSync(join(folder, file, ".."), { recursive: true });
        cpSync(join(TOP, file), join(folder, file));
      }
      writeFileSync(join(folder, ".changeset/one.md"), '---\n"@slate-sst/reader": minor\n---\n\nReads more.\n');
      const { releases } = await releasePlan(folder);
      expect(releases.map(({ name }) => name).sort()).toEqual(packages.map(({ name }) => name).sort());
      expect(new Set(releases.map(({ newVersion }) => newVersion)).size).toBe(1);
      expect(releases[0]?.newVersion).not.toBe(format.manifest["version"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
