// A database that real SlateDB wrote, as far as its files are among the vectors.
import { decodeManifest, encodeManifestV1, formatUlid, MANIFEST_VERSION_V1, type ManifestV1 } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkDatabase } from "./database-samples.js";
import { goldenBytes } from "./golden-files.js";

const MANIFEST = "db/manifest/00000000000000000010.manifest";
const manifestBytes = Uint8Array.from(readFileSync(new URL("../../conformance/vectors/golden/sorted-run-multi-sst--manifest-last.manifest", import.meta.url)));

function goldenManifest(): ManifestV1 {
  const decoded = decodeManifest(manifestBytes);
  if (decoded.version !== MANIFEST_VERSION_V1) throw new Error("the vector is a ManifestV1");
  return decoded.manifest;
}

/** The run's SSTs under their own names. */
async function goldenStore(manifest: Uint8Array): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore();
  const [run] = goldenManifest().compacted;
  for (const [at, { id }] of (run?.ssts ?? []).entries()) await store.put(`db/compacted/${formatUlid(id)}.sst`, goldenBytes(`sorted-run-multi-sst--run0-${at}`), { mode: "create" });
  await store.put(MANIFEST, manifest, { mode: "create" });
  return store;
}

describe("sorted-run-multi-sst", () => {
  it.each(["quick", "full", "paranoid"] as const)("lacks the SST that is not among the vectors, and nothing else, on level %s", async (level) => {
    const { findings, result, state } = await checkDatabase(await goldenStore(manifestBytes), "db", { level });
    expect(findings).toEqual([
      {
        rule: "M1.3", severity: "error", object: "db/compacted/01M845MM8R4NWHSTT207DYBF8N.sst", path: "file", offset: 0, length: 0,
        expected: "an object, because the manifest lists it as manifest.l0[0]", found: "none",
      },
    ]);
    expect(result).toMatchObject({ sound: false, complete: false, findings: { error: 1, warning: 0, note: 0 }, manifest: { path: MANIFEST, number: 10n, version: 1, newest: true } });
    expect(result.ssts.map((sst) => sst.state)).toEqual(["missing", "checked", "checked", "checked", "checked"]);
    expect(state("M1.1")).toBe("stopped");
    // What its checkpoint keeps is in another manifest.
    expect(result.notChecked.map(({ feature }) => feature)).toEqual(["checkpoints"]);
  });

  it("is sound and complete without that SST and the checkpoint", async () => {
    const store = await goldenStore(encodeManifestV1({ ...goldenManifest(), l0: [], checkpoints: [] }));
    for (const level of ["quick", "full", "paranoid"] as const) {
      const { findings, result } = await checkDatabase(store, "db", { level });
      expect(findings).toEqual([]);
      expect(result).toMatchObject({ sound: true, complete: true, notChecked: [], unreferenced: 0, rows: level === "quick" ? 0 : 450 });
      expect(result.rules.filter(({ state }) => state !== "held" && state !== "inapplicable" && state !== "level")).toEqual([]);
    }
  });
});
