// What is used of an Apache Arrow record batch: shapes and numbers of the Arrow format, so that no version of the library is needed.

/** A column's data type, as every version of the library has it. */
export interface ArrowType {
  /** Number of the type, see ArrowTypeId. */
  readonly typeId: number;
  /** Bits of an integer. */
  readonly bitWidth?: number;
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
  readonly type: ArrowType;
  readonly length: number;
  readonly offset: number;
  readonly nullCount: number;
  readonly nullBitmap?: Uint8Array | null | undefined;
  readonly valueOffsets?: unknown;
  readonly values?: unknown;
}

/** The part of Apache Arrow's `RecordBatch` that is read. */
export interface ArrowRecordBatch {
  readonly numRows: number;
  readonly schema: { readonly fields: readonly { readonly name: string }[] };
  getChild(name: string): { readonly data: readonly ArrowData[] } | null;
}

/** Types of the Arrow format (`Type` in its Schema.fbs) that rows can be made of. */
export const ArrowTypeId = { Int: 2, Binary: 4, Utf8: 5, Date: 8, Timestamp: 10, FixedSizeBinary: 15, LargeBinary: 19, LargeUtf8: 20 } as const;

/** Units of timestamps (`TimeUnit`), and the unit of dates that is a time (`DateUnit`). */
export const ArrowTimeUnit = { Second: 0, Millisecond: 1 } as const;
export const ARROW_DATE_MILLISECOND = 1;
