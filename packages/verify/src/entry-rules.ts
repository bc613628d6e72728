// first_entry and last_entry of the info (rules R2).
import { compareKeys, FORMAT_VERSION_V1 } from "@slate-sst/format";
import type { RuleId } from "@slate-sst/format/rules";
import { showBytes } from "./finding.js";
import type { Framing } from "./framing.js";
import { bigEndian, type BlockStart } from "./index-rules.js";
import type { Report } from "./report.js";
import type { KeyBuffer } from "./row-order.js";

export class EntryRules {
  readonly #framing: Framing;
  readonly #report: Report;

  constructor(framing: Framing, report: Report) {
    this.#framing = framing;
    this.#report = report;
  }

  /** What needs no rows: R2.3 and R2.5. */
  checkAbsence(): void {
    const { firstEntry, lastEntry } = this.#framing.info;
    if (firstEntry !== undefined) this.#add("R2.3", "first_entry", firstEntry, "no entry, as there are no rows", "file");
    if (lastEntry !== undefined) {
      this.#add("R2.3", "last_entry", lastEntry, "no entry, as there are no rows", "file");
      this.#add("R2.5", "last_entry", lastEntry, "no entry, as keys of a WAL file have no order", "file");
    }
  }

  /** R2.1 and R2.4, after the first block. */
  checkFirst({ key, keyLength, seqHi, seqLo }: Pick<BlockStart, "key" | "keyLength" | "seqHi" | "seqLo">): void {
    const { firstEntry } = this.#framing.info;
    if (!isKey(firstEntry, key, keyLength)) this.#add("R2.1", "first_entry", firstEntry, `${showBytes(key, keyLength)}, the first key`, "block");
    const seq = bigEndian(seqHi, seqLo);
    if (!isKey(firstEntry, seq, seq.length)) this.#add("R2.4", "first_entry", firstEntry, `${showBytes(seq)}, the sequence number of the first row`, "block");
  }

  /** R2.2, after the last block. */
  checkLast(key: KeyBuffer): void {
    const { info, formatVersion } = this.#framing;
    if (info.lastEntry === undefined && formatVersion === FORMAT_VERSION_V1) return;
    if (!isKey(info.lastEntry, key.bytes, key.length)) this.#add("R2.2", "last_entry", info.lastEntry, `${showBytes(key.bytes, key.length)}, the last key`, "block");
  }

  #add(rule: RuleId, field: string, found: Uint8Array | undefined, expected: string, reach: "block" | "file"): void {
    const { infoOffset, infoPayload } = this.#framing;
    // An entry is a view of the info, which tells where it lies.
    const offset = found === undefined || found.buffer !== infoPayload.buffer ? infoOffset : infoOffset + found.byteOffset - infoPayload.byteOffset;
    this.#report.add(rule, "info", () => ({ path: `info.${field}`, offset, length: found?.length ?? 0, expected, found: found === undefined ? "no entry" : showBytes(found) }), reach);
  }
}

function isKey(entry: Uint8Array | undefined, key: Uint8Array, length: number): boolean {
  return entry !== undefined && compareKeys(entry, entry.length, key, length) === 0;
}
