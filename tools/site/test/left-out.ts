// Samples that are not run here, each with the reason and with what runs them, or something like them, in their place. A sample is either run or in this list.

export interface LeftOut {
  /** The document, by its path in the repository. */
  readonly document: string;
  /** Text of the sample. */
  readonly holds: string;
  /** Whether only the lines that hold it are left out, and the rest of the sample is run. */
  readonly line?: boolean;
  readonly reason: string;
  /** File of the repository that runs it instead. */
  readonly by: string;
}

const CI = ".ci/run";
const WALK = "tools/nx-sst/src/walk.mjs";
const CONFORMANCE = "packages/conformance/README.md";

export const LEFT_OUT: readonly LeftOut[] = [
  { document: "README.md", holds: "npm ci && npm run demo", reason: "minutes; CI runs it in a fresh clone", by: CI },
  { document: "README.md", holds: "npm pack --pack-destination", reason: "packs and installs: the check of packages does, outside the repository", by: "tools/packaging/src/install-check.mjs" },
  { document: "CONTRIBUTING.md", holds: "npm ci\nnpm run demo\nnpm test", reason: "minutes; CI runs it", by: CI },
  { document: "CONTRIBUTING.md", holds: "test/limits.test.ts", reason: "builds and tests one package, as `npm cit` does all", by: "tools/nx-sst/src/targets.ts" },
  { document: "CONTRIBUTING.md", holds: 'npm run codegen && test -z "$(git status --porcelain)"', reason: "minutes; CI runs each line", by: CI },
  { document: "CONTRIBUTING.md", holds: "nx:info-field", reason: "changes the repository; the walk does it in a copy, command by command", by: WALK },
  { document: "packages/cli/README.md", holds: "--resume", line: true, reason: "needs an import that was interrupted", by: "packages/cli/test/import-kill.test.ts" },
  { document: "packages/verify/README.md", holds: "sst-verify backup --jsonl | jq -r", reason: "jq's own language; the fields it asks for are looked at there", by: "packages/verify/test/cli.test.ts" },
  { document: "packages/object-store-s3/README.md", holds: "npm run stores:up", reason: "a real S3 server, which takes root and minutes; CI starts it", by: CI },
  { document: CONFORMANCE, holds: "npm install @slate-sst/conformance\nnpx -p @slate-sst/conformance", reason: "asks every case; installed elsewhere, the command is run with some", by: "tools/packaging/src/install/commands.mjs" },
  { document: CONFORMANCE, holds: "npm ci && npm run build", reason: "asks every case; CI does", by: CI },
  { document: CONFORMANCE, holds: "--root packages/conformance differential", reason: "a suite of `npm cit`", by: "packages/conformance/test/differential.test.ts" },
  { document: CONFORMANCE, holds: "SLATE_SST_DIFFERENTIAL_CASES=1500", reason: "hours; the suites are those of `npm cit`, with fewer cases", by: "packages/conformance/test/fuzz.test.ts" },
  { document: CONFORMANCE, holds: "memory.mjs --size 5GiB", reason: "gigabytes; CI runs it with 512 MiB", by: CI },
  { document: CONFORMANCE, holds: "verify-memory.mjs --size 10GiB", reason: "gigabytes; CI runs it with 512 MiB", by: CI },
  { document: CONFORMANCE, holds: "SLATE_SST_KILLS=50", reason: "minutes; the suites are those of `npm cit`, with fewer kills", by: "packages/conformance/test/resume-kill.test.ts" },
  { document: CONFORMANCE, holds: "import-compare.mjs", reason: "minutes, and a quiet machine: a measurement", by: "packages/conformance/scripts/import-compare.mjs" },
  { document: CONFORMANCE, holds: "npm run coverage", reason: "all tests once more, slower", by: "packages/conformance/coverage.config.mjs" },
  { document: CONFORMANCE, holds: "npm run mutation", reason: "minutes; CI runs a sample", by: CI },
  { document: "packages/conformance/TESTEES.md", holds: "python3 my_testee.py", reason: "needs Python; the testee in Python of the examples is asked by npm run conformance:python", by: "packages/conformance/examples/python/run.mjs" },
  { document: "packages/conformance/TESTEES.md", holds: "npm pack --pack-destination", reason: "packs and installs: the check of packages does, outside the repository", by: "tools/packaging/src/install-check.mjs" },
  { document: "packages/conformance/TESTEES.md", holds: "npm run conformance:python", reason: "needs Python, and packages for it", by: "packages/conformance/examples/python/run.mjs" },
  { document: "tools/bench/README.md", holds: "npm run bench", reason: "a quarter of an hour, and RocksDB; CI runs it small", by: CI },
  { document: "tools/nx-sst/README.md", holds: "npm install --save-dev @slate-sst/nx", reason: "installed into an empty workspace elsewhere", by: "tools/packaging/src/install/nx.mjs" },
  ...["object-store-adapter", "info-field", "format-version", "rule", "codec"].map((name): LeftOut => ({ document: "tools/nx-sst/README.md", holds: `nx:${name} `, reason: "changes the repository; the walk does it in a copy", by: WALK })),
  { document: "tools/site/README.md", holds: "npm run site", reason: "builds the site, as its test does, and serves it", by: "tools/site/test/site.test.ts" },
  { document: "tools/spark/README.md", holds: "spark-submit", reason: "needs Spark; its tasks and its commit are tested without, and with it where it is", by: "packages/conformance/test/spark.test.ts" },
];
