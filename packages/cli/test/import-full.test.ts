// Disks that are really full: small file systems in memory, mounted in a namespace of their own, so that the machine does not see them. Where that is
// not allowed, or not possible, the tests are skipped and say so.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "./command-run.js";

const BIN = fileURLToPath(new URL("../bin/slate-sst.mjs", import.meta.url));
const shell = (script: string, env: Record<string, string> = {}): ReturnType<typeof spawnSync> => spawnSync("unshare", ["--user", "--map-root-user", "--mount", "sh", "-ec", script], { encoding: "utf8", env: { ...process.env, ...env } });
const canMount = shell("mount -t tmpfs -o size=64k none /tmp").status === 0;
if (!canMount) console.warn("no file system can be mounted here (unshare and mount, in a namespace of users): imports onto a full disk are tested with made-up failures only");
const ROWS = 30_000;

describe.skipIf(!canMount)("a full disk", () => {
  /** Runs commands below a folder with a small disk at `disk`. `import` is the import of rows in any order. */
  function onSmallDisk(size: string, script: string): { readonly stdout: string; readonly stderr: string } {
    const folder = temporaryFolder();
    for (const name of ["disk", "temp"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "x.ndjson"), Array.from({ length: ROWS }, (_, at) => `${JSON.stringify({ id: (at * 7919) % ROWS, text: String(at * at).padEnd(60, "x") })}\n`).join(""));
    const { status, stdout, stderr } = shell(`
      cd "$FOLDER"
      mount -t tmpfs -o size=${size} none disk
      slate() { set +e; "$NODE" "$BIN" "$@"; code=$?; set -e; }
      import() { slate import x.ndjson --key "{id:u32}" --memory-limit 128MiB --jobs 1 --sst-size 1MiB "$@"; }
      ${script}`, { FOLDER: folder, NODE: process.execPath, BIN });
    expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
    return { stdout: String(stdout), stderr: String(stderr) };
  }

  test("where the database lies: said, nothing published, and --resume goes on when there is room, without sorting again", () => {
    const { stdout, stderr } = onSmallDisk("2m", `
      import --db disk/db --temp temp > /dev/null; echo "code $code, $(ls disk/db/manifest 2>/dev/null | wc -l) manifests, $(ls disk/db/compacted | wc -l) SSTs"
      mount -o remount,size=64m disk
      import --db disk/db --temp temp --resume --json > told; echo "code $code, $(grep -c '"phase":"sort"' told) sorts"
      slate cat disk/db | wc -l; find disk/db.import temp -type f; echo "nothing else"`);
    expect(stderr).toMatch(/^slate-sst: disk\/db: nothing is published yet; the same command with --resume goes on, .*\nslate-sst: writing db\/compacted\/.*: the file system is full: .*\(ENOSPC\)\n$/);
    expect(stdout).toMatch(new RegExp(`^code 2, 0 manifests, 1 SSTs\ncode 0, 0 sorts\n${ROWS}\nnothing else\n$`));
  });

  test("where rows are sorted: said with the folder's name, and nothing is left", () => {
    const { stdout, stderr } = onSmallDisk("1m", `
      import --db db --temp disk; echo "code $code, $(ls disk | wc -l) temporary"
      find db db.import -type f 2>/dev/null || true`);
    expect(stderr).toMatch(/^slate-sst: .*The temporary folder \/.*\/disk\/slate-sst-sort-\w+\/work-\w+ is full: make room, or name another one\n$/);
    expect(stdout).toBe("code 2, 0 temporary\n");
  });
});
