// What the oracle tells real SlateDB: the settings that decide an SST's bytes, by the names of the golden vectors' config,
// and any other setting by SlateDB's own name. What is not given stays at SlateDB's default; compactor and garbage
// collector are off unless asked for, so that nothing changes behind a test's back.
import { FILTER_BITS_PER_KEY_MAX } from "@slate-sst/format";
import { Settings, SstBlockSize, type MergeOperator } from "@slatedb/uniffi";
import type { GoldenCodec } from "../side-car.js";
import { answerNow, OracleError } from "./answer.js";

/** Settings of SlateDB that decide about the bytes of an SST. */
export interface OracleSettings {
  /** Bytes; one of `SLATEDB_BLOCK_SIZES`. */
  readonly blockSize?: number | undefined;
  /** Codec of the SSTs it writes; none unless given. */
  readonly compression?: GoldenCodec | undefined;
  /** Rows from which on an SST has a filter. */
  readonly minFilterKeys?: number | undefined;
  /** 1 to 65,535. */
  readonly filterBitsPerKey?: number | undefined;
  /** Further settings by SlateDB's dotted names, as JSON values: `{ "compactor_options.poll_interval": "100ms" }`. */
  readonly slateDb?: Readonly<Record<string, unknown>> | undefined;
}

/** SlateDB 0.12.1 divides by zero when it builds a filter of 0 bits. */
const FILTER_BITS_MIN = 1;
const COMPACTOR = "compactor_options";
const GARBAGE_COLLECTOR = "garbage_collector_options";
const CODEC_NAMES: Readonly<Record<GoldenCodec, string | null>> = { none: null, snappy: "Snappy", lz4: "Lz4", zlib: "Zlib", zstd: "Zstd" };

/** The binding names block sizes in KiB. */
const BYTES_PER_KIB = 1024;

/** SlateDB's block sizes by their number of bytes, read from the binding's own names (Block4Kib is 4096). */
const BLOCK_SIZE_NAMES: ReadonlyMap<number, SstBlockSize> = new Map(
  Object.values(SstBlockSize).map((name) => [Number(/\d+/.exec(name)?.[0]) * BYTES_PER_KIB, name]),
);

/** The block sizes real SlateDB offers, in bytes, ascending. */
export const SLATEDB_BLOCK_SIZES: readonly number[] = [...BLOCK_SIZE_NAMES.keys()].sort((a, b) => a - b);

/** The binding's name of a block size. */
export function blockSizeName(bytes: number): SstBlockSize {
  const name = BLOCK_SIZE_NAMES.get(bytes);
  if (name === undefined) throw new OracleError("choose settings", "Usage", `SlateDB has no block size of ${bytes}; it has ${SLATEDB_BLOCK_SIZES.join(", ")}`);
  return name;
}

/** SlateDB's settings object; the caller disposes of it. The block size is not in it: it belongs to the builder. */
export function makeSettings(wanted: OracleSettings): Settings {
  const bits = wanted.filterBitsPerKey;
  if (bits !== undefined && !(Number.isInteger(bits) && bits >= FILTER_BITS_MIN && bits <= FILTER_BITS_PER_KEY_MAX)) {
    throw new OracleError("choose settings", "Usage", `filterBitsPerKey is ${bits}, not an integer from ${FILTER_BITS_MIN} to ${FILTER_BITS_PER_KEY_MAX}`);
  }
  const further = wanted.slateDb ?? {};
  const asksFor = (field: string): boolean => Object.keys(further).some((name) => name === field || name.startsWith(`${field}.`));
  const values: Record<string, unknown> = {
    ...(asksFor(COMPACTOR) ? {} : { [COMPACTOR]: null }),
    ...(asksFor(GARBAGE_COLLECTOR) ? {} : { [GARBAGE_COLLECTOR]: null }),
    ...(wanted.compression === undefined ? {} : { compression_codec: CODEC_NAMES[wanted.compression] }),
    ...(wanted.minFilterKeys === undefined ? {} : { min_filter_keys: wanted.minFilterKeys }),
    ...(bits === undefined ? {} : { filter_bits_per_key: bits }),
    ...further,
  };
  const settings = Settings.default();
  for (const [name, value] of Object.entries(values)) setOne(settings, name, value);
  return settings;
}

function setOne(settings: Settings, name: string, value: unknown): void {
  answerNow(`set ${name}`, () => settings.set(name, JSON.stringify(value)));
  // SlateDB takes unknown names without a word, so it is asked whether the setting is there now.
  let found: unknown = JSON.parse(settings.to_json_string());
  for (const part of name.split(".")) found = typeof found === "object" && found !== null ? (found as Record<string, unknown>)[part] : undefined;
  if (found === undefined) throw new OracleError(`set ${name}`, "Usage", "SlateDB has no such setting");
}

/**
 * A merge operator that puts operands one after the other. A lone operand stays as it is, so operands reach an SST
 * unchanged although SlateDB passes each through the operator when it writes and flushes.
 */
export const CONCATENATE: MergeOperator = {
  merge(_key: Uint8Array, existing: Uint8Array | undefined, operand: Uint8Array): Uint8Array {
    return existing === undefined ? operand : new Uint8Array(Buffer.concat([existing, operand]));
  },
};
