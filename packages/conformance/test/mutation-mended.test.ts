// Damage whose checksum was mended. One bit of the filter, the index, the stats or the info is flipped and the section's
// CRC-32 made to fit: at level paranoid each such flip must be reported, if only as a form that SlateDB would not write.
// Flips in values, sequence numbers and timestamps of data blocks cannot be seen without what the writer declared; they are
// the subject of the tests of metadata.
//
// SLATE_SST_MENDED is the most flips for each file, `all` for every one there is.
import { crc32, encodeSection, loadCodec, SECTION_BYTES } from "@slate-sst/format";
import { describe, expect, it } from "vitest";
import { mutate, mutationAt, mutationCount, mutationName } from "../src/mutations/mutations.js";
import { countFromEnvironment } from "../src/mutations/sampled.js";
import { type SstSection, sstSections } from "../src/sst-sections.js";
import { goldenSsts, type GoldenSst } from "../src/vectors.js";
import { verifyBytes } from "../src/verify-bytes.js";
import { Xorshift32 } from "../src/xorshift32.js";

const SMALL_BYTES_MAX = 3 * 1024;
const DEFAULT_FLIPS = 100;
const SEED = 11;
const ALL_MS_MAX = 1_800_000;

const flipsMax = countFromEnvironment("SLATE_SST_MENDED", DEFAULT_FLIPS);
const small = goldenSsts().filter(({ size }) => size <= SMALL_BYTES_MAX);

/** The file with one section's stored bytes changed and its checksum mended. */
function mended(file: Uint8Array, { start, end }: SstSection, change: (stored: Uint8Array) => Uint8Array): Uint8Array {
  const bytes = file.slice();
  const stored = change(bytes.subarray(start, end - SECTION_BYTES));
  bytes.set(stored, start);
  encodeSection(bytes, end - SECTION_BYTES, crc32(stored));
  return bytes;
}

/** Flips of a file's sections behind the data blocks: section and number of the flip. */
function* flips(sections: readonly SstSection[], random: Xorshift32): Generator<readonly [SstSection, number]> {
  for (const section of sections) {
    const all = mutationCount("flip", section.end - section.start - SECTION_BYTES);
    const count = Math.min(all, Math.ceil(flipsMax / sections.length));
    for (let i = 0; i < count; i++) yield [section, count === all ? i : random.below(all)];
  }
}

async function survivorsOf(golden: GoldenSst): Promise<string[]> {
  const { all } = sstSections(golden.bytes, await loadCodec(golden.config.compression));
  const sections = all.filter(({ name }) => name !== "footer" && !name.startsWith("block"));
  const survivors: string[] = [];
  for (const [section, number] of flips(sections, new Xorshift32(SEED))) {
    const flip = mutationAt("flip", number);
    const { findings } = await verifyBytes(mended(golden.bytes, section, (stored) => mutate(stored, flip)), { level: "paranoid" });
    if (findings.length === 0) survivors.push(`${section.name}: ${mutationName(flip)}`);
  }
  return survivors;
}

describe("flips behind a checksum that fits", () => {
  it.each(small.map((golden) => [golden.name, golden] as const))("%s", async (_, golden) => {
    expect(await survivorsOf(golden)).toEqual([]);
  }, ALL_MS_MAX);
});
