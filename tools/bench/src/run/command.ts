// A program and its arguments.
import { fileURLToPath } from "node:url";

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

/** A program of this package, run by the Node that runs the bench. @param options what it is told, as one argument of JSON */
export function ownProgram(name: string, options: unknown): Command {
  const program = fileURLToPath(new URL(`../../dist/programs/${name}.js`, import.meta.url));
  return { file: process.execPath, args: [program, JSON.stringify(options)] };
}
