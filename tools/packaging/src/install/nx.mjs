// The Nx plugin in a workspace that is not this one: an empty one outside, into which npm installs the tarballs.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { asHere, install } from "./project.mjs";
import { run } from "./run.mjs";

const TARGETS = ["build", "typecheck", "test"];

/**
 * @param {readonly string[]} tarballs
 * @returns {string} the workspace's folder
 */
export function installWorkspace(tarballs) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "slate-sst-nx-")));
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module", "workspaces": ["packages/*"] }\n');
  writeFileSync(join(folder, "nx.json"), '{ "plugins": ["@slate-sst/nx"], "neverConnectToCloud": true, "analytics": false, "useDaemonProcess": false, "cacheDirectory": ".nx/cache" }\n');
  writeFileSync(join(folder, ".gitignore"), "node_modules\ndist\n.nx\n*.tsbuildinfo\n");
  mkdirSync(join(folder, "packages"));
  install(folder, ["--save-dev", ...tarballs, ...asHere(["nx", "typescript", "vitest", "@types/node"])]);
  return folder;
}

/**
 * @param {string} workspace
 * @returns {Promise<string[]>}
 */
export async function checkPlugin(workspace) {
  /** @type {string[]} */
  const wrong = [];
  /** @param {readonly string[]} parameters @param {number} code @param {readonly string[]} says */
  const nx = async (parameters, code, says) => {
    const { status, output } = await run("npx", ["--no-install", "nx", ...parameters], { folder: workspace, node: dirname(process.execPath) });
    const missing = says.filter((text) => !output.includes(text));
    if (status !== code || missing.length > 0) wrong.push(`nx ${parameters.join(" ")} ended with ${status}, not ${code} and ${says.join(", ")}:\n${output}`);
  };
  await nx(["list", "@slate-sst/nx"], 0, ["format-version", "info-field", "codec", "rule", "object-store-adapter"]);
  await nx(["g", "@slate-sst/nx:format-version", "--from", "2"], 1, ["run it in a clone"]);
  await nx(["g", "@slate-sst/nx:object-store-adapter", "--name", "my-cloud"], 0, ["CREATE packages/object-store-my-cloud/src/index.ts"]);
  install(workspace, []);
  await nx(["run-many", "-t", ...TARGETS, "-p", "object-store-my-cloud"], 0, [`Successfully ran targets ${TARGETS.join(", ")} for project object-store-my-cloud`]);
  rmSync(join(workspace, "packages/object-store-my-cloud/dist"), { recursive: true });
  await nx(["build", "object-store-my-cloud"], 0, ["cache"]);
  return wrong;
}
