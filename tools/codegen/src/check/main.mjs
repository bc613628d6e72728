// `nx run spec:check`, or `node tools/codegen/src/check/main.mjs`: lint of all specs. Says everything that is wrong, each with its place, and ends
// with 1 when there is something. What the generator refuses is wrong; so is what has no doc, what no reader can reach, and what nothing uses.
import { checkConstants, checkErrors, checkRules, checkTelemetry } from "./catalogues.mjs";
import { checkFbs, checkKsy, checkProto } from "./schemas.mjs";

const checks = { "sst/*.ksy": checkKsy, "fbs/*.fbs": checkFbs, "proto/*.proto": checkProto, "constants.yaml": checkConstants, "errors.yaml": checkErrors, "rules.yaml": checkRules, "telemetry.yaml": checkTelemetry };

let count = 0;
for (const [name, check] of Object.entries(checks)) {
  let problems;
  try {
    problems = await check();
  } catch (error) {
    if (error.name !== "SpecError") throw error;
    problems = [error.message];
  }
  for (const problem of problems) console.error(`spec/${problem}`);
  console.log(`${problems.length === 0 ? "ok    " : "wrong "} ${name}${problems.length === 0 ? "" : `: ${problems.length}`}`);
  count += problems.length;
}
process.exitCode = count === 0 ? 0 : 1;
