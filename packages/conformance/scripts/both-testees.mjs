// `npm run conformance`: everything that the vectors ask, of both testees that come with this package.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** @param {string} path */
const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const testees = [
  { name: "Ours", testee: at("bin/testee-slate-sst.mjs"), more: [] },
  { name: "SlateDB 0.12.1, whole files", testee: at("bin/testee-slatedb.mjs"), more: ["--expected-failures", at("expected-failures/slatedb-0.12.1.txt")] },
];
for (const { name, testee, more } of testees) {
  console.log(`\n${name}`);
  const { status } = spawnSync(process.execPath, [at("bin/slate-sst-conformance.mjs"), "--testee", `"${process.execPath}" "${testee}"`, "--jobs", "2", "--timeout", "60000", ...more, ...process.argv.slice(2)], { stdio: "inherit" });
  if (status !== 0) process.exitCode = status ?? 1;
}
