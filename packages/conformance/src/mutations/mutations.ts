// Single damages of a file, each with a name by which it can be made again: every bit flipped, every truncation, and every
// place at which one byte can be inserted.

export type MutationKind = "flip" | "cut" | "insert";

/** One damage. */
export interface Mutation {
  readonly kind: MutationKind;
  /** The byte that is changed, before which one is inserted, or at which the file now ends. */
  readonly at: number;
  /** Of a flip the bit, from 0, the least significant one; of an insertion the byte; of a cut 0. */
  readonly value: number;
}

const BYTE_BITS = 8;
const BYTE_VALUES = 256;
/** An odd number, so that neighbouring places of insertion get different bytes. */
const BYTE_STRIDE = 151;

/** How many mutations of a kind a file of that many bytes has. */
export function mutationCount(kind: MutationKind, bytes: number): number {
  if (kind === "flip") return bytes * BYTE_BITS;
  return kind === "cut" ? bytes : bytes + 1;
}

/** The mutation of a kind with that number, counted from 0. The byte that an insertion adds follows from its place. */
export function mutationAt(kind: MutationKind, number: number): Mutation {
  if (kind === "flip") return { kind, at: Math.floor(number / BYTE_BITS), value: number % BYTE_BITS };
  return { kind, at: number, value: kind === "cut" ? 0 : (number * BYTE_STRIDE) % BYTE_VALUES };
}

/** The damaged file; the given one stays as it is. */
export function mutate(bytes: Uint8Array, { kind, at, value }: Mutation): Uint8Array {
  if (kind === "cut") return bytes.slice(0, at);
  if (kind === "flip") {
    const flipped = bytes.slice();
    flipped[at] = (flipped[at] ?? 0) ^ (1 << value);
    return flipped;
  }
  const longer = new Uint8Array(bytes.length + 1);
  longer.set(bytes.subarray(0, at));
  longer[at] = value;
  longer.set(bytes.subarray(at), at + 1);
  return longer;
}

/** `flip 17.3` (byte and bit), `cut 17`, `insert 17=0x97`. */
export function mutationName({ kind, at, value }: Mutation): string {
  if (kind === "cut") return `cut ${at}`;
  return kind === "flip" ? `flip ${at}.${value}` : `insert ${at}=0x${value.toString(2 * BYTE_BITS).padStart(2, "0")}`;
}
