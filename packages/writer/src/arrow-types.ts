// What is used of an Apache Arrow record batch: shapes and numbers of the Arrow format, so that no version of the library is needed.

/** A column's data type, as every version of the library has it. */
export interface ArrowType {
  /** Number of the type, see ArrowTypeId. */
  readonly typeId: number;
  /** Bits of an integer. */
  readonly bitWidth?: number;
  /** Whether an integer is signed. */
  readonly isSigned?: boolean;
  /** Unit of a date or timestamp. */
  readonly unit?: number;
  /** Bytes of each value of fixed size. */
  readonly byteWidth?: number;
  /** The type by name, such as `Timestamp<MILLISECOND>`. */
  toString(): string;
}

/** The buffers of a column. Of a slice, offsets and values of fixed width are cut to it; the bitmap begins at bit `offset`. */
export interface ArrowData {
  /** What the column holds. */
  readonly type: ArrowType;
  /** Rows. */
  readonly length: number;
  /** First row that counts, in all buffers. */
  readonly offset: number;
  /** Rows without a value. */
  readonly nullCount: number;
  /** A bit a row, lowest first: 0 where the row has no value. */
  readonly nullBitmap?: Uint8Array | null | undefined;
  /** Where each value begins, of columns of bytes or text. */
  readonly valueOffsets?: unknown;
  /** The values, one behind the other. */
  readonly values?: unknown;
}

/** The part of Apache Arrow's `RecordBatch` that is read. */
export interface ArrowRecordBatch {
  /** Rows of the batch. */
  readonly numRows: number;
  /** Names of the columns. */
  readonly schema: { readonly fields: readonly { readonly name: string }[] };
  /** The column of that name, in one or several pieces; null where there is none. */
  getChild(name: string): { readonly data: readonly ArrowData[] } | null;
}

/** Types of the Arrow format (`Type` in its Schema.fbs) that rows can be made of. */
export const ArrowTypeId = { Int: 2, Binary: 4, Utf8: 5, Date: 8, Timestamp: 10, FixedSizeBinary: 15, LargeBinary: 19, LargeUtf8: 20 } as const;

/** Units of timestamps (`TimeUnit`), and the unit of dates that is a time (`DateUnit`). */
export const ArrowTimeUnit = { Second: 0, Millisecond: 1 } as const;
export const ARROW_DATE_MILLISECOND = 1;
