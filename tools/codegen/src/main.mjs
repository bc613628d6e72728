// Regenerates everything that follows from spec/: `node tools/codegen/src/main.mjs [step ...]`; without a step, all of them.
import { generateErrors } from "./errors.mjs";
import { relativeToRoot } from "./output.mjs";

/** Steps in their order; each returns the files it wrote. */
const steps = {
  errors: generateErrors,
};

const asked = process.argv.slice(2);
for (const name of asked.length > 0 ? asked : Object.keys(steps)) {
  const step = steps[name];
  if (step === undefined) {
    console.error(`codegen: no step ${name}; known: ${Object.keys(steps).join(", ")}`);
    process.exit(2);
  }
  for (const file of await step()) console.log(`${name}: ${relativeToRoot(file)}`);
}
