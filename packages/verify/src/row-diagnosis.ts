// What is wrong with a row that could not be decoded: the same bytes once more, field by field, as the rules name them.
import { type BlockLayout, FLAG_MERGE, FLAG_TOMBSTONE, isSstError, VALUE_BYTES_MAX, VARINT_BYTES_MAX, VARINT_GROUP_BITS } from "@slate-sst/format";
import type { RuleId } from "@slate-sst/format/rules";
import { WALK_STRUCTURES, type WalkField, type WalkStructure } from "@slate-sst/format/walk";

export interface RowDiagnosis {
  readonly rule: RuleId;
  /** Field of the row. */
  readonly path: string;
  readonly payloadAt: number;
  readonly length: number;
  readonly expected: string;
  readonly found: string;
}

/** A varint holds seven bits in each byte; the high bit says that another one follows. */
const GROUP_END = 1 << VARINT_GROUP_BITS;

interface Varint {
  readonly value: number;
  readonly end: number;
  readonly problem: RowDiagnosis | undefined;
}

/** The first rule that the row at `at`, which is known to break one, breaks. @param available bytes of key it may share. */
export function diagnoseRow(payload: Uint8Array, at: number, end: number, layout: BlockLayout, ordinal: number, available: number): RowDiagnosis {
  return layout.hasRestarts ? withRestarts(payload, at, end, layout, ordinal, available) : withAllPositions(payload, at, end, layout, ordinal, available);
}

function withRestarts(payload: Uint8Array, at: number, end: number, layout: BlockLayout, ordinal: number, available: number): RowDiagnosis {
  let from = at;
  for (const { id: field, kind } of fieldsOf(layout)) {
    if (kind !== "varint") break;
    const { value, end: next, problem } = readVarint(payload, from, end, field);
    if (problem !== undefined) return problem;
    const place = { path: field, payloadAt: from, length: next - from, found: String(value) };
    if (field === "shared" && value !== 0 && ordinal % layout.interval === 0) return { rule: "B2.4", ...place, expected: "0, because the row is a restart point" };
    if (field === "shared" && value > available) return { rule: "B3.4", ...place, expected: `at most ${available}, the length of the key before` };
    from = next;
  }
  return diagnoseTail(payload, at, end, () => layout.decodeRow(payload, at, end, layout.newRow()));
}

/** Fields of a version's rows in file order. */
function fieldsOf({ version }: BlockLayout): readonly WalkField[] {
  const structures: Readonly<Record<string, WalkStructure>> = WALK_STRUCTURES;
  return structures[structures[`BlockV${version}`]?.fields[0]?.elements ?? ""]?.fields ?? [];
}

function withAllPositions(payload: Uint8Array, at: number, end: number, layout: BlockLayout, ordinal: number, available: number): RowDiagnosis {
  const row = layout.newRow();
  const tail = diagnoseTail(payload, at, end, () => layout.decodeRow(payload, at, end, row));
  if (row.shared <= available) return tail;
  const expected = ordinal === 0 ? "0 in the first row" : `at most ${available}, the length of the block's first key`;
  return { rule: "B3.6", path: "shared", payloadAt: at, length: Uint16Array.BYTES_PER_ELEMENT, expected, found: String(row.shared) };
}

/** What the decoder objects to, behind the lengths. */
function diagnoseTail(payload: Uint8Array, at: number, end: number, decode: () => void): RowDiagnosis {
  let path = "row";
  let payloadAt = at;
  let isCut = true;
  try {
    decode();
  } catch (error) {
    if (!isSstError(error)) throw error;
    path = String(error.details["path"]);
    payloadAt = Number(error.details["offset"]);
    isCut = error.code === "ERR_SST_TRUNCATED";
  }
  if (isCut) return { rule: "B1.5", path, payloadAt, length: end - payloadAt, expected: `a row that ends by ${end}, where the offsets begin`, found: "a row that reaches beyond" };
  const flags = payload[payloadAt]!;
  const isBoth = (flags & FLAG_TOMBSTONE) !== 0 && (flags & FLAG_MERGE) !== 0;
  const isKnown = flags < FLAG_MERGE * 2;
  return isKnown && isBoth
    ? { rule: "B4.2", path, payloadAt, length: 1, expected: "a tombstone or a merge operand", found: `both, flags ${flags}` }
    : { rule: "B4.1", path, payloadAt, length: 1, expected: "no reserved bit", found: `flags ${flags}` };
}

function readVarint(payload: Uint8Array, at: number, end: number, path: string): Varint {
  let value = 0;
  let scale = 1;
  const problem = (rule: RuleId, length: number, expected: string, found: string): Varint => ({ value, end: at + length, problem: { rule, path, payloadAt: at, length, expected, found } });
  for (let length = 1; ; length++) {
    if (at + length > end) return problem("B1.5", end - at, `a row that ends by ${end}, where the offsets begin`, "a number that reaches beyond");
    if (length > VARINT_BYTES_MAX) return problem("B3.1", length, `at most ${VARINT_BYTES_MAX} bytes`, "more");
    const group = payload[at + length - 1]!;
    value += (group % GROUP_END) * scale;
    scale *= GROUP_END;
    if (group >= GROUP_END) continue;
    if (value > VALUE_BYTES_MAX) return problem("B3.2", length, `at most ${VALUE_BYTES_MAX}`, String(value));
    if (length > 1 && group === 0) return problem("B3.3", length, "as few bytes as the number needs", `${length} bytes for ${value}`);
    return { value, end: at + length, problem: undefined };
  }
}
