// spec/constants.yaml -> one exported constant per entry.
import { join } from "node:path";
import { parseSchema } from "./fbs/parser.mjs";
import { loadKsyFiles } from "./ksy/model.mjs";
import { readBlockVersions } from "./ksy/versions.mjs";
import { docComment, generated, readSpec, readSpecYaml, SpecError, writeGenerated } from "./output.mjs";

const known = new Set(["value", "enum", "type", "inverse", "doc", "source", "of"]);
export const sources = { proven: "proven by running SlateDB 0.12.1", read: "read in SlateDB's sources", ours: "a contract of this toolkit, which SlateDB does not have" };

/**
 * All constants by their generated name: entries of constants.yaml, enumerations and moduli of sst/*.ksy. Those without a literal
 * are for the sentences of rules, and no code is generated of them. `ours` names what of a constant SlateDB does not have, whatever its source.
 */
export function readConstants() {
  const file = "constants.yaml";
  const constants = new Map([...readKsyConstants(), ...versionConstants()]);
  for (const [section, entries] of Object.entries(readSpecYaml(file))) {
    if (entries === null || typeof entries !== "object") throw new SpecError(`${file}: ${section}`, "is not a map of constants");
    for (const [name, written] of Object.entries(entries)) {
      const where = `${file}: ${section}.${name}`;
      if (written === null || typeof written !== "object") throw new SpecError(where, "is not a map of value, doc and source");
      const entry = written.enum === undefined ? written : { ...written, value: enumNumbers(written.enum, where) };
      if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new SpecError(where, "a name is lower_snake_case");
      const unknown = Object.keys(entry).filter((key) => !known.has(key));
      if (unknown.length > 0) throw new SpecError(where, `unknown keys ${unknown.join(", ")}`);
      if (typeof entry.doc !== "string") throw new SpecError(where, "doc is missing");
      if (!(entry.source in sources)) throw new SpecError(where, `source is one of ${Object.keys(sources).join(", ")}`);
      const ours = oursOf(entry, where);
      const constant = name.toUpperCase();
      if (constants.has(constant)) throw new SpecError(where, "is there twice");
      constants.set(constant, { ...entry, section, ours, literal: literal(entry, where) });
      if (entry.inverse === undefined) continue;
      const value = Object.fromEntries(Object.entries(entry.value).map(([key, number]) => [number, key]));
      constants.set(entry.inverse.toUpperCase(), { ...entry, section, ours, value, literal: literal({ value }, where), doc: `${constant}, the other way round.` });
    }
  }
  return constants;
}

function readKsyConstants() {
  const constants = new Map();
  for (const { enums = {}, types = {}, where, "-proven-versions": proven } of loadKsyFiles().values()) {
    for (const [name, values] of Object.entries(enums)) {
      for (const [value, { id, doc }] of Object.entries(values)) {
        const isOurs = name === "format_version" && proven?.includes(Number(value)) === false;
        constants.set(`${name}_${id}`.toUpperCase(), { value: Number(value), literal: value, doc, where, ...(isOurs ? { source: "ours" } : {}) });
      }
    }
    for (const type of Object.values(types)) {
      for (const instance of Object.values(type.instances ?? {}).filter((one) => one["-constant"] !== undefined)) {
        const modulus = /^idx % (\d+) == 0$/.exec(instance.value);
        if (modulus === null) throw new SpecError(where, "-constant needs a value of the form idx % N == 0");
        if (constants.has(instance["-constant"])) throw new SpecError(where, `the constant ${instance["-constant"]} is there twice`);
        constants.set(instance["-constant"], { value: Number(modulus[1]), literal: modulus[1], doc: `Modulus of ${instance.doc.trim()}`, where });
      }
    }
  }
  return constants;
}

/** What differs from one version of data blocks to the other, for sentences that hold for all of them. */
function versionConstants() {
  const versions = readBlockVersions(loadKsyFiles());
  const numbers = (some) => some.map(({ version }) => version);
  const oursIn = (some) => some.filter(({ isProven }) => !isProven).map(({ version }) => `V${version}`);
  const [withAll, withRestarts] = [false, true].map((has) => versions.filter(({ hasRestarts }) => hasRestarts === has));
  return new Map([
    ["FORMAT_VERSIONS", { value: numbers(versions), ours: oursIn(versions) }],
    ["VERSIONS_WITH_ALL_POSITIONS", { value: numbers(withAll), ours: oursIn(withAll) }],
    ["VERSIONS_WITH_RESTARTS", { value: numbers(withRestarts), ours: oursIn(withRestarts) }],
    ["RESTART_INTERVALS", { value: Object.fromEntries(withRestarts.map(({ version, interval }) => [`V${version}`, interval])), ours: oursIn(withRestarts) }],
  ]);
}

/** Values of an enum that `of` does not name: SlateDB does not have them, and the source is not true of them. */
function oursOf({ enum: from, of, value }, where) {
  if (of === undefined) return [];
  if (from === undefined || !Array.isArray(of)) throw new SpecError(where, "of is a list of an enum's names, which the source is true of");
  const unknown = of.find((name) => !Object.hasOwn(value, name));
  if (unknown !== undefined) throw new SpecError(where, `of names ${unknown}, which is no value of ${from}`);
  return Object.keys(value).filter((name) => !of.includes(name));
}

/** What a constant of a source, with some of it ours, is known by. */
const evidence = ({ source, ours }) => `${sources[source]}${ours?.length > 0 ? `, but ${ours.join(", ")}: ${sources.ours}` : ""}`;

/** `{ name: number }` of an enum of a .fbs, names in lower case. */
function enumNumbers(reference, where) {
  const [file, name] = reference.split("#");
  const found = parseSchema(file, readSpec(file)).types.find((type) => type.kind === "enum" && type.name === name);
  if (found === undefined) throw new SpecError(where, `${reference} is no enum`);
  return Object.fromEntries(found.values.map((one) => [one.name.toLowerCase(), Number(one.value)]));
}

function literal({ value, type }, where) {
  if (type === "bigint") {
    if (typeof value !== "string" || !/^-?\d+$/.test(value)) throw new SpecError(where, "a bigint is decimal text");
    return `${value}n`;
  }
  if (type !== undefined) throw new SpecError(where, `type ${type} is not known`);
  if (typeof value === "number" && !Number.isSafeInteger(value) && !(Math.abs(value) < 1)) {
    throw new SpecError(where, "a number is a safe integer or a fraction");
  }
  if (typeof value === "object") return `${JSON.stringify(value)} as const`;
  return JSON.stringify(value);
}

export function generateConstants() {
  let text = "";
  for (const [name, constant] of readConstants()) {
    const { literal: code, doc, source } = constant;
    if (code === undefined) continue;
    text += docComment(source === undefined ? doc : `${doc} (${evidence(constant)})`) + `export const ${name} = ${code};\n\n`;
  }
  return [writeGenerated(join(generated, "constants.ts"), ["constants.yaml", "sst/*.ksy", "fbs/*.fbs"], text)];
}
