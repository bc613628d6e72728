// The command lines that the packages bring, by npx, as a user without this repository runs them.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run.mjs";

/**
 * @param {string} project
 * @param {string} node folder of the Node that is to run them
 * @returns {Promise<string[]>}
 */
export async function checkCommands(project, node) {
  const folder = join(project, "commands", node.replaceAll(/\W/g, "-"));
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(project, "samples/format/fruit.sst"), join(folder, "fruit.sst"));
  const broken = readFileSync(join(folder, "fruit.sst"));
  broken[3] = (broken[3] ?? 0) ^ 1;
  writeFileSync(join(folder, "broken.sst"), broken);
  writeFileSync(join(folder, "users.ndjson"), Array.from({ length: 100 }, (_, id) => `{"id":${id},"name":"user ${id}"}\n`).join(""));
  const testee = `node ${join(project, "node_modules/@slate-sst/conformance/bin/testee-slate-sst.mjs")}`;
  /** @type {readonly (readonly [readonly string[], number, string])[]} command, exit code, what it says */
  const commands = [
    [["sst-verify", "fruit.sst"], 0, "sound"],
    [["sst-verify", "broken.sst"], 1, "checksum"],
    [["slate-sst", "cat", "fruit.sst"], 0, '"key":"cherry"'],
    [["slate-sst", "import", "users.ndjson", "--db", "users", "--key", "user:{id:u64}", "--quiet"], 0, "100"],
    [["sst-verify", "--db", "users"], 0, "sound"],
    [["slate-sst-conformance", "--testee", testee, "--layer", "varint", "--layer", "info"], 0, "Conformant"],
  ];
  /** @type {string[]} */
  const wrong = [];
  for (const [command, code, says] of commands) {
    const { status, output } = await run("npx", ["--no-install", ...command], { folder, node });
    if (status !== code || !output.toLowerCase().includes(says.toLowerCase())) wrong.push(`npx ${command.join(" ")} ended with ${status}, not ${code} and ${says}:\n${output}`);
  }
  return wrong;
}
