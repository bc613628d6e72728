// Builds the C++ programs of peers/ where their library and a compiler are there.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SOURCES = fileURLToPath(new URL("../../peers", import.meta.url));
const CACHE = fileURLToPath(new URL("../../.cache", import.meta.url));
const FLAGS = ["-O2", "-std=c++17", "-Wall", "-Wextra"];
const HASH_DIGITS = 16;

/** What to install, and how to be spared that. */
export const INSTALL_HINT = "npm run bench:peers installs what is missing (Debian)";

/** A program, or the reason why there is none. */
export type Built = { readonly file: string } | { readonly missing: string };

/** What a program is linked with, and a header that tells whether it is there. */
export interface Library {
  readonly name: string;
  readonly header: string;
}

/** Builds `peers/NAME.cc` unless that was done before from the same sources. @throws Error when it does not compile */
export function buildPeer(name: string, libraries: readonly Library[]): Built {
  const flags = [...FLAGS, ...libraries.map((library) => `-l${library.name}`)];
  const file = join(CACHE, `${name}-${hashOf(name, flags)}`);
  if (existsSync(file)) return { file };
  if (spawnSync("g++", ["--version"]).status !== 0) return { missing: `there is no g++; ${INSTALL_HINT}` };
  for (const library of libraries) {
    const { status } = spawnSync("g++", ["-fsyntax-only", "-x", "c++", "-include", library.header, "-"], { input: "" });
    if (status !== 0) return { missing: `there is no ${library.header}; ${INSTALL_HINT}` };
  }
  mkdirSync(CACHE, { recursive: true });
  for (const old of readdirSync(CACHE)) if (old.startsWith(`${name}-`)) rmSync(join(CACHE, old));
  // Under its name only once it is whole.
  const unfinished = join(CACHE, `unfinished-${process.pid}-${name}`);
  const { status, stderr } = spawnSync("g++", ["-o", unfinished, join(SOURCES, `${name}.cc`), ...flags], { encoding: "utf8" });
  if (status !== 0) throw new Error(`peers/${name}.cc does not compile:\n${stderr}`);
  renameSync(unfinished, file);
  return { file };
}

function hashOf(name: string, flags: readonly string[]): string {
  const hash = createHash("sha256").update(flags.join(" "));
  for (const source of [`${name}.cc`, "rows.h"]) hash.update(readFileSync(join(SOURCES, source)));
  return hash.digest("hex").slice(0, HASH_DIGITS);
}
