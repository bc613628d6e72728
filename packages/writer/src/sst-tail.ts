// The end of an SST: filter, index, stats, info and footer, in this order, after the last data block.
import { COMPRESSION_IDS, encodeFooter, encodeInfo, FilterFormat, FOOTER_BYTES, type SsTableInfo, SstType } from "@slate-sst/format";
import type { ResolvedConfig } from "./config.js";
import type { ObjectOutput } from "./object-output.js";
import type { SectionOutput, SectionPlace } from "./section-output.js";
import type { SstEncoder } from "./sst-encoder.js";

/** Where the file's end lies. */
export interface SstTail {
  readonly info: SsTableInfo;
  readonly infoOffset: number;
}

/** The info of an SST with these sections. */
export function sstInfo(encoder: SstEncoder, config: ResolvedConfig, places: { readonly filter: SectionPlace; readonly index: SectionPlace; readonly stats: SectionPlace }): SsTableInfo {
  return {
    firstEntry: encoder.firstKey,
    lastEntry: encoder.lastKey,
    indexOffset: places.index.offset,
    indexLen: places.index.length,
    filterOffset: places.filter.offset,
    filterLen: places.filter.length,
    compressionFormat: COMPRESSION_IDS[config.codec.name],
    sstType: SstType.Compacted,
    statsOffset: places.stats.offset,
    statsLen: places.stats.length,
    filterFormat: config.filterFormat === "composite" ? FilterFormat.Composite : FilterFormat.Legacy,
  };
}

/** Writes everything behind the data blocks, which have all been written. */
export async function writeTail(encoder: SstEncoder, config: ResolvedConfig, sections: SectionOutput, output: ObjectOutput): Promise<SstTail> {
  const dataEnd = output.position;
  const filter = encoder.hasFilter ? await sections.store(await filterPayload(encoder, output)) : { offset: dataEnd, length: 0 };
  const index = await sections.storePieces(encoder.index.finishChunks());
  const stats = await sections.storePieces(encoder.stats.finishChunks());
  const info = sstInfo(encoder, config, { filter, index, stats });
  const infoOffset = output.position;
  await sections.storePlain(encodeInfo(info));
  const footer = new Uint8Array(FOOTER_BYTES);
  encodeFooter(footer, 0, infoOffset, config.formatVersion);
  sections.appendBare(footer);
  await output.drain();
  return { info, infoOffset };
}

/** The filter takes a while: parts that are under way must not wait for it. */
async function filterPayload(encoder: SstEncoder, output: ObjectOutput): Promise<Uint8Array> {
  const steps = encoder.filterPayload();
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    await output.giveWay();
  }
}
