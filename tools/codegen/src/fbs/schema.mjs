// All schema files together: names resolved, slots checked, and for each table the two orders that decide its bytes.
import { SpecError } from "../output.mjs";

/** Scalars by schema name: size in the buffer, and which JavaScript type holds them. */
const scalars = {
  bool: { size: 1, holds: "boolean" },
  ushort: { size: 2, holds: "number" },
  uint: { size: 4, holds: "number" },
  ulong: { size: 8, holds: "bigint" },
  long: { size: 8, holds: "bigint" },
};
const referenceSize = 4;
const customAttributes = ["safe_integer", "child_order", "bulk"];
const knownAttributes = new Set(["id", "required", ...customAttributes]);

export const camelCase = (name) => name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());

/** What a field is: its kind, its size in the table, and the type it refers to. */
function classify(field, types) {
  const { where, type, vector } = field;
  if (vector) {
    if (type === "ubyte") return { kind: "bytes", size: referenceSize };
    if (types.get(type)?.kind === "table") return { kind: "vector", size: referenceSize, target: types.get(type) };
    throw new SpecError(where, `a vector of ${type} is outside the subset`);
  }
  if (type === "string") return { kind: "string", size: referenceSize };
  if (Object.hasOwn(scalars, type)) {
    if (field.attributes.has("safe_integer")) {
      if (type !== "ulong") throw new SpecError(where, "safe_integer is for ulong");
      return { kind: "scalar", scalar: "safe", size: scalars.ulong.size, holds: "number" };
    }
    return { kind: "scalar", scalar: type, ...scalars[type] };
  }
  const target = types.get(type);
  if (target === undefined) throw new SpecError(where, `type ${type} is not known`);
  return { kind: target.kind, size: target.kind === "enum" ? 1 : referenceSize, target };
}

function checkAttributes(field) {
  const { where, attributes } = field;
  for (const [name, value] of attributes) {
    if (!knownAttributes.has(name)) throw new SpecError(where, `attribute ${name} is not known`);
    const numbered = name === "id" || name === "child_order";
    if (numbered !== (typeof value === "number")) throw new SpecError(where, `attribute ${name} ${numbered ? "needs a number" : "has no value"}`);
  }
  if (!attributes.has("id")) throw new SpecError(where, "a field says its slot by id");
}

function resolveField(field, types) {
  checkAttributes(field);
  const { where, attributes } = field;
  const resolved = {
    ...field, ...classify(field, types),
    property: camelCase(field.name), slot: attributes.get("id"), required: attributes.has("required"), bulk: attributes.has("bulk"),
  };
  const reference = isReference(resolved);
  if (resolved.required && !reference) throw new SpecError(where, "a scalar cannot be required");
  if (resolved.optional && resolved.kind !== "scalar") throw new SpecError(where, "only a scalar can be optional by null");
  if (attributes.has("child_order") && !reference) throw new SpecError(where, "a scalar is no child");
  if (attributes.has("safe_integer") && resolved.scalar !== "safe") throw new SpecError(where, "safe_integer is for ulong");
  if (resolved.bulk && resolved.kind !== "vector") throw new SpecError(where, "bulk is for vectors of tables");
  return resolved;
}

export const isReference = ({ kind }) => kind !== "scalar" && kind !== "enum";

/** Slots are 0 to n-1, each used once; a union takes the slot before its own for the number of its member. */
function checkSlots(table) {
  const names = new Map();
  for (const { kind, slot, name } of table.fields) {
    for (const one of kind === "union" ? [slot - 1, slot] : [slot]) {
      if (one < 0) throw new SpecError(table.where, `${name} of ${table.name} has id ${slot}: an id is 0 or more, and a union has the one before its own, too`);
      if (names.has(one)) throw new SpecError(table.where, `${names.get(one)} and ${name} of ${table.name} have the same id ${one}: a field that files have keeps its id, and a new one takes the next free one`);
      names.set(one, name);
    }
  }
  const last = Math.max(-1, ...names.keys());
  for (let slot = 0; slot < last; slot++) {
    if (!names.has(slot)) throw new SpecError(table.where, `${table.name} has no field with id ${slot}, but one with ${last}: a field that files have is kept, even where nobody fills it, and a new one takes the next free id`);
  }
  return names.size;
}

/** References in the order in which their targets are written before the table. */
function childOrder(table) {
  const children = table.fields.filter(isReference);
  const ordered = children.filter(({ attributes }) => attributes.has("child_order"));
  if (ordered.length === 0) return children.sort((a, b) => a.slot - b.slot);
  const order = ({ attributes }) => attributes.get("child_order");
  children.sort((a, b) => order(a) - order(b));
  children.forEach((child, index) => {
    if (order(child) !== index + 1) throw new SpecError(table.where, `child_order of ${table.name} is not 1 to ${children.length}, each once`);
  });
  return children;
}

/** What a table stores in its slots, in write order: size descending, then slot descending. */
function writeOrder(table) {
  const entries = table.fields.flatMap((field) =>
    field.kind === "union" ? [{ field, slot: field.slot, size: field.size }, { field, slot: field.slot - 1, size: 1, member: true }]
      : [{ field, slot: field.slot, size: field.size }]);
  return entries.sort((a, b) => b.size - a.size || b.slot - a.slot);
}

/** Elements of a bulk vector must fit in columns: scalars, and required bytes. */
function checkBulk(field) {
  for (const inner of field.target.fields) {
    const fits = inner.kind === "bytes" ? inner.required : inner.kind === "scalar" && inner.holds === "number" && !inner.optional;
    if (!fits) throw new SpecError(inner.where, `${inner.name} does not fit in a column, but ${field.where} is bulk`);
  }
  field.target.bulkElement = true;
}

function refuseCycles(table, path = []) {
  if (path.includes(table)) throw new SpecError(table.where, `${table.name} contains itself; readers could not bound their depth`);
  for (const { kind, target } of table.fields ?? []) {
    if (kind === "union") for (const member of target.members) refuseCycles(member, [...path, table]);
    else if (target !== undefined && kind !== "enum") refuseCycles(target, [...path, table]);
  }
}

/** Resolves parsed files; returns them with complete types. */
export function resolveSchemas(schemas) {
  const types = new Map();
  for (const schema of schemas) {
    for (const name of schema.attributes) {
      if (!customAttributes.includes(name)) throw new SpecError(schema.file, `attribute ${name} is not known`);
    }
    for (const type of schema.types) {
      if (types.has(type.name) || Object.hasOwn(scalars, type.name)) throw new SpecError(type.where, `${type.name} is there twice`);
      types.set(type.name, Object.assign(type, { schema }));
    }
  }
  for (const type of types.values()) {
    if (type.kind === "union") {
      type.members = type.members.map((name) => {
        if (types.get(name)?.kind !== "table") throw new SpecError(type.where, `${name} is not a table`);
        return types.get(name);
      });
    }
    if (type.kind !== "table") continue;
    const names = new Set(type.fields.map(({ name }) => name));
    if (names.size !== type.fields.length) throw new SpecError(type.where, `a field of ${type.name} is there twice`);
    type.fields = type.fields.map((field) => resolveField(field, types)).sort((a, b) => a.slot - b.slot);
    Object.assign(type, { slotCount: checkSlots(type), children: childOrder(type), writes: writeOrder(type) });
  }
  for (const type of types.values()) {
    refuseCycles(type);
    for (const field of type.fields ?? []) if (field.bulk) checkBulk(field);
  }
  for (const schema of schemas) {
    if (schema.root === undefined) continue;
    if (types.get(schema.root)?.kind !== "table") throw new SpecError(schema.file, `root_type ${schema.root} is not a table`);
    schema.root = types.get(schema.root);
  }
  return schemas;
}
