// The README is a program too: its samples are compiled and run as in a user's project, against what `npm run build` makes.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { COMPRESSION_IDS, ERROR_CATALOGUE } from "@slate-sst/format";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codeBlocks, localLinks, promisedOutput, readme, REPOSITORY, tableColumn } from "./readme-blocks.js";

const markdown = readme();
const blocks = codeBlocks(markdown);
const samples = blocks.filter(({ language }) => language === "ts" || language === "js").map((block) => ({ ...block, file: `line-${block.line}.${block.language}` }));

const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"],
  types: ["node"],
  strict: true,
  allowJs: true,
  checkJs: true,
  noEmit: true,
  skipLibCheck: true,
};

/** For one file alone, of which the compiler cannot tell by a package.json that it is a module. */
const toModule: ts.CompilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };

/** A user's project: the packages as they are installed, and the samples. */
let project: string;
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "slate-sst-readme-"));
  symlinkSync(fileURLToPath(new URL("node_modules", REPOSITORY)), join(project, "node_modules"), "junction");
  writeFileSync(join(project, "package.json"), '{ "type": "module" }');
  for (const { file, text } of samples) writeFileSync(join(project, file), text);
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

describe("samples of the README", () => {
  it("are there, in both languages", () => {
    expect(samples.filter(({ language }) => language === "ts").length).toBeGreaterThanOrEqual(3);
    expect(samples.filter(({ language }) => language === "js").length).toBeGreaterThanOrEqual(2);
  });

  it("type-check, the JavaScript ones too", () => {
    const program = ts.createProgram(samples.map(({ file }) => join(project, file)), compilerOptions);
    const problems = ts.getPreEmitDiagnostics(program);
    expect(ts.formatDiagnostics(problems, { getCurrentDirectory: () => project, getCanonicalFileName: (name) => name, getNewLine: () => "\n" })).toBe("");
  });

  it.each(samples)("$file prints what it says", ({ file, text, language, ...block }) => {
    const program = language === "ts" ? ts.transpileModule(text, { compilerOptions: toModule }).outputText : text;
    const script = join(project, `run-${file.replace(/ts$/, "js")}`);
    writeFileSync(script, program);
    const printed = execFileSync(process.execPath, [script], { cwd: project, encoding: "utf8", env: { ...process.env, NODE_OPTIONS: "" } });
    expect(printed).toBe(promisedOutput({ ...block, text, language }));
    expect(printed).not.toBe("");
  });
});

describe("facts in the README", () => {
  it("links lead to files", () => {
    expect(localLinks(markdown)).not.toEqual([]);
    expect(localLinks(markdown).filter((target) => !existsSync(new URL(target, REPOSITORY)))).toEqual([]);
  });

  it("commands exist", () => {
    const { scripts } = JSON.parse(readFileSync(new URL("package.json", REPOSITORY), "utf8")) as { scripts: Record<string, string> };
    const named = Array.from(markdown.matchAll(/npm run ([\w:-]+)/g), ([, name = ""]) => name);
    expect(named).toContain("demo");
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
    const folders = Array.from(markdown.matchAll(/-w (\S+)|^\| `((?:packages|tools|spec)[^`]*)` \|/gm), ([, workspace, folder]) => workspace ?? folder ?? "");
    expect(folders.filter((folder) => !existsSync(new URL(folder, REPOSITORY)))).toEqual([]);
    expect(existsSync(new URL(".ci/run", REPOSITORY))).toBe(true);
  });

  it("error codes are in the catalogue", () => {
    const codes = Array.from(markdown.matchAll(/ERR_[A-Z_]+/g), ([code]) => code);
    expect(codes.filter((code) => !(code in ERROR_CATALOGUE))).toEqual([]);
  });

  it("the tables have every option, and no other", () => {
    const optionsIn = (file: string, name: string): string[] => {
      const body = new RegExp(`interface ${name}[^{]*\\{([\\s\\S]*?)^\\}`, "m").exec(readFileSync(new URL(file, REPOSITORY), "utf8"))?.[1] ?? "";
      return Array.from(body.matchAll(/^ {2}readonly (\w+)\?:/gm), ([, option = ""]) => option);
    };
    const options = [...optionsIn("packages/writer/src/config.ts", "SstWriterConfig"), ...optionsIn("packages/ingest/src/write-run.ts", "WriteRunConfig")];
    expect(options.length).toBeGreaterThan(15);
    expect(tableColumn(markdown, "Configuration")).toEqual(options);
  });

  it("codecs are those that there are, in the option's row and in the table", () => {
    const names = Object.keys(COMPRESSION_IDS).toSorted();
    const cell = /^\| `compression` \| [^|]* \| ([^|]*)/m.exec(markdown)?.[1] ?? "";
    expect(Array.from(cell.matchAll(/`"(\w+)"`/g), ([, name = ""]) => name).toSorted()).toEqual(names);
    expect(["none", ...tableColumn(markdown, "Compression")].toSorted()).toEqual(names);
  });

  it("codec packages are the ones that are pinned", () => {
    const { peerDependencies } = JSON.parse(readFileSync(new URL("packages/format/package.json", REPOSITORY), "utf8")) as { peerDependencies: Record<string, string> };
    for (const install of tableColumn(markdown, "Compression").map((codec) => new RegExp(`\\| \`${codec}\` \\| \`npm install (\\S+)@(\\S+)\``).exec(markdown))) {
      expect(peerDependencies[install?.[1] ?? ""]).toBe(install?.[2]);
    }
  });
});
