// The stats against what was counted again (rules S1).
import { isSstError, readStatsColumns, type SstStatsColumns } from "@slate-sst/format";
import type { RuleId } from "@slate-sst/format/rules";
import type { Report } from "./report.js";
import type { SectionPlace } from "./sections.js";

/** Numbers of rows of each kind, in a block or in the file. */
export interface KindCounts {
  readonly puts: number;
  readonly deletes: number;
  readonly merges: number;
}

/** What was counted over the whole file. */
export interface FileCounts extends KindCounts {
  readonly rawKeyBytes: number;
  readonly rawValueBytes: number;
}

export class StatsView {
  readonly payload: Uint8Array;
  readonly columns: SstStatsColumns;
  readonly #place: SectionPlace;
  readonly #report: Report;

  constructor(payload: Uint8Array, columns: SstStatsColumns, place: SectionPlace, report: Report) {
    this.payload = payload;
    this.columns = columns;
    this.#place = place;
    this.#report = report;
  }

  /** S1.2: as many elements as the index has blocks. */
  checkLength(blocks: number): void {
    const { blockStats } = this.columns;
    const count = blockStats?.count ?? 0;
    if (count !== blocks) this.#add("S1.2", "block_stats", `${blocks} elements, one for each block of the index`, `${count}`);
    else if (blocks === 0 && blockStats !== undefined) this.#add("S1.2", "block_stats", "no vector, as there are no blocks", "an empty one");
  }

  /** S1.3, for a block whose rows were read. */
  checkBlock(block: number, { puts, deletes, merges }: KindCounts): void {
    const { blockStats } = this.columns;
    if (blockStats === undefined || block >= blockStats.count) return;
    const { numPuts, numDeletes, numMerges } = blockStats;
    if (numPuts[block] === puts && numDeletes[block] === deletes && numMerges[block] === merges) return;
    const place = this.#place.at(`block_stats[${block}]`, 0, this.payload.length);
    this.#report.add(
      "S1.3", "stats",
      () => ({ ...place, expected: kinds(puts, deletes, merges), found: kinds(numPuts[block]!, numDeletes[block]!, numMerges[block]!) }), "block",
    );
  }

  /** S1.4 to S1.6, after all rows. */
  checkTotals(counts: FileCounts): void {
    const { numPuts, numDeletes, numMerges, rawKeySize, rawValSize } = this.columns;
    if (numPuts !== counts.puts) this.#add("S1.4", "num_puts", String(counts.puts), String(numPuts));
    if (numDeletes !== counts.deletes) this.#add("S1.4", "num_deletes", String(counts.deletes), String(numDeletes));
    if (numMerges !== counts.merges) this.#add("S1.4", "num_merges", String(counts.merges), String(numMerges));
    if (rawKeySize !== counts.rawKeyBytes) this.#add("S1.5", "raw_key_size", String(counts.rawKeyBytes), String(rawKeySize));
    if (rawValSize !== counts.rawValueBytes) this.#add("S1.6", "raw_val_size", String(counts.rawValueBytes), String(rawValSize));
  }

  #add(rule: RuleId, path: string, expected: string, found: string): void {
    this.#report.add(rule, "stats", () => ({ ...this.#place.at(path, 0, this.payload.length), expected, found }));
  }
}

/** Decodes the stats: S1.1. */
export function checkStats(payload: Uint8Array, place: SectionPlace, report: Report): StatsView | undefined {
  try {
    return new StatsView(payload, readStatsColumns(payload), place, report);
  } catch (error) {
    if (!isSstError(error)) throw error;
    const path = String(error.details["path"]).replace(/^stats\.?/, "");
    report.add("S1.1", "stats", () => ({ ...place.at(path, Number(error.details["offset"]), 0), expected: "a FlatBuffer that holds together", found: error.message }));
    return undefined;
  }
}

function kinds(puts: number, deletes: number, merges: number): string {
  return `${puts} puts, ${deletes} deletes, ${merges} merges`;
}
