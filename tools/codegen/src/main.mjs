// Regenerates everything that follows from spec/: `node tools/codegen/src/main.mjs [step ...]`; without a step, all of them. Either all of it is
// written or nothing: what a step refuses is said in one sentence, with exit code 1.
import { relativeToRoot, SpecError, writeAll } from "./output.mjs";

/** Steps in their order; each returns the files it made. A step's compilers are loaded only when it is asked for. */
const steps = {
  errors: async () => (await import("./errors.mjs")).generateErrors(),
  constants: async () => (await import("./constants.mjs")).generateConstants(),
  fbs: async () => (await import("./fbs/generate.mjs")).generateFlatBuffers(),
  codecs: async () => (await import("./ksy/generate.mjs")).generateCodecs(),
  layouts: async () => (await import("./ksy/layouts.mjs")).generateBlockLayouts(),
  reference: async () => (await import("./ksy/reference.mjs")).generateReference(),
  proto: async () => (await import("./proto.mjs")).generateProto(),
  rules: async () => (await import("./rules.mjs")).generateRules(),
  telemetry: async () => (await import("./telemetry.mjs")).generateTelemetry(),
  walk: async () => (await import("./walk.mjs")).generateWalkTables(),
  kernel: async () => (await import("./wasm.mjs")).generateKernel(),
};

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !Object.hasOwn(steps, name));
if (unknown !== undefined) {
  console.error(`codegen: no step ${unknown}; known: ${Object.keys(steps).join(", ")}`);
  process.exit(2);
}
const lines = [];
try {
  for (const name of asked.length > 0 ? asked : Object.keys(steps)) for (const file of await steps[name]()) lines.push(`${name}: ${relativeToRoot(file)}`);
  writeAll();
  console.log(lines.join("\n"));
} catch (error) {
  if (!(error instanceof SpecError)) throw error;
  console.error(`codegen: ${error.sentence}; nothing was written`);
  process.exitCode = 1;
}
