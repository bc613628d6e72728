// From findings and results to the messages of spec/proto/slate_sst/v1/verify_report.proto.
import {
  create, DatabaseReportSchema, FileReportSchema, FindingSchema, ListedSstState, ReadFailureSchema, RuleOutcomeSchema, RuleState, Severity, SeverityCountsSchema, VerifyLevel, VerifyReportSchema, VerifySummarySchema,
  type DatabaseReport, type FileReport, type Finding as FindingMessage, type ReadFailure, type RuleOutcome, type SeverityCounts, type VerifyReport, type VerifySummary,
} from "@slate-sst/format/proto";
import { RULES, type RuleSeverity } from "@slate-sst/format/rules";
import type { CheckedSst, DatabaseResult } from "../database/index.js";
import type { Finding } from "../finding.js";
import type { EndRow, RuleOutcome as Outcome, RuleState as RuleStateName, VerifyLevel as VerifyLevelName, VerifyResult } from "../result.js";
import type { Failure, ReportHead, RunSummary } from "./report.js";

const LEVELS: Readonly<Record<VerifyLevelName, VerifyLevel>> = { quick: VerifyLevel.QUICK, full: VerifyLevel.FULL, paranoid: VerifyLevel.PARANOID };

const SEVERITIES: Readonly<Record<RuleSeverity, Severity>> = { error: Severity.ERROR, warning: Severity.WARNING, note: Severity.NOTE };

const STATES: Readonly<Record<RuleStateName, RuleState>> = {
  held: RuleState.HELD, broken: RuleState.BROKEN, stopped: RuleState.STOPPED, inapplicable: RuleState.INAPPLICABLE, level: RuleState.LEVEL, skipped: RuleState.SKIPPED,
};

const SST_STATES: Readonly<Record<CheckedSst["state"], ListedSstState>> = {
  checked: ListedSstState.CHECKED, incomplete: ListedSstState.INCOMPLETE, missing: ListedSstState.MISSING,
};

/** A finding. Its object is the one given, or else its own. */
export function findingMessage(finding: Finding, object: string | undefined = finding.object): FindingMessage {
  const { rule, severity, path, offset, length, payloadOffset, expected, found, hint, bitFlip } = finding;
  return create(FindingSchema, {
    rule,
    severity: SEVERITIES[severity],
    title: RULES[rule].title,
    path: path.toWellFormed(),
    offset: BigInt(offset),
    length: BigInt(length),
    expected: expected.toWellFormed(),
    found: found.toWellFormed(),
    ...(object !== undefined && { object: object.toWellFormed() }),
    ...(payloadOffset !== undefined && { payloadOffset: BigInt(payloadOffset) }),
    ...(hint !== undefined && { hint: hint.toWellFormed() }),
    ...(bitFlip !== undefined && { bitFlip: { offset: BigInt(bitFlip.offset), bit: bitFlip.bit } }),
  });
}

/** The report on one file. Its findings are not in it: they may be many, and have been told before. */
export function resultMessage(path: string, result: VerifyResult): FileReport {
  const { rules, rows, coverage, blockSize } = result;
  return create(FileReportSchema, {
    path: path.toWellFormed(),
    sound: result.sound,
    complete: result.complete,
    counts: counts(result.findings.error, result.findings.warning, result.findings.note),
    withheld: BigInt(result.withheld),
    rules: rules.map(outcomeMessage),
    size: BigInt(result.size),
    blocks: BigInt(result.blocks),
    blocksRead: BigInt(result.blocksRead),
    rows: {
      count: BigInt(rows.count),
      puts: BigInt(rows.puts),
      deletes: BigInt(rows.deletes),
      merges: BigInt(rows.merges),
      rawKeyBytes: BigInt(rows.rawKeyBytes),
      rawValueBytes: BigInt(rows.rawValueBytes),
      ...(rows.first !== undefined && { first: endRow(rows.first) }),
      ...(rows.last !== undefined && { last: endRow(rows.last) }),
      ...(rows.minSeq !== undefined && { minSeq: rows.minSeq }),
      ...(rows.maxSeq !== undefined && { maxSeq: rows.maxSeq }),
    },
    coverage: {
      explained: BigInt(coverage.explained),
      unexplained: BigInt(coverage.unexplained),
      gaps: coverage.gaps.map(({ start, end }) => ({ start: BigInt(start), end: BigInt(end) })),
    },
    bytesRead: BigInt(result.bytesRead),
    milliseconds: result.milliseconds,
    ...(blockSize !== undefined && { blockSize: BigInt(blockSize) }),
  });
}

/** The report on a database, without its findings. */
export function databaseMessage(root: string, result: DatabaseResult): DatabaseReport {
  const { manifest: { path, number, size, version, newest }, findings } = result;
  return create(DatabaseReportSchema, {
    root: root.toWellFormed(),
    sound: result.sound,
    complete: result.complete,
    counts: counts(findings.error, findings.warning, findings.note),
    withheld: BigInt(result.withheld),
    rules: result.rules.map(outcomeMessage),
    manifest: { path: path.toWellFormed(), size: BigInt(size), newest, ...(number !== undefined && { number }), ...(version !== undefined && { version }) },
    ssts: result.ssts.map((sst) => ({
      path: sst.path.toWellFormed(), state: SST_STATES[sst.state], size: BigInt(sst.size), counts: counts(sst.findings.error, sst.findings.warning, sst.findings.note),
    })),
    unreferenced: BigInt(result.unreferenced),
    notChecked: result.notChecked.map(({ feature, reason }) => ({ feature, reason: reason.toWellFormed() })),
    rows: BigInt(result.rows),
    bytesRead: BigInt(result.bytesRead),
    milliseconds: result.milliseconds,
  });
}

/** The report on a database that could not be verified. */
export function failedDatabaseMessage(root: string, failure: Failure): DatabaseReport {
  return create(DatabaseReportSchema, { root: root.toWellFormed(), failure: failureMessage(root, failure) });
}

/** The report on a file that could not be verified. */
export function failedMessage(path: string, failure: Failure): FileReport {
  return create(FileReportSchema, { path: path.toWellFormed(), failure: failureMessage(path, failure) });
}

export function failureMessage(path: string, { code, message }: Failure): ReadFailure {
  return create(ReadFailureSchema, { path: path.toWellFormed(), code, message: message.toWellFormed() });
}

/** A report without files, as its start and its end say it. */
export function reportMessage({ name, version, level }: ReportHead, summary: RunSummary | undefined): VerifyReport {
  return create(VerifyReportSchema, { tool: { name, version }, level: LEVELS[level], ...(summary !== undefined && { summary: summaryMessage(summary) }) });
}

export function summaryMessage(summary: RunSummary): VerifySummary {
  return create(VerifySummarySchema, {
    sound: summary.sound,
    files: BigInt(summary.files),
    filesSound: BigInt(summary.filesSound),
    filesUnsound: BigInt(summary.filesUnsound),
    filesFailed: BigInt(summary.filesFailed),
    filesSkipped: BigInt(summary.filesSkipped),
    counts: counts(summary.errors, summary.warnings, summary.notes),
    withheld: BigInt(summary.withheld),
    size: BigInt(summary.size),
    bytesRead: BigInt(summary.bytesRead),
    milliseconds: summary.milliseconds,
  });
}

function outcomeMessage({ rule, state, findings, reason }: Outcome): RuleOutcome {
  return create(RuleOutcomeSchema, { rule, state: STATES[state], findings: BigInt(findings), ...(reason !== undefined && { reason: reason.toWellFormed() }) });
}

function counts(errors: number, warnings: number, notes: number): SeverityCounts {
  return create(SeverityCountsSchema, { errors: BigInt(errors), warnings: BigInt(warnings), notes: BigInt(notes) });
}

function endRow({ key, seq }: EndRow): { key: Uint8Array<ArrayBuffer>; seq: bigint } {
  return { key: new Uint8Array(key), seq };
}
