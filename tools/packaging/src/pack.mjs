// Packs every published package into .cache/packaging/tarballs, once for all checks: what was packed is packed again only when a file changed.
// Asks for what `npm run build` makes.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CACHE, publishedPackages, TOP } from "./packages.mjs";

/**
 * A package and its tarball. Sizes are bytes.
 * @typedef {{ readonly name: string, readonly tarball: string, readonly packed: number, readonly unpacked: number, readonly files: readonly { readonly path: string, readonly size: number }[] }} Packed
 */

/** Folders inside a package that never get into its tarball. */
const NEVER_PACKED = new Set(["node_modules", "test", "mutation", "scripts", "api"]);

/** @returns {ReadonlyMap<string, Packed>} by the name of the package */
export function packAll() {
  const packages = publishedPackages();
  const unbuilt = packages.filter(({ path, entries }) => entries.some((entry) => !existsSync(join(path, entry.default))));
  if (unbuilt.length > 0) throw new Error(`not built: ${unbuilt.map(({ name }) => name).join(", ")}; npm run build makes what is packed`);
  const folder = join(CACHE, "tarballs");
  const list = join(CACHE, "packed.json");
  const state = stateOf(packages);
  const before = existsSync(list) ? JSON.parse(readFileSync(list, "utf8")) : undefined;
  if (before?.state === state) return byName(before.packed);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const workspaces = packages.flatMap((one) => ["-w", one.folder]);
  const { status, stdout, stderr } = spawnSync("npm", ["pack", "--json", "--pack-destination", folder, ...workspaces], { cwd: TOP, encoding: "utf8", maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`npm pack failed:\n${stderr}`);
  // Older npm prints a list, newer npm an object by name.
  /** @type {{ name: string, filename: string, size: number, unpackedSize: number, files: Packed["files"] }[]} */
  const told = Object.values(JSON.parse(stdout));
  const packed = told.map(({ name, filename, size, unpackedSize, files }) => ({
    name, tarball: join(folder, filename), packed: size, unpacked: unpackedSize, files: files.map((file) => ({ path: file.path, size: file.size })),
  }));
  writeFileSync(list, JSON.stringify({ state, packed }));
  return byName(packed);
}

/** @param {Packed[]} packed @returns {ReadonlyMap<string, Packed>} */
function byName(packed) {
  return new Map(packed.map((one) => [one.name, one]));
}

/** A hash of the names, sizes and times of all files that could be packed. @param {ReturnType<typeof publishedPackages>} packages */
function stateOf(packages) {
  const hash = createHash("sha256");
  /** @param {string} folder */
  const visit = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!NEVER_PACKED.has(entry.name)) visit(path);
      } else {
        const { size, mtimeMs } = statSync(path);
        hash.update(`${path} ${size} ${mtimeMs}\n`);
      }
    }
  };
  for (const { path } of packages) visit(path);
  return hash.digest("hex");
}
