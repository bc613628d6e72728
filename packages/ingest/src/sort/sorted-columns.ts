// What becomes an SST: a range of the sorted file, a slice at a time. It is the module of a task of writeSsts(), too. DuckDB joins the keys and the values
// of a slice to one run of bytes each, so that they come here in one piece: taking them one by one costs ten times as much.
import type { ColumnOffsets, RowColumns } from "@slate-sst/writer";
import type { DuckDBDataChunk, DuckDBVector } from "@duckdb/node-api";
import type { RowSourceContext } from "../threads/sst-task.js";
import { DuckDb, sqlFile } from "./duckdb.js";
import type { RowRange, SortedFile } from "./sorted-file.js";
import { cutIntoSlices } from "./sst-ranges.js";

/** Of one SST. */
export interface SortedRange {
  readonly sorted: SortedFile;
  readonly range: RowRange;
  /** Bytes that DuckDB may hold. */
  readonly memoryLimit: number;
  readonly directory: string;
  /** Of every row, in milliseconds since the Unix epoch. */
  readonly createTs: number | undefined;
  readonly expireTs: number | undefined;
}

export default async function* sortedColumns({ sorted, range, memoryLimit, directory, createTs, expireTs }: SortedRange, { signal }: Pick<RowSourceContext, "signal">): AsyncGenerator<RowColumns> {
  // With one thread the rows of a slice come in their order.
  const db = await DuckDb.open({ memoryLimit, directory, threads: 1, signal });
  const columns = ["string_agg(hex(k), '')", "list(octet_length(k)::UINTEGER)", ...(sorted.isText ? ["encode(string_agg(v, ''))", "list(strlen(v)::UINTEGER)"] : ["string_agg(hex(v), '')", "list(octet_length(v)::UINTEGER)"])];
  const ask = async ([from, to]: RowRange): Promise<DuckDBDataChunk | null> =>
    db.chunk(`SELECT ${columns.join(", ")} FROM read_parquet(${sqlFile(sorted.path)}) WHERE file_row_number >= ${from} AND file_row_number < ${to}`);
  let next: ReturnType<typeof ask> | undefined;
  try {
    const slices = await cutIntoSlices(db, sorted, range);
    next = ask(slices[0]!);
    for (const [at, [from, to]] of slices.entries()) {
      const chunk = await next;
      const [keys, keyLengths, values, valueLengths] = columns.map((_, column) => chunk!.getColumnVector(column));
      const batch: RowColumns = {
        keys: bytesOf(keys!), keyOffsets: offsetsOf(keyLengths!), values: bytesOf(values!), valueOffsets: offsetsOf(valueLengths!),
        ...(createTs === undefined ? {} : { createTs: new BigInt64Array(to - from).fill(BigInt(createTs)) }),
        ...(expireTs === undefined ? {} : { expireTs: new BigInt64Array(to - from).fill(BigInt(expireTs)) }),
      };
      // DuckDB reads the next slice while this one is written.
      next = at + 1 < slices.length ? ask(slices[at + 1]!) : undefined;
      next?.catch(() => undefined);
      yield batch;
    }
  } finally {
    await next?.catch(() => undefined);
    db.close();
  }
}

/** The one item of a vector: bytes, or hexadecimal digits of them. */
function bytesOf(vector: DuckDBVector): Uint8Array {
  const item: unknown = vector.getItem(0);
  return typeof item === "string" ? Buffer.from(item, "hex") : (item as { readonly bytes: Uint8Array }).bytes;
}

/** Lengths, which lie in one piece in DuckDB's memory, to offsets. */
function offsetsOf(vector: DuckDBVector): ColumnOffsets {
  const { childData } = vector as unknown as { readonly childData: { readonly items: Uint32Array } };
  const lengths = childData.items;
  const offsets = new Uint32Array(lengths.length + 1);
  for (let at = 0; at < lengths.length; at++) offsets[at + 1] = offsets[at]! + lengths[at]!;
  return offsets;
}
