// The golden vectors: files written by real SlateDB, each with a side-car that says what is in it and which settings make
// it. The loader checks every file against its side-car (size, SHA-256) before anything is compared with it.
// What the fields mean: vectors/golden/README.md.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { asObject, asString, TestDataError, type JsonObject } from "./json-fields.js";
import { readSideCar, type SideCar } from "./side-car.js";
import { sha256Hex } from "./side-car-bytes.js";

export { GOLDEN_CODECS } from "./side-car.js";
export type { GoldenCodec, GoldenConfig, GoldenRow, SideCarBlock, SideCarCounts, SideCarFilter, SideCarInfo, SideCarStats } from "./side-car.js";

const GOLDEN = new URL("../vectors/golden/", import.meta.url);
const SIDE_CAR = ".json";
const SST = ".sst";
const MANIFEST = ".manifest";

/** A golden file and what its side-car says of it. */
export interface GoldenSst extends SideCar {
  /** Its name, without the extension. */
  name: string;
  /** The whole file. */
  bytes: Uint8Array;
}

/** A manifest that SlateDB wrote. */
export interface GoldenManifest {
  /** Its name, without the extension. */
  name: string;
  /** Name of the object in its database. */
  objectName: string;
  /** The whole object. */
  bytes: Uint8Array;
  /** The side-car's `decoded`, as JSON. */
  decoded: unknown;
}

/** All golden SSTs, ascending by name. Each call returns fresh copies, so a test may damage the bytes. */
export function goldenSsts(): GoldenSst[] {
  return goldenNames(SST).map((name) => readGoldenSst(name));
}

/** The golden SST of that name (without `.sst`). */
export function goldenSst(name: string): GoldenSst {
  return readGoldenSst(requireName(name, SST));
}

/** All golden manifests, ascending by name. */
export function goldenManifests(): GoldenManifest[] {
  return goldenNames(MANIFEST).map((name) => readGoldenManifest(name));
}

/** The golden manifest of that name (without `.manifest`). */
export function goldenManifest(name: string): GoldenManifest {
  return readGoldenManifest(requireName(name, MANIFEST));
}

function goldenNames(ending: string): string[] {
  const names = readdirSync(GOLDEN).filter((file) => file.endsWith(ending)).map((file) => file.slice(0, -ending.length));
  if (names.length === 0) throw new TestDataError(`no ${ending} file in ${fileURLToPath(GOLDEN)}`);
  return names.sort();
}

function requireName(name: string, ending: string): string {
  if (!goldenNames(ending).includes(name)) throw new TestDataError(`there is no golden vector ${name}${ending}`);
  return name;
}

function readGoldenManifest(name: string): GoldenManifest {
  const { bytes, sideCar } = readPair(name, MANIFEST);
  return { name, objectName: asString(sideCar["object_name"], `${name}.object_name`), bytes, decoded: asObject(sideCar["decoded"], `${name}.decoded`) };
}

function readGoldenSst(name: string): GoldenSst {
  const { bytes, sideCar } = readPair(name, SST);
  return { name, bytes, ...readSideCar(sideCar, name) };
}

function readPair(name: string, ending: string): { bytes: Uint8Array; sideCar: JsonObject } {
  const bytes = new Uint8Array(readFileSync(new URL(name + ending, GOLDEN)));
  const sideCar = asObject(JSON.parse(readFileSync(new URL(name + SIDE_CAR, GOLDEN), "utf8")), name);
  if (sideCar["name"] !== name) throw new TestDataError(`${name}: the side-car belongs to ${String(sideCar["name"])}`);
  if (sideCar["size"] !== bytes.length) throw new TestDataError(`${name}: the file has ${bytes.length} bytes, its side-car says ${String(sideCar["size"])}`);
  if (sideCar["sha256"] !== sha256Hex(bytes)) throw new TestDataError(`${name}: the file does not have the SHA-256 of its side-car`);
  return { bytes, sideCar };
}
