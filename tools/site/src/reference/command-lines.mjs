// The page of command lines: what the programs themselves print.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fence, pageHead } from "../markdown.mjs";
import { ROOT } from "../repository.mjs";

const PROGRAMS = [
  { name: "sst-verify", bin: "packages/verify/bin/sst-verify.mjs", from: "@slate-sst/verify" },
  { name: "slate-sst", bin: "packages/cli/bin/slate-sst.mjs", from: "@slate-sst/cli" },
  { name: "slate-sst-conformance", bin: "packages/conformance/bin/slate-sst-conformance.mjs", from: "@slate-sst/conformance" },
];

/** @param {string} bin @param {readonly string[]} commands */
function help(bin, commands) {
  const text = execFileSync(process.execPath, [join(ROOT, bin), ...commands, "--help"], { encoding: "utf8", env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "", COLUMNS: "80" } });
  // Defaults that are paths of this machine say only what holds everywhere.
  return text.replaceAll(/"[^"\n]*?\/(packages\/[^"\n]*)"/g, '"$1"');
}

/** Names under `Commands:` of a help text. @param {string} text */
function commandsOf(text) {
  const [, listed = ""] = /^Commands:\n((?: .*\n)+)/m.exec(text) ?? [];
  return [...listed.matchAll(/^ {2}(\S+)/gm)].map(([, name = ""]) => name).filter((name) => name !== "help");
}

/** @param {string} name @param {string} bin @param {readonly string[]} commands @returns {string} */
function section(name, bin, commands) {
  const text = help(bin, commands);
  const own = `${commands.length === 0 ? "##" : "###"} ${[name, ...commands].join(" ")}\n\n${fence(text)}\n`;
  return own + commandsOf(text).map((command) => section(name, bin, [...commands, command])).join("");
}

export function commandLinePage() {
  const parts = PROGRAMS.map(({ name, bin, from }) => section(name, bin, []).replace("\n\n", `\n\nFrom \`${from}\`.\n\n`));
  return `${pageHead("Command lines", { outline: [2, 3] })}What each program prints for \`--help\`. More about them: [sst-verify](./packages/verify.md), [slate-sst](./packages/cli.md).\n\n${parts.join("")}`;
}
