// explainPart(): bytes of a part of an SST that does not lie in a file, such as the payload of one block, or a manifest.
import { FilterFormat, type FormatVersion, SstRangeError } from "@slate-sst/format";
import { WALK_STRUCTURES, WALK_TABLES, type WalkStructure, type WalkTable } from "@slate-sst/format/walk";
import { explainBlock } from "./block-walk.js";
import { explainFilter } from "./filter-walk.js";
import { explainFlatBuffer } from "./flatbuffer-walk.js";
import { type ExplainNode, Name, Region } from "./node.js";
import { type ExplainOptions, resolveExplainOptions } from "./options.js";
import { explainSpan, explainWalked, walkBackward, walkForward } from "./structure-walk.js";

type Nodes = Generator<ExplainNode, void, undefined>;

/** What the bytes are: payloads are those before compression and without a checksum. */
export type ExplainedPart =
  | { readonly kind: "block" | "row"; readonly formatVersion: FormatVersion }
  | { readonly kind: "filter"; readonly composite: boolean }
  | { readonly kind: "index" | "stats" | "info" | "section" | "manifest" };

const flatBuffers = { index: WALK_TABLES.SsTableIndex, stats: WALK_TABLES.SstStats, info: WALK_TABLES.SsTableInfo } as const;
const structures: Readonly<Record<string, WalkStructure>> = WALK_STRUCTURES;
const tables: Readonly<Record<string, WalkTable>> = WALK_TABLES;

/**
 * Explains every byte of a part. Damage is told by the nodes' errors and never thrown; bytes that cannot be decoded are raw nodes.
 * @param options those of how values are shown; blocks, codecs and limits are for whole files.
 * @throws SstTypeError ERR_SST_OPTION_UNKNOWN; SstRangeError ERR_SST_OPTION_INVALID.
 */
export function explainPart(bytes: Uint8Array, part: ExplainedPart, options: Pick<ExplainOptions, "bytes" | "values"> = {}): Iterable<ExplainNode> {
  const region = new Region(bytes, 0, false, resolveExplainOptions(options).style);
  return partNodes(region, part);
}

function* partNodes(region: Region, part: ExplainedPart): Nodes {
  const name = Name.top(part.kind);
  yield region.group(name, 0, region.length, { value: `${region.length} bytes` });
  switch (part.kind) {
    case "block":
      yield* explainBlock(region, name, part.formatVersion);
      break;
    case "row": {
      const row = structures[`RowV${part.formatVersion}`];
      if (row === undefined) throw new SstRangeError("ERR_SST_OPTION_INVALID", `there are no rows of version ${part.formatVersion}`, { details: { option: "formatVersion", value: part.formatVersion } });
      yield* explainWalked(region, name, walkForward(row, region.bytes, 0, region.length), region.length, "rest");
      break;
    }
    case "filter":
      yield* explainFilter(region, name, part.composite ? FilterFormat.Composite : FilterFormat.Legacy);
      break;
    case "section":
      yield* explainGuarded(region, name);
      break;
    case "manifest":
      yield* explainManifest(region, name);
      break;
    default:
      yield* explainFlatBuffer(region, name, flatBuffers[part.kind]);
  }
}

function* explainGuarded(region: Region, name: Name): Nodes {
  const { spans, end, problem } = walkBackward(WALK_STRUCTURES.Section, region.bytes, 0, region.length);
  yield region.leaf("raw", name.child("payload"), 0, end, { error: problem });
  for (const span of spans) yield explainSpan(region, name, span);
}

/** The version, and the FlatBuffer of the table that it names. */
function* explainManifest(region: Region, name: Name): Nodes {
  const walked = walkForward(WALK_STRUCTURES.ManifestObject, region.bytes, 0, region.length);
  const [version, body] = walked.spans;
  const table = version === undefined ? undefined : tables[`ManifestV${version.value}`];
  if (version === undefined || body === undefined || table === undefined) {
    yield* explainWalked(region, name, walked, region.length, "rest");
    return;
  }
  yield explainSpan(region, name, version);
  yield region.group(name.child("body"), body.at, body.end, { doc: body.field.doc });
  yield* explainFlatBuffer(new Region(region.bytes.subarray(body.at, body.end), body.at, false, region.style), name.child("body"), table);
}
