// What the plugin knows about the workspace: its packages, which files each has, and what each depends on.
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { checkOptions, type SlateSstPluginOptions } from "./options.js";

/** Folder and project name of the format's specification. */
export const SPEC = "spec";

/** Folder of the code generator. */
export const CODEGEN = "tools/codegen";

/** Where a package keeps generated code, relative to its folder. */
export const GENERATED = "src/generated";

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** One package of the workspace. */
export interface Package {
  /** Folder, relative to the workspace's top, with forward slashes. */
  readonly root: string;
  readonly manifest: Manifest;
  /** Its files that decide about targets, relative to its folder. */
  readonly files: readonly string[];
  /** Whether it has generated code, or its sources import some that is missing now. Tools have none. */
  readonly generated: boolean;
  /** Shared files that its tests read without importing them. */
  readonly testsRead: readonly SharedFiles[];
}

/** Files that tests of any package hold it against: the spec, the generator, the golden vectors, the rules of the house, the READMEs, everything that the site shows. */
export type SharedFiles = keyof typeof MENTIONS;

/** How a test's text shows that it reads shared files. A mention in a comment counts too: one run too many does no harm. */
const MENTIONS = {
  spec: /\bspec\//,
  codegen: /\btools\/codegen\//,
  vectors: /\bconformance\//,
  house: /\boxlintrc\b/,
  readmes: /\bREADME\.md\b/,
  documents: /\bBENCHMARKS\.md\b/,
} as const;

export interface Workspace {
  readonly packages: readonly Package[];
  /** Files of packages that the spec names, as the place where a rule is defined. */
  readonly namedInSpec: readonly string[];
  /** Names of the tools that the workspace's own package.json asks for. */
  readonly tools: readonly string[];
  /** Whether there is a specification, from which code is generated. */
  readonly hasSpec: boolean;
  /** Scripts that lint packages beside oxlint, by their paths from the workspace's top. */
  readonly packageLints: readonly string[];
  /** Where this plugin lies: its folder from the workspace's top, whether that is a package of the workspace, or installed in it. */
  readonly plugin: { readonly folder: string; readonly isOwn: boolean; readonly isInstalled: boolean };
  /** The package in a folder; throws when there is none. */
  project(root: string): Package;
  /** Names of all packages from the registry that a package can load: its own and those of the workspace packages it depends on. */
  external(of: Package): string[];
}

/** `spec` for whatever lies in `spec/`, else the first two folders of a path. */
export function projectRootOf(file: string): string {
  const [first = "", second = ""] = file.split("/");
  return first === SPEC ? SPEC : `${first}/${second}`;
}

/** Reads the packages among `files` (paths relative to `top`). */
export function readWorkspace(top: string, files: readonly string[], options?: SlateSstPluginOptions): Workspace {
  const packages = new Map<string, Package>();
  for (const file of files) {
    const root = projectRootOf(file);
    if (file !== `${root}/package.json`) continue;
    const manifest = readManifest(join(top, file), file);
    const own = files.filter((other) => other.startsWith(`${root}/`)).map((other) => other.slice(root.length + 1));
    const read = (path: string): string => readFileSync(join(top, root, path), "utf8");
    packages.set(root, { root, manifest, files: own, generated: root.startsWith("packages/") && needsGenerated(own, read), testsRead: readByTests(own, read) });
  }
  const specs = files.filter((file) => projectRootOf(file) === SPEC && file.endsWith(".yaml"));
  const named = specs.flatMap((file) => readFileSync(join(top, file), "utf8").match(/\bpackages\/[\w./-]+\.\w+/g) ?? []);
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(top, "package.json"), "utf8")) as Omit<Manifest, "name">;
  const byName = new Map([...packages.values()].map((found) => [found.manifest.name, found]));
  return {
    packages: [...packages.values()],
    namedInSpec: [...new Set(named)].sort(),
    tools: Object.keys({ ...dependencies, ...devDependencies }),
    hasSpec: files.some((file) => projectRootOf(file) === SPEC),
    packageLints: checkOptions(options, (script) => existsSync(join(top, script))).packageLints ?? [],
    plugin: placeOfPlugin(top),
    project(root) {
      const found = packages.get(root);
      if (found === undefined) throw new Error(`@slate-sst/nx: there is no package.json in ${root}`);
      return found;
    },
    external: (of) => externalDependencies(of, byName),
  };
}

function placeOfPlugin(top: string): Workspace["plugin"] {
  const folder = relative(top, fileURLToPath(new URL("..", import.meta.url))).replaceAll("\\", "/");
  const isInstalled = folder.split("/").includes("node_modules");
  return { folder, isOwn: !isInstalled && !folder.startsWith("../"), isInstalled };
}

function readManifest(path: string, shown: string): Manifest {
  const parsed: unknown = JSON.parse(readFileSync(path, "utf8"));
  if (typeof parsed !== "object" || parsed === null || !("name" in parsed) || typeof parsed.name !== "string") {
    throw new Error(`@slate-sst/nx: ${shown} has no name`);
  }
  return parsed as Manifest;
}

function needsGenerated(files: readonly string[], read: (path: string) => string): boolean {
  const sources = files.filter((file) => file.startsWith("src/"));
  return sources.some((file) => file.startsWith(`${GENERATED}/`) || /["']\.{1,2}\/(?:[^"']*\/)?generated\//.test(read(file)));
}

function readByTests(files: readonly string[], read: (path: string) => string): SharedFiles[] {
  const texts = files.filter((file) => file.startsWith("test/")).map(read);
  const all = Object.keys(MENTIONS) as SharedFiles[];
  return all.filter((shared) => texts.some((text) => MENTIONS[shared].test(text)));
}

/** Walks workspace dependencies; a sibling's devDependencies count too, because optional codecs stand there and in its peers. */
function externalDependencies(of: Package, byName: ReadonlyMap<string, Package>): string[] {
  const external = new Set<string>();
  const seen = new Set<Package>();
  const waiting = [of];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const { dependencies, devDependencies, peerDependencies } = next.manifest;
    for (const name of Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies })) {
      const sibling = byName.get(name);
      if (sibling === undefined) external.add(name);
      else waiting.push(sibling);
    }
  }
  return [...external].sort();
}
