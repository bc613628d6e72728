// Records of a source to rows of an SST.
import { SstRangeError } from "@slate-sst/format";
import type { Bytes, PutRow } from "@slate-sst/writer";
import { KeyEncoder } from "../keys/key-encoder.js";
import { type ValueEncoder, valueEncoder } from "../keys/value-encoder.js";
import { sourceError, type SourceRecord } from "../source/record.js";
import type { SourceFile } from "../source/source-files.js";
import type { RowOptions } from "./options.js";

export class RowMaker {
  readonly #key: KeyEncoder | undefined;
  readonly #value: ValueEncoder;
  readonly #createTs: number | undefined;
  readonly #expireTs: number | undefined;
  /** Whether all values are text, well-formed and without U+0000. */
  readonly isText: boolean;

  /**
   * @param now the beginning of the import, in milliseconds since the Unix epoch.
   * @throws SstRangeError ERR_SST_KEY_TEMPLATE; ERR_SST_OPTION_INVALID where there is no template for rows that need one.
   */
  constructor({ key, value, ttl }: RowOptions, files: readonly SourceFile[], now: number) {
    const isBinary = files.every(({ format }) => format === "rows");
    if (key === undefined && !isBinary) {
      throw new SstRangeError("ERR_SST_OPTION_INVALID", `rows of ${files.find(({ format }) => format !== "rows")?.format} need a key template, such as "user:{id:u64}"`, { details: { option: "key" } });
    }
    this.#key = key === undefined ? undefined : new KeyEncoder(key);
    const kind = value ?? (isBinary ? "raw" : "json");
    this.#value = valueEncoder(kind);
    // JSON escapes what would not be, and a line of NDJSON is JSON.
    this.isText = kind === "json" || (kind === "raw" && files.every(({ format }) => format === "ndjson"));
    this.#createTs = ttl === undefined ? undefined : now;
    this.#expireTs = ttl === undefined ? undefined : now + ttl;
  }

  /** The key of a record; the next call overwrites it. @throws SstError ERR_SST_SOURCE_FIELD, ERR_SST_KEY_FIELD */
  keyOf(record: SourceRecord): Uint8Array {
    if (this.#key !== undefined) return this.#key.encode(record);
    if (record.key === undefined) throw sourceError("ERR_SST_SOURCE_FIELD", record, "the row has no key of its own");
    return record.key;
  }

  /** The value of a record. @throws SstError ERR_SST_SOURCE_FIELD */
  valueOf(record: SourceRecord): Bytes {
    return this.#value(record);
  }

  /** A row whose key the next call overwrites. @throws as keyOf */
  rowOf(record: SourceRecord): PutRow {
    return { key: this.keyOf(record), value: this.#value(record), createTs: this.#createTs, expireTs: this.#expireTs };
  }
}

/** What a message about a row out of order adds. */
export const UNSORTED_HINT = ". The source is not sorted by the bytes of its keys";
