// `--expect`: a writer's configuration as JSON. All names are taken whose values JSON has; those that leave no trace in a file
// are only checked for being known.
import { BLOCK_SIZES, COMPRESSION_IDS, FILTER_BITS_PER_KEY_MAX, FORMAT_VERSIONS } from "@slate-sst/format";
import type { ExpectedConfig } from "../options.js";
import { CliError } from "./cli-io.js";
import { isRecord, parseJson, readTextFile } from "./json-file.js";

/** A configuration is a handful of lines. */
const CONFIG_BYTES_MAX = 1024 * 1024;

type Check = { readonly wanted: string; readonly holds: (value: unknown) => boolean };

const oneOf = (...choices: readonly unknown[]): Check => ({ wanted: `one of ${choices.join(", ")}`, holds: (value) => choices.includes(value) });

const integer = (min: number, max: number): Check => ({
  wanted: `an integer from ${min} to ${max}`,
  holds: (value) => typeof value === "number" && Number.isInteger(value) && value >= min && value <= max,
});

const CHECKS: Readonly<Record<keyof ExpectedConfig, Check>> = {
  formatVersion: oneOf(...FORMAT_VERSIONS),
  blockSize: oneOf(...BLOCK_SIZES),
  compression: oneOf(...Object.keys(COMPRESSION_IDS)),
  filter: oneOf(true, false),
  minFilterKeys: integer(0, Number.MAX_SAFE_INTEGER),
  filterBitsPerKey: integer(1, FILTER_BITS_PER_KEY_MAX),
  filterFormat: oneOf("legacy", "composite"),
};

/** Names of a writer's configuration that say nothing about the bytes of a file. */
const OF_NO_BEARING: readonly string[] = ["seq", "mode", "onDuplicate", "partSize", "maxPartsInFlight", "workers", "verifyBlocks", "digest", "expectedSize", "expectedRows", "keysInEvents"];

/** Reads and checks a configuration. @throws CliError */
export async function readExpectedConfig(file: string): Promise<ExpectedConfig> {
  const config = parseJson("--expect", file, await readTextFile("--expect", file, CONFIG_BYTES_MAX));
  const fail = (problem: string): CliError => new CliError(`--expect ${file}: ${problem}`);
  if (!isRecord(config)) throw fail("not an object");
  const known = Object.keys(CHECKS);
  for (const [name, value] of Object.entries(config)) {
    if (OF_NO_BEARING.includes(name)) continue;
    if (!isChecked(name)) throw fail(`no option is named ${JSON.stringify(name)}; known are ${[...known, ...OF_NO_BEARING].join(", ")}`);
    const { wanted, holds } = CHECKS[name];
    if (!holds(value)) throw fail(`${name} must be ${wanted}, not ${JSON.stringify(value)}`);
  }
  return Object.fromEntries(Object.entries(config).filter(([name]) => isChecked(name)));
}

function isChecked(name: string): name is keyof ExpectedConfig {
  return Object.hasOwn(CHECKS, name);
}
