// SSTs made from rows by the functions of format alone, and their trees.
import {
  BLOOM_FILTER_NAME, type Codec, crc32, createBlockEncoder, encodeFilterPayload, encodeFooter, encodeIndex, encodeInfo, encodeSection, encodeStats, type FilterFormatName, FilterFormat, FLAG_TOMBSTONE,
  FOOTER_BYTES, type FormatVersion, noneCodec, SECTION_BYTES, separatorLength, SstType,
} from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { type ExplainNode, type ExplainOptions, explainSst, explainText } from "../src/index.js";

export const PATH = "file.sst";
export const FILTER_NAME = BLOOM_FILTER_NAME;

export interface SampleOptions {
  readonly version?: FormatVersion;
  readonly blockSize?: number;
  readonly codec?: Codec;
  readonly filter?: FilterFormatName;
}

interface SampleRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly flags: number;
}

const text = new TextEncoder();

/** Rows with ascending keys; every tenth is a tombstone. */
export function sampleRows(count: number): SampleRow[] {
  return Array.from({ length: count }, (_, index) => {
    const isTombstone = index % 10 === 9;
    return { key: text.encode(`key${String(index).padStart(6, "0")}`), value: text.encode(isTombstone ? "" : `value ${index}`), flags: isTombstone ? FLAG_TOMBSTONE : 0 };
  });
}

/** The bytes of an SST with these rows. */
export function sampleSst(rows: readonly SampleRow[], { version = 2, blockSize = 1024, codec = noneCodec, filter }: SampleOptions = {}): Uint8Array {
  const encoder = createBlockEncoder(version, blockSize);
  const out = new Uint8Array(2 * blockSize + 4096);
  const parts: Uint8Array[] = [];
  const blockMeta: { offset: number; firstKey: Uint8Array }[] = [];
  let offset = 0;
  const add = (payload: Uint8Array): number => {
    const stored = section(codec.compress(payload));
    parts.push(stored);
    return (offset += stored.length) - stored.length;
  };
  let before: Uint8Array = new Uint8Array(0);
  let separator: Uint8Array = before;
  let end = 0;
  const finish = (): void => {
    end = encoder.finish(out, end);
    blockMeta.push({ offset: add(out.slice(0, end)), firstKey: separator });
    end = 0;
  };
  for (const [index, { key, value, flags }] of rows.entries()) {
    const prefix = index === 0 ? 0 : separatorLength(before, before.length, key, key.length) - 1;
    if (encoder.rows > 0 && !encoder.fits(encoder.rowSize(prefix, key.length, value.length, flags))) {
      finish();
      separator = key.subarray(0, separatorLength(before, before.length, key, key.length));
    }
    end = encoder.append(out, end, prefix, key, key.length, value, value.length, 0, index + 1, flags, 0, 0, 0, 0);
    before = key;
  }
  if (encoder.rows > 0) finish();
  const filterOffset = offset;
  if (filter !== undefined) add(encodeFilterPayload(filter, 6, Uint8Array.of(0x3a, 0x0c, 0x58, 0xaf, 0x70)));
  const filterLen = offset - filterOffset;
  const indexOffset = add(encodeIndex({ blockMeta }));
  const indexLen = offset - indexOffset;
  const statsOffset = add(encodeStats({ numPuts: rows.length, numDeletes: 0, numMerges: 0, rawKeySize: 0, rawValSize: 0, blockStats: undefined }));
  const infoOffset = offset;
  const info = encodeInfo({
    firstEntry: rows[0]?.key, lastEntry: rows.at(-1)?.key, indexOffset, indexLen, filterOffset, filterLen, statsOffset, statsLen: infoOffset - statsOffset,
    compressionFormat: codec.id as 0, sstType: SstType.Compacted, filterFormat: filter === "composite" ? FilterFormat.Composite : FilterFormat.Legacy,
  });
  const footer = new Uint8Array(FOOTER_BYTES);
  encodeFooter(footer, 0, infoOffset, version);
  return Uint8Array.from(Buffer.concat([...parts, section(info), footer]));
}

function section(payload: Uint8Array): Uint8Array {
  const stored = new Uint8Array(payload.length + SECTION_BYTES);
  stored.set(payload);
  encodeSection(stored, payload.length, crc32(payload));
  return stored;
}

async function storeOf(bytes: Uint8Array): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore();
  await store.put(PATH, bytes, { mode: "create" });
  return store;
}

export async function explainBytes(bytes: Uint8Array, options?: ExplainOptions): Promise<ExplainNode[]> {
  const nodes: ExplainNode[] = [];
  for await (const node of explainSst(await storeOf(bytes), PATH, options)) nodes.push(node);
  return nodes;
}

export async function textOf(bytes: Uint8Array, options?: ExplainOptions): Promise<string> {
  let all = "";
  for await (const piece of explainText(await storeOf(bytes), PATH, options)) all += piece;
  return all;
}

/** "path: error" of every node that tells of damage. */
export const errorsOf = (nodes: readonly ExplainNode[]): string[] => nodes.filter(({ error }) => error !== undefined).map(({ path, error }) => `${path}: ${error}`);

/**
 * Where leaves do not follow each other: empty when they cover `size` bytes of the file, and of every payload, each once.
 * Leaves of structures lie inside them.
 */
export function gapsOf(nodes: readonly ExplainNode[], size: number): string[] {
  const gaps: string[] = [];
  let at = 0;
  let payload: { at: number; readonly end: number } | undefined;
  const endPayload = (): void => {
    if (payload !== undefined && payload.at !== payload.end) gaps.push(`payload ends at ${payload.at}, not ${payload.end}`);
    payload = undefined;
  };
  for (const { kind, path, label, offset, length, inPayload } of nodes) {
    if (inPayload && kind === "structure" && label === "payload") {
      endPayload();
      payload = { at: 0, end: length };
    } else if (kind === "structure") continue;
    else if (!inPayload) {
      endPayload();
      if (offset !== at) gaps.push(`${path} at ${offset}, not ${at}`);
      at = offset + length;
    } else if (payload !== undefined) {
      if (offset !== payload.at) gaps.push(`${path} at +${offset}, not +${payload.at}`);
      payload.at = offset + length;
    }
  }
  endPayload();
  if (at !== size) gaps.push(`ends at ${at}, not ${size}`);
  return gaps;
}
