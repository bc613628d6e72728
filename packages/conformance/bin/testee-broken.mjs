#!/usr/bin/env node
// A testee that is wrong in one respect: `slate-sst-conformance --testee "node packages/conformance/bin/testee-broken.mjs FAULT"`.
import { FAULTS } from "../dist/testees/broken.js";
import { serve } from "../dist/testees/serve.js";

const fault = FAULTS.find(({ name }) => name === process.argv[2]);
if (fault === undefined) {
  console.error(`name a fault: ${FAULTS.map(({ name, about }) => `\n  ${name}: ${about}`).join("")}`);
  process.exit(2);
}
await serve(fault.testee);
