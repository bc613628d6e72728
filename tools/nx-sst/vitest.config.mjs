// One vitest configuration for every package: tests run against the TypeScript sources of the workspace, never a stale build.
import { defineConfig } from "vitest/config";

const conditions = ["@slate-sst/source", "node", "import", "module", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["node", "import"] } },
  test: {
    include: ["test/**/*.test.ts"],
    environment: "node",
    passWithNoTests: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
