// The golden files that real SlateDB wrote, by name, and the configurations they were written with.
import { readdirSync, readFileSync } from "node:fs";
import type { ExpectedConfig } from "../src/index.js";

const folder = new URL("../../conformance/vectors/golden/", import.meta.url);

interface SideCar {
  readonly kind: string;
  readonly config: {
    readonly block_size: number;
    readonly min_filter_keys: number;
    readonly filter_bits_per_key: number;
    readonly compression_codec: string | null;
    readonly format_version: 1 | 2;
    readonly filter_format: "legacy" | "composite";
  };
}

/** Names of all golden SSTs. */
export const goldenNames: readonly string[] = readdirSync(folder).filter((name) => name.endsWith(".sst")).map((name) => name.slice(0, -".sst".length)).sort();

export function goldenBytes(name: string): Uint8Array {
  return Uint8Array.from(readFileSync(new URL(`${name}.sst`, folder)));
}

/** What the file was written with. */
export function goldenConfig(name: string): ExpectedConfig {
  const { config } = JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8")) as SideCar;
  return {
    formatVersion: config.format_version,
    blockSize: config.block_size,
    compression: (config.compression_codec ?? "none").toLowerCase() as NonNullable<ExpectedConfig["compression"]>,
    minFilterKeys: config.min_filter_keys,
    filterBitsPerKey: config.filter_bits_per_key,
    filterFormat: config.filter_format,
  };
}
