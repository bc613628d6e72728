// The report for people: findings grouped by file, each with its rule, its place, and what was expected and found.
import pc from "picocolors";
import { RULES, type RuleId, type RuleSeverity } from "@slate-sst/format/rules";
import { flipHint } from "../bit-flip.js";
import type { Finding } from "../finding.js";
import type { VerifyLevel, VerifyResult } from "../result.js";
import type { Failure, Report, ReportedFile, ReportHead, RunSummary } from "./report.js";
import { skippedRules } from "./tally.js";
import { count, counted, harmless } from "./words.js";

type Colors = ReturnType<typeof pc.createColors>;

const INDENT = "  ";
/** Ranges without an explanation that are listed for a file. */
const GAPS_SHOWN = 4;
const MS_PER_SECOND = 1000;

export interface TextReportOptions {
  /** Whether to use colours. Default false. */
  readonly colors?: boolean | undefined;
  /** Says nothing but errors. Default false. */
  readonly quiet?: boolean | undefined;
}

export class TextReport implements Report {
  readonly #colors: Colors;
  readonly #quiet: boolean;
  #level: VerifyLevel = "full";
  /** Rules that were explained in the present file; its path was shown once there is any. */
  readonly #explained = new Set<RuleId>();

  constructor({ colors = false, quiet = false }: TextReportOptions = {}) {
    this.#colors = pc.createColors(colors);
    this.#quiet = quiet;
  }

  begin({ level }: ReportHead): string {
    this.#level = level;
    return "";
  }

  finding(file: ReportedFile, finding: Finding): string {
    if (this.#quiet && finding.severity !== "error") return "";
    const { bold, dim } = this.#colors;
    const { rule, severity, expected, found, hint, bitFlip } = finding;
    const { title, sentence } = RULES[rule];
    const lines = this.#explained.size === 0 ? [bold(harmless(file.path))] : [];
    lines.push(`${INDENT}${this.#paint(severity)(severity)} ${bold(rule)} ${title}`);
    const tell = (text: string): number => lines.push(INDENT + INDENT + text);
    if (!this.#explained.has(rule)) tell(dim(sentence));
    this.#explained.add(rule);
    tell(`at        ${placeOf(finding)}`);
    tell(`expected  ${harmless(expected)}`);
    tell(`found     ${harmless(found)}`);
    const flip = flipHint(bitFlip);
    if (hint !== undefined) tell(`hint      ${harmless(hint)}`);
    if (flip !== undefined && hint?.includes(flip) !== true) tell(`hint      ${flip}`);
    return text(lines);
  }

  result(file: ReportedFile, result: VerifyResult): string {
    const wasShown = this.#explained.size > 0;
    this.#explained.clear();
    if (this.#quiet && result.sound && result.withheld === 0) return "";
    const { bold, green, red, dim } = this.#colors;
    const { error, warning, note } = result.findings;
    const verdict = result.sound ? green("sound") : red("not sound");
    const found = [error > 0 && counted(error, "error"), warning > 0 && counted(warning, "warning"), note > 0 && counted(note, "note")].filter((one) => one !== false);
    if (result.withheld > 0) found.push(`${count(result.withheld)} not shown`);
    const size = [result.blocks > 0 && counted(result.blocks, "block"), result.rows.count > 0 && counted(result.rows.count, "row"), counted(result.size, "byte")].filter((one) => one !== false);
    const head = `${verdict}${found.length === 0 ? "" : `: ${found.join(", ")}`} ${dim(`(${[this.#level, ...size].join(", ")})`)}`;
    const lines = [wasShown ? `${INDENT}${head}` : `${bold(harmless(file.path))}: ${head}`];
    for (const remark of remarks(result)) lines.push(`${INDENT}${dim(harmless(remark))}`);
    if (wasShown) lines.push("");
    return text(lines);
  }

  failure(file: ReportedFile, { message, code }: Failure): string {
    const lines = this.#explained.size > 0 ? [""] : [];
    this.#explained.clear();
    const { bold, red } = this.#colors;
    lines.push(`${bold(harmless(file.path))}: ${red("could not be verified")}: ${harmless(message)}${code === "" ? "" : ` (${code})`}`);
    return text(lines);
  }

  end(summary: RunSummary): string {
    if (this.#quiet || summary.files === 1) return "";
    const { bold } = this.#colors;
    const files = [`${count(summary.filesSound)} sound`];
    if (summary.filesUnsound > 0) files.push(`${count(summary.filesUnsound)} not sound`);
    if (summary.filesFailed > 0) files.push(`${count(summary.filesFailed)} could not be verified`);
    if (summary.filesSkipped > 0) files.push(`${count(summary.filesSkipped)} with skipped checks`);
    const found = [counted(summary.errors, "error"), counted(summary.warnings, "warning"), counted(summary.notes, "note")];
    const seconds = (summary.milliseconds / MS_PER_SECOND).toFixed(1);
    return text([bold(`${counted(summary.files, "file")}: ${files.join(", ")}`), `${found.join(", ")}; ${counted(summary.size, "byte")} in ${seconds} s`]);
  }

  #paint(severity: RuleSeverity): (shown: string) => string {
    const { red, yellow, cyan } = this.#colors;
    return { error: red, warning: yellow, note: cyan }[severity];
  }
}

/** Where a finding lies, in words. */
export function placeOf({ object, path, offset, length, payloadOffset }: Finding): string {
  const bytes = length === 0 ? `offset ${offset}` : `${counted(length, "byte")} from offset ${offset}`;
  const payload = payloadOffset === undefined ? "" : `, byte ${payloadOffset} of the payload`;
  return harmless(`${object === undefined ? "" : `${object}: `}${path} (${bytes}${payload})`);
}

/** What else is to be said of a result: what was not explained, and what was not checked. */
function remarks(result: VerifyResult): string[] {
  const { sound, coverage, rules } = result;
  const said: string[] = [];
  if (coverage.unexplained > 0) {
    const gaps = coverage.gaps.slice(0, GAPS_SHOWN).map(({ start, end }) => `${start} to ${end - 1}`);
    const more = coverage.gaps.length > gaps.length ? " and more" : "";
    said.push(`${counted(coverage.unexplained, "byte")} in no sound structure: ${gaps.join(", ")}${more}`);
  }
  const stopped = rules.filter(({ state }) => state === "stopped").length;
  if (stopped > 0 && !sound) said.push(`${counted(stopped, "rule")} not checked everywhere, because others are broken`);
  for (const [reason, skipped] of skippedRules(result)) said.push(`skipped ${skipped.join(", ")}: ${reason}`);
  return said;
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
