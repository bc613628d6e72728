// `node packages/conformance/dist/runner/hold-vectors.js FOLDER`: whether the vectors of another state of this repository still hold for
// the code as it is now: says by layer how many, and of those that do not, why. Exit code 1 when one does not.
import { slateSst } from "../testees/slate-sst.js";
import { respond } from "../testees/answer.js";
import { layerName } from "../suite/builder.js";
import { loadCases } from "./cases.js";
import { judge } from "./judge.js";

/** Cases that do not hold, shown by name. */
const SHOWN_MAX = 20;

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error("hold-vectors: name the folder of the vectors");
  process.exit(2);
}
const counts = new Map<string, [held: number, all: number]>();
const wrong: string[] = [];
for (const one of loadCases(folder)) {
  const layer = layerName(one.layer);
  const count = counts.get(layer) ?? [0, 0];
  counts.set(layer, count);
  const response = await respond(slateSst, one.request);
  const fault = response.outcome.case === "skipped" ? undefined : await judge(one, response);
  count[1]++;
  if (fault === undefined) count[0]++;
  else wrong.push(`${one.case.id}: ${fault}`);
}
for (const [layer, [held, all]] of counts) console.log(`${layer.padEnd(10)} ${held} of ${all} cases hold`);
for (const line of wrong.slice(0, SHOWN_MAX)) console.log(line);
if (wrong.length > SHOWN_MAX) console.log(`and ${wrong.length - SHOWN_MAX} more`);
if (wrong.length > 0) process.exitCode = 1;
