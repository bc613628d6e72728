// `node tools/codegen/src/proto-check.mjs [--accept]`: lint, format and compatibility of spec/proto, by buf, offline.
//
// Compatibility is judged against spec/proto/baseline.binpb, an image of what is promised to users. Exit code: 0, or
// that of the buf command that failed. `--accept` makes the present state the new promise: run it when a release adds
// to the contracts, or, before the first release only, to break them on purpose. It writes the baseline after lint and
// format have passed, and prints what it breaks.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./output.mjs";
import { protoModule, runBuf } from "./proto.mjs";

const baseline = `${protoModule}/baseline.binpb`;

const asked = process.argv.slice(2);
const accept = asked.includes("--accept");
const unknown = asked.filter((argument) => argument !== "--accept");
if (unknown.length > 0) {
  console.error(`proto-check: unknown argument ${unknown.join(" ")}; known: --accept`);
  process.exit(2);
}

/** One step: says which one it was when it fails, and ends. */
function mustPass(name, args) {
  const status = runBuf(args);
  if (status === 0) return;
  console.error(`proto-check: ${name} failed`);
  process.exit(status);
}

mustPass("lint", ["lint", protoModule]);
mustPass("format", ["format", "-d", "--exit-code", protoModule]);

const compare = ["breaking", protoModule, "--against", baseline];
const hasBaseline = existsSync(join(root, baseline));
if (!accept) {
  if (!hasBaseline) {
    console.error(`proto-check: ${baseline} is missing; make it with --accept`);
    process.exit(1);
  }
  mustPass("compatibility with the baseline", compare);
  console.log("proto-check: lint, format and compatibility are fine");
} else {
  if (hasBaseline && runBuf(compare) !== 0) console.log("proto-check: the breaks above are accepted");
  // Without source information: positions and comments are no promise, and would change the image with every edit.
  mustPass("image", ["build", protoModule, "--exclude-source-info", "-o", baseline]);
  console.log(`proto-check: wrote ${baseline}`);
}
