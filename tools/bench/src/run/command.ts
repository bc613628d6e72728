// Programs and their arguments.
import { fileURLToPath } from "node:url";

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

/** A program failed, or said something else than was agreed. */
export class ProgramError extends Error {
  override readonly name = "ProgramError";
}

/** A command for people. */
export const shown = ({ file, args }: Command): string => [file, ...args].join(" ");

/** A program of this package, run by the Node that runs the bench. @param options what it is told, as one argument of JSON */
export function ownProgram(name: string, options: unknown): Command {
  const program = fileURLToPath(new URL(`../../dist/programs/${name}.js`, import.meta.url));
  return { file: process.execPath, args: [program, JSON.stringify(options)] };
}

/** The command-line verifier, as a user runs it. */
export function verifierProgram(...args: string[]): Command {
  return { file: process.execPath, args: [fileURLToPath(new URL("../../../../packages/verify/bin/sst-verify.mjs", import.meta.url)), ...args] };
}
