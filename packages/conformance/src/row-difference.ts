// Rows compared field by field, and the first difference in words. Test frameworks compare long byte arrays element by
// element, which takes seconds.
import type { GoldenRow } from "./side-car.js";

/** Bytes of a key or value shown in a message. */
const SHOWN_BYTES_MAX = 24;

/** Undefined when both hold the same rows in the same order; otherwise where and in what they differ first. */
export function firstRowDifference(actual: readonly GoldenRow[], expected: readonly GoldenRow[]): string | undefined {
  for (const [i, row] of expected.entries()) {
    const found = actual[i];
    if (found === undefined) break;
    const fields = differingFields(found, row);
    if (fields.length > 0) return `row ${i} differs in ${fields.join(", ")}: ${describeRow(found)} instead of ${describeRow(row)}`;
  }
  return actual.length === expected.length ? undefined : `there are ${actual.length} rows instead of ${expected.length}`;
}

function differingFields(actual: GoldenRow, expected: GoldenRow): string[] {
  const fields: string[] = [];
  if (actual.kind !== expected.kind) fields.push("kind");
  if (!sameBytes(actual.key, expected.key)) fields.push("key");
  if (!sameBytes(actual.value, expected.value)) fields.push("value");
  if (actual.seq !== expected.seq) fields.push("seq");
  if (actual.createTs !== expected.createTs) fields.push("createTs");
  if (actual.expireTs !== expected.expireTs) fields.push("expireTs");
  return fields;
}

function sameBytes(left: Uint8Array | undefined, right: Uint8Array | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return Buffer.compare(left, right) === 0;
}

function describeRow({ kind, key, value, seq, createTs, expireTs }: GoldenRow): string {
  return `${kind} ${describeBytes(key)} = ${describeBytes(value)}, seq ${seq}, createTs ${createTs}, expireTs ${expireTs}`;
}

function describeBytes(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return "nothing";
  const hex = Buffer.from(bytes.subarray(0, SHOWN_BYTES_MAX)).toString("hex");
  return bytes.length > SHOWN_BYTES_MAX ? `${hex}… (${bytes.length} bytes)` : `"${hex}"`;
}
