// Vitest with the sources that have all mutants in them. A process of its own, which the main one ends when a mutant never ends.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createVitest } from "vitest/node";
import { switched } from "./mutants.mjs";

const [root, packageName, planFile] = process.argv.slice(2);
const project = join(root, "packages", packageName);
const { switches } = JSON.parse(readFileSync(planFile, "utf8"));

const zstdOnce = join(import.meta.dirname, "zstd-once.mjs");
process.on("disconnect", () => process.exit(1));

const plugin = {
  name: "mutants",
  enforce: "pre",
  resolveId: (id, importer) => (id === "@bokuweb/zstd-wasm" && importer !== zstdOnce ? zstdOnce : undefined),
  load(id) {
    const path = id.split("?")[0];
    const mutants = path.startsWith(`${project}/src/`) ? switches[path.slice(root.length + 1)] : undefined;
    return mutants === undefined ? undefined : switched(readFileSync(path, "utf8"), mutants);
  },
};

const vitest = await createVitest("test", {
  root: project, config: join(root, "tools/nx-sst/vitest.config.mjs"), watch: false, reporters: [{ onTestRunEnd: (_, errors) => errors.forEach((error) => console.error(error)) }], pool: "threads", maxWorkers: 1,
  runner: join(import.meta.dirname, "runner.mjs"), testTimeout: 600_000, hookTimeout: 600_000, env: { SLATE_SST_MUTATION: planFile },
}, { plugins: [plugin] });
process.send?.({ ready: true });
await vitest.runTestSpecifications([vitest.getRootProject().createSpecification(join(import.meta.dirname, "nothing.test.mjs"))]);
process.exit(0);
