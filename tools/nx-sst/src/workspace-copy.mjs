// A copy of the repository in a temporary folder, for what changes files: everything that git would commit, a commit of it, and links to the
// installed packages. The workspace's own packages are linked to the copy's folders.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { top } from "./lint/sources.mjs";

/**
 * Runs a program in a folder and returns what it printed; throws when it fails.
 * @param {string} cwd
 * @param {string} program
 * @param {...string} args
 */
export function run(cwd, program, ...args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: "utf8", maxBuffer: 1 << 28 });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}\n${stdout}\n${stderr}`);
  return stdout;
}

/** Makes the copy; removing it is the caller's. @returns its folder */
export function copyWorkspace() {
  const root = mkdtempSync(join(tmpdir(), "slate-sst-copy-"));
  const files = run(top, "git", "ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0").filter((file) => file !== "" && existsSync(join(top, file)));
  for (const file of files) {
    mkdirSync(join(root, dirname(file)), { recursive: true });
    cpSync(join(top, file), join(root, file));
  }
  linkModules(root);
  run(root, "git", "init", "--quiet");
  run(root, "git", "add", "--all");
  run(root, "git", "-c", "user.name=walk", "-c", "user.email=walk@localhost", "-c", "commit.gpgsign=false", "commit", "--quiet", "--message", "The state to begin with");
  return root;
}

/** @param {string} root */
function linkModules(root) {
  const modules = join(root, "node_modules");
  mkdirSync(join(modules, "@slate-sst"), { recursive: true });
  for (const name of readdirSync(join(top, "node_modules"))) {
    if (name !== "@slate-sst" && (!name.startsWith(".") || name === ".bin")) symlinkSync(join(top, "node_modules", name), join(modules, name));
  }
  for (const group of ["packages", "tools"]) for (const name of readdirSync(join(top, group))) linkPackage(root, `${group}/${name}`);
}

/**
 * Links a package of the copy by its name, as `npm install` does, and the packages that are installed for it alone.
 * @param {string} root
 * @param {string} folder
 */
export function linkPackage(root, folder) {
  if (!existsSync(join(root, folder, "package.json"))) return;
  const { name } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  symlinkSync(join(root, folder), join(root, "node_modules", name));
  if (existsSync(join(top, folder, "node_modules"))) symlinkSync(join(top, folder, "node_modules"), join(root, folder, "node_modules"));
}
