// What a verification comes to, beside its findings.
import type { RuleId, RuleLevel, RuleSeverity } from "@slate-sst/format/rules";

/** How thoroughly an SST is looked at; each level includes the ones before. */
export type VerifyLevel = RuleLevel;

/** Why a rule was checked or not. */
export type RuleState =
  /** Checked wherever it applies, and kept. */
  | "held"
  /** Checked, and broken somewhere: see the findings. */
  | "broken"
  /** Not checked, or not everywhere: another rule that it needs is broken. */
  | "stopped"
  /** Not checked: it does not apply to this file, or what it compares with was not given. */
  | "inapplicable"
  /** Not checked: it belongs to a higher level. */
  | "level"
  /** Not checked, or not everywhere: a limit was reached, or something that the check needs is missing. */
  | "skipped";

/** What became of one rule. */
export interface RuleOutcome {
  /** Id of the rule. */
  readonly rule: RuleId;
  /** Whether it was checked, and kept. */
  readonly state: RuleState;
  /** Times it was found broken, findings beyond the limit included. */
  readonly findings: number;
  /** Why it was not checked: the broken rule, the condition, the level, or the limit. */
  readonly reason?: string | undefined;
}

/** Bytes from `start` to before `end`. */
export interface ByteRange {
  /** First byte. */
  readonly start: number;
  /** Behind the last byte. */
  readonly end: number;
}

/** Which bytes of the file belong to a structure that was found sound. */
export interface Coverage {
  /** Bytes that a sound structure explains. On level quick the index explains data blocks. */
  readonly explained: number;
  /** Bytes that none does. */
  readonly unexplained: number;
  /** Where the unexplained ones are, ascending; the first ones when there are very many. */
  readonly gaps: readonly ByteRange[];
}

/** The row at an end of the file. */
export interface EndRow {
  /** The row's key. */
  readonly key: Uint8Array;
  /** Its sequence number. */
  readonly seq: bigint;
}

/** What the rows said, on levels full and paranoid, as far as blocks could be read. */
export interface RowFacts {
  /** Rows. */
  readonly count: number;
  /** Values. */
  readonly puts: number;
  /** Tombstones. */
  readonly deletes: number;
  /** Merge operands. */
  readonly merges: number;
  /** Of a compacted SST with sound order, the newest version of the lowest key. */
  readonly first: EndRow | undefined;
  /** Of a compacted SST with sound order, the oldest version of the highest key. */
  readonly last: EndRow | undefined;
  /** Lowest sequence number; undefined without rows. */
  readonly minSeq: bigint | undefined;
  /** Highest sequence number; undefined without rows. */
  readonly maxSeq: bigint | undefined;
  /** Bytes of all keys. */
  readonly rawKeyBytes: number;
  /** Bytes of all values. */
  readonly rawValueBytes: number;
}

/** What a verification comes to, beside its findings. */
export interface VerifyResult {
  /** Path of the SST in its store. */
  readonly path: string;
  /** How thoroughly it was looked at. */
  readonly level: VerifyLevel;
  /** Bytes of the file. */
  readonly size: number;
  /** No finding is an error. Warnings and notes do not count. */
  readonly sound: boolean;
  /** Every rule of the level that applies was checked everywhere; nothing was stopped or skipped. */
  readonly complete: boolean;
  /** Findings by severity, those beyond the limit included. */
  readonly findings: Readonly<Record<RuleSeverity, number>>;
  /** Findings that were counted but not handed out, because there were more than the limit. */
  readonly withheld: number;
  /** Every rule but those of the database family. */
  readonly rules: readonly RuleOutcome[];
  /** Data blocks in the index; 0 when it could not be read. */
  readonly blocks: number;
  /** Data blocks whose rows were all read. */
  readonly blocksRead: number;
  /** What the rows said. */
  readonly rows: RowFacts;
  /** Bytes fetched from the store. */
  readonly bytesRead: number;
  /** Which bytes a sound structure explains. */
  readonly coverage: Coverage;
  /** Block size in bytes as configured, or as it follows from the blocks on level paranoid; undefined when unknown. */
  readonly blockSize: number | undefined;
  /** Time that it took. */
  readonly milliseconds: number;
}
