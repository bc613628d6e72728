// Rows of a scan by the kernel, as objects: copies that share one buffer for keys and one for values, or views that are used again.
import { type BlockScanner, FLAG_CREATE_TS, FLAG_EXPIRE_TS, FLAG_MERGE, FLAG_TOMBSTONE } from "@slate-sst/format";
import type { LooseRow, SstRow } from "./row.js";

/** Copies of the rows from `from` to before `to`, of a scan that copied its values. */
export function copiesOf(scanner: BlockScanner, from: number, to: number): SstRow[] {
  const { keyOffsets, valueStarts, valueEnds, flags, seqs, createTs, expireTs } = scanner;
  const keyBase = keyOffsets[from]!;
  const valueBase = valueStarts[from]!;
  const keys = scanner.keys.slice(keyBase, keyOffsets[to]);
  const values = scanner.bytes.slice(valueBase, valueEnds[to - 1]);
  const rows: LooseRow[] = [];
  for (let row = from; row < to; row++) {
    const flag = flags[row]!;
    rows.push({
      kind: kindOf(flag),
      key: keys.subarray(keyOffsets[row]! - keyBase, keyOffsets[row + 1]! - keyBase),
      value: (flag & FLAG_TOMBSTONE) !== 0 ? undefined : values.subarray(valueStarts[row]! - valueBase, valueEnds[row]! - valueBase),
      seq: seqs[row]!,
      createTs: (flag & FLAG_CREATE_TS) === 0 ? undefined : createTs[row]!,
      expireTs: (flag & FLAG_EXPIRE_TS) === 0 ? undefined : expireTs[row]!,
    });
  }
  return rows as SstRow[];
}

function kindOf(flag: number): SstRow["kind"] {
  return (flag & FLAG_TOMBSTONE) !== 0 ? "delete" : (flag & FLAG_MERGE) !== 0 ? "merge" : "put";
}

/** A row that is read from the scan's memory when it is asked for. */
class RowView implements LooseRow {
  readonly #scanner: BlockScanner;
  /** Its place among the rows of the scan. */
  at = 0;

  constructor(scanner: BlockScanner) {
    this.#scanner = scanner;
  }

  get kind(): SstRow["kind"] {
    return kindOf(this.#scanner.flags[this.at]!);
  }

  get key(): Uint8Array {
    const { keys, keyOffsets } = this.#scanner;
    return keys.subarray(keyOffsets[this.at], keyOffsets[this.at + 1]);
  }

  get value(): Uint8Array | undefined {
    const { bytes, valueStarts, valueEnds, flags } = this.#scanner;
    return (flags[this.at]! & FLAG_TOMBSTONE) !== 0 ? undefined : bytes.subarray(valueStarts[this.at], valueEnds[this.at]);
  }

  get seq(): bigint {
    return this.#scanner.seqs[this.at]!;
  }

  get createTs(): bigint | undefined {
    return (this.#scanner.flags[this.at]! & FLAG_CREATE_TS) === 0 ? undefined : this.#scanner.createTs[this.at]!;
  }

  get expireTs(): bigint | undefined {
    return (this.#scanner.flags[this.at]! & FLAG_EXPIRE_TS) === 0 ? undefined : this.#scanner.expireTs[this.at]!;
  }
}

/** Views that are handed out again and again. */
export class RowViews {
  readonly #views: RowView[] = [];

  /** Views of the rows from `from` to before `to`. */
  of(scanner: BlockScanner, from: number, to: number): SstRow[] {
    const views = this.#views;
    while (views.length < to - from) views.push(new RowView(scanner));
    for (let row = from; row < to; row++) views[row - from]!.at = row;
    return views.slice(0, to - from) as LooseRow[] as SstRow[];
  }
}
