// Which object of a FlatBuffer lies where: everything that is reached from the root, in the order of positions. Objects are
// held in columns, since an index has two for each data block.
import { OFFSET_BYTES, WALK_TABLES, type WalkSlot, type WalkTable } from "@slate-sst/format/walk";
import { FlatBufferAccess, Problem, type TableShape } from "./flatbuffer-access.js";

const tables: Readonly<Record<string, WalkTable>> = WALK_TABLES;

/** Bits of an object's number beside its position, in one sortable number. */
const NUMBER_BITS = 32n;
const NUMBER_MASK = 0xffff_ffffn;

/** No object: what refers to the root. */
const NONE = -1;

export type ObjectKind = "vtable" | "table" | "vector" | "bytes" | "string";

/** What lies at a position. Of the same kind, table and field there is one for the whole buffer, not one for each object. */
interface Role {
  readonly kind: ObjectKind;
  /** The table itself, the vtable's, or of the elements of a vector. */
  readonly table: WalkTable | undefined;
  /** The field that refers to it; undefined for the root and the elements of a vector. */
  readonly slot: WalkSlot | undefined;
}

/** One object. */
export interface FlatObject extends Role {
  readonly at: number;
  /** Path from the root, empty for the root table. */
  readonly path: string;
}

export class FlatBufferMap {
  readonly access: FlatBufferAccess;
  readonly rootTable: WalkTable;
  /** The root table, or why there is none. */
  readonly root: TableShape | Problem;
  readonly #roles: Role[] = [];
  readonly #rolesByKey = new Map<string, number>();
  readonly #at: number[] = [];
  readonly #role: number[] = [];
  readonly #parent: number[] = [];
  readonly #element: number[] = [];
  readonly #vtables = new Set<number>();
  /** Bytes that objects not yet found may still have: those of an honest buffer do not overlap, so together they fit. */
  #budget: number;

  constructor(bytes: Uint8Array, rootTable: WalkTable) {
    this.access = new FlatBufferAccess(bytes);
    this.rootTable = rootTable;
    this.#budget = bytes.length;
    const target = this.access.target(0);
    this.root = target instanceof Problem ? target : this.access.table(target);
    if (!(this.root instanceof Problem)) this.#addTable(this.root, rootTable, undefined, NONE, NONE);
    this.#follow();
  }

  /** All objects, ascending by position. */
  *objects(): Generator<FlatObject, void, undefined> {
    const order = new BigUint64Array(this.#at.length);
    for (const [number, at] of this.#at.entries()) order[number] = (BigInt(at) << NUMBER_BITS) | BigInt(number);
    order.sort();
    for (const entry of order) {
      const number = Number(entry & NUMBER_MASK);
      const role = this.#roles[this.#role[number]!];
      if (role !== undefined) yield { ...role, at: this.#at[number]!, path: this.#path(number) };
    }
  }

  /** The objects found are the list of what is still to be followed. */
  #follow(): void {
    for (let number = 0; number < this.#at.length; number++) {
      const role = this.#roles[this.#role[number]!];
      if (role?.table === undefined) continue;
      if (role.kind === "table") this.#followTable(this.#at[number]!, role.table, number);
      else if (role.kind === "vector") this.#followVector(this.#at[number]!, role.table, number);
    }
  }

  #followTable(at: number, table: WalkTable, number: number): void {
    const shape = this.access.table(at);
    if (shape instanceof Problem) return;
    for (const slot of table.slots) {
      if (slot.kind === "scalar" || slot.kind === "enum") continue;
      const field = this.access.field(shape, slot);
      const target = typeof field === "number" ? this.access.target(field) : undefined;
      if (typeof target !== "number") continue;
      if (slot.kind === "table" || slot.kind === "union") {
        const referred = slot.kind === "table" ? tables[slot.table ?? ""] : this.#member(shape, slot);
        const child = this.access.table(target);
        if (referred !== undefined && !(child instanceof Problem)) this.#addTable(child, referred, slot, number, NONE);
      } else this.#addVector(target, slot, number);
    }
  }

  #addVector(at: number, slot: WalkSlot, parent: number): void {
    const vector = this.access.vector(at, slot.kind === "vector" ? OFFSET_BYTES : 1);
    if (vector instanceof Problem) return;
    const kind = slot.kind === "bytes" || slot.kind === "string" ? slot.kind : "vector";
    this.#add({ kind, table: tables[slot.table ?? ""], slot }, at, OFFSET_BYTES + vector.count * vector.elementBytes, parent, NONE);
  }

  #followVector(at: number, table: WalkTable, number: number): void {
    const count = this.access.int(at);
    for (let index = 0; index < count; index++) {
      const target = this.access.target(at + (index + 1) * OFFSET_BYTES);
      const child = typeof target === "number" ? this.access.table(target) : target;
      if (!(child instanceof Problem) && !this.#addTable(child, table, undefined, number, index)) return;
    }
  }

  /** The table that a union refers to. */
  #member(shape: TableShape, { slot, members = [] }: WalkSlot): WalkTable | undefined {
    const at = this.access.field(shape, { slot: slot - 1, bytes: 1 });
    const name = typeof at === "number" ? members[(this.access.bytes[at] ?? 0) - 1] : undefined;
    return name === undefined ? undefined : tables[name];
  }

  #addTable(shape: TableShape, table: WalkTable, slot: WalkSlot | undefined, parent: number, element: number): boolean {
    if (!this.#add({ kind: "table", table, slot }, shape.at, shape.tableBytes, parent, element)) return false;
    if (this.#vtables.has(shape.vtable)) return true;
    this.#vtables.add(shape.vtable);
    return this.#add({ kind: "vtable", table, slot: undefined }, shape.vtable, shape.vtableBytes, NONE, NONE);
  }

  /** @returns false when no more objects can be honest. */
  #add(role: Role, at: number, bytes: number, parent: number, element: number): boolean {
    this.#budget -= bytes;
    if (this.#budget < 0) return false;
    const key = `${role.kind} ${role.table?.name ?? ""} ${role.slot?.name ?? ""}`;
    let known = this.#rolesByKey.get(key);
    if (known === undefined) {
      known = this.#roles.push(role) - 1;
      this.#rolesByKey.set(key, known);
    }
    this.#at.push(at);
    this.#role.push(known);
    this.#parent.push(parent);
    this.#element.push(element);
    return true;
  }

  #path(number: number): string {
    const steps: string[] = [];
    for (let next = number; next !== NONE; next = this.#parent[next]!) {
      const element = this.#element[next]!;
      const slot = this.#roles[this.#role[next]!]?.slot;
      if (element !== NONE) steps.unshift(`[${element}]`);
      else if (slot !== undefined) steps.unshift(`.${slot.name}`);
    }
    return steps.join("").replace(/^\./, "");
  }
}
