#!/usr/bin/env node
// Ours, as a testee: `slate-sst-conformance --testee "node packages/conformance/bin/testee-slate-sst.mjs"`.
import { serve } from "../dist/testees/serve.js";
import { slateSst } from "../dist/testees/slate-sst.js";
await serve(slateSst);
