// spec/sst/*.ksy -> a small model of structures. What the model does not understand is an error with its path.
import { listSpec, readSpecYaml, SpecError } from "../output.mjs";
import { checkKeys, fileKeys, fieldKeys, instanceKeys, typeKeys } from "./keys.mjs";

const folder = "sst";
const integers = { u1: 1, u2: 2, u4: 4, u8: 8, s8: 8 };

/** Every .ksy of the spec by its id, parsed and with its keys checked. */
export function loadKsyFiles() {
  const files = new Map();
  for (const name of listSpec(folder)) {
    if (!name.endsWith(".ksy")) continue;
    const file = readSpecYaml(`${folder}/${name}`);
    const where = `${folder}/${name}`;
    checkKeys(file, fileKeys, where);
    if (file.meta?.id !== name.slice(0, -".ksy".length)) throw new SpecError(where, "meta.id differs from the file's name");
    files.set(file.meta.id, { ...file, where });
  }
  return files;
}

/**
 * The structures that ask for generated code (`-codec: Name`), flattened into fields. `refuse` gets what is wrong, with the `source` of a structure
 * that cannot be read at all; one whose fields do not fit each other is among the results.
 */
export function readStructures(files, refuse = (error) => { throw error; }) {
  const structures = [];
  for (const file of files.values()) {
    const scopes = [[file, file.where], ...Object.entries(file.types ?? {}).map(([name, type]) => [type, `${file.where}: types.${name}`])];
    for (const [type, where] of scopes) {
      try {
        if (type !== file) checkKeys(type, typeKeys, where);
        for (const [name, instance] of Object.entries(type.instances ?? {})) checkKeys(instance, instanceKeys, `${where}: instances.${name}`);
        if (type["-codec"] === undefined) continue;
        const fields = readFields(type, { files, file, where, prefix: [], outer: [] });
        structures.push(new Structure(type["-codec"], type, file, where, fields, refuse));
      } catch (error) {
        if (!(error instanceof SpecError)) throw error;
        refuse(Object.assign(error, { source: file.where }));
      }
    }
  }
  return structures;
}

/** A structure: its generated name and its fields in file order. */
class Structure {
  constructor(name, type, file, where, fields, refuse) {
    if (!/^[A-Z][A-Za-z0-9]*$/.test(name)) throw new SpecError(where, "-codec names the generated functions in PascalCase");
    if (typeof type.doc !== "string") throw new SpecError(where, "doc is missing");
    this.name = name;
    this.doc = type.doc;
    this.source = `${folder}/${file.meta.id}.ksy`;
    this.where = where;
    this.fields = fields;
    this.inPlace = fields[0]?.kind === "in-place" ? fields[0] : undefined;
    if (fields.slice(1).some((field) => field.kind === "in-place")) throw new SpecError(where, "only the first field can be in place");
    for (const check of [() => this.checkInPlaceSize(), () => this.checkDerived()]) {
      try {
        check();
      } catch (error) {
        if (!(error instanceof SpecError)) throw error;
        refuse(error);
      }
    }
  }

  /** The stock reader's size of the body must follow from the fields behind it. */
  checkInPlaceSize() {
    if (this.inPlace === undefined) return;
    let fixed = 0;
    let array;
    for (const field of this.fields.slice(1)) {
      if (field.kind === "int") fixed += field.bytes;
      else if (field.kind === "array" && array === undefined) array = field;
      else throw new SpecError(this.where, `${field.id}: not possible behind a field in place`);
    }
    const expected = `_io.size - ${fixed}${array ? ` - ${array.bytes} * ${array.countName}` : ""}`;
    if (this.inPlace.size !== expected) throw new SpecError(this.where, `${this.inPlace.id}: size must be ${expected}`);
  }

  /** Each variable length is derived from exactly one field, and each derived field names one that exists. */
  checkDerived() {
    for (const field of this.fields) {
      const name = field.lengthOf ?? field.countOf;
      if (name === undefined) continue;
      const target = this.fields.find((other) => other.id === name);
      const kind = field.lengthOf ? "bytes" : "array";
      if (target?.kind !== kind) throw new SpecError(this.where, `${field.id}: ${name} is no field of kind ${kind}`);
      if (kind === "bytes" && target.lengthField !== field.id) throw new SpecError(this.where, `${target.id}: size must be ${field.id}`);
      if (kind === "bytes" && target.condition?.text !== field.condition?.text) throw new SpecError(this.where, `${field.id}: condition differs from ${name}'s`);
    }
  }
}

function readFields(type, scope) {
  const fields = [];
  for (const field of type.seq ?? []) {
    const where = `${scope.where}: ${field.id}`;
    checkKeys(field, fieldKeys, where);
    if (typeof field.doc !== "string") throw new SpecError(where, "doc is missing");
    fields.push(...readField(field, type, { ...scope, fields: [...scope.outer, ...fields], fieldWhere: where }));
  }
  return fields;
}

function readField(field, type, scope) {
  const where = scope.fieldWhere;
  const condition = readCondition(field.if, scope);
  const common = { id: field.id, doc: field.doc, where, condition };
  if (field["-in-place"]) return [{ ...common, kind: "in-place", size: field.size }];
  if (field["-one-by-one"]) return [{ ...common, kind: "elements" }];
  if (field.type === undefined) return [readBytes(field, common, scope)];
  if (field.repeat !== undefined) return [readArray(field, type, common)];
  if (field.type in integers) return [readInteger(field, common, scope)];
  const named = lookUp(field.type, scope);
  if (named.type["-primitive"] === "leb128_u32") return [{ ...common, kind: "varint", lengthOf: field["-length-of"] }];
  if (named.type["-primitive"] !== undefined) throw new SpecError(where, `primitive ${named.type["-primitive"]} is not known`);
  if ((named.type.seq ?? []).every((part) => /^b\d$/.test(part.type))) return [{ ...common, kind: "flags", bits: readBits(named, where) }];
  if (field.size !== undefined || condition !== undefined) throw new SpecError(where, "a nested structure is neither sized nor conditional");
  return readFields(named.type, { ...scope, file: named.file, prefix: [...scope.prefix, field.id], outer: scope.fields });
}

function readInteger(field, common, scope) {
  const bytes = integers[field.type];
  const isLittleEndian = scope.file.meta.endian === "le";
  if (isLittleEndian && bytes > 4) throw new SpecError(common.where, "an 8-byte integer is big-endian");
  const as = field["-as"] ?? (bytes === 8 ? undefined : "number");
  if (as !== "number" && as !== "halves") throw new SpecError(common.where, "an 8-byte integer needs -as: number or -as: halves");
  if (as === "halves" && bytes !== 8) throw new SpecError(common.where, "only 8-byte integers have halves");
  if (as === "number" && field.type === "s8") throw new SpecError(common.where, "a signed 8-byte integer needs -as: halves");
  if (field.valid !== undefined && field.valid["in-enum"] !== true) throw new SpecError(common.where, "valid is not understood here");
  let values;
  if (field.enum !== undefined) {
    values = scope.file.enums?.[field.enum];
    if (values === undefined) throw new SpecError(common.where, `enum ${field.enum} is not known`);
  }
  return {
    ...common, kind: "int", bytes, isSigned: field.type.startsWith("s"), isLittleEndian, as, lengthOf: field["-length-of"], countOf: field["-count-of"],
    values: values && Object.keys(values).map(Number), labels: values && Object.fromEntries(Object.entries(values).map(([value, { id }]) => [value, id])),
  };
}

function readBytes(field, common, scope) {
  if (field["size-eos"]) return { ...common, kind: "bytes", lengthField: undefined };
  const length = /^([a-z_]+)(\.value)?$/.exec(String(field.size));
  const source = length && scope.fields.find((other) => other.id === length[1]);
  const right = source && (source.kind === "varint" ? length[2] === ".value" : source.kind === "int" && length[2] === undefined);
  if (!right) throw new SpecError(common.where, `size ${field.size} is not understood`);
  return { ...common, kind: "bytes", lengthField: source.id };
}

function readArray(field, type, common) {
  if (field.repeat !== "expr" || !(field.type in integers)) throw new SpecError(common.where, "only counted arrays of integers are understood");
  const count = type.instances?.[field["repeat-expr"]];
  const last = type.seq.at(-1);
  if (last["-count-of"] !== field.id) throw new SpecError(common.where, "the last field of the structure must carry -count-of");
  if (count?.pos !== `_io.size - ${integers[last.type]}` || count.type !== last.type) {
    throw new SpecError(common.where, `${field["repeat-expr"]} must be an instance that reads the structure's last field`);
  }
  return { ...common, kind: "array", bytes: integers[field.type], countName: field["repeat-expr"] };
}

function readBits(named, where) {
  let mask = 1 << 8;
  const bits = [];
  for (const bit of named.type.seq) {
    checkKeys(bit, fieldKeys, `${where}.${bit.id}`);
    const width = Number(bit.type.slice(1));
    mask >>= width;
    if (width !== 1 && bit.valid !== 0) throw new SpecError(`${where}.${bit.id}`, "several bits together must be reserved (valid: 0)");
    bits.push({ id: bit.id, doc: bit.doc, mask: ((1 << width) - 1) * mask, reserved: bit.valid === 0, excludes: bit["-excludes"] });
  }
  if (mask !== 1) throw new SpecError(where, "bits do not fill a byte");
  return bits;
}

/** `[not] path.to.flags.bit`, the one form of condition there is. */
function readCondition(text, scope) {
  if (text === undefined) return undefined;
  const match = /^(not )?((?:[a-z_]+\.)+)([a-z_]+)$/.exec(text);
  const path = match?.[2].slice(0, -1).split(".") ?? [];
  const flags = scope.fields.find((field) => field.kind === "flags" && field.id === path.at(-1));
  const bit = flags?.bits.find((other) => other.id === match[3]);
  if (bit === undefined) throw new SpecError(scope.fieldWhere, `condition ${text} is not understood`);
  return { text, flags: flags.id, mask: bit.mask, negated: match[1] !== undefined };
}

function lookUp(name, scope) {
  const local = scope.file.types?.[name];
  if (local !== undefined) return { type: local, file: scope.file };
  const imported = (scope.file.meta.imports ?? []).includes(name) ? scope.files.get(name) : undefined;
  if (imported === undefined) throw new SpecError(scope.fieldWhere, `type ${name} is not known`);
  return { type: imported, file: imported };
}
