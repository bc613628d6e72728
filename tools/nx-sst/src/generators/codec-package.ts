// What a codec's package has to have, seen by importing it: two functions among the named exports that Node gives, which take a Uint8Array and return one at
// once. Done in a process of its own: a package may do anything when it is loaded.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CodecOptions } from "./codec.js";

/** In words, for answers and documents. */
export const NEEDED = "synchronous functions from a Uint8Array to a Uint8Array, among the named exports that import() of the package has in Node";

const TIMEOUT_MS = 30_000;

/** Run by Node in the folder that imports the package; prints what is wrong, or nothing. */
const PROBE = `
const [name, ...wanted] = process.argv.slice(1);
const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i & 31);
const end = (problem) => { process.stdout.write(problem, () => process.exit(0)); };
process.on("unhandledRejection", () => {});
const loaded = await import(name).catch((error) => end("cannot be imported by Node: " + error.message));
const names = Object.keys(loaded).filter((one) => typeof loaded[one] === "function");
const absent = wanted.find((one) => !names.includes(one));
if (absent !== undefined) end("has no function " + absent + " among its named exports, which are " + (names.slice(0, 20).join(", ") || "none"));
else {
  let at = bytes;
  let problem = "";
  for (const one of wanted) {
    try {
      at = problem === "" ? loaded[one](at) : at;
    } catch (error) {
      problem = one + " fails: " + error.message;
    }
    if (problem === "" && typeof at?.then === "function") problem = one + " is asynchronous: it returns a promise";
    else if (problem === "" && !(at instanceof Uint8Array)) problem = one + " returns " + (at === null ? "null" : typeof at) + ", not a Uint8Array";
  }
  if (problem === "" && Buffer.compare(at, bytes) !== 0) problem = wanted[1] + " does not give back what " + wanted[0] + " was given";
  end(problem);
}
`;

/** What is wrong with the package's functions: "" when nothing is; undefined when the package is not installed in that version, for the package in `folder`. */
export function problemOf({ package: name, packageVersion, compress, decompress }: Pick<CodecOptions, "package" | "packageVersion" | "compress" | "decompress">, top: string, folder: string): string | undefined {
  const manifest = [join(top, folder), top].map((place) => join(place, "node_modules", name, "package.json")).find((path) => existsSync(path));
  if (manifest === undefined || (JSON.parse(readFileSync(manifest, "utf8")) as { version?: string }).version !== packageVersion) return undefined;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", PROBE, name, compress, decompress], { cwd: join(top, folder), encoding: "utf8", timeout: TIMEOUT_MS });
  return status === 0 ? stdout : `cannot be imported by Node: ${stderr.trim() || "it does not come to an end"}`;
}
