// A FlatBuffer byte by byte: root, vtables, tables, vectors, and the padding between them, in the order in which they lie.
import { OFFSET_BYTES, VTABLE_ENTRY_BYTES, VTABLE_HEADER_ENTRIES, WALK_ENUMS, type WalkEnum, type WalkSlot, type WalkTable } from "@slate-sst/format/walk";
import { type FlatBufferAccess, Problem, type TableShape } from "./flatbuffer-access.js";
import { FlatBufferMap, type FlatObject } from "./flatbuffer-map.js";
import type { ExplainNode, Name, Region } from "./node.js";
import { position, readInteger, showInteger } from "./values.js";

const enums: Readonly<Record<string, WalkEnum>> = WALK_ENUMS;

/** Padding aligns what follows it, so there is always less of it than the widest scalar has. */
const PADDING_MAX = BigUint64Array.BYTES_PER_ELEMENT - 1;

type Nodes = Generator<ExplainNode, void, undefined>;

/** Explains a whole FlatBuffer. */
export function* explainFlatBuffer(region: Region, name: Name, rootTable: WalkTable): Nodes {
  yield* new FlatBufferWalk(region, name, new FlatBufferMap(region.bytes, rootTable)).run();
}

class FlatBufferWalk {
  readonly #access: FlatBufferAccess;

  constructor(
    private readonly region: Region,
    private readonly name: Name,
    private readonly map: FlatBufferMap,
  ) {
    this.#access = map.access;
  }

  *run(): Nodes {
    const { region, map } = this;
    const rootEnd = Math.min(OFFSET_BYTES, region.length);
    const root = map.root instanceof Problem ? { error: map.root.text } : { value: this.#refer(map.root.at) };
    yield region.leaf("field", this.name.child("root"), 0, rootEnd, { doc: "Where the root table lies.", ...root });
    let at = rootEnd;
    for (const object of map.objects()) {
      if (object.at < at) {
        const name = this.#nameOf(object);
        yield region.group(name, object.at, object.at, { value: object.kind, error: `begins inside the bytes explained before ${this.#refer(at)}` });
        continue;
      }
      yield* this.#between(at, object.at);
      at = yield* this.#explain(object);
    }
    yield* this.#between(at, region.length);
  }

  *#between(at: number, end: number): Nodes {
    if (at === end) return;
    const isZero = this.region.bytes.subarray(at, end).every((byte) => byte === 0);
    if (end - at <= PADDING_MAX) yield this.region.leaf("padding", this.name.child("padding"), at, end, { value: isZero ? "" : undefined, error: isZero ? undefined : "padding is zero" });
    else yield this.region.leaf("raw", this.name.child("unreferenced"), at, end, { error: "nothing refers to these bytes" });
  }

  /** @returns where the object ends. */
  *#explain(object: FlatObject): Generator<ExplainNode, number, undefined> {
    switch (object.kind) {
      case "vtable": return yield* this.#explainVtable(object);
      case "table": return yield* this.#explainTable(object);
      case "vector": return yield* this.#explainVector(object);
      default: return yield* this.#explainBytes(object);
    }
  }

  #nameOf({ kind, path, table }: FlatObject): Name {
    if (kind === "vtable") return this.name.within(`vtable of ${table?.name ?? ""}`);
    return path === "" ? this.name.deeper(this.map.rootTable.name) : this.name.within(path);
  }

  *#explainVtable(object: FlatObject): Generator<ExplainNode, number, undefined> {
    const { region } = this;
    const name = this.#nameOf(object);
    const bytes = this.#access.short(object.at);
    const end = object.at + bytes;
    yield region.group(name, object.at, end, {});
    const entry = (index: number, label: string, value: string, doc: string): ExplainNode => {
      const at = object.at + index * VTABLE_ENTRY_BYTES;
      return region.leaf("field", name.child(label), at, at + VTABLE_ENTRY_BYTES, { value, doc });
    };
    yield entry(0, "vtable_bytes", `${bytes}`, "Length of the vtable.");
    yield entry(1, "table_bytes", `${this.#access.short(object.at + VTABLE_ENTRY_BYTES)}`, "Length of each table that refers to the vtable.");
    for (let index = VTABLE_HEADER_ENTRIES; index * VTABLE_ENTRY_BYTES < bytes; index++) {
      const slot = index - VTABLE_HEADER_ENTRIES;
      const distance = this.#access.short(object.at + index * VTABLE_ENTRY_BYTES);
      yield entry(index, slotLabel(object.table, slot), distance === 0 ? "absent" : `${distance} bytes into the table`, "Where a slot's field lies in the table.");
    }
    return end;
  }

  *#explainTable(object: FlatObject): Generator<ExplainNode, number, undefined> {
    const { region } = this;
    const { table, at } = object;
    const shape = this.#access.table(at);
    if (shape instanceof Problem || table === undefined) return at;
    const name = this.#nameOf(object);
    const end = at + shape.tableBytes;
    yield region.group(name, at, end, { value: object.path === "" ? "" : table.name, doc: table.doc });
    yield region.leaf("field", name.child("vtable"), at, at + OFFSET_BYTES, { value: this.#refer(shape.vtable), doc: "Where the vtable lies." });
    let next = at + OFFSET_BYTES;
    for (const { slot, start } of this.#fieldsOf(shape, table)) {
      const label = slot.name;
      if (start < next || start + slot.bytes > end) {
        yield region.group(name.child(label), start, start, { error: start < next ? "the field lies on another one" : "the field lies outside its table" });
        continue;
      }
      yield* this.#between(next, start);
      yield this.#explainField(name.child(label), slot, start);
      next = start + slot.bytes;
    }
    yield* this.#between(next, end);
    return end;
  }

  /** Fields that are there, ascending by position. A union has two: its member's number, and the reference. */
  #fieldsOf(shape: TableShape, table: WalkTable): { readonly slot: WalkSlot; readonly start: number }[] {
    const slots: WalkSlot[] = table.slots.flatMap((slot) => (slot.kind === "union" ? [memberSlot(slot), slot] : [slot]));
    return slots
      .map((slot) => ({ slot, start: shape.at + this.#access.distance(shape, slot.slot) }))
      .filter(({ start }) => start > shape.at)
      .sort((left, right) => left.start - right.start);
  }

  #explainField(name: Name, slot: WalkSlot, at: number): ExplainNode {
    const end = at + slot.bytes;
    if (slot.kind === "scalar" || slot.kind === "enum") {
      const value = readInteger(this.region.bytes, at, slot.bytes, { isSigned: slot.isSigned === true, isLittleEndian: true });
      const labels = slot.enum === undefined ? undefined : enums[slot.enum];
      const isKnown = labels === undefined || Object.hasOwn(labels, String(value));
      return this.region.leaf("field", name, at, end, { value: showInteger(slot.name, value, labels), doc: slot.doc, error: isKnown ? undefined : "the value is not known" });
    }
    return this.#reference(name, at, slot.doc, slot.kind === "table" || slot.kind === "union" ? undefined : slot.kind === "vector" ? OFFSET_BYTES : 1);
  }

  /** A reference to a vector with elements of so many bytes, or to a table. */
  #reference(name: Name, at: number, doc: string, elementBytes: number | undefined): ExplainNode {
    const target = this.#access.target(at);
    const shape = target instanceof Problem ? target : elementBytes === undefined ? this.#access.table(target) : this.#access.vector(target, elementBytes);
    const value = target instanceof Problem ? undefined : this.#refer(target);
    return this.region.leaf("field", name, at, at + OFFSET_BYTES, { value, doc, error: shape instanceof Problem ? shape.text : undefined });
  }

  *#explainVector(object: FlatObject): Generator<ExplainNode, number, undefined> {
    const { region } = this;
    const name = this.#nameOf(object);
    const count = this.#access.int(object.at);
    const start = object.at + OFFSET_BYTES;
    const end = start + count * OFFSET_BYTES;
    yield region.group(name, object.at, end, { value: "vector", doc: object.slot?.doc });
    yield region.leaf("field", name.child("count"), object.at, start, { value: String(count), doc: "How many elements follow." });
    for (let index = 0; index < count; index++) yield this.#reference(name.child(`[${index}]`), start + index * OFFSET_BYTES, object.table?.doc ?? "", undefined);
    return end;
  }

  *#explainBytes(object: FlatObject): Generator<ExplainNode, number, undefined> {
    const { region } = this;
    const name = this.#nameOf(object);
    const length = this.#access.int(object.at);
    const start = object.at + OFFSET_BYTES;
    const end = start + length;
    const hasZero = object.kind === "string" && end < region.length;
    yield region.group(name, object.at, hasZero ? end + 1 : end, { value: object.kind, doc: object.slot?.doc });
    yield region.leaf("field", name.child("length"), object.at, start, { value: String(length), doc: "How many bytes follow." });
    if (length > 0) yield region.leaf("field", name.child("bytes"), start, end, { doc: object.slot?.doc });
    if (!hasZero) return end;
    yield region.leaf("field", name.child("zero"), end, end + 1, { value: "", doc: "Ends a string.", error: region.bytes[end] === 0 ? undefined : "a string ends with zero" });
    return end + 1;
  }

  #refer(at: number): string {
    return `-> ${position(this.region.offset + at)}`;
  }
}

function memberSlot({ slot, name, members = [] }: WalkSlot): WalkSlot {
  return { slot: slot - 1, name: `${name}_type`, kind: "scalar", bytes: 1, doc: `Which table ${name} is: ${members.map((member, index) => `${index + 1} ${member}`).join(", ")}.` };
}

function slotLabel(table: WalkTable | undefined, slot: number): string {
  const known = table?.slots.find((one) => one.slot === slot);
  if (known !== undefined) return known.name;
  const union = table?.slots.find((one) => one.slot === slot + 1 && one.kind === "union");
  return union === undefined ? `slot_${slot}` : `${union.name}_type`;
}
