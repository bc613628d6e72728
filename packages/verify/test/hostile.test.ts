// Random damage whose checksums were mended: whatever the bytes say, verification ends soon and with findings, never with an error.
import { crc32 } from "@slate-sst/format";
import { describe, expect, test } from "vitest";
import { goldenBytes, goldenNames } from "./golden-files.js";
import { verifyBytes } from "./verify-bytes.js";

/** Verifications for each file. */
const ROUNDS = 40;
const MILLISECONDS_MAX = 10_000;
const SMALL_BYTES = 16_384;
const CHECKSUM_BYTES = 4;

/** Pseudo-random numbers below a bound, the same in every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Places of sections with checksums: tries every stretch that a checksum ends. */
function sections(bytes: Uint8Array): [start: number, end: number][] {
  const found: [number, number][] = [];
  const view = new DataView(bytes.buffer);
  const infoOffset = Number(view.getBigUint64(bytes.length - 10));
  let start = 0;
  for (let end = start + CHECKSUM_BYTES + 1; end <= bytes.length - 10; end++) {
    if (view.getUint32(end - CHECKSUM_BYTES) !== crc32(bytes.subarray(start, end - CHECKSUM_BYTES))) continue;
    found.push([start, end]);
    start = end;
  }
  expect(found.at(-1)![0]).toBe(infoOffset);
  return found;
}

const small = goldenNames.filter((name) => goldenBytes(name).length <= SMALL_BYTES);

describe.each(small)("%s", (name) => {
  test("never fails, whatever its sections say", async () => {
    const bytes = goldenBytes(name);
    const places = sections(bytes);
    const next = random(bytes.length);
    for (let round = 0; round < ROUNDS; round++) {
      const forged = Uint8Array.from(bytes);
      for (let changes = 1 + next(3); changes > 0; changes--) {
        const [start, end] = places[next(places.length)]!;
        const at = start + next(end - start - CHECKSUM_BYTES);
        forged[at] = next(2) === 0 ? forged[at]! ^ (1 << next(8)) : [0, 1, 0x7f, 0x80, 0xff][next(5)]!;
        new DataView(forged.buffer).setUint32(end - CHECKSUM_BYTES, crc32(forged.subarray(start, end - CHECKSUM_BYTES)));
      }
      const { result } = await verifyBytes(forged, { level: "paranoid", maxBlockBytes: 1 << 20, maxSectionBytes: 1 << 20 });
      expect(result.milliseconds).toBeLessThan(MILLISECONDS_MAX);
      expect(result.coverage.explained + result.coverage.unexplained).toBe(forged.length);
    }
  });
});
