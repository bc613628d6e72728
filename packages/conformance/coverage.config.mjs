// `npm run coverage`: the suites of format, writer, verify, cli and conformance in one run, and how much of format, writer and reader they run.
// The reader's own tests are here in conformance. Generated code is left out: the suites of codegen look after it.
import { fileURLToPath } from "node:url";
import house from "../../tools/nx-sst/vitest.config.mjs";

const packages = ["format", "writer", "reader"];
/** Percent of branches. */
const BRANCHES_MIN = 95;

export default {
  ...house,
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: {
    ...house.test,
    include: ["format", "writer", "verify", "cli", "conformance"].map((name) => `packages/${name}/test/**/*.test.ts`),
    testTimeout: 300_000,
    hookTimeout: 300_000,
    coverage: {
      provider: "v8",
      include: packages.map((name) => `packages/${name}/src/**/*.ts`),
      exclude: ["**/generated/**", "**/index.ts", "**/proto.ts", "**/walk.ts"],
      reporter: ["text", "json-summary"],
      reportsDirectory: ".cache/coverage",
      thresholds: Object.fromEntries(packages.map((name) => [`packages/${name}/src/**`, { branches: BRANCHES_MIN }])),
    },
  },
};
