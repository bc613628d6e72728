// Golden byte dumps: a text twin of every vector, by the walker of `sst-verify --explain`. A change of the format shows in review as
// a diff of these. Equal bytes have one dump; a forgery is shown by what it has that its sound file does not.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ConformanceLayer } from "@slate-sst/format/proto/conformance";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { type ExplainedPart, explainPart, type ExplainNode, explainSst } from "@slate-sst/verify";
import { loadCases, type LoadedCase, VECTORS } from "../runner/cases.js";
import { sha256Hex } from "../side-car-bytes.js";
import { layerName } from "../suite/builder.js";
import { formatVersionOf } from "../suite/values.js";
import { besides, elided } from "./elide.js";

/** How a case says that its file is another case's, changed. */
const BASE = /^the case (sound-\w+), changed in one respect/;
/** Bytes of a field that are shown. */
const BYTES_SHOWN = 16;
const SST = ".sst";
const MANIFEST = ".manifest";

/** Text by path below the folder of dumps: golden/NAME.txt, files/PATH.txt, and cases/LAYER.txt for what stands in the cases themselves. */
export async function makeDumps(): Promise<ReadonlyMap<string, string>> {
  const dumps = new Map<string, string>();
  for (const name of readdirSync(join(VECTORS, "golden")).toSorted()) {
    const isSst = name.endsWith(SST);
    if (isSst || name.endsWith(MANIFEST)) dumps.set(`golden/${name}.txt`, elided(await nodesOf(readFileSync(join(VECTORS, "golden", name)), isSst ? undefined : { kind: "manifest" })));
  }
  const seen = new Set<string>();
  const bases = new Map<string, string>();
  const byLayer = new Map<string, string>();
  for (const one of loadCases()) {
    for (const { name, file, bytes, part } of vectorsOf(one)) {
      if (file.startsWith("golden/")) {
        bases.set(one.case.id, dumps.get(`${file}.txt`) ?? "");
        continue;
      }
      const id = `${JSON.stringify(part)} ${sha256Hex(bytes)}`;
      if (seen.has(id)) continue;
      seen.add(id);
      const whole = elided(await nodesOf(bytes, part));
      bases.set(one.case.id, whole);
      const base = BASE.exec(one.case.provenance?.note ?? "")?.[1] ?? "";
      const text = bases.has(`file/${base}`) ? besides(whole, base, bases.get(`file/${base}`) ?? "") : whole;
      if (file !== "") dumps.set(`${file}.txt`, text);
      else byLayer.set(layerName(one.layer), `${byLayer.get(layerName(one.layer)) ?? ""}== ${name}\n${text}\n`);
    }
  }
  for (const [layer, text] of byLayer) dumps.set(`cases/${layer}.txt`, text);
  return dumps;
}

/** @param part undefined for a whole SST. */
async function nodesOf(bytes: Uint8Array, part: ExplainedPart | undefined): Promise<ExplainNode[]> {
  if (part !== undefined) return [...explainPart(bytes, part, { bytes: BYTES_SHOWN })];
  const store = new MemoryObjectStore();
  await store.put("vector.sst", bytes, { mode: "create" });
  const nodes: ExplainNode[] = [];
  for await (const node of explainSst(store, "vector.sst", { bytes: BYTES_SHOWN })) nodes.push(node);
  return nodes;
}

interface Vector {
  readonly name: string;
  /** Where the bytes lie under vectors/; empty when in the case itself. */
  readonly file: string;
  readonly bytes: Uint8Array;
  /** Undefined for a whole SST. */
  readonly part: ExplainedPart | undefined;
}

/** The bytes that a case has, as far as they have fields. */
function vectorsOf({ case: one, layer, request, bytes }: LoadedCase): Vector[] {
  const kind = request.task?.kind;
  const vectors: Vector[] = [];
  const add = (content: Uint8Array, file: string, part: ExplainedPart | "file" | undefined, name = one.id): void => {
    if (part !== undefined) vectors.push({ name, file, bytes: content, part: part === "file" ? undefined : part });
  };
  if (kind?.case === "encode" && bytes !== undefined && one.expectation.case === "mustEqual") {
    const { value } = kind.value;
    const version = value?.kind.case === "row" || value?.kind.case === "block" ? value.kind.value.formatVersion : 0;
    add(bytes, one.expectation.value.file, partOf(layer, version, value?.kind.case === "filter" && value.kind.value.composite));
  } else if (kind?.case === "decode") add(kind.value.bytes, one.inputFile, partOf(layer, kind.value.formatVersion, kind.value.composite));
  else if (kind?.case === "verify") {
    if (layer === ConformanceLayer.FILE) add(kind.value.bytes, one.inputFile, "file");
    for (const { path, bytes: content } of kind.value.objects) if (path.endsWith(MANIFEST)) add(content, "", { kind: "manifest" }, `${one.id} ${path}`);
  }
  return vectors;
}

/** Undefined for layers whose bytes have no fields: single numbers, and hashes. */
function partOf(layer: ConformanceLayer, formatVersion: number, composite: boolean): ExplainedPart | "file" | undefined {
  switch (layerName(layer)) {
    case "file":
      return "file";
    case "row":
    case "block":
      return { kind: layerName(layer) === "row" ? "row" : "block", formatVersion: formatVersionOf(formatVersion) };
    case "index":
      return { kind: "index" };
    case "stats":
      return { kind: "stats" };
    case "info":
      return { kind: "info" };
    case "crc":
      return { kind: "section" };
    case "manifest":
      return { kind: "manifest" };
    case "bloom":
    case "filter":
      return { kind: "filter", composite: layerName(layer) === "filter" && composite };
    default:
      return undefined;
  }
}
