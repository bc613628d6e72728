// SlateDB's own files, taken apart.
import { loadCodec } from "@slate-sst/format";
import { takeApart, type SstParts } from "../../forgeries/forged-sst.js";
import { sectionPayload, sstSections } from "../../sst-sections.js";
import { goldenSsts, type GoldenSst } from "../../vectors.js";

export interface Golden {
  readonly sst: GoldenSst;
  readonly parts: SstParts;
  /** Payload of a section as it lies in the file, decompressed. */
  readonly payload: (section: "index" | "stats") => Uint8Array;
}

/** All golden SSTs by name. */
export async function loadGolden(): Promise<ReadonlyMap<string, Golden>> {
  const all = new Map<string, Golden>();
  for (const sst of goldenSsts()) {
    const codec = await loadCodec(sst.config.compression);
    const payload = (name: "index" | "stats"): Uint8Array => {
      const section = sstSections(sst.bytes, codec).all.find((one) => one.name === name);
      if (section === undefined) throw new RangeError(`${sst.name} has no ${name}`);
      return sectionPayload(sst.bytes, section, codec);
    };
    all.set(sst.name, { sst, parts: takeApart(sst.bytes, codec), payload });
  }
  return all;
}
