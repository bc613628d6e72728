// Inputs for fuzzing: a seed always gives the same one. Sound files are changed in a few places at once, by bytes, stretches
// and lengths; half of them get checksums that fit again, so that what lies behind the checksums is reached.
import { crc32, encodeSection, loadCodec, SECTION_BYTES } from "@slate-sst/format";
import { FORGERIES, takeApart } from "../forgeries/index.js";
import { forgeryBase } from "../forgery-bases.js";
import { sstSections } from "../sst-sections.js";
import { goldenSsts } from "../vectors.js";
import { Xorshift32 } from "../xorshift32.js";

/** A file to start from, and where its sections lie. */
export interface FuzzSource {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Sections that end with their checksum. */
  readonly sections: readonly { readonly start: number; readonly end: number }[];
}

export interface FuzzInput {
  readonly bytes: Uint8Array;
  readonly title: string;
}

/** Larger files take long and have nothing in them that others have not. */
const SOURCE_BYTES_MAX = 16 * 1024;
const SEED_SPREAD = 0x9e3779b1;
const CHANGES_MAX = 6;
const RANDOM_BYTES_MAX = 600;
const STRETCH_MAX = 40;
/** One input in so many is random bytes. */
const RANDOM_EVERY = 50;
/** Numbers that often break things, as bytes of a 32-bit number. */
const EDGES: readonly number[] = [0, 1, 2, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** Golden files, the bases of forgeries, and the forgeries. */
export async function fuzzSources(): Promise<FuzzSource[]> {
  const sources: FuzzSource[] = [];
  for (const { name, bytes, config, size } of goldenSsts()) {
    if (size > SOURCE_BYTES_MAX) continue;
    sources.push({ name, bytes, sections: checkedSections(bytes, await loadCodec(config.compression)) });
  }
  for (const { name, base, make } of FORGERIES) {
    const { bytes: sound, codec } = await forgeryBase(base);
    const { bytes } = make(takeApart(sound, codec));
    // Where a forgery's own sections lie cannot be told; mostly it is where the base has them.
    sources.push({ name, bytes, sections: checkedSections(sound, codec).filter(({ end }) => end <= bytes.length) });
  }
  return sources;
}

function checkedSections(bytes: Uint8Array, codec: Parameters<typeof sstSections>[1]): FuzzSource["sections"] {
  return sstSections(bytes, codec).all.filter(({ name, start, end }) => name !== "footer" && end - start > SECTION_BYTES);
}

export function fuzzInput(sources: readonly FuzzSource[], seed: number): FuzzInput {
  const random = new Xorshift32(Math.imul(seed, SEED_SPREAD));
  for (let i = 0; i < CHANGES_MAX; i++) random.next();
  if (random.oneIn(RANDOM_EVERY)) {
    const bytes = random.bytes(random.below(RANDOM_BYTES_MAX));
    return { bytes, title: `${bytes.length} random bytes` };
  }
  const source = random.pick(sources);
  const isMended = !random.oneIn(3) && source.sections.length > 0;
  const bytes = isMended ? changedAndMended(source, random) : changed(source.bytes, random);
  return { bytes, title: isMended ? `${source.name}, mended` : source.name };
}

/** Changes in one or two sections, none of which moves anything, and their checksums. */
function changedAndMended({ bytes, sections }: FuzzSource, random: Xorshift32): Uint8Array {
  const file = bytes.slice();
  for (let touched = random.between(1, 2); touched > 0; touched--) {
    const { start, end } = random.pick(sections);
    const payload = file.subarray(start, end - SECTION_BYTES);
    for (let changes = random.between(1, CHANGES_MAX); changes > 0; changes--) changeInPlace(payload, random);
    encodeSection(file, end - SECTION_BYTES, crc32(payload));
  }
  return file;
}

function changed(bytes: Uint8Array, random: Xorshift32): Uint8Array {
  let file = bytes.slice();
  for (let changes = random.between(1, CHANGES_MAX); changes > 0 && file.length > 0; changes--) {
    const at = random.below(file.length);
    const length = random.between(1, STRETCH_MAX);
    const way = random.below(5);
    if (way === 0) file = Uint8Array.from([...file.subarray(0, at), ...file.subarray(at + length)]);
    else if (way === 1) file = Uint8Array.from([...file.subarray(0, at), ...random.bytes(length), ...file.subarray(at)]);
    else if (way === 2) file = file.slice(0, at);
    else changeInPlace(file, random);
  }
  return file;
}

function changeInPlace(bytes: Uint8Array, random: Xorshift32): void {
  if (bytes.length === 0) return;
  const at = random.below(bytes.length);
  const way = random.below(5);
  if (way === 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  else if (way === 1) bytes[at] = random.byte();
  else if (way === 2) bytes.fill(random.pick([0, 0xff]), at, at + random.between(1, STRETCH_MAX));
  else if (way === 3) bytes.copyWithin(at, random.below(bytes.length), random.below(bytes.length));
  else writeNumber(bytes, at, random);
}

/** An edge number in one to eight bytes, in either order. */
function writeNumber(bytes: Uint8Array, at: number, random: Xorshift32): void {
  const value = random.pick(EDGES);
  const width = random.pick([1, 2, 4, 8]);
  const isBigEndian = random.oneIn(2);
  for (let i = 0; i < width && at + i < bytes.length; i++) {
    const place = isBigEndian ? width - 1 - i : i;
    bytes[at + i] = place < 4 ? value >>> (8 * place) : 0;
  }
}
