// spec/proto -> TypeScript messages, by buf and protoc-gen-es from node_modules; nothing is fetched.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, sep } from "node:path";
import { filesUnder, generated, ownFolder, root, SpecError, writeGenerated } from "./output.mjs";

/** The module that buf works on. */
export const protoModule = "spec/proto";

const output = join(generated, "proto");

/** Where and in which environment buf is run: at the repository's top level, found in node_modules, without a network. */
export function bufEnvironment() {
  const env = {
    ...process.env,
    PATH: [join(root, "node_modules/.bin"), process.env.PATH].join(delimiter),
    BUF_CACHE_DIR: join(root, "node_modules/.cache/buf"),
  };
  return { cwd: root, env };
}

/** Runs buf and returns its exit code; what it prints goes to the terminal. */
export function runBuf(args) {
  const { error, status } = spawnSync("buf", args, { ...bufEnvironment(), stdio: "inherit" });
  if (error !== undefined) throw error;
  return status ?? 1;
}

export function generateProto() {
  const staging = mkdtempSync(join(tmpdir(), "slate-sst-proto-"));
  try {
    const { status, stdout, stderr, error } = spawnSync("buf", ["generate", protoModule, "--template", join(protoModule, "buf.gen.yaml"), "-o", staging], { ...bufEnvironment(), encoding: "utf8" });
    if (error !== undefined) throw error;
    if (status !== 0) throw new SpecError("proto", `buf refuses it: ${`${stdout}${stderr}`.trim().split("\n")[0]}`);
    // The code of a removed .proto file does not stay.
    ownFolder(output);
    return filesUnder(staging).map((file) => {
      const path = file.slice(staging.length + 1).split(sep).join("/");
      const source = `proto/${path.replace(/_pb\.ts$/, ".proto")}`;
      // The generator exempts its output from linting; ours is linted like any other code, so that line goes.
      const text = readFileSync(file, "utf8").replace("/* eslint-disable */\n", "");
      return writeGenerated(join(output, path), [source], text);
    });
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}
