// The targets and what exactly each depends on. Generated code is committed, yet to Nx it is `codegen`'s output: tasks take
// it from the task that makes it (dependentTasksOutputFiles) and never as a source file, whose hash would be taken too early.
import { posix } from "node:path";
import type { ProjectConfiguration, TargetConfiguration } from "@nx/devkit";
import { CODEGEN, GENERATED, type Package, SPEC, type SharedFiles, type Workspace } from "./workspace.js";

/** Scripts of the generator that look at the spec and write nothing. */
export const SPEC_CHECK = `${CODEGEN}/src/check/main.mjs`;
export const SPEC_DIFF = `${CODEGEN}/src/diff/main.mjs`;

/** Sources that `codegen` compiles to WebAssembly. */
const ASSEMBLY = "packages/format/assembly";

/** Rules and scripts of the linters, and the compiler options they take for tests and tools, which no build knows. */
const lintRules = ({ packageLints }: Workspace): string[] => [
  "{workspaceRoot}/.oxlintrc.json",
  "{workspaceRoot}/packages/tsconfig.json",
  "{workspaceRoot}/tools/tsconfig.json",
  ...new Set(packageLints.map((script) => `{workspaceRoot}/${posix.dirname(script)}/**/*`)),
];

type Inputs = NonNullable<TargetConfiguration["inputs"]>;

/** What every task that runs or checks our code depends on, whatever the package. */
const SHARED: Inputs = ["{workspaceRoot}/tsconfig.base.json", { runtime: "node --version" }];

/** Hand-written sources of what is built; named so that a task can ask for those of its dependencies with `^sources`. */
const SOURCES = ["{projectRoot}/src/**/*", `!{projectRoot}/${GENERATED}/**/*`, "{projectRoot}/package.json"];

/** Everything a package's folder holds but generated code. */
const OWN_FILES = ["{projectRoot}/**/*", `!{projectRoot}/${GENERATED}/**/*`];

/** Generated code of this package. */
const ownGenerated = (project: Package): Inputs => [{ dependentTasksOutputFiles: `${project.root}/${GENERATED}/**/*` }];

/** Generated code of this package and of those it depends on. */
const ALL_GENERATED: Inputs[number] = { dependentTasksOutputFiles: `**/${GENERATED}/**/*`, transitive: true };

const external = (...names: string[]): Inputs[number] => ({ externalDependencies: [...new Set(names)].sort() });

/** The packages of the registry that a task of a project can load: tools, as far as the workspace has them, what the project depends on, and others. */
const loaded = (workspace: Workspace, project: Package, tools: readonly string[], others: readonly string[] = []): Inputs[number] =>
  external(...tools.filter((name) => workspace.tools.includes(name)), ...workspace.external(project), ...others);

/** A script of this plugin as an input: a file where the plugin lies in the workspace, else the package, whose version decides. */
const pluginFile = ({ plugin }: Workspace, file: string): Inputs => (plugin.isOwn ? [`{workspaceRoot}/${plugin.folder}/${file}`] : plugin.isInstalled ? [external("@slate-sst/nx")] : []);

function target(command: string, rest: Pick<TargetConfiguration, "inputs" | "outputs" | "dependsOn">): TargetConfiguration {
  return { executor: "nx:run-commands", options: { command }, cache: true, ...rest };
}

/**
 * From everything in spec/ to the generated folders of all packages. Each folder stands in the outputs by its name: Nx takes no
 * hash of files in a folder that only a pattern matches, and builds would not see new code.
 */
export function codegenTarget(workspace: Workspace): TargetConfiguration {
  const codegen = workspace.project(CODEGEN);
  return target(`node ${CODEGEN}/src/main.mjs`, {
    inputs: [
      `{workspaceRoot}/${SPEC}/**/*`,
      `{workspaceRoot}/${CODEGEN}/src/**/*`,
      `{workspaceRoot}/${CODEGEN}/package.json`,
      `{workspaceRoot}/${ASSEMBLY}/*.ts`,
      ...workspace.namedInSpec.map((file) => `{workspaceRoot}/${file}`),
      ...SHARED.slice(1),
      external(...workspace.external(codegen)),
    ],
    outputs: workspace.packages.filter(({ generated }) => generated).map(({ root }) => `{workspaceRoot}/${root}/${GENERATED}`),
  });
}

/** Lint of all specs. What uses nothing of them counts too, so sources and vectors are inputs. */
export function checkTarget(workspace: Workspace): TargetConfiguration {
  const codegen = workspace.project(CODEGEN);
  return target(`node ${SPEC_CHECK}`, {
    inputs: [
      `{workspaceRoot}/${SPEC}/**/*`,
      `{workspaceRoot}/${CODEGEN}/src/**/*`,
      `{workspaceRoot}/${ASSEMBLY}/*.ts`,
      "{workspaceRoot}/packages/*/src/**/*",
      "{workspaceRoot}/packages/conformance/vectors/cases/*",
      ...SHARED.slice(1),
      external(...workspace.external(codegen)),
    ],
    outputs: [],
  });
}

/** What the spec means for the files of another commit. Nx cannot know what that commit is, so nothing is kept; the script builds what it needs, where it needs it. */
export function diffTarget(): TargetConfiguration {
  return { executor: "nx:run-commands", options: { command: `node ${SPEC_DIFF}` }, cache: false };
}

/** The targets that a package's files ask for, by tools that the workspace has. */
export function inferTargets(workspace: Workspace, project: Package): ProjectConfiguration {
  const has = (pattern: RegExp, tool: string): boolean => workspace.tools.includes(tool) && project.files.some((file) => pattern.test(file));
  const builds = has(/^tsconfig\.json$/, "typescript");
  const targets: Record<string, TargetConfiguration> = {};
  if (has(/^package\.json$/, "oxlint")) targets["lint"] = lintTarget(workspace, project);
  if (builds) targets["build"] = buildTarget(workspace, project);
  if (has(/^tsconfig\.test\.json$/, "typescript")) targets["typecheck"] = typecheckTarget(workspace, project);
  if (has(/^test\/.*\.test\.ts$/, "vitest")) targets["test"] = testTarget(workspace, project, builds);
  return {
    root: project.root,
    targets,
    namedInputs: { sources: builds ? SOURCES : [] },
    ...(project.generated ? { implicitDependencies: [SPEC] } : {}),
  };
}

function buildTarget(workspace: Workspace, project: Package): TargetConfiguration {
  return target(`node ${workspace.plugin.folder}/src/compile.mjs {projectRoot}`, {
    dependsOn: ["^codegen", "^build"],
    inputs: [
      "sources",
      "{projectRoot}/tsconfig.json",
      ...pluginFile(workspace, "src/compile.mjs"),
      ...SHARED,
      ...ownGenerated(project),
      { dependentTasksOutputFiles: "**/*.d.ts", transitive: true },
      loaded(workspace, project, ["typescript", "@types/node"]),
    ],
    outputs: ["{projectRoot}/dist", "{projectRoot}/tsconfig.tsbuildinfo"],
  });
}

/** Packages are checked against their siblings' sources, so nothing needs to be built. */
function typecheckTarget(workspace: Workspace, project: Package): TargetConfiguration {
  return target("tsc -p {projectRoot}/tsconfig.test.json --noEmit", {
    dependsOn: ["^codegen"],
    inputs: [...OWN_FILES, "^sources", ...SHARED, ALL_GENERATED, loaded(workspace, project, ["typescript", "@types/node", "vitest", "fast-check"])],
    outputs: [],
  });
}

/** Types decide about floating promises, so siblings' sources count. The workspace's own lints bind packages only. */
function lintTarget(workspace: Workspace, project: Package): TargetConfiguration {
  const isPackage = project.root.startsWith("packages/");
  const scripts = isPackage ? workspace.packageLints : [];
  return {
    ...target("", {
      dependsOn: isPackage && workspace.hasSpec ? [{ projects: [SPEC], target: "codegen" }] : ["^codegen"],
      inputs: [...OWN_FILES, "^sources", ...lintRules(workspace), ...SHARED, ALL_GENERATED, loaded(workspace, project, ["oxlint", "oxlint-tsgolint", "typescript"])],
      outputs: [],
    }),
    options: {
      commands: [
        ...scripts.map((script) => `node ${script} {projectRoot}`),
        "oxlint --no-error-on-unmatched-pattern {projectRoot}",
      ],
      // One after the other: the first that fails would end its sisters in the middle, and what they say then buries what it has found.
      parallel: false,
    },
  };
}

/** Where the shared files lie that tests may read, and which packages of the registry come with them. */
const SHARED_FILES: Readonly<Record<SharedFiles, (workspace: Workspace) => { files: string[]; external: readonly string[] }>> = {
  spec: (workspace) => ({ files: [`{workspaceRoot}/${SPEC}/**/*`], external: workspace.external(workspace.project(CODEGEN)) }),
  codegen: (workspace) => ({ files: [`{workspaceRoot}/${CODEGEN}/**/*`], external: workspace.external(workspace.project(CODEGEN)) }),
  vectors: () => ({ files: ["{workspaceRoot}/packages/conformance/vectors/**/*"], external: [] }),
  readmes: () => ({ files: ["{workspaceRoot}/*.md", "{workspaceRoot}/packages/*/README.md", "{workspaceRoot}/tools/*/README.md"], external: [] }),
  documents: () => ({ files: ["{workspaceRoot}/*.md", "{workspaceRoot}/packages/conformance/**/*.md", "{workspaceRoot}/tools/bench/*.md", "{workspaceRoot}/tools/bench/plots/*", "{workspaceRoot}/tools/spark/*", "{workspaceRoot}/tools/packaging/sizes.json"], external: [] }),
  house: (workspace) => ({ files: ["{workspaceRoot}/package.json", ...lintRules(workspace)], external: workspace.tools }),
};

/**
 * Sources are what the tests import; `dist` is what the child processes they start run. Vitest looks for its configuration
 * from the root it is given.
 */
function testTarget(workspace: Workspace, project: Package, builds: boolean): TargetConfiguration {
  const shared = project.testsRead.map((read) => SHARED_FILES[read](workspace));
  return target(`vitest run --root {projectRoot} --config ../../${workspace.plugin.folder}/vitest.config.mjs`, {
    dependsOn: ["^codegen", ...(builds ? ["build"] : []), "^build"],
    inputs: [
      ...OWN_FILES,
      ...shared.flatMap(({ files }) => files),
      ...pluginFile(workspace, "vitest.config.mjs"),
      ...SHARED,
      { dependentTasksOutputFiles: "**/*", transitive: true },
      loaded(workspace, project, ["vitest", "fast-check", "typescript"], shared.flatMap((more) => more.external)),
    ],
    outputs: [],
  });
}
