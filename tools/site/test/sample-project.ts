// A folder as a reader's project has it: the packages are installed, each page has a folder below it, and its samples are run there.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type ObjectStore, openStore } from "@slate-sst/object-store";
import { FakeS3Server } from "@slate-sst/object-store-s3/testing";
import ts from "typescript";
import type { Page, Sample } from "./samples.js";

const REPOSITORY = join(import.meta.dirname, "../../..");

/** The one address of a store in a cloud that samples of pages may name. Where the server really is stands behind it when it is run. */
const CLOUD = /(s3:\/\/my-bucket[\w/.-]*\?region=eu-central-1)/g;

/** Addresses in commands of READMEs: any bucket, with quotes or without. */
const CLOUD_IN_COMMAND = /"?s3:\/\/([\w.-]+)([\w/.-]*)(?:\?region=eu-central-1)?"?/g;

const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"], types: ["node"], strict: true, allowJs: true, checkJs: true, noEmit: true, skipLibCheck: true,
};

/** What the server takes for credentials, for the SDK of whoever calls it. */
export const CREDENTIALS = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "secret", AWS_EC2_METADATA_DISABLED: "true" };

const REGION = "?region=eu-central-1";
const bucketOf = ({ name }: Page, bucket: string): string => `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}-${bucket}`;

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
    for (const [script, names] of Object.entries({ "npm-stand-in.mjs": ["npm", "npx"], "stand-ins.mjs": ["aws", "jq", "ldb"] })) {
      for (const name of names) writeFileSync(join(project.#root, "bin", name), `#!/bin/sh\nexec "${process.execPath}" "${join(import.meta.dirname, script)}" ${name} "$@"\n`, { mode: 0o755 });
    }
    for (const page of pages) {
      mkdirSync(project.folder(page), { recursive: true });
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
    const text = sample.text.replace(CLOUD, `$1${this.#where}`);
    if (sample.language === "sh") return await this.#start("bash", ["-euo", "pipefail", "-c", this.#inProject(page, sample.text)], page);
    const script = this.#path(page, sample).replace(/\.ts$/, ".run.js");
    writeFileSync(script, sample.language === "ts" ? ts.transpileModule(text, { compilerOptions: toModule }).outputText : text);
    return await this.#start(process.execPath, [script], page);
  }

  /** Keeps a sample that names a file, to be run or imported by others. */
  keep(page: Page, sample: Sample): void {
    writeFileSync(this.#path(page, sample), sample.text.replace(CLOUD, `$1${this.#where}`));
  }

  folder(page: Page): string {
    return join(this.#root, page.name.replace(/\.md$/, ""));
  }

  /** A bucket that the page's commands name. Pages run side by side, so each has buckets of its own. */
  async bucket(page: Page, name: string): Promise<ObjectStore> {
    this.#server.bucket(bucketOf(page, name));
    return await openStore(`s3://${bucketOf(page, name)}${REGION}${this.#where}`);
  }

  get #where(): string {
    return `&endpoint=${this.#server.endpoint}&provider=aws`;
  }

  /** Addresses of stores as they are here: on the server, and below the project. */
  #inProject(page: Page, command: string): string {
    const ofPage = (whole: string, bucket: string, path: string): string => (bucket === "my-bucket" ? whole.replaceAll('"', "").replace(REGION, "") : `s3://${bucketOf(page, bucket)}${path}`);
    return command
      .replace(CLOUD_IN_COMMAND, (whole, bucket: string, path: string) => `"${ofPage(whole, bucket, path)}${REGION}${this.#where}"`)
      .replace(/file:\/\/\/([\w/.-]+)/g, (_, path: string) => pathToFileURL(join(this.folder(page), path)).href);
  }

  #path(page: Page, { file, line, language }: Sample): string {
    return join(this.folder(page), file ?? `line-${line}.${language}`);
  }

  async #start(program: string, args: readonly string[], page: Page): Promise<Outcome> {
    const env = {
      ...process.env, NODE_OPTIONS: "", NO_COLOR: "1", PATH: `${join(this.#root, "bin")}${delimiter}${join(process.execPath, "..")}${delimiter}${process.env["PATH"] ?? ""}`,
      ...CREDENTIALS,
    };
    const child = spawn(program, args, { cwd: this.folder(page), env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const status = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    const plain = (text: string): string => text.replaceAll(this.#where, "");
    return { status, stdout: plain(stdout), stderr: plain(stderr) };
  }
}
