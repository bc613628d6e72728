// What the writer declared on close, against the file (rules D1).
import { compareBytes, COMPRESSION_IDS, FilterFormat, type SsTableInfo } from "@slate-sst/format";
import { codecOfMessage, FilterKind, infoFields, type SstMetadata } from "@slate-sst/format/proto";
import type { RuleId } from "@slate-sst/format/rules";
import type { FilterView } from "./filter-rules.js";
import { showBytes, showCrc } from "./finding.js";
import type { Framing } from "./framing.js";
import type { Report } from "./report.js";
import type { EndRow } from "./result.js";
import type { Range64 } from "./int64.js";
import type { FileCounts } from "./stats-rules.js";

/** What the rows came to. */
export interface CountedRows extends FileCounts {
  readonly rows: number;
  readonly blocks: number;
  readonly first: EndRow | undefined;
  readonly last: EndRow | undefined;
  readonly seqs: Range64;
  readonly createTs: Range64;
  readonly expireTs: Range64;
}

/** A value as it is compared and shown. */
type Shown = number | bigint | string | Uint8Array | undefined;

export class DeclaredRules {
  readonly #metadata: SstMetadata;
  readonly #size: number;
  readonly #report: Report;

  constructor(metadata: SstMetadata, size: number, report: Report) {
    this.#metadata = metadata;
    this.#size = size;
    this.#report = report;
  }

  /** D1.1 and D1.2. */
  checkFraming({ info, infoOffset }: Framing): void {
    const metadata = this.#metadata;
    this.#compare("D1.1", "size", metadata.size, this.#size);
    this.#compare("D1.2", "info_offset", metadata.infoOffset, infoOffset);
    const declared = metadata.info;
    if (declared === undefined) {
      this.#report.ledger.leaveOpen(["D1.2"], "the metadata has no info");
      return;
    }
    for (const { name, property, value } of infoFields(info)) this.#compare("D1.2", `info.${name}`, declared[property], value);
  }

  /** D1.3. */
  checkKinds(framing: Framing, filter: FilterView | undefined): void {
    const metadata = this.#metadata;
    const { info } = framing;
    this.#compare("D1.3", "format_version", metadata.formatVersion, framing.formatVersion);
    const codec = codecOfMessage(metadata.compression);
    if (codec !== undefined) this.#compare("D1.3", "compression", COMPRESSION_IDS[codec], info.compressionFormat);
    const declared = metadata.filter;
    if (declared === undefined || declared.kind === FilterKind.UNSPECIFIED) return;
    this.#compare("D1.3", "filter.kind", FilterKind[declared.kind], FilterKind[kindOf(info)]);
    const bloom = filter?.blooms[0];
    if (bloom === undefined) return;
    this.#compare("D1.3", "filter.probe_count", declared.probeCount, bloom.probes);
    this.#compare("D1.3", "filter.bit_array_bytes", declared.bitArrayBytes, bloom.bits.length);
    this.#compare("D1.3", "filter.name", declared.name, bloom.name);
  }

  /** D1.4 to D1.7. */
  checkRows(counted: CountedRows): void {
    const metadata = this.#metadata;
    this.#compare("D1.4", "block_count", metadata.blockCount, counted.blocks);
    this.#compare("D1.4", "row_count", metadata.rowCount, counted.rows);
    this.#compare("D1.4", "put_count", metadata.putCount, counted.puts);
    this.#compare("D1.4", "delete_count", metadata.deleteCount, counted.deletes);
    this.#compare("D1.4", "merge_count", metadata.mergeCount, counted.merges);
    this.#compare("D1.4", "create_ts_count", metadata.createTsCount, counted.createTs.count);
    this.#compare("D1.4", "expire_ts_count", metadata.expireTsCount, counted.expireTs.count);
    const none = new Uint8Array(0);
    this.#compare("D1.5", "first_key", metadata.firstKey, counted.first?.key ?? none);
    this.#compare("D1.5", "last_key", metadata.lastKey, counted.last?.key ?? none);
    this.#compare("D1.6", "min_seq", metadata.minSeq, counted.seqs.min ?? 0);
    this.#compare("D1.6", "max_seq", metadata.maxSeq, counted.seqs.max ?? 0);
    this.#compare("D1.6", "min_create_ts", metadata.minCreateTs, counted.createTs.min);
    this.#compare("D1.6", "max_create_ts", metadata.maxCreateTs, counted.createTs.max);
    this.#compare("D1.6", "min_expire_ts", metadata.minExpireTs, counted.expireTs.min);
    this.#compare("D1.6", "max_expire_ts", metadata.maxExpireTs, counted.expireTs.max);
    this.#compare("D1.7", "raw_key_bytes", metadata.rawKeyBytes, counted.rawKeyBytes);
    this.#compare("D1.7", "raw_value_bytes", metadata.rawValueBytes, counted.rawValueBytes);
  }

  /** D1.8 and D1.9. */
  checkDigests(crc32: number, sha256: Uint8Array | undefined): void {
    const hint = "a value, a sequence number or a timestamp was changed, and checksums were made to fit";
    if (this.#metadata.crc32 !== crc32) this.#add("D1.8", "crc32", showCrc(this.#metadata.crc32), showCrc(crc32), hint);
    if (sha256 !== undefined) this.#compare("D1.9", "sha256", this.#metadata.sha256, sha256, hint);
  }

  #compare(rule: RuleId, field: string, declared: Shown, found: Shown, hint?: string): void {
    if (!isSame(declared, found)) this.#add(rule, field, show(declared), show(found), hint);
  }

  #add(rule: RuleId, field: string, expected: string, found: string, hint: string | undefined): void {
    this.#report.add(rule, rule === "D1.2" ? "info" : "file", () => ({ path: `metadata.${field}`, offset: 0, length: this.#size, expected, found, hint }));
  }
}

function kindOf(info: SsTableInfo): FilterKind {
  if (info.filterLen === 0) return FilterKind.NONE;
  return info.filterFormat === FilterFormat.Legacy ? FilterKind.LEGACY : FilterKind.COMPOSITE;
}

function show(value: Shown): string {
  if (value === undefined) return "nothing";
  return value instanceof Uint8Array ? showBytes(value) : String(value);
}

function isSame(left: Shown, right: Shown): boolean {
  if (left instanceof Uint8Array && right instanceof Uint8Array) return compareBytes(left, right) === 0;
  return show(left) === show(right);
}
