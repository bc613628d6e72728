// Rows as columns, in the shape that SstWriter.writeColumns takes: what an Apache Arrow record batch holds.
import { type BlockScanner, FLAG_CREATE_TS, FLAG_EXPIRE_TS, FLAG_MERGE, FLAG_TOMBSTONE } from "@slate-sst/format";
import type { SstRow } from "./row.js";

/** Rows of an SST in columns, which are copies that belong to the caller. */
export interface RowColumns {
  /** Number of rows. */
  readonly rows: number;
  /** Key n is the bytes from keyOffsets[n] to before keyOffsets[n + 1]. */
  readonly keys: Uint8Array;
  /** Where each key begins in `keys`; one entry more than there are rows. */
  readonly keyOffsets: Int32Array;
  /** Values and merge operands, likewise; nothing for a tombstone. */
  readonly values: Uint8Array;
  /** Where each value begins in `values`; one entry more than there are rows. */
  readonly valueOffsets: Int32Array;
  /** 0 put, 1 delete, 2 merge. */
  readonly kinds: Uint8Array;
  /** The sequence number of each row. */
  readonly seqs: BigUint64Array;
  /** Milliseconds since the Unix epoch. Left out when no row has a create timestamp; 0 for a row that has none. */
  readonly createTs?: BigInt64Array;
  /** Bit n, the lowest of a byte first, says whether row n has a create timestamp. Left out when all have or none has. */
  readonly createTsValidity?: Uint8Array;
  /** When each row expires, in milliseconds since the Unix epoch; left out where no row does. */
  readonly expireTs?: BigInt64Array;
  /** A bit a row, lowest first: 1 where the row has an expiry; left out where all have. */
  readonly expireTsValidity?: Uint8Array;
}

const KIND_PUT = 0;
const KIND_DELETE = 1;
const KIND_MERGE = 2;
const BYTE_BITS = 8;

interface Timestamps {
  readonly values: BigInt64Array | undefined;
  readonly validity: Uint8Array | undefined;
}

/** The rows from `from` to before `to` of a scan that copied its values. */
export function columnsOf(scanner: BlockScanner, from: number, to: number): RowColumns {
  const rows = to - from;
  const { keyOffsets, valueStarts, valueEnds, flags } = scanner;
  const keyBase = keyOffsets[from]!;
  const valueBase = valueStarts[from]!;
  const ownKeyOffsets = keyOffsets.slice(from, to + 1);
  if (keyBase !== 0) for (let row = 0; row <= rows; row++) ownKeyOffsets[row]! -= keyBase;
  const valueOffsets = new Int32Array(rows + 1);
  const kinds = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    valueOffsets[row + 1] = valueEnds[from + row]! - valueBase;
    const flag = flags[from + row]!;
    kinds[row] = (flag & FLAG_TOMBSTONE) !== 0 ? KIND_DELETE : (flag & FLAG_MERGE) !== 0 ? KIND_MERGE : KIND_PUT;
  }
  const has = (mask: number) => (row: number): boolean => (flags[from + row]! & mask) !== 0;
  return assemble(
    {
      rows,
      keys: scanner.keys.slice(keyBase, keyOffsets[to]),
      keyOffsets: ownKeyOffsets,
      values: scanner.bytes.slice(valueBase, valueEnds[to - 1]),
      valueOffsets,
      kinds,
      seqs: scanner.seqs.slice(from, to),
    },
    timestamps(rows, has(FLAG_CREATE_TS), () => scanner.createTs.slice(from, to)),
    timestamps(rows, has(FLAG_EXPIRE_TS), () => scanner.expireTs.slice(from, to)),
  );
}

/** The same of rows that were read one by one. */
export function columnsOfRows(list: readonly SstRow[]): RowColumns {
  const rows = list.length;
  const keys = joined(list.map(({ key }) => key));
  const values = joined(list.map(({ value }) => value));
  const kinds = Uint8Array.from(list, ({ kind }) => (kind === "delete" ? KIND_DELETE : kind === "merge" ? KIND_MERGE : KIND_PUT));
  const numbers = (of: (row: SstRow) => bigint | undefined) => (): BigInt64Array => BigInt64Array.from(list, (row) => of(row) ?? 0n);
  return assemble(
    { rows, keys: keys.bytes, keyOffsets: keys.offsets, values: values.bytes, valueOffsets: values.offsets, kinds, seqs: BigUint64Array.from(list, ({ seq }) => seq) },
    timestamps(rows, (row) => list[row]!.createTs !== undefined, numbers(({ createTs }) => createTs)),
    timestamps(rows, (row) => list[row]!.expireTs !== undefined, numbers(({ expireTs }) => expireTs)),
  );
}

function assemble(columns: RowColumns, create: Timestamps, expire: Timestamps): RowColumns {
  return {
    ...columns,
    ...(create.values && { createTs: create.values }),
    ...(create.validity && { createTsValidity: create.validity }),
    ...(expire.values && { expireTs: expire.values }),
    ...(expire.validity && { expireTsValidity: expire.validity }),
  };
}

function timestamps(rows: number, has: (row: number) => boolean, values: () => BigInt64Array): Timestamps {
  let count = 0;
  for (let row = 0; row < rows; row++) if (has(row)) count++;
  if (count === 0) return { values: undefined, validity: undefined };
  if (count === rows) return { values: values(), validity: undefined };
  const validity = new Uint8Array(Math.ceil(rows / BYTE_BITS));
  for (let row = 0; row < rows; row++) if (has(row)) validity[Math.floor(row / BYTE_BITS)]! |= 1 << (row % BYTE_BITS);
  return { values: values(), validity };
}

function joined(parts: readonly (Uint8Array | undefined)[]): { readonly bytes: Uint8Array; readonly offsets: Int32Array } {
  const offsets = new Int32Array(parts.length + 1);
  for (const [at, part] of parts.entries()) offsets[at + 1] = offsets[at]! + (part?.length ?? 0);
  const bytes = new Uint8Array(offsets.at(-1)!);
  for (const [at, part] of parts.entries()) if (part !== undefined) bytes.set(part, offsets[at]);
  return { bytes, offsets };
}
