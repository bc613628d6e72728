// Stands for npm and npx in the samples of the pages: nothing is downloaded. What would be installed must be a package of this workspace, or be
// installed here in the very version that is asked for; what would be run is run from here. Anything else that is asked of it fails.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const root = join(import.meta.dirname, "../../..");
const [program, ...args] = process.argv.slice(2);
const read = (path) => JSON.parse(readFileSync(path, "utf8"));

function fail(problem) {
  console.error(`${program}, as it stands in samples: ${problem}`);
  process.exit(64);
}

const workspace = new Map(readdirSync(join(root, "packages")).map((folder) => join(root, "packages", folder)).filter((folder) => existsSync(join(folder, "package.json"))).map((folder) => [read(join(folder, "package.json")).name, folder]));

/** The folder of a package that is named as `npm install` takes it. */
function folderOf(wanted) {
  const [, name, version] = /^(@?[^@]+)(?:@(.+))?$/.exec(wanted) ?? fail(`${wanted} names no package`);
  if (workspace.has(name)) return version === undefined ? workspace.get(name) : fail(`${name} is named without a version`);
  const folder = join(root, "node_modules", name);
  if (!existsSync(folder)) fail(`there is no ${name}`);
  const { version: installed } = read(join(folder, "package.json"));
  if (version !== undefined && version !== installed) fail(`${name} is ${installed} here, not ${version}`);
  return folder;
}

async function npx() {
  const names = [];
  while (args[0] === "-p") names.push(args.splice(0, 2)[1]);
  const [command, ...rest] = args;
  const folders = (names.length === 0 ? [...workspace.values()] : names.map(folderOf)).filter((folder) => command in (read(join(folder, "package.json")).bin ?? {}));
  if (folders.length !== 1) fail(`no package that is named has a command ${command}`);
  // In this process: it is all that npx would add to the time a command takes.
  const script = join(folders[0], read(join(folders[0], "package.json")).bin[command]);
  process.argv = [process.execPath, script, ...rest];
  await import(pathToFileURL(script).href);
}

function npm() {
  const [command, ...rest] = args;
  const scripts = read(join(root, "package.json")).scripts;
  if (command === "ci" && rest.length === 0) return;
  if (command === "run" && rest[0] in scripts) return;
  if (command === "pack") return rest.forEach((word, index) => rest[index - 1] === "-w" && !existsSync(join(root, word)) && fail(`there is no ${word}`));
  if (command === "init" && rest[0] === "-y") return writeFileSync("package.json", "{}");
  if (command === "pkg" && rest[0] === "set") return existsSync("package.json") ? undefined : fail("there is no package.json here");
  if (command === "install") return rest.filter((word) => !word.startsWith("-") && !word.endsWith(".tgz")).forEach(folderOf);
  fail(`cannot ${args.join(" ")}`);
}

if (program === "npx") await npx();
else npm();
