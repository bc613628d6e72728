// All vectors, made anew: from golden files, rules and forgeries. The same input gives the same bytes.
import { toJson } from "@slate-sst/format/proto";
import { type ConformanceSuite, ConformanceSuiteSchema } from "@slate-sst/format/proto/conformance";
import { layerName, type SuiteBuilder } from "./builder.js";
import { blockSuite } from "./layers/blocks.js";
import { fileSuite } from "./layers/files.js";
import { bloomSuite, filterSuite } from "./layers/filters.js";
import { loadGolden } from "./layers/golden.js";
import { indexSuite, infoSuite, separatorSuite, statsSuite } from "./layers/index-parts.js";
import { manifestSuite } from "./layers/manifests.js";
import { crcSuite, siphashSuite, varintSuite } from "./layers/primitives.js";
import { rowSuite } from "./layers/rows.js";

/** Content by path under vectors/: cases/LAYER.json and what they name. */
export async function generateVectors(): Promise<ReadonlyMap<string, Uint8Array>> {
  const golden = await loadGolden();
  const suites: SuiteBuilder[] = [
    varintSuite(), crcSuite(), siphashSuite(), bloomSuite(golden), rowSuite(), blockSuite(golden), separatorSuite(), indexSuite(golden), statsSuite(golden), infoSuite(golden), filterSuite(golden), await fileSuite(golden), await manifestSuite(),
  ];
  const files = new Map<string, Uint8Array>();
  for (const { layer, suite, files: more } of suites) {
    files.set(`cases/${layerName(layer)}.json`, new TextEncoder().encode(suiteText(suite)));
    for (const [path, bytes] of more) files.set(path, bytes);
  }
  return files;
}

/** One case a line, so that a change shows which one it is. */
function suiteText(suite: ConformanceSuite): string {
  const { layer, cases } = toJson(ConformanceSuiteSchema, suite) as { layer: string; cases: unknown[] };
  return `{"layer":${JSON.stringify(layer)},"cases":[\n${cases.map((one) => JSON.stringify(one)).join(",\n")}\n]}\n`;
}
