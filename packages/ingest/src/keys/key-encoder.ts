// Records to keys, by a template.
import { showValue } from "@slate-sst/format";
import { type Place, sourceError, type SourceRecord } from "../source/record.js";
import { KeyBuffer } from "./key-buffer.js";
import { KeyFieldProblem } from "./key-field-problem.js";
import { fieldsOf, type KeyPart, parseKeyTemplate } from "./key-template.js";

const DIGITS = /^\d+$/;

export class KeyEncoder {
  readonly #parts: readonly KeyPart[];
  readonly #buffer = new KeyBuffer();
  /** Of fields without a type: how many digits all of their values have had so far; 0 once one was no number. */
  readonly #digits = new Map<string, number>();

  /** @throws SstRangeError ERR_SST_KEY_TEMPLATE */
  constructor(template: string) {
    this.#parts = parseKeyTemplate(template);
  }

  /** Fields that a record must have. */
  get fields(): readonly string[] {
    return fieldsOf(this.#parts);
  }

  /**
   * A view of the key's bytes, which the next call overwrites.
   * @throws SstError ERR_SST_SOURCE_FIELD for a field that is missing, ERR_SST_KEY_FIELD for one that does not fit.
   */
  encode(record: SourceRecord): Uint8Array {
    const { fields } = record;
    if (fields === undefined) throw sourceError("ERR_SST_SOURCE_FIELD", record, "binary rows have keys of their own and no fields: leave the key template out");
    this.#buffer.clear();
    for (const part of this.#parts) {
      if ("literal" in part) this.#buffer.bytes(part.literal);
      else this.#append(part, record, Object.hasOwn(fields, part.field) ? fields[part.field] : undefined);
    }
    return this.#buffer.view;
  }

  #append({ field, type, endsAt }: Extract<KeyPart, { field: string }>, record: Place & { readonly fields: SourceRecord["fields"] }, value: unknown): void {
    if (value === undefined || value === null) {
      const there = Object.keys(record.fields ?? {}).slice(0, SHOWN_FIELDS).join(", ");
      throw sourceError("ERR_SST_SOURCE_FIELD", record, value === null ? `${field}, a part of the key, is null` : `there is no field ${field}, which the key needs; there are ${there}`, { field });
    }
    if (type.name === "") this.#watchNumbers(field, value, record);
    try {
      type.write(value, this.#buffer);
    } catch (error) {
      if (!(error instanceof KeyFieldProblem)) throw error;
      throw sourceError("ERR_SST_KEY_FIELD", record, `${field}, a part of the key, ${error.message}: ${showValue(value)}`, { field, value });
    }
    if (endsAt !== undefined && (typeof value === "string" ? value : JSON.stringify(value)).includes(endsAt)) {
      throw sourceError("ERR_SST_KEY_FIELD", record, `${field}, a part of the key, holds ${JSON.stringify(endsAt)}, which ends it in the key: ${showValue(value)}; two rows could have one key. Take another literal, or {${field}:text0}`, { field, value });
    }
  }

  /** Numbers as text sort 10 before 9. */
  #watchNumbers(field: string, value: unknown, record: Place): void {
    const before = this.#digits.get(field);
    if (before === 0) return;
    const shown = typeof value === "string" ? value : typeof value === "number" || typeof value === "bigint" ? String(value) : "";
    const digits = DIGITS.test(shown) ? shown.length : 0;
    if (typeof value !== "string" && digits === 0 && (typeof value === "number" || typeof value === "bigint")) throw this.#unsorted(field, value, record);
    if (before !== undefined && digits !== 0 && before !== digits) throw this.#unsorted(field, value, record);
    this.#digits.set(field, digits);
  }

  #unsorted(field: string, value: unknown, record: Place): Error {
    return sourceError("ERR_SST_KEY_FIELD", record, `${field}, a part of the key, is a number (${showValue(value)}), and numbers as text sort 10 before 9: give it a type, such as {${field}:u64}, {${field}:i64}, {${field}:f64} or {${field}:dec10}, or say that this order is meant by {${field}:text}`, { field, value });
  }
}

/** Names that a message tells. */
const SHOWN_FIELDS = 10;
