// What the generated walk tables are made of: spec/sst and spec/fbs as data, for tools that show where every byte belongs.

/** A field is there only when bits of a flags field before it are set (or, negated, are not). */
export interface WalkCondition {
  /** Id of the flags field. */
  readonly flags: string;
  /** The bits that decide. */
  readonly mask: number;
  /** The field is there when none of the bits is set. */
  readonly isNegated?: true;
}

/** One or several bits of a flags field. */
export interface WalkBit {
  /** Name of the bit. */
  readonly id: string;
  /** The bits, as they lie in the byte. */
  readonly mask: number;
  /** Must be zero. */
  readonly isReserved?: true;
  /** What it means, a sentence. */
  readonly doc: string;
}

/** One field of a structure. */
export interface WalkField {
  /** Name, as errors and findings have it in their paths. */
  readonly id: string;
  /**
   * `int`: an integer of `bytes`. `varint`: LEB128. `flags`: one byte of bits. `bytes`: as many as `lengthFrom` says, else all
   * that are left. `array`: integers of `bytes` each. `in-place`: all before the fields behind it, whose sizes are known from
   * the end. `elements`: structures one after the other, as many as `countedBy` says.
   */
  readonly kind: "int" | "varint" | "flags" | "bytes" | "array" | "in-place" | "elements";
  /** Bytes of the field, or of one element of an array. */
  readonly bytes?: number;
  /** The integer is signed, in two's complement. */
  readonly isSigned?: true;
  /** Its lowest byte comes first. */
  readonly isLittleEndian?: true;
  /** Id of the field of bytes whose length this one is. */
  readonly lengthOf?: string;
  /** Id of the array whose count this one is. */
  readonly countOf?: string;
  /** Id of the field that says how many bytes there are. */
  readonly lengthFrom?: string;
  /** When the field is there; always unless given. */
  readonly condition?: WalkCondition;
  /** Names of the values of an enumeration. */
  readonly labels?: Readonly<Record<number, string>>;
  /** The bits of a field of flags. */
  readonly bits?: readonly WalkBit[];
  /** Name of the structure that is repeated inside, and what one is called. */
  readonly elements?: string;
  /** Name of one element, for paths. */
  readonly elementId?: string;
  /** Id of the field that says how many elements there are. */
  readonly countedBy?: string;
  /** First sentence of its description. */
  readonly doc: string;
}

/** One structure of spec/sst. */
export interface WalkStructure {
  /** Name of the structure. */
  readonly name: string;
  /** What it is, a sentence. */
  readonly doc: string;
  /** Its fields, in the order of their bytes. */
  readonly fields: readonly WalkField[];
}

/** One field of a FlatBuffers table. */
export interface WalkSlot {
  /** Number of the field in the vtable, from 0. */
  readonly slot: number;
  /** Name of the field. */
  readonly name: string;
  /** What the field holds. */
  readonly kind: "scalar" | "enum" | "bytes" | "string" | "vector" | "table" | "union";
  /** Bytes in the table; what is no scalar and no enum is a reference. */
  readonly bytes: number;
  /** The integer is signed, in two's complement. */
  readonly isSigned?: true;
  /** Name of the enum. */
  readonly enum?: string;
  /** Name of the table referred to, or of the tables in a vector. */
  readonly table?: string;
  /** Names of a union's tables; the slot before the union's holds the number of the one that is there, from 1. */
  readonly members?: readonly string[];
  /** What it means, a sentence. */
  readonly doc: string;
}

/** One table of spec/fbs. */
export interface WalkTable {
  /** Name of the table. */
  readonly name: string;
  /** What it is, a sentence. */
  readonly doc: string;
  /** Its fields, by their number. */
  readonly slots: readonly WalkSlot[];
}

/** Names of an enum's values. */
export type WalkEnum = Readonly<Record<number, string>>;
