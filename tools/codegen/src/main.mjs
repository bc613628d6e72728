// Regenerates everything that follows from spec/: `node tools/codegen/src/main.mjs [step ...]`; without a step, all of them.
import { generateConstants } from "./constants.mjs";
import { generateErrors } from "./errors.mjs";
import { generateFlatBuffers } from "./fbs/generate.mjs";
import { generateCodecs } from "./ksy/generate.mjs";
import { generateBlockLayouts } from "./ksy/layouts.mjs";
import { generateReference } from "./ksy/reference.mjs";
import { relativeToRoot } from "./output.mjs";
import { generateProto } from "./proto.mjs";
import { generateRules } from "./rules.mjs";
import { generateTelemetry } from "./telemetry.mjs";
import { generateWalkTables } from "./walk.mjs";
import { generateKernel } from "./wasm.mjs";

/** Steps in their order; each returns the files it wrote. */
const steps = {
  errors: generateErrors,
  constants: generateConstants,
  fbs: generateFlatBuffers,
  codecs: generateCodecs,
  layouts: generateBlockLayouts,
  reference: generateReference,
  proto: generateProto,
  rules: generateRules,
  telemetry: generateTelemetry,
  walk: generateWalkTables,
  kernel: generateKernel,
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
