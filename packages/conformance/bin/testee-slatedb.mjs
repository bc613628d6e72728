#!/usr/bin/env node
// Real SlateDB, as a testee; needs the optional native library of @slatedb/uniffi.
import { serve } from "../dist/testees/serve.js";
import { slateDb } from "../dist/testees/slatedb.js";
await serve(slateDb);
process.exit(0); // calls of SlateDB that never come back would keep it
