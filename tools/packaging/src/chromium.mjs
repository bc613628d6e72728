// Prints the path of a Chromium: `node tools/packaging/src/chromium.mjs`. Where there is none, root on Debian installs Debian's own; everywhere else the
// answer is why there is none, and exit code 1.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** @returns {string | undefined} the path of the first that is there */
export function findChromium() {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
}

/** @returns {{ path: string } | { missing: string }} */
export function ensureChromium() {
  const found = findChromium();
  if (found !== undefined) return { path: found };
  if (process.getuid?.() !== 0) return { missing: "Chromium is not installed, and installing Debian's takes root" };
  const options = { stdio: /** @type {["ignore", 2, 2]} */ (["ignore", 2, 2]), env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  const install = () => spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], options);
  if (install().status !== 0) {
    spawnSync("apt-get", ["update", "-qq"], options);
    install();
  }
  const path = findChromium();
  return path === undefined ? { missing: "Chromium is not installed, and apt-get could not install Debian's" } : { path };
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const chromium = ensureChromium();
  if ("path" in chromium) console.log(chromium.path);
  else {
    console.error(`chromium: ${chromium.missing}`);
    process.exitCode = 1;
  }
}
