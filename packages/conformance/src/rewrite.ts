// Rows written again through SstWriter alone, with the settings of a vector: the bytes must be those of SlateDB.
import { DEFAULT_FORMAT_VERSION, isFormatVersion } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { type SstMetadata, SstWriter, type SstWriterConfig } from "@slate-sst/writer";
import type { GoldenConfig, GoldenRow } from "./vectors.js";

/** The path that rewriteSst() gives its object. */
const SST_PATH = "rewritten.sst";

export interface Rewritten {
  readonly bytes: Uint8Array;
  readonly metadata: SstMetadata;
}

/** A writer's configuration that asks for what a golden SST was written with. */
export function writerConfig(config: GoldenConfig): SstWriterConfig {
  return {
    formatVersion: isFormatVersion(config.formatVersion) ? config.formatVersion : DEFAULT_FORMAT_VERSION,
    blockSize: config.blockSize as NonNullable<SstWriterConfig["blockSize"]>,
    compression: config.compression,
    minFilterKeys: config.minFilterKeys,
    filterBitsPerKey: config.filterBitsPerKey,
    filterFormat: config.filterFormat,
  };
}

/** One SST of these rows, in memory. */
export async function rewriteSst(rows: readonly GoldenRow[], config: SstWriterConfig): Promise<Rewritten> {
  const store = new MemoryObjectStore();
  await using writer = await SstWriter.create(store, SST_PATH, config);
  for (const { kind, key, value, seq, createTs, expireTs } of rows) {
    const common = { key, seq, createTs, expireTs };
    const wait = kind === "delete" ? writer.add({ kind, ...common }) : writer.add({ kind, value: value!, ...common });
    if (wait !== undefined) await wait;
  }
  const metadata = await writer.close();
  return { bytes: await store.get(SST_PATH), metadata };
}
