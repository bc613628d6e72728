// Where the sections lie, as the info says: rules F2.
import { type FileRange } from "@slate-sst/reader";
import { SECTION_BYTES, type SsTableInfo } from "@slate-sst/format";
import type { RuleId } from "@slate-sst/format/rules";
import type { Framing } from "./framing.js";
import type { Report } from "./report.js";

/** Positions of the sections, where the info gives any. What they say is only used where the rules about them hold. */
export interface Layout {
  readonly data: FileRange;
  readonly filter: FileRange | undefined;
  readonly index: FileRange;
  readonly stats: FileRange | undefined;
}

/** Fewest bytes of a section: one and its checksum. */
const SECTION_BYTES_MIN = SECTION_BYTES + 1;

/** Checks the layout that the info describes. */
export function checkLayout(framing: Framing, report: Report): Layout {
  const { info, infoOffset, infoPayload } = framing;
  const add = (rule: RuleId, field: keyof typeof fields, expected: string, found: number | string): void => {
    report.add(rule, "info", () => ({ path: `info.${fields[field]}`, offset: infoOffset, length: infoPayload.length, expected, found: String(found) }));
  };
  if (info.indexLen === 0) add("F2.1", "indexLen", "a length other than 0", 0);
  for (const name of ["filter", "index", "stats"] as const) {
    const { offset, length } = sectionOf(info, name);
    if (length === 0) continue;
    if (length < SECTION_BYTES_MIN) add("F2.2", `${name}Len`, `at least ${SECTION_BYTES_MIN}`, length);
    if (offset + length > infoOffset) add("F2.3", `${name}Offset`, `an end of at most ${infoOffset}, where the info begins`, `${offset} + ${length}`);
  }
  if ((info.statsOffset === 0) !== (info.statsLen === 0)) add("F2.4", info.statsLen === 0 ? "statsLen" : "statsOffset", "0, or another number for both offset and length", `${info.statsOffset} and ${info.statsLen}`);
  const filterEnd = info.filterOffset + info.filterLen;
  if (info.indexOffset !== filterEnd) add("F2.5", "indexOffset", `${filterEnd}, where ${info.filterLen === 0 ? "the data blocks end" : "the filter ends"}`, info.indexOffset);
  const indexEnd = info.indexOffset + info.indexLen;
  if (info.statsLen !== 0 && info.statsOffset !== indexEnd) add("F2.6", "statsOffset", `${indexEnd}, where the index ends`, info.statsOffset);
  const sectionsEnd = info.statsLen === 0 ? indexEnd : info.statsOffset + info.statsLen;
  if (infoOffset !== sectionsEnd) {
    const last = info.statsLen === 0 ? "indexLen" : "statsLen";
    add("F2.7", last, `an end of the last section at ${infoOffset}, where the info begins`, sectionsEnd);
  }
  if (info.filterLen !== 0) add("F2.8", "filterLen", "0", info.filterLen);
  if (info.statsLen !== 0 || info.statsOffset !== 0) add("F2.9", "statsLen", "0", info.statsLen);
  const at = (offset: number, length: number): FileRange | undefined => (length === 0 ? undefined : { start: offset, end: offset + length });
  return {
    data: { start: 0, end: info.filterOffset },
    filter: at(info.filterOffset, info.filterLen),
    index: { start: info.indexOffset, end: indexEnd },
    stats: at(info.statsOffset, info.statsLen),
  };
}

/** Names of the info's fields as structure paths have them. */
const fields = {
  indexOffset: "index_offset",
  indexLen: "index_len",
  filterOffset: "filter_offset",
  filterLen: "filter_len",
  statsOffset: "stats_offset",
  statsLen: "stats_len",
} as const;

function sectionOf(info: SsTableInfo, name: "filter" | "index" | "stats"): { readonly offset: number; readonly length: number } {
  if (name === "filter") return { offset: info.filterOffset, length: info.filterLen };
  return name === "index" ? { offset: info.indexOffset, length: info.indexLen } : { offset: info.statsOffset, length: info.statsLen };
}
