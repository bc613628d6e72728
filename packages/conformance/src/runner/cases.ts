// The vectors as a runner asks them: every case with what lay in files of its own.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { create, fromBinary, fromJsonString } from "@slate-sst/format/proto";
import { type ConformanceCase, ConformanceLayer, type ConformanceRequest, ConformanceRequestSchema, ConformanceSuiteSchema, type ConformanceTask, type ConformanceValue, ConformanceValueSchema } from "@slate-sst/format/proto/conformance";

/** The folder of the vectors that come with this package. */
export const VECTORS = fileURLToPath(new URL("../../vectors/", import.meta.url));

export interface LoadedCase {
  readonly case: ConformanceCase;
  readonly layer: ConformanceLayer;
  readonly request: ConformanceRequest;
  /** What encode must give. */
  readonly bytes: Uint8Array | undefined;
  /** What decode must give. */
  readonly value: ConformanceValue | undefined;
}

/** All cases, from the bottom layer up. */
export function loadCases(folder: string = VECTORS, layers: readonly ConformanceLayer[] = []): LoadedCase[] {
  const read = (path: string): Uint8Array => new Uint8Array(readFileSync(join(folder, path)));
  const suites = readdirSync(join(folder, "cases")).filter((name) => name.endsWith(".json")).map((name) => fromJsonString(ConformanceSuiteSchema, readFileSync(join(folder, "cases", name), "utf8")));
  return suites
    .filter(({ layer }) => layers.length === 0 || layers.includes(layer))
    .sort((left, right) => left.layer - right.layer)
    .flatMap(({ layer, cases }) => cases.map((one) => loadCase(one, layer, read)));
}

function loadCase(one: ConformanceCase, layer: ConformanceLayer, read: (path: string) => Uint8Array): LoadedCase {
  const shared = one.valueFile === "" ? undefined : readValue(one.valueFile, read);
  const task = withFiles(one, shared, read);
  const { expectation } = one;
  const bytes = expectation.case === "mustEqual" ? (expectation.value.file === "" ? expectation.value.bytes : read(expectation.value.file)) : undefined;
  const value = expectation.case === "mustAccept" ? (expectation.value.value ?? shared) : expectation.case === "may" ? expectation.value.value : undefined;
  return { case: one, layer, request: create(ConformanceRequestSchema, { caseId: one.id, layer, task }), bytes, value };
}

function readValue(path: string, read: (path: string) => Uint8Array): ConformanceValue {
  const bytes = read(path);
  return path.endsWith(".json") ? fromJsonString(ConformanceValueSchema, new TextDecoder().decode(bytes)) : fromBinary(ConformanceValueSchema, bytes);
}

function withFiles({ id, task, inputFile }: ConformanceCase, shared: ConformanceValue | undefined, read: (path: string) => Uint8Array): ConformanceTask {
  if (task === undefined) throw new RangeError(`${id} has no task`);
  const { kind } = task;
  if (kind.case === "encode" && kind.value.value === undefined && shared !== undefined) return { ...task, kind: { case: "encode", value: { ...kind.value, value: shared } } };
  if (kind.case === "decode" && inputFile !== "") return { ...task, kind: { case: "decode", value: { ...kind.value, bytes: read(inputFile) } } };
  if (kind.case !== "verify") return task;
  const objects = kind.value.objects.map((object) => (object.file === "" ? object : { ...object, bytes: read(object.file), file: "" }));
  return { ...task, kind: { case: "verify", value: { ...kind.value, objects, ...(inputFile === "" ? {} : { bytes: read(inputFile) }) } } };
}
