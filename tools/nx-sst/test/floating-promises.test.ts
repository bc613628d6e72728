// Goal: a promise nobody waits for is found wherever it stands, though its function comes from another package and nothing is
// built. Method: run the linter over a small workspace with one such promise in each kind of place.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SmallWorkspace, makeSmallWorkspace } from "./small-workspace.js";

const CALL = 'import { upload } from "@slate-sst/format";\n\nexport function start(): void {\n  upload();\n}\n';

let workspace: SmallWorkspace;
beforeAll(() => {
  workspace = makeSmallWorkspace();
  workspace.write("packages/format/src/index.ts", "export async function upload(): Promise<void> {\n  await undefined;\n}\n");
});
afterAll(() => rmSync(workspace.root, { recursive: true, force: true }));

test.each(["packages/writer/src/start.ts", "packages/writer/test/start.test.ts", "tools/codegen/src/start.ts", "tools/codegen/test/start.test.ts", "tools/codegen/src/start.mjs"])(
  "%s",
  (path) => {
    workspace.write(path, path.endsWith(".mjs") ? CALL.replace(": void", "") : CALL);
    const oxlint = join(workspace.root, "node_modules/oxlint/bin/oxlint");
    const { status, stdout } = spawnSync(process.execPath, [oxlint, "--format", "unix", path], { cwd: workspace.root, encoding: "utf8" });
    expect(stdout).toContain(`${path}:4:3: Promises must be awaited`);
    expect(stdout).toContain("1 problem");
    expect(status).toBe(1);
  },
);
