// One SST as an SstInspection.
import { COMPRESSION_NAMES, FilterFormat, FOOTER_BYTES, SstType } from "@slate-sst/format";
import { codecMessage, create, FilterKind, type FilterMetadataSchema, infoMessage, type MessageInitShape, type SstInspection, SstInspectionSchema } from "@slate-sst/format/proto";
import type { SstReader } from "@slate-sst/reader";
import type { Contents } from "./contents.js";

type Section = { readonly name: string; readonly offset: number; readonly length: number };

/** @param contents what was counted in its blocks. @throws SstError when index, filter or stats are damaged; StoreError. */
export async function sstInspection(path: string, reader: SstReader, contents: Contents): Promise<SstInspection> {
  const { info, size, formatVersion } = reader;
  // Damaged stats are told of, though nothing of them is shown that was not counted.
  await reader.stats();
  return create(SstInspectionSchema, {
    path: path.toWellFormed(),
    size: BigInt(size),
    formatVersion,
    wal: info.sstType === SstType.Wal,
    compression: codecMessage(COMPRESSION_NAMES[info.compressionFormat]),
    filter: await filterMessage(reader),
    sections: sectionsOf(reader).map(({ name, offset, length }) => ({ name, offset: BigInt(offset), length: BigInt(length) })),
    info: infoMessage(info),
    ...(contents.first !== undefined && { firstKey: contents.first }),
    ...(contents.last !== undefined && { lastKey: contents.last }),
    contents: contents.message(),
  });
}

function sectionsOf({ info, infoOffset, size }: SstReader): Section[] {
  const { filterOffset, filterLen, indexOffset, indexLen, statsOffset, statsLen } = info;
  const footer = size - FOOTER_BYTES;
  return [
    { name: "data", offset: 0, length: filterLen > 0 ? filterOffset : indexOffset },
    { name: "filter", offset: filterOffset, length: filterLen },
    { name: "index", offset: indexOffset, length: indexLen },
    { name: "stats", offset: statsOffset, length: statsLen },
    { name: "info", offset: infoOffset, length: footer - infoOffset },
    { name: "footer", offset: footer, length: FOOTER_BYTES },
  ].filter(({ length }) => length > 0);
}

async function filterMessage(reader: SstReader): Promise<MessageInitShape<typeof FilterMetadataSchema>> {
  const filter = await reader.filter();
  if (filter === undefined) return { kind: FilterKind.NONE };
  const kind = reader.info.filterFormat === FilterFormat.Composite ? FilterKind.COMPOSITE : FilterKind.LEGACY;
  const [only, ...others] = filter.parts;
  if (only === undefined || others.length > 0) return { kind };
  return { kind, probeCount: only.probes, bitArrayBytes: BigInt(only.bits.length), ...(only.name !== undefined && { name: only.name.toWellFormed() }) };
}
