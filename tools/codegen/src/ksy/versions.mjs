// The versions of data blocks: which .ksy each number of the footer selects, and what sets one apart from the other.
import { SpecError } from "../output.mjs";
import { readStructures } from "./model.mjs";
import { elementsOf } from "./walk.mjs";

const FILE = "sst/sst.ksy";

/** All versions, ascending: number, file, structures of block and row, and the facts that encoders, readers and verifiers go by. */
export function readBlockVersions(files) {
  const sst = files.get("sst");
  const cases = sst?.types?.data_block?.instances?.plain?.type?.cases;
  if (cases === undefined) throw new SpecError(FILE, "data_block.plain selects no block by the format version");
  const structures = readStructures(files);
  const numbers = Object.entries(sst.enums.format_version);
  const proven = sst["-proven-versions"];
  if (proven !== undefined && !(Array.isArray(proven) && proven.every((version) => Object.hasOwn(sst.enums.format_version, version)))) throw new SpecError(FILE, "-proven-versions is a list of format versions that there are");
  const versions = numbers.map(([number, { id, doc }]) => {
    const block = cases[`format_version::${id}`];
    if (block === undefined) throw new SpecError(FILE, `format version ${number} selects no block`);
    return { ...readVersion(Number(number), doc, files.get(block), files, structures), isProven: proven?.includes(Number(number)) !== false };
  });
  if (Object.keys(cases).length !== versions.length) throw new SpecError(FILE, "a block is selected by a format version that is not in the enum");
  if (versions.filter(({ isKernel }) => isKernel).length !== 1) throw new SpecError(FILE, "exactly one version of blocks has -kernel");
  return versions.toSorted((left, right) => left.version - right.version);
}

function readVersion(version, doc, file, files, structures) {
  if (file === undefined) throw new SpecError(FILE, `the block of format version ${version} has no file`);
  const { where } = file;
  const block = structures.find(({ name }) => name === file["-codec"]);
  if (block?.inPlace === undefined) throw new SpecError(where, "a block has rows in place, positions and their count");
  const [, positions, count] = block.fields;
  if (block.fields.length !== 3 || positions.kind !== "array" || count.countOf !== positions.id) throw new SpecError(where, "behind the rows there are positions and their count");
  const { elements } = elementsOf(block, block.inPlace, files);
  const row = structures.find(({ name }) => name === elements);
  const keysExtend = file["-keys-extend"];
  if (keysExtend !== "first" && keysExtend !== "previous") throw new SpecError(where, "-keys-extend is first or previous");
  const hasRestarts = positions.id === "restarts";
  if (!hasRestarts && positions.id !== "offsets") throw new SpecError(where, "positions are offsets, of all rows, or restarts");
  return {
    version, doc, id: file.meta.id, where, block, row, positions, count, keysExtend, hasRestarts,
    interval: hasRestarts ? intervalOf(file, where) : 1,
    isOwnPositionCounted: file["-own-position-uncounted"] !== true,
    isKernel: file["-kernel"] === true,
  };
}

/** Rows from one restart point to the next: the modulus of the row's is_restart. */
function intervalOf(file, where) {
  const value = Object.values(file.types ?? {}).map((type) => type.instances?.is_restart?.value).find((one) => one !== undefined);
  const modulus = /^idx % ([1-9]\d*) == 0$/.exec(String(value));
  if (modulus === null) throw new SpecError(where, "is_restart of its rows has the form idx % N == 0");
  return Number(modulus[1]);
}
