// A workspace in a temporary folder that uses this plugin: a spec of one number, a generator, two packages that depend on it, and one that does not.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const top = join(dirname(fileURLToPath(import.meta.url)), "../../..");

/** Variables by which Nx and Vitest talk to what they start; the inner Nx must not hear them. */
const FOREIGN = /^(NX_|VITEST|SLATE_SST_|NODE_ENV$|CI$|FORCE_COLOR$)/;

export interface SmallWorkspace {
  readonly root: string;
  read(path: string): string;
  write(path: string, text: string): void;
  /** Runs Nx; returns each task with whether its result came from the cache. Throws when Nx fails. */
  nx(...args: string[]): Record<string, "run" | "cached">;
  /** Runs Nx and returns what it printed. */
  print(...args: string[]): string;
}

/** Files of the repository that hold for any workspace. */
const SHARED = ["package.json", "package-lock.json", "nx.json", "tsconfig.base.json", "packages/tsconfig.json", "tools/tsconfig.json", ".oxlintrc.json"];

const library = (name: string, dependencies: Record<string, string>): Record<string, string> => ({
  [`packages/${name}/package.json`]: JSON.stringify({
    name: `@slate-sst/${name}`,
    version: "0.1.0",
    type: "module",
    exports: { ".": { "@slate-sst/source": "./src/index.ts", types: "./dist/index.d.ts", default: "./dist/index.js" } },
    dependencies,
  }),
  [`packages/${name}/tsconfig.json`]: JSON.stringify({
    extends: "../../tsconfig.base.json",
    compilerOptions: { rootDir: "src", outDir: "dist" },
    include: ["src"],
    references: Object.keys(dependencies).map((other) => ({ path: `../${other.replace("@slate-sst/", "")}` })),
  }),
  [`packages/${name}/tsconfig.test.json`]: JSON.stringify({
    extends: "../../tsconfig.base.json",
    compilerOptions: { composite: false, declaration: false, declarationMap: false, noEmit: true },
    include: ["src", "test"],
  }),
  [`packages/${name}/test/width.test.ts`]: 'import { expect, test } from "vitest";\nimport "../src/index.js";\ntest("runs", () => expect(1).toBe(1));\n',
});

const TREE: Record<string, string> = {
  ".gitignore": "node_modules\n**/dist/\n**/*.tsbuildinfo\n.nx/\n",
  "spec/width.ksy": "# The width\n4\n",
  "tools/codegen/package.json": JSON.stringify({ name: "@slate-sst/codegen", version: "0.1.0", type: "module", dependencies: { yaml: "2.9.1" } }),
  "tools/codegen/src/main.mjs": `
    import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
    const width = readFileSync("spec/width.ksy", "utf8").split("\\n")[1];
    mkdirSync("packages/format/src/generated", { recursive: true });
    writeFileSync("packages/format/src/generated/width.ts", \`export const width: number = \${width};\\n\`);
  `,
  ...library("format", {}),
  "packages/format/src/index.ts": 'export { width } from "./generated/width.js";\n',
  "packages/format/src/generated/width.ts": "export const width: number = 4;\n",
  ...library("writer", { "@slate-sst/format": "0.1.0" }),
  ...library("object-store", {}),
  "packages/object-store/src/index.ts": "export const parts = 5;\n",
  "packages/writer/src/index.ts": 'import { width } from "@slate-sst/format";\nexport const twice: number = width * 2;\n',
};

/** Makes the workspace in a new temporary folder; removing it is the caller's. */
export function makeSmallWorkspace(): SmallWorkspace {
  const root = mkdtempSync(join(tmpdir(), "nx-sst-workspace-"));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const [path, text] of Object.entries(TREE)) write(path, text);
  for (const same of SHARED) cpSync(join(top, same), join(root, same));
  for (const part of ["package.json", "generators.json", "vitest.config.mjs", "src"]) {
    cpSync(join(top, "tools/nx-sst", part), join(root, "tools/nx-sst", part), { recursive: true });
  }
  linkModules(root);
  const print = (...args: string[]): string => {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOREIGN.test(name)));
    const nx = join(root, "node_modules/nx/dist/bin/nx.js");
    const { status, stdout, stderr } = spawnSync(process.execPath, [nx, ...args], { cwd: root, env: { ...env, NO_COLOR: "1" }, encoding: "utf8" });
    if (status !== 0) throw new Error(`nx ${args.join(" ")} ended with ${status}\n${stdout}\n${stderr}`);
    return stdout;
  };
  return {
    root,
    write,
    print,
    read: (path) => readFileSync(join(root, path), "utf8"),
    nx: (...args) => {
      const tasks = print(...args).matchAll(/^\S\s+nx run (\S+)( +\[.*cache.*\])?$/gm);
      return Object.fromEntries([...tasks].map(([, task, cached]) => [(task ?? "").replace("@slate-sst/", ""), cached === undefined ? "run" : "cached"]));
    },
  };
}

/** Installed packages are shared by links; the workspace's own packages are linked to its own folders. */
function linkModules(root: string): void {
  const modules = join(root, "node_modules");
  mkdirSync(join(modules, "@slate-sst"), { recursive: true });
  for (const name of readdirSync(join(top, "node_modules"))) {
    if (name !== "@slate-sst" && !name.startsWith(".")) symlinkSync(join(top, "node_modules", name), join(modules, name));
  }
  symlinkSync(join(top, "node_modules/.bin"), join(modules, ".bin"));
  for (const [name, folder] of Object.entries({ format: "packages/format", writer: "packages/writer", "object-store": "packages/object-store", codegen: "tools/codegen", nx: "tools/nx-sst" })) {
    symlinkSync(join(root, folder), join(modules, "@slate-sst", name));
  }
}
