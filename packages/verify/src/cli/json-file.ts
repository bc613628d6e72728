// Small files that options name.
import { readFile, stat } from "node:fs/promises";
import { CliError, errorLine } from "./cli-io.js";

/** The text of a file of bounded size. @throws CliError that names the option. */
export async function readTextFile(option: string, file: string, bytesMax: number): Promise<string> {
  try {
    const info = await stat(file);
    if (info.size > bytesMax) throw new CliError(`it has ${info.size} bytes; at most ${bytesMax} are read`);
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
  } catch (error) {
    throw new CliError(`${option} ${file}: ${errorLine(error)}`, { cause: error });
  }
}

/** @throws CliError that names the option. */
export function parseJson(option: string, file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CliError(`${option} ${file}: not JSON: ${errorLine(error)}`, { cause: error });
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
