// Child processes run the built packages, for Node 20 runs no TypeScript. Nx builds them before the tests; whoever starts
// the tests by hand without a build gets one here.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const PACKAGES = ["format", "object-store", "writer", "reader", "verify", "conformance"] as const;
const PROJECT = fileURLToPath(new URL("..", import.meta.url));

/** Builds what is needed when it is not there. What is there is not looked at: it may be older than the sources. */
export function buildWhatIsMissing(): void {
  const isBuilt = (name: string): boolean => existsSync(new URL(`../../${name}/dist/index.js`, import.meta.url));
  if (PACKAGES.every(isBuilt)) return;
  const compiler = createRequire(import.meta.url).resolve("typescript/lib/tsc.js");
  // Forced, since the record of an earlier build may be there without its output.
  const { status, stdout } = spawnSync(process.execPath, [compiler, "-b", "--force", PROJECT], { encoding: "utf8" });
  if (status !== 0) throw new Error(`building the packages failed: ${stdout}`);
}
