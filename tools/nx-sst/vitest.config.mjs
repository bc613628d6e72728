// One vitest configuration for every package: tests run against the TypeScript sources of the workspace, never a stale build. Where the plugin is
// installed, the toolkit's packages are too, and are taken as they were built.
import { join } from "node:path";
import { defineConfig } from "vitest/config";

const conditions = [...(import.meta.url.includes("/node_modules/") ? [] : ["@slate-sst/source"]), "node", "import", "default"];

/** Folder for a machine-readable report beside the readable one; every run writes its own file. */
const reports = process.env["SLATE_SST_TEST_REPORTS"];

// Nx asks its tasks for colours. Programs that tests start print the same text under Nx as without it.
delete process.env["FORCE_COLOR"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["node", "import"] } },
  test: {
    include: ["test/**/*.test.ts"],
    environment: "node",
    passWithNoTests: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    ...(reports === undefined ? {} : { reporters: ["default", "json"], outputFile: { json: join(reports, `${process.pid}.json`) } }),
  },
});
