// What the lint scripts share: the hand-written sources of a package, and how findings are shown.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * A source file: its path relative to the repository's top with forward slashes, and its text.
 * @typedef {{ path: string, text: string }} Source
 *
 * A place that breaks a rule; line and column count from one.
 * @typedef {{ path: string, line: number, column: number, message: string }} Finding
 */

/** The repository's top level. */
export const top = join(fileURLToPath(import.meta.url), "../../../../..");

/**
 * Hand-written TypeScript of a package (`packages/NAME`), sorted by path. Generated code is not hand-written.
 * @param {string} project
 * @returns {Source[]}
 */
export function readSources(project) {
  const folder = join(top, project, "src");
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".ts") && !file.split("/").includes("generated"))
    .sort()
    .map((file) => ({ path: `${project}/src/${file}`, text: readFileSync(join(folder, file), "utf8") }));
}

/**
 * Line and column of a position in a text, both from one.
 * @param {string} text
 * @param {number} position
 */
export function placeOf(text, position) {
  const before = text.slice(0, position);
  return { line: before.split("\n").length, column: position - before.lastIndexOf("\n") };
}

/**
 * Prints findings, one a line, and sets the exit code.
 * @param {readonly Finding[]} findings
 */
export function report(findings) {
  for (const { path, line, column, message } of findings) console.error(`${path}:${line}:${column}: ${message}`);
  if (findings.length > 0) process.exitCode = 1;
}

/**
 * The package folder a lint script was started with, when `script` is what Node was started on.
 * @param {string} script the script's `import.meta.url`
 * @returns {string | undefined}
 */
export function startedOn(script) {
  if (process.argv[1] === undefined || fileURLToPath(script) !== process.argv[1]) return undefined;
  const project = process.argv[2];
  if (project === undefined) throw new Error(`name the package's folder: node ${process.argv[1]} packages/NAME`);
  return project.replace(/\/$/, "");
}
