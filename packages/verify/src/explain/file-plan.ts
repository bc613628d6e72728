// Where the parts of a file lie, as far as footer and info say so in a way that can be followed. Every byte belongs to one part.
import { COMPRESSION_NAMES, type CompressionName, FOOTER_BYTES } from "@slate-sst/format";
import { OFFSET_BYTES, WALK_STRUCTURES, WALK_TABLES } from "@slate-sst/format/walk";
import type { FileSource } from "../file-source.js";
import { FlatBufferAccess, Problem, type TableShape } from "./flatbuffer-access.js";
import { FlatBufferMap } from "./flatbuffer-map.js";
import { storedPart } from "./section-walk.js";
import { walkForward } from "./structure-walk.js";
import { position, readInteger } from "./values.js";

export type PartName = "data" | "filter" | "index" | "stats" | "info" | "footer" | "unknown";

/** A part of the file. */
export interface Part {
  readonly name: PartName;
  readonly start: number;
  readonly end: number;
  /** Of unknown and lost parts: why they are. */
  readonly problem?: string;
}

export interface FilePlan {
  /** All parts in file order; they touch each other. */
  readonly parts: readonly Part[];
  /** Parts that the info tells of, but that cannot lie where it says. */
  readonly lost: readonly Part[];
  readonly formatVersion: number;
  /** Undefined when the info names none that is known. */
  readonly compression: CompressionName | undefined;
  readonly compressionFormat: number;
  readonly filterFormat: number;
}

type Numbers = ReadonlyMap<string, number>;

/** Reads footer and info. @throws StoreError. */
export async function planFile(source: FileSource, maxBytes: number): Promise<FilePlan> {
  const { size } = source;
  if (size < FOOTER_BYTES) return planOf([{ name: "unknown", start: 0, end: size, problem: `a footer has ${FOOTER_BYTES} bytes` }], new Map(), 0);
  const footerAt = size - FOOTER_BYTES;
  const { spans } = walkForward(WALK_STRUCTURES.Footer, await source.read(footerAt, size), 0, FOOTER_BYTES);
  const footer = new Map(spans.map(({ field, value }) => [field.id, Number(value)]));
  const infoAt = footer.get("info_offset") ?? 0;
  const formatVersion = footer.get("format_version") ?? 0;
  const last: Part = { name: "footer", start: footerAt, end: size };
  if (infoAt >= footerAt) return planOf([{ name: "unknown", start: 0, end: footerAt, problem: "info_offset does not point before the footer" }, last], new Map(), formatVersion);
  const info: Part = { name: "info", start: infoAt, end: footerAt };
  const section = footerAt - infoAt > maxBytes ? new Uint8Array(0) : await source.read(infoAt, footerAt);
  const numbers = rootNumbers(storedPart(section));
  return planOf([...partsBefore(infoAt, numbers), info, last], numbers, formatVersion);
}

function planOf(parts: readonly Part[], numbers: Numbers, formatVersion: number): FilePlan {
  const compressionFormat = numbers.get("compression_format") ?? 0;
  const names: Readonly<Record<number, CompressionName>> = COMPRESSION_NAMES;
  return {
    parts: parts.filter(({ start, end }) => end > start), lost: lostParts(parts, numbers), formatVersion, compression: names[compressionFormat], compressionFormat, filterFormat: numbers.get("filter_format") ?? 0,
  };
}

/** Numbers of the info that can be read; the default of what is not there is 0. */
function rootNumbers(bytes: Uint8Array): Numbers {
  const { root, rootTable, access } = new FlatBufferMap(bytes, WALK_TABLES.SsTableInfo);
  const numbers = new Map<string, number>();
  if (root instanceof Problem) return numbers;
  for (const slot of rootTable.slots) {
    if (slot.kind !== "scalar" && slot.kind !== "enum") continue;
    const at = access.field(root, slot);
    numbers.set(slot.name, typeof at === "number" ? Number(readInteger(bytes, at, slot.bytes, { isLittleEndian: true })) : 0);
  }
  return numbers;
}

const sectionNames = ["filter", "index", "stats"] as const;

/** Sections that have a length, but no part of the file. */
function lostParts(parts: readonly Part[], numbers: Numbers): Part[] {
  return sectionNames
    .map((name) => ({ name, start: numbers.get(`${name}_offset`) ?? 0, length: numbers.get(`${name}_len`) ?? 0 }))
    .filter(({ name, length }) => length > 0 && !parts.some((part) => part.name === name))
    .map(({ name, start, length }) => ({ name, start, end: start + length, problem: `the info says ${length} bytes at ${position(start)}, where others lie or the file ends` }));
}

/** The parts before the info. What the info says wrongly of one section does not take the others away. */
function partsBefore(infoAt: number, numbers: Numbers): Part[] {
  const parts: Part[] = [];
  const filterAt = numbers.get("filter_offset");
  let at = 0;
  const goTo = (next: number): void => {
    if (next > at) parts.push({ name: "unknown", start: at, end: next, problem: "no section is said to lie here" });
    at = next;
  };
  const sections = sectionNames
    .map((name) => ({ name, start: numbers.get(`${name}_offset`) ?? 0, length: numbers.get(`${name}_len`) ?? 0 }))
    .filter(({ start, length }) => length > 0 && start + length <= infoAt)
    .sort((left, right) => left.start - right.start);
  const dataEnd = Math.min(filterAt ?? 0, sections[0]?.start ?? infoAt, infoAt);
  if (dataEnd > 0) {
    parts.push({ name: "data", start: 0, end: dataEnd });
    at = dataEnd;
  }
  for (const { name, start, length } of sections) {
    if (start < at) continue;
    goTo(start);
    at = start + length;
    parts.push({ name, start, end: at });
  }
  goTo(infoAt);
  return parts;
}

/** Where data blocks begin, and which entries of the index say so. */
export interface BlockStarts {
  readonly starts: Float64Array;
  readonly entries: Uint32Array;
  /** Entries of the index. */
  readonly count: number;
}

const NO_BLOCKS: BlockStarts = { starts: Float64Array.of(), entries: Uint32Array.of(), count: 0 };

/** Blocks of an index: positions that ascend inside [0, dataEnd). */
export function blockStarts(indexPayload: Uint8Array | undefined, dataEnd: number): BlockStarts {
  if (indexPayload === undefined) return NO_BLOCKS;
  const [slot] = WALK_TABLES.SsTableIndex.slots;
  const access = new FlatBufferAccess(indexPayload);
  const rootAt = access.target(0);
  const root = rootAt instanceof Problem ? rootAt : access.table(rootAt);
  const field = root instanceof Problem ? undefined : access.field(root, slot);
  const target = typeof field === "number" ? access.target(field) : undefined;
  const vector = typeof target === "number" ? access.vector(target, OFFSET_BYTES) : undefined;
  if (vector === undefined || vector instanceof Problem) return NO_BLOCKS;
  const starts = new Float64Array(vector.count);
  const entries = new Uint32Array(vector.count);
  let kept = 0;
  for (let index = 0; index < vector.count; index++) {
    const table = access.target(vector.at + (index + 1) * OFFSET_BYTES);
    const shape = typeof table === "number" ? access.table(table) : table;
    const start = shape instanceof Problem ? undefined : offsetOf(access, shape);
    if (start === undefined || start >= dataEnd || (kept > 0 && start <= starts[kept - 1]!)) continue;
    starts[kept] = start;
    entries[kept++] = index;
  }
  return { starts: starts.subarray(0, kept), entries: entries.subarray(0, kept), count: vector.count };
}

/** A block's offset; 0 is the default and not stored. */
function offsetOf(access: FlatBufferAccess, shape: TableShape): number | undefined {
  const [offset] = WALK_TABLES.BlockMeta.slots;
  const at = access.field(shape, offset);
  if (at instanceof Problem) return undefined;
  return at === undefined ? 0 : Number(readInteger(access.bytes, at, offset.bytes, { isLittleEndian: true }));
}
