// What the generators do to files: every edit finds its place or fails by name, and nothing is written over.
import type { Tree } from "@nx/devkit";

/** Something the caller asked for does not fit the workspace. */
export class GeneratorError extends Error {
  override readonly name = "GeneratorError";
}

/** The text of a file of the Slate SST repository. */
export function read(tree: Tree, path: string): string {
  const text = tree.read(path, "utf8");
  if (text === null) throw new GeneratorError(`there is no ${path}: this generator changes the Slate SST repository, so run it in a clone of that`);
  return text;
}

/** Writes a file that is not there. */
export function create(tree: Tree, path: string, text: string): void {
  if (tree.exists(path)) throw new GeneratorError(`${path} is there already`);
  tree.write(path, text);
}

/** Changes a file at the one place that a pattern matches; `$1` and the like stand for its groups. */
export function edit(tree: Tree, path: string, place: RegExp, replacement: string): void {
  const text = read(tree, path);
  if (!place.test(text)) throw new GeneratorError(`${path} has no place ${String(place)}: it was changed by hand, change the generator too`);
  tree.write(path, text.replace(place, replacement));
}

/** Refuses an option that does not have its form. */
export function checkForm(option: string, value: string, form: RegExp, meaning: string): void {
  if (!form.test(value)) throw new GeneratorError(`--${option} is ${meaning}, not ${JSON.stringify(value)}`);
}

/** `SomeName` of `some-name` or `some_name`. */
export const pascal = (name: string): string => name.replace(/(?:^|[-_])([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** Text for a sentence or a doc comment: trimmed, with a point at its end. */
export function sentence(option: string, text: string): string {
  const trimmed = text.trim();
  if (trimmed === "" || /[\n\r]|\*\//.test(trimmed)) throw new GeneratorError(`--${option} is one line of text`);
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

/** What follows every change of the format, as CONTRIBUTING.md has it behind the generators. */
export const STEPS = [
  "npm run codegen", "npm run vectors", "npm run dumps", "npx nx run spec:check", "npx nx run spec:diff --against HEAD", "npm run package:update", "npm run lint", "npm run typecheck", "npm test",
] as const;

/** What is to be done next, printed after the files. */
export function next(...commands: readonly string[]): () => void {
  return () => console.log(`\nNext:\n${commands.map((command) => `  ${command}\n`).join("")}`);
}
