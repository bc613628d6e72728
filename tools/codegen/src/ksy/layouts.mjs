// spec/sst/block_*.ksy -> packages/format/src/generated/block-layouts.ts: the versions of data blocks behind one set of functions, so
// that no hand-written code asks which version it has before it.
import { join } from "node:path";
import { docComment, generated, SpecError, writeGenerated } from "../output.mjs";
import { encoderParameters, sizerParameters } from "./encode.mjs";
import { loadKsyFiles } from "./model.mjs";
import { camel, oneLine, pascal } from "./names.mjs";
import { readBlockVersions } from "./versions.mjs";

/** What an encoder of rows is given, whatever the order of the fields in a version. */
const ROW = [
  "out: Uint8Array", "at: number", "shared: number", "suffix: Uint8Array", "suffixStart: number", "suffixEnd: number", "value: Uint8Array", "valueStart: number", "valueEnd: number", "seqNumHi: number", "seqNumLo: number", "flags: number",
  "expireTsHi: number", "expireTsLo: number", "createTsHi: number", "createTsLo: number",
];
const ROW_SIZE = ["shared", "suffixLength", "valueLength", "flags"];

const nameOf = (parameter) => parameter.split(":")[0];

/** The function itself where its parameters stand in the common order, else one that passes them on. */
function adapted(name, wanted, given, where) {
  const unknown = wanted.filter((one) => !given.includes(one));
  if (unknown.length > 0) throw new SpecError(where, `${name} wants ${unknown.join(", ")}, which no row brings`);
  if (wanted.join() === given.join()) return name;
  return `(${given.map((one) => (wanted.includes(one) ? one : `_${one}`)).join(", ")}) => ${name}(${wanted.join(", ")})`;
}

function layout({ version, doc, where, block, row, positions, count, keysExtend, hasRestarts, interval, isOwnPositionCounted }) {
  const member = camel(positions.id);
  const element = `${block.name.replace(/^./, (letter) => letter.toLowerCase())}${pascal(positions.id)}`;
  const scratch = `trailerV${version}`;
  return `const ${scratch} = new ${block.name}();

${docComment(oneLine(doc))}const V${version}: BlockLayout = {
  version: ${version}, keysExtend: "${keysExtend}", hasRestarts: ${hasRestarts}, interval: ${interval}, isOwnPositionCounted: ${isOwnPositionCounted}, positionsName: "${positions.id}", countName: "${count.id.replace(/_stored$/, "")}",
  newRow: () => new ${row.name}(),
  sizeRow: ${adapted(`size${row.name}`, sizerParameters(row), ROW_SIZE, where)},
  encodeRow: ${adapted(`encode${row.name}`, encoderParameters(row).map(nameOf), ROW.map(nameOf), where)},
  decodeRow: decode${row.name},
  sizeTrailer: size${block.name},
  encodeTrailer: encode${block.name},
  decodeTrailer: (bytes, start, end, into) => {
    ${scratch}.${member}Count = 0;
    try {
      decode${block.name}(bytes, start, end, ${scratch});
    } finally {
      into.bodyEnd = ${scratch}.bodyEnd;
      into.positionsAt = ${scratch}.${member}At;
      into.positionsCount = ${scratch}.${member}Count;
    }
  },
  position: (bytes, from, index) => {
    ${scratch}.${member}At = from.positionsAt;
    return ${element}(bytes, ${scratch}, index);
  },
};
`;
}

export function generateBlockLayouts() {
  const versions = readBlockVersions(loadKsyFiles());
  const imports = versions.flatMap(({ block, row, positions }) => [
    block.name, `${block.name.replace(/^./, (letter) => letter.toLowerCase())}${pascal(positions.id)}`, `decode${block.name}`, `decode${row.name}`, `encode${block.name}`, `encode${row.name}`, row.name, `size${block.name}`, `size${row.name}`,
  ]);
  const text = `import {
${[...new Set(imports)].map((name) => `  ${name},\n`).join("")}} from "./codecs.js";

/** Versions of data blocks, ascending. */
export const FORMAT_VERSIONS = [${versions.map(({ version }) => version).join(", ")}] as const;

/** Format versions of data blocks. */
export type FormatVersion = (typeof FORMAT_VERSIONS)[number];

/** The version whose blocks the kernel encodes and decodes; others are handled in JavaScript. */
export const KERNEL_FORMAT_VERSION = ${versions.find(({ isKernel }) => isKernel).version};

/** Fields of a decoded row. Positions count from the start of the array that it was decoded from. */
export type BlockRow = ${versions.map(({ row }) => row.name).join(" | ")};

/** What stands behind the rows of a block. */
export class BlockTrailer {
  /** Where the rows end. */
  bodyEnd = 0;
  /** Where the positions begin. */
  positionsAt = 0;
  /** How many positions there are. */
  positionsCount = 0;
}

/** All that sets a version of data blocks apart from the others. */
export interface BlockLayout {
  /** Number in the footer. */
  readonly version: FormatVersion;
  /** The key that a row's key is stored against: the first of its block, or that of the row before. */
  readonly keysExtend: "first" | "previous";
  /** Whether the positions are those of restart points, whose keys are stored whole, and not of all rows. */
  readonly hasRestarts: boolean;
  /** Of so many rows one has its position listed. */
  readonly interval: number;
  /** Whether the room of its own position counts where it is decided whether a row still fits into a block. */
  readonly isOwnPositionCounted: boolean;
  /** Name of the positions in the paths of errors and findings. */
  readonly positionsName: string;
  /** Name of their count in there. */
  readonly countName: string;
  /** What decodeRow() fills. */
  newRow(): BlockRow;
  /** Bytes that encodeRow() writes. */
  sizeRow(shared: number, suffixLength: number, valueLength: number, flags: number): number;
  /** Writes a row at \`at\` and returns the position behind it. */
  encodeRow(
${ROW.map((parameter) => `    ${parameter},\n`).join("")}  ): number;
  /** Reads the row at \`at\` and returns the position behind it. Throws SstError with the offset and the field. */
  decodeRow(bytes: Uint8Array, at: number, end: number, into: BlockRow): number;
  /** Bytes behind the rows of a block with so many positions. */
  sizeTrailer(positions: number): number;
  /** Writes what stands behind the rows at \`at\` and returns the position behind it; the caller has made room. */
  encodeTrailer(out: Uint8Array, at: number, positions: Uint16Array, count: number): number;
  /** Reads what stands behind the rows in bytes [start, end). Throws SstError when it does not fit; the count is set then, too. */
  decodeTrailer(bytes: Uint8Array, start: number, end: number, into: BlockTrailer): void;
  /** One of the positions, by its index (unchecked). */
  position(bytes: Uint8Array, from: BlockTrailer, index: number): number;
}

${versions.map(layout).join("\n")}
/** The layout of each version. */
export const BLOCK_LAYOUTS: Readonly<Record<FormatVersion, BlockLayout>> = { ${versions.map(({ version }) => `${version}: V${version}`).join(", ")} };
`;
  return [writeGenerated(join(generated, "block-layouts.ts"), ["sst/sst.ksy", ...versions.map(({ id }) => `sst/${id}.ksy`)], text)];
}
