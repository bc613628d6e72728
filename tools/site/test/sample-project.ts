// A folder as a reader's project has it: the packages are installed, each page has a folder below it, and its samples are run there.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { FakeS3Server } from "@slate-sst/object-store-s3/testing";
import ts from "typescript";
import type { Page, Sample } from "./samples.js";

const REPOSITORY = join(import.meta.dirname, "../../..");

/** The one address of a store in a cloud that samples may name. Where the server really is stands behind it when it is run. */
const CLOUD = /(s3:\/\/my-bucket[\w/.-]*\?region=eu-central-1)/g;

const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"], types: ["node"], strict: true, allowJs: true, checkJs: true, noEmit: true, skipLibCheck: true,
};

/** For one file alone, of which the compiler cannot tell by a package.json that it is a module. */
const toModule: ts.CompilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class SampleProject {
  readonly #root: string;
  readonly #server: FakeS3Server;

  private constructor(root: string, server: FakeS3Server) {
    this.#root = root;
    this.#server = server;
  }

  static async create(pages: readonly Page[]): Promise<SampleProject> {
    const project = new SampleProject(mkdtempSync(join(tmpdir(), "slate-sst-site-")), await FakeS3Server.start());
    project.#server.bucket("my-bucket");
    symlinkSync(join(REPOSITORY, "node_modules"), join(project.#root, "node_modules"), "junction");
    writeFileSync(join(project.#root, "package.json"), '{ "type": "module" }');
    mkdirSync(join(project.#root, "bin"));
    for (const name of ["npm", "npx"]) {
      writeFileSync(join(project.#root, "bin", name), `#!/bin/sh\nexec "${process.execPath}" "${join(import.meta.dirname, "npm-stand-in.mjs")}" ${name} "$@"\n`, { mode: 0o755 });
    }
    for (const page of pages) {
      mkdirSync(project.#folder(page), { recursive: true });
      for (const sample of page.samples) if (sample.language !== "sh") writeFileSync(project.#path(page, sample), sample.text);
    }
    return project;
  }

  async remove(): Promise<void> {
    await this.#server.stop();
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** What a strict compiler says of all samples, the JavaScript ones too. */
  typeErrors(pages: readonly Page[]): string {
    const files = pages.flatMap((page) => page.samples.filter(({ language }) => language !== "sh").map((sample) => this.#path(page, sample)));
    const problems = ts.getPreEmitDiagnostics(ts.createProgram(files, compilerOptions));
    return ts.formatDiagnostics(problems, { getCurrentDirectory: () => this.#root, getCanonicalFileName: (name) => name, getNewLine: () => "\n" });
  }

  async run(page: Page, sample: Sample): Promise<Outcome> {
    const text = sample.text.replace(CLOUD, `$1&endpoint=${this.#server.endpoint}&provider=aws`);
    if (sample.language === "sh") return await this.#start("bash", ["-euo", "pipefail", "-c", text], page);
    const script = this.#path(page, sample).replace(/\.ts$/, ".run.js");
    writeFileSync(script, sample.language === "ts" ? ts.transpileModule(text, { compilerOptions: toModule }).outputText : text);
    return await this.#start(process.execPath, [script], page);
  }

  /** Keeps a sample that names a file, to be run or imported by others. */
  keep(page: Page, sample: Sample): void {
    const text = sample.text.replace(CLOUD, `$1&endpoint=${this.#server.endpoint}&provider=aws`);
    writeFileSync(this.#path(page, sample), text);
  }

  #folder(page: Page): string {
    return join(this.#root, page.name);
  }

  #path(page: Page, { file, line, language }: Sample): string {
    return join(this.#folder(page), file ?? `line-${line}.${language}`);
  }

  async #start(program: string, args: readonly string[], page: Page): Promise<Outcome> {
    const env = {
      ...process.env, NODE_OPTIONS: "", NO_COLOR: "1", PATH: `${join(this.#root, "bin")}${delimiter}${join(process.execPath, "..")}${delimiter}${process.env["PATH"] ?? ""}`,
      AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "secret", AWS_EC2_METADATA_DISABLED: "true",
    };
    const child = spawn(program, args, { cwd: this.#folder(page), env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const status = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    const plain = (text: string): string => text.replaceAll(`&endpoint=${this.#server.endpoint}&provider=aws`, "");
    return { status, stdout: plain(stdout), stderr: plain(stderr) };
  }
}
