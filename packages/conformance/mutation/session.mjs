// Vitest kept open, so that one mutant costs little more than the tests that are run against it. A process of its own, which
// the main one kills when a mutant never ends.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createVitest } from "vitest/node";
import { instrumented } from "./mutants.mjs";

const [root, packageName, ranFolder] = process.argv.slice(2);
const project = join(root, "packages", packageName);

/** Which source is changed how; undefined for none. */
let current;
/** Whether sources count which of their functions run. */
let isCounting = false;

const plugin = {
  name: "mutant",
  enforce: "pre",
  load(id) {
    const path = id.split("?")[0];
    if (!path.startsWith(`${project}/src/`) || path.includes("/generated/") || !path.endsWith(".ts")) return undefined;
    const source = readFileSync(path, "utf8");
    const name = path.slice(root.length + 1);
    if (isCounting) return instrumented(name, source);
    return current?.path === name ? source.slice(0, current.start) + current.text + source.slice(current.end) : undefined;
  },
};

const vitest = await createVitest("test", {
  root: project, config: join(root, "tools/nx-sst/vitest.config.mjs"), watch: false, reporters: [{}], bail: 1, fileParallelism: false, pool: "threads", testTimeout: 20_000, hookTimeout: 20_000,
  setupFiles: [join(root, "packages/conformance/mutation/ran.mjs")], env: { SLATE_SST_RAN: ranFolder },
}, { plugins: [plugin] });
const specifications = await vitest.globTestSpecifications();
const byName = new Map(specifications.map((one) => [one.moduleId.slice(project.length + 1), one]));

async function run(names) {
  vitest.state.clearErrors?.();
  const started = performance.now();
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(names.map((name) => byName.get(name)));
  const failed = testModules.find((one) => one.state() === "failed" || !one.ok());
  return { failed: failed !== undefined || unhandledErrors.length > 0, by: failed?.relativeModuleId ?? "", ms: performance.now() - started };
}

function invalidate(path) {
  const id = join(root, path);
  for (const one of vitest.projects) {
    for (const environment of Object.values(one.vite.environments)) {
      for (const node of environment.moduleGraph.getModulesByFile(id) ?? []) environment.moduleGraph.invalidateModule(node);
    }
  }
}

async function perform({ task, ...message }) {
  try {
    if (task === "count") {
      isCounting = true;
      const tests = {};
      for (const name of message.only.length === 0 ? byName.keys() : message.only) {
        rmSync(join(ranFolder, "ran.json"), { force: true });
        const { failed, ms } = await run([name]);
        tests[name] = { failed, ms, ran: read(join(ranFolder, "ran.json")) };
        process.send({ progress: name });
      }
      isCounting = false;
      process.send({ tests });
    } else {
      const { mutant, names } = message;
      current = mutant;
      invalidate(mutant.path);
      // One test file after the other: vitest would take the longest first.
      let result;
      for (const name of names) {
        result = await run([name]);
        process.send({ progress: name });
        if (result.failed) break;
      }
      current = undefined;
      invalidate(mutant.path);
      process.send({ result });
    }
  } catch (error) {
    process.send({ error: error instanceof Error ? error.stack : String(error) });
  }
}

process.on("message", (message) => void perform(message));

function read(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return [];
  }
}

writeFileSync(join(ranFolder, "session"), String(process.pid));
process.send({ ready: [...byName.keys()] });
