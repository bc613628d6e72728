// What the check of a database comes to, beside its findings.
import type { RuleSeverity } from "@slate-sst/format/rules";
import type { RuleOutcome, VerifyLevel } from "../result.js";

/** Parts of a database that may not be checked. */
export type DatabaseFeature =
  /** Rows that are only in the write-ahead log yet. */
  | "wal"
  /** SSTs of another database that this one, a clone, reads as well. */
  | "external-database"
  /** SSTs of which only a range of keys is visible. */
  | "visible-range"
  /** Trees of their own for keys with one prefix. */
  | "segments"
  /** Older manifests that checkpoints keep. */
  | "checkpoints"
  /** An SST, or a rule about several of them. */
  | "ssts";

/** Something that was not checked, though nothing says that it is wrong. */
export interface NotChecked {
  /** What was not looked at. */
  readonly feature: DatabaseFeature;
  /** What was not checked, and why. */
  readonly reason: string;
}

/** The manifest that was checked. */
export interface CheckedManifest {
  /** Where it lies in the store. */
  readonly path: string;
  /** The number in its name; undefined when it is named otherwise, which only a manifest that was asked for can be. */
  readonly number: bigint | undefined;
  /** Bytes. */
  readonly size: number;
  /** Its layout; undefined when that is not known or the manifest could not be decoded. */
  readonly version: 1 | 2 | undefined;
  /** No manifest of the database has a higher number. */
  readonly newest: boolean;
}

/** What became of one SST that the manifest lists. */
export interface CheckedSst {
  /** Where it lies in the store. */
  readonly path: string;
  /** What became of it. */
  readonly state: /** Every rule of the level was checked; see `findings`. */ "checked" | /** Some rule was stopped or skipped. */ "incomplete" | "missing";
  /** Bytes; 0 when it is missing. */
  readonly size: number;
  /** Findings of the SST itself by severity, those beyond the limit included. */
  readonly findings: Readonly<Record<RuleSeverity, number>>;
}

/** What a verification of a database comes to. */
export interface DatabaseResult {
  /** Root of the database in the store. */
  readonly root: string;
  /** How thoroughly it was looked at. */
  readonly level: VerifyLevel;
  /** The manifest that it was verified by. */
  readonly manifest: CheckedManifest;
  /** No finding is an error, neither of the database nor of an SST. */
  readonly sound: boolean;
  /** Every rule of the level that applies was checked everywhere, and there is nothing in `notChecked`. */
  readonly complete: boolean;
  /** Findings by severity, of the database and of its SSTs, those beyond the limit included. */
  readonly findings: Readonly<Record<RuleSeverity, number>>;
  /** Findings that were counted but not handed out, because there were more than the limit. */
  readonly withheld: number;
  /** The rules of the database family; then every other rule, with the worst that became of it in any SST. */
  readonly rules: readonly RuleOutcome[];
  /** Every SST that the manifest lists, in its order. */
  readonly ssts: readonly CheckedSst[];
  /** Objects under the compacted folder that neither the manifest nor one that a checkpoint keeps lists. */
  readonly unreferenced: number;
  /** What was not looked at, and why. */
  readonly notChecked: readonly NotChecked[];
  /** Rows of all SSTs that were read, every version counted; 0 on level quick. */
  readonly rows: number;
  /** Bytes fetched from the store to verify SSTs. */
  readonly bytesRead: number;
  /** Time that it took. */
  readonly milliseconds: number;
}
