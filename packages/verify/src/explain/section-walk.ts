// A section: its payload, or its stored bytes and what comes out of them, and its checksum.
import { type Codec, type CompressionName, crc32Range, isSstError, SECTION_BYTES, SstError } from "@slate-sst/format";
import { WALK_STRUCTURES, type WalkStructure } from "@slate-sst/format/walk";
import type { BlockTransformer } from "@slate-sst/reader";
import { showCrc } from "../finding.js";
import { type ExplainNode, type Name, Region } from "./node.js";
import { explainSpan, explainWalked, walkBackward, type Walked, walkForward } from "./structure-walk.js";
import type { ValueStyle } from "./values.js";

type Nodes = Generator<ExplainNode, void, undefined>;

/** Explains a payload, which begins where the region does. */
export type PayloadWalk = (region: Region, name: Name) => Iterable<ExplainNode>;

/** What stored bytes consist of, where that is part of the format and not only of a codec. */
const storedStructures: Readonly<Partial<Record<CompressionName, WalkStructure>>> = { lz4: WALK_STRUCTURES.Lz4Stream };

/** How stored bytes become payloads. */
export interface SectionContext {
  /** Undefined when it could not be had. */
  readonly codec: Codec | undefined;
  /** Why there is no codec. */
  readonly codecProblem: string | undefined;
  readonly transform: BlockTransformer | undefined;
  readonly style: ValueStyle;
}

/** The context of a section that is stored as it is. */
export function plainContext({ style }: SectionContext, noneCodec: Codec): SectionContext {
  return { codec: noneCodec, codecProblem: undefined, transform: undefined, style };
}

/** Opens the whole of a section that was read from `offset` of the file. @returns its nodes. */
export async function explainSection(bytes: Uint8Array, offset: number, name: Name, context: SectionContext, maxBytes: number, walk: PayloadWalk): Promise<Iterable<ExplainNode>> {
  const trailer = walkBackward(WALK_STRUCTURES.Section, bytes, 0, bytes.length);
  const payload = isPlain(context) || trailer.problem !== undefined ? undefined : await openPayload(bytes.subarray(0, trailer.end), context, maxBytes);
  return sectionNodes(new Region(bytes, offset, false, context.style), trailer, payload, name, context, walk);
}

function* sectionNodes(region: Region, { spans, end, problem }: Walked, payload: Uint8Array | string | undefined, name: Name, context: SectionContext, walk: PayloadWalk): Nodes {
  const { bytes } = region;
  yield region.group(name, 0, bytes.length, { value: `${bytes.length} bytes` });
  if (problem !== undefined) {
    yield region.leaf("raw", name.child("rest"), 0, bytes.length, { error: problem });
    return;
  }
  if (payload === undefined) yield* walk(new Region(bytes.subarray(0, end), region.offset, false, context.style), name);
  else yield* storedNodes(region, end, payload, name, context, walk);
  const computed = crc32Range(bytes, 0, end);
  for (const span of spans) {
    const isRight = span.field.id !== "crc32" || span.value === computed;
    yield explainSpan(region, name, span, { value: isRight ? "matches" : showCrc(Number(span.value)), error: isRight ? undefined : `the ${end} bytes before it give ${showCrc(computed)}` });
  }
}

/** @param payload what the stored bytes up to `end` hold, or why that is not known. */
function* storedNodes(region: Region, end: number, payload: Uint8Array | string, name: Name, { codec, transform, style }: SectionContext, walk: PayloadWalk): Nodes {
  const how = [transform === undefined ? "" : "transformed", codec === undefined || codec.name === "none" ? "" : codec.name].filter((word) => word !== "").join(" ");
  const stored = name.child("stored");
  const structure = transform === undefined && codec !== undefined ? storedStructures[codec.name] : undefined;
  const meaning = { value: `${end} bytes ${how}`.trimEnd(), error: typeof payload === "string" ? payload : undefined };
  if (structure === undefined) yield region.leaf("stored", stored, 0, end, meaning);
  else {
    yield region.group(stored, 0, end, { ...meaning, doc: structure.doc });
    yield* explainWalked(region, stored, walkForward(structure, region.bytes, 0, end), end, "rest");
  }
  if (typeof payload === "string") return;
  const inside = new Region(payload, 0, true, style);
  yield inside.group(name.child("payload"), 0, payload.length, { value: `${payload.length} bytes` });
  yield* walk(inside, name.deeper());
}

export function isPlain({ codec, transform }: SectionContext): boolean {
  return codec?.name === "none" && transform === undefined;
}

/** @returns the payload, or why there is none. */
export async function openPayload(stored: Uint8Array, { codec, codecProblem, transform }: SectionContext, maxBytes: number): Promise<Uint8Array | string> {
  if (codec === undefined) return codecProblem ?? "";
  try {
    const plain: unknown = transform === undefined ? stored : await transform.decode(stored);
    if (!(plain instanceof Uint8Array)) throw new SstError("ERR_SST_CODEC_FAILED", "transform.decode must give a Uint8Array");
    return codec.decompress(plain, { maxLength: maxBytes });
  } catch (error) {
    // A transformer is the caller's, and whatever it throws is about these bytes.
    if (isSstError(error) || transform !== undefined) return error instanceof Error ? error.message : String(error);
    throw error;
  }
}

/** Stored bytes of a section without its checksum; none of one that is too short. */
export const storedPart = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, Math.max(0, bytes.length - SECTION_BYTES));
