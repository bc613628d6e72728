// Reads SlateDB's golden SSTs and their side-cars as far as the primitives' tests need them: sections are found by the
// side-car, not by decoding the file.
import { readdirSync, readFileSync } from "node:fs";
import type { CompressionName } from "../src/compression/codec.js";

const folder = new URL("../../conformance/vectors/golden/", import.meta.url);

/** Bytes of the checksum behind a section's payload. */
export const CHECKSUM_BYTES = 4;

interface SideCar {
  readonly name: string;
  readonly file: string;
  readonly kind: "l0" | "sorted-run" | "wal";
  readonly config: { readonly compression_codec: CompressionName | null; readonly filter_bits_per_key: number };
  readonly info: Readonly<Record<"index_offset" | "index_len" | "filter_offset" | "filter_len" | "stats_offset" | "stats_len", number>>;
  readonly metadata_offset: number;
  readonly filter: { readonly num_probes: number; readonly bit_bytes: number; readonly sha256: string } | null;
  readonly blocks: readonly { readonly offset: number; readonly stored_len: number; readonly raw_len: number; readonly rows: number; readonly index_key: unknown }[];
  readonly rows: readonly (readonly [kind: string, key: unknown, ...rest: unknown[]])[];
}

export interface GoldenFile {
  readonly name: string;
  readonly sideCar: SideCar;
  readonly bytes: Uint8Array;
}

export interface GoldenSection {
  readonly what: string;
  readonly offset: number;
  /** The section without its checksum, as stored. */
  readonly payload: Uint8Array;
  /** The checksum behind it. */
  readonly checksum: number;
  /** Uncompressed length, where the side-car knows it. */
  readonly rawLength: number | undefined;
}

/** Golden SSTs, by name. */
export function goldenFiles(): GoldenFile[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".sst"))
    .sort()
    .map((file) => {
      const sideCar = JSON.parse(readFileSync(new URL(file.replace(/\.sst$/, ".json"), folder), "utf8")) as SideCar;
      return { name: sideCar.name, sideCar, bytes: new Uint8Array(readFileSync(new URL(file, folder))) };
    });
}

/** The sections that a codec goes over: blocks, filter, index and stats. */
export function compressedSections({ sideCar, bytes }: GoldenFile): GoldenSection[] {
  const { info } = sideCar;
  const section = (what: string, offset: number, length: number, rawLength?: number): GoldenSection => {
    const end = offset + length - CHECKSUM_BYTES;
    const checksum = new DataView(bytes.buffer, bytes.byteOffset + end, CHECKSUM_BYTES).getUint32(0);
    return { what, offset, payload: bytes.subarray(offset, end), checksum, rawLength };
  };
  const sections = sideCar.blocks.map((block, ordinal) => section(`block ${ordinal}`, block.offset, block.stored_len, block.raw_len));
  if (info.filter_len > 0) sections.push(section("filter", info.filter_offset, info.filter_len));
  sections.push(section("index", info.index_offset, info.index_len));
  if (info.stats_len > 0) sections.push(section("stats", info.stats_offset, info.stats_len));
  return sections;
}

/** The keys of all rows in file order, or undefined when the side-car describes some of them by a rule. */
export function plainKeys({ sideCar }: GoldenFile): Uint8Array[] | undefined {
  const keys = sideCar.rows.map(([, key]) => key);
  return keys.every((key) => typeof key === "string") ? keys.map(base64) : undefined;
}

export function base64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}
