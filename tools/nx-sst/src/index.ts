// The Nx plugin: reads which files a folder has and infers its targets from them, so that no package.json
// carries target boilerplate. `spec/` becomes the project `spec` with `codegen`, `check` and `diff`; every folder of `packages/` and `tools/`
// with a package.json gets the targets its files ask for (targets.ts says which).
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type CreateNodes, createNodesFromFiles } from "@nx/devkit";
import type { SlateSstPluginOptions } from "./options.js";
import { checkTarget, codegenTarget, diffTarget, inferTargets, SPEC_CHECK, SPEC_DIFF } from "./targets.js";
import { CODEGEN, SPEC, type Workspace, projectRootOf, readWorkspace } from "./workspace.js";

/** Every file whose presence decides about a target. */
const FILES = "{spec/**/*,{packages,tools}/*/{package.json,tsconfig.json,tsconfig.test.json,src/**/*.ts,test/**/*.ts}}";

const isSpec = (file: string): boolean => projectRootOf(file) === SPEC;

export type { SlateSstPluginOptions } from "./options.js";

/**
 * What Nx asks: a pattern of files, and a function from those files to projects with their targets. Throws for options that there are not, for a
 * package.json without a name, and for a `spec/` without `tools/codegen`; the error names the file.
 */
export const createNodes: CreateNodes<SlateSstPluginOptions> = [
  FILES,
  (files, options, context) => {
    const workspace = readWorkspace(context.workspaceRoot, files, options);
    const manifests = files.filter((file) => /^[^/]+\/[^/]+\/package\.json$/.test(file));
    const sources = [...files.filter(isSpec).slice(0, 1), ...manifests];
    return createNodesFromFiles((file) => inferProject(workspace, file, context.workspaceRoot), sources, options, context);
  },
];

function inferProject(workspace: Workspace, file: string, top: string) {
  const root = projectRootOf(file);
  if (root === SPEC) {
    const generator = workspace.project(CODEGEN).manifest.name;
    const has = (script: string): boolean => existsSync(join(top, script));
    const targets = {
      codegen: codegenTarget(workspace),
      ...(has(SPEC_CHECK) ? { check: checkTarget(workspace) } : {}),
      ...(has(SPEC_DIFF) ? { diff: diffTarget() } : {}),
    };
    return { projects: { [root]: { root, name: SPEC, targets, implicitDependencies: [generator], namedInputs: { sources: [] } } } };
  }
  return { projects: { [root]: inferTargets(workspace, workspace.project(root)) } };
}
