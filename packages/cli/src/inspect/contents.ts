// What data blocks hold, counted row by row; values are not looked at.
import { BlockCursor, FLAG_CREATE_TS, FLAG_EXPIRE_TS, FLAG_MERGE, FLAG_TOMBSTONE, SstError } from "@slate-sst/format";
import { type BlockContentsSchema, type MessageInitShape } from "@slate-sst/format/proto";
import type { SstReader } from "@slate-sst/reader";
import { Histogram } from "./histogram.js";

const HALF_BITS = 32n;
const LONG_BITS = 64;

const unsigned = (hi: number, lo: number): bigint => (BigInt(hi >>> 0) << HALF_BITS) | BigInt(lo >>> 0);
const signed = (hi: number, lo: number): bigint => BigInt.asIntN(LONG_BITS, unsigned(hi, lo));

/** Least and greatest of some numbers. */
class Span {
  count = 0;
  min: bigint | undefined;
  max: bigint | undefined;

  add(value: bigint): void {
    this.count++;
    if (this.min === undefined || value < this.min) this.min = value;
    if (this.max === undefined || value > this.max) this.max = value;
  }

  addAll({ count, min, max }: Span): void {
    if (min === undefined || max === undefined) return;
    this.add(min);
    this.add(max);
    this.count += count - 2;
  }
}

export class Contents {
  puts = 0;
  deletes = 0;
  merges = 0;
  readonly seqs = new Span();
  readonly createTs = new Span();
  readonly expireTs = new Span();
  readonly keyBytes = new Histogram();
  readonly valueBytes = new Histogram();
  readonly rowsPerBlock = new Histogram();
  readonly bytesPerBlock = new Histogram();
  readonly storedBytesPerBlock = new Histogram();
  /** Keys of the first and the last row read. */
  first: Uint8Array | undefined;
  last: Uint8Array | undefined;

  get rows(): number {
    return this.puts + this.deletes + this.merges;
  }

  /** Reads every block of an SST. @param onBytes called with the stored bytes of each block. @throws SstError, StoreError. */
  async read(reader: SstReader, signal: AbortSignal, onBytes: (bytes: number) => void): Promise<void> {
    const cursor = new BlockCursor(reader.formatVersion);
    for await (const { ordinal, offset, length, payload } of reader.blocks({ signal })) {
      try {
        cursor.open(payload);
        const before = this.rows;
        while (cursor.next()) this.#addRow(cursor);
        this.rowsPerBlock.add(this.rows - before);
      } catch (error) {
        if (!(error instanceof SstError)) throw error;
        throw new SstError(error.code, `block[${ordinal}] at offset ${offset}: ${error.message}`, { cause: error, details: error.details });
      }
      this.last = cursor.key.slice(0, cursor.keyLength);
      this.bytesPerBlock.add(payload.length);
      this.storedBytesPerBlock.add(length);
      onBytes(length);
    }
  }

  addAll(other: Contents): void {
    this.puts += other.puts;
    this.deletes += other.deletes;
    this.merges += other.merges;
    for (const name of ["seqs", "createTs", "expireTs"] as const) this[name].addAll(other[name]);
    for (const name of ["keyBytes", "valueBytes", "rowsPerBlock", "bytesPerBlock", "storedBytesPerBlock"] as const) this[name].addAll(other[name]);
  }

  message(): MessageInitShape<typeof BlockContentsSchema> {
    const { seqs, createTs, expireTs } = this;
    return {
      rows: BigInt(this.rows),
      puts: BigInt(this.puts),
      deletes: BigInt(this.deletes),
      merges: BigInt(this.merges),
      blocks: BigInt(this.rowsPerBlock.count),
      storedBlockBytes: BigInt(this.storedBytesPerBlock.sum),
      blockBytes: BigInt(this.bytesPerBlock.sum),
      ...(seqs.min !== undefined && seqs.max !== undefined && { minSeq: seqs.min, maxSeq: seqs.max }),
      createTsCount: BigInt(createTs.count),
      ...(createTs.min !== undefined && createTs.max !== undefined && { minCreateTs: createTs.min, maxCreateTs: createTs.max }),
      expireTsCount: BigInt(expireTs.count),
      ...(expireTs.min !== undefined && expireTs.max !== undefined && { minExpireTs: expireTs.min, maxExpireTs: expireTs.max }),
      keyBytes: this.keyBytes.message(),
      valueBytes: this.valueBytes.message(),
      rowsPerBlock: this.rowsPerBlock.message(),
      bytesPerBlock: this.bytesPerBlock.message(),
      storedBytesPerBlock: this.storedBytesPerBlock.message(),
    };
  }

  #addRow({ row, key, keyLength }: BlockCursor): void {
    this.first ??= key.slice(0, keyLength);
    this.keyBytes.add(keyLength);
    const isTombstone = (row.flags & FLAG_TOMBSTONE) !== 0;
    if (isTombstone) this.deletes++;
    else if ((row.flags & FLAG_MERGE) !== 0) this.merges++;
    else this.puts++;
    if (!isTombstone) this.valueBytes.add(row.valueLength);
    this.seqs.add(unsigned(row.seqNumHi, row.seqNumLo));
    if ((row.flags & FLAG_CREATE_TS) !== 0) this.createTs.add(signed(row.createTsHi, row.createTsLo));
    if ((row.flags & FLAG_EXPIRE_TS) !== 0) this.expireTs.add(signed(row.expireTsHi, row.expireTsLo));
  }
}
