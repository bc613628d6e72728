// Forged manifests over a sound SST: SlateDB believes the manifest's copy of an info, so each lie in it must be reported.
import { COMPACTED_FOLDER, MANIFEST_EXTENSION, MANIFEST_FOLDER, OBJECT_ID_DIGITS, SST_EXTENSION } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { type Finding, verifyDatabase } from "@slate-sst/verify";
import { describe, expect, it } from "vitest";
import { encodeForgedManifest, FORGED_MANIFEST_ID, FORGED_ULID, MANIFEST_FORGERIES, soundManifest } from "../src/forgeries/manifest-cases.js";
import { takeApart } from "../src/forgeries/index.js";
import { forgeryBase } from "../src/forgery-bases.js";
import { rulesAndPaths } from "../src/verify-bytes.js";

const ROOT = "db";
const SST = `${ROOT}/${COMPACTED_FOLDER}/${FORGED_ULID}${SST_EXTENSION}`;
const MANIFEST = `${ROOT}/${MANIFEST_FOLDER}/${String(FORGED_MANIFEST_ID).padStart(OBJECT_ID_DIGITS, "0")}${MANIFEST_EXTENSION}`;

async function findingsOf(change: (manifest: ReturnType<typeof soundManifest>) => ReturnType<typeof soundManifest>, withSst = true): Promise<Finding[]> {
  const { bytes, codec, metadata } = await forgeryBase("plain");
  const store = new MemoryObjectStore();
  if (withSst) await store.put(SST, bytes, { mode: "create" });
  await store.put(MANIFEST, encodeForgedManifest(change(soundManifest(takeApart(bytes, codec), metadata?.maxSeq ?? 0n))), { mode: "create" });
  const findings: Finding[] = [];
  for await (const finding of verifyDatabase(store, ROOT)) findings.push(finding);
  return findings;
}

describe("a database of one SST", () => {
  it("is sound", async () => expect(await findingsOf((manifest) => manifest)).toEqual([]));

  it("without that SST", async () => {
    const findings = await findingsOf((manifest) => manifest, false);
    expect(findings.map(({ rule }) => rule)).toEqual(["M1.3"]);
  });

  it.each(MANIFEST_FORGERIES.map((forgery) => [forgery.name, forgery] as const))("%s", async (_, { make, findings }) => {
    expect(rulesAndPaths(await findingsOf(make))).toEqual(findings);
  });
});
