// Damaged manifests: whatever the bytes, the check comes to an end with findings, never with an error. A manifest has no
// checksum, so some changes of single numbers make another manifest that is just as good.
import { encodeManifestV1, encodeManifestV2 } from "@slate-sst/format";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NOW, SampleDatabase, sampleSst } from "./database-samples.js";

const sample = (): SampleDatabase => new SampleDatabase({ 1: sampleSst(["a@1", "c@2"]), 2: sampleSst(["a@1"]) }, { l0: [1], runs: [[2]] });
const manifests = { V1: encodeManifestV1(sample().manifest), V2: encodeManifestV2(sample().asV2()) };
/** Of all single-bit flips, at most this share may go unnoticed. */
const UNSEEN_MAX = 0.3;

describe.each(Object.entries(manifests))("%s", (_, manifest) => {
  it("every truncation is found", async () => {
    for (let length = 0; length < manifest.length; length++) {
      const { result } = await sample().verify({ level: "quick" }, manifest.slice(0, length));
      expect(result.sound, `${length} bytes`).toBe(false);
    }
  });

  it("most bit flips are found, none ends in an error", async () => {
    let unseen = 0;
    for (let at = 0; at < manifest.length; at++) {
      // One bit of each byte, another one from byte to byte.
      const changed = Uint8Array.from(manifest);
      changed[at]! ^= 1 << (at % 8);
      const { findings } = await sample().verify({ level: "quick" }, changed);
      if (findings.length === 0) unseen++;
    }
    expect(unseen / manifest.length).toBeLessThan(UNSEEN_MAX);
  });

  it("random changes of several bytes end in findings or none, never in an error", async () => {
    const change = fc.tuple(fc.nat(manifest.length - 1), fc.integer({ min: 0, max: 255 }));
    await fc.assert(fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 5 }), async (changes) => {
      const changed = Uint8Array.from(manifest);
      for (const [at, value] of changes) changed[at] = value;
      const { result } = await sample().verify({ level: "full", now: () => NOW }, changed);
      expect(result.findings.error > 0).toBe(!result.sound);
    }), { seed: 17, numRuns: 100 });
  });
});
