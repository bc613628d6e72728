// Cases as they are made: what is short stands in the case, what is long becomes a file of its own beside it.
import { create, type MessageInitShape, toBinary, toJsonString } from "@slate-sst/format/proto";
import {
  type ConformanceCase, ConformanceCaseSchema, ConformanceLayer, ConformanceLayerSchema, type ConformanceSuite, ConformanceSuiteSchema, type ConformanceTaskSchema, type ConformanceValue, ConformanceValueSchema, type SstConfig,
  type SstRow,
} from "@slate-sst/format/proto/conformance";
import type { RuleId } from "@slate-sst/format/rules";
import { sha256Hex } from "../side-car-bytes.js";

/** Where bytes come from. */
export interface Origin {
  readonly name: string;
  readonly version: string;
  readonly note?: string;
}

/** The SlateDB that wrote the golden files. */
export const SLATEDB: Origin = { name: "SlateDB, as npm @slatedb/uniffi", version: "0.12.1" };
export const OURS: Origin = { name: "@slate-sst/writer", version: "0.1.0" };
export const BY_HAND: Origin = { name: "by hand, from spec/", version: "0.1.0" };

export function withNote(origin: Origin, note: string): Origin {
  return { ...origin, note };
}

/** Bytes, or the file of a vector that has them already. */
export type Source = Uint8Array | { readonly path: string };

interface Common {
  readonly name: string;
  readonly about: string;
  readonly origin: Origin;
  readonly rules?: readonly RuleId[];
}

interface Decode {
  readonly formatVersion?: number;
  readonly keyBefore?: Uint8Array;
  readonly keys?: Uint8Array[];
  readonly composite?: boolean;
}
type Task = NonNullable<MessageInitShape<typeof ConformanceTaskSchema>["kind"]>;
type Verify = Extract<Task, { case: "verify" }>["value"];

/** What a case has beside its name and origin. */
interface Rest {
  readonly task: MessageInitShape<typeof ConformanceTaskSchema>;
  readonly inputFile?: string;
  readonly valueFile?: string;
  readonly expectation: Expectation;
}

type Fields = Exclude<MessageInitShape<typeof ConformanceCaseSchema>, ConformanceCase>;
type Expectation = NonNullable<Fields["expectation"]>;

/** What a decoder must do. */
export type Right = { readonly accept: ConformanceValue } | { readonly reject: RuleId | ""; readonly also?: readonly RuleId[] } | { readonly may: string; readonly value?: ConformanceValue };

/** Bytes up to this length stand in the case itself. */
const INLINE_BYTES_MAX = 600;
/** The JSON of a value up to this length stands in the case itself, and up to the second one in a JSON file. */
const INLINE_JSON_MAX = 4_000;
const JSON_FILE_MAX = 64_000;

/** The cases of one layer and their files. */
export class SuiteBuilder {
  readonly layer: ConformanceLayer;
  /** Content by path under vectors/. */
  readonly files = new Map<string, Uint8Array>();
  readonly #cases: ConformanceCase[] = [];
  readonly #name: string;
  readonly #values = new Map<string, string>();
  /** Files by the SHA-256 of their content. */
  readonly #pathOf = new Map<string, string>();

  constructor(layer: ConformanceLayer) {
    this.layer = layer;
    this.#name = layerName(layer);
  }

  /** A writer's case: these values are exactly these bytes. */
  encode(common: Common, value: ConformanceValue, bytes: Source): void {
    const id = this.#id(common.name);
    const isFile = !(bytes instanceof Uint8Array) || bytes.length > INLINE_BYTES_MAX;
    const [inline, valueFile] = this.#value(value, id);
    this.#add(id, common, {
      task: { kind: { case: "encode", value: inline === undefined ? {} : { value: inline } } },
      valueFile,
      expectation: { case: "mustEqual", value: isFile ? { file: this.#file(id, bytes) } : { bytes } },
    });
  }

  /** A reader's case: what these bytes are. */
  decode(common: Common, bytes: Source, right: Right, task: Decode = {}): void {
    const id = this.#id(common.name);
    const isFile = !(bytes instanceof Uint8Array) || bytes.length > INLINE_BYTES_MAX;
    const [inline, valueFile] = "accept" in right ? this.#value(right.accept, id) : [undefined, ""];
    this.#add(id, common, {
      task: { kind: { case: "decode", value: { ...task, ...(isFile ? {} : { bytes }) } } },
      inputFile: isFile ? this.#file(id, bytes) : "",
      valueFile,
      expectation: "accept" in right ? { case: "mustAccept", value: inline === undefined ? {} : { value: inline } } : toExpectation(right),
    });
  }

  /** A verifier's case. @param right nothing to find, or what. */
  verify(common: Common, bytes: Source | undefined, task: Verify, right: "sound" | Exclude<Right, { readonly accept: ConformanceValue }>): void {
    const id = this.#id(common.name);
    const isFile = bytes !== undefined && (!(bytes instanceof Uint8Array) || bytes.length > INLINE_BYTES_MAX);
    this.#add(id, common, {
      task: { kind: { case: "verify", value: { ...task, ...(isFile || bytes === undefined ? {} : { bytes }) } } },
      inputFile: isFile ? this.#file(id, bytes) : "",
      expectation: right === "sound" ? { case: "mustAccept", value: {} } : toExpectation(right),
    });
  }

  /** A database's case: any sound SST of these rows. */
  write(common: Common, config: SstConfig, rows: readonly SstRow[]): void {
    this.#add(this.#id(common.name), common, { task: { kind: { case: "write", value: { config, rows: [...rows] } } }, expectation: { case: "mustBeSound", value: {} } });
  }

  /** Bytes for an object of a database: short ones as they are, others as a file. @param name of the file. */
  object(name: string, bytes: Uint8Array): { readonly bytes: Uint8Array } | { readonly file: string } {
    return bytes.length > INLINE_BYTES_MAX ? { file: this.#file(`${this.#name}/${name}`, bytes) } : { bytes };
  }

  get suite(): ConformanceSuite {
    return create(ConformanceSuiteSchema, { layer: this.layer, cases: this.#cases });
  }

  #id(name: string): string {
    const id = `${this.#name}/${slug(name)}`;
    if (this.#cases.some((one) => one.id === id)) throw new RangeError(`two cases ${id}`);
    return id;
  }

  #add(id: string, { about, origin, rules = [] }: Common, rest: Rest): void {
    const { name, version, note = "" } = origin;
    this.#cases.push(create(ConformanceCaseSchema, { id, description: about, rules: [...rules], provenance: { writer: { name, version }, note }, ...rest }));
  }

  /** Equal bytes share a file, as equal values do. */
  #file(id: string, source: Source): string {
    if (!(source instanceof Uint8Array)) return source.path;
    const known = this.#pathOf.get(sha256Hex(source));
    if (known !== undefined) return known;
    const path = `files/${id}.bin`;
    this.#pathOf.set(sha256Hex(source), path);
    this.files.set(path, source);
    return path;
  }

  #value(value: ConformanceValue, id: string): [ConformanceValue | undefined, string] {
    const json = toJsonString(ConformanceValueSchema, value);
    if (json.length <= INLINE_JSON_MAX) return [value, ""];
    const known = this.#values.get(json);
    if (known !== undefined) return [undefined, known];
    const path = `files/${id}.value.${json.length <= JSON_FILE_MAX ? "json" : "binpb"}`;
    this.#values.set(json, path);
    this.files.set(path, json.length <= JSON_FILE_MAX ? new TextEncoder().encode(`${json}\n`) : toBinary(ConformanceValueSchema, value));
    return [undefined, path];
  }
}

function toExpectation(right: Exclude<Right, { readonly accept: ConformanceValue }>): Expectation {
  if ("reject" in right) return { case: "mustReject", value: { rule: right.reject, also: [...(right.also ?? [])] } };
  return { case: "may", value: { reason: right.may, ...(right.value === undefined ? {} : { value: right.value }) } };
}

/** `file` for LAYER_FILE. */
export function layerName(layer: ConformanceLayer): string {
  return (ConformanceLayerSchema.value[layer]?.localName ?? "").toLowerCase();
}

/** All layers from the bottom up. */
export const LAYERS: readonly ConformanceLayer[] = ConformanceLayerSchema.values.map(({ number }) => number as ConformanceLayer).filter((layer) => layer !== ConformanceLayer.UNSPECIFIED);

function slug(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");
}
