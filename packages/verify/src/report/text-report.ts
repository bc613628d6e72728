// The report for people: findings grouped by file, each with its rule, its place, and what was expected and found.
import pc from "picocolors";
import { RULES, type RuleId, type RuleSeverity } from "@slate-sst/format/rules";
import { flipHint } from "../bit-flip.js";
import type { DatabaseResult } from "../database/index.js";
import type { Finding } from "../finding.js";
import type { VerifyLevel, VerifyResult } from "../result.js";
import type { Failure, Report, ReportedFile, ReportHead, RunSummary } from "./report.js";
import { skippedRules, type Verdict } from "./tally.js";
import { count, counted, harmless } from "./words.js";

type Colors = ReturnType<typeof pc.createColors>;

const INDENT = "  ";
/** Ranges without an explanation that are listed for a file. */
const GAPS_SHOWN = 4;
const MS_PER_SECOND = 1000;

/** How the text looks. Everything is optional. */
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
  /** The file whose findings are being shown. */
  #path: string | undefined;
  /** Rules that were explained in it. */
  readonly #explained = new Set<RuleId>();

  /** `options`: colours, and whether sound files are left out. */
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
    const lines: string[] = [];
    if (this.#path !== file.path) {
      if (this.#path !== undefined) lines.push("");
      lines.push(bold(harmless(file.path)));
      this.#explained.clear();
      this.#path = file.path;
    }
    lines.push(`${INDENT}${this.#paint(severity)(severity)} ${bold(rule)} ${title}`);
    const tell = (line: string): number => lines.push(INDENT + INDENT + line);
    if (!this.#explained.has(rule)) tell(dim(sentence));
    this.#explained.add(rule);
    tell(`at        ${placeOf({ ...finding, object: undefined })}`);
    tell(`expected  ${harmless(expected)}`);
    tell(`found     ${harmless(found)}`);
    const flip = flipHint(bitFlip);
    if (hint !== undefined) tell(`hint      ${harmless(hint)}`);
    if (flip !== undefined && hint?.includes(flip) !== true) tell(`hint      ${flip}`);
    return joined(lines);
  }

  result(file: ReportedFile, result: VerifyResult): string {
    const { blocks, rows, size } = result;
    const facts = [blocks > 0 && counted(blocks, "block"), rows.count > 0 && counted(rows.count, "row"), counted(size, "byte")];
    return this.#verdict(file, result, facts, remarks(result));
  }

  openDatabase(): string {
    return "";
  }

  database(root: ReportedFile, result: DatabaseResult): string {
    const { manifest, ssts, rows, unreferenced, notChecked } = result;
    const facts = [manifest.path, counted(ssts.length, "SST"), rows > 0 && counted(rows, "row")];
    const said = notChecked.map(({ feature, reason }) => `not checked (${feature}): ${reason}`);
    if (unreferenced > 0) said.push(`${counted(unreferenced, "object")} that no manifest lists`);
    // Findings were grouped by object, and the verdict is on all of them.
    const gap = this.#path === undefined ? "" : "\n";
    this.#path = undefined;
    return gap + this.#verdict(root, result, facts, [...said, ...ruleRemarks(result)]);
  }

  databaseFailure(root: ReportedFile, failure: Failure): string {
    return this.failure(root, failure);
  }

  failure(file: ReportedFile, { message, code }: Failure): string {
    const lines = this.#path === undefined ? [] : [""];
    this.#path = undefined;
    const { bold, red } = this.#colors;
    lines.push(`${bold(harmless(file.path))}: ${red("could not be verified")}: ${harmless(message)}${code === "" ? "" : ` (${code})`}`);
    return joined(lines);
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
    return joined([bold(`${counted(summary.files, "file")}: ${files.join(", ")}`), `${found.join(", ")}; ${counted(summary.size, "byte")} in ${seconds} s`]);
  }

  #verdict(file: ReportedFile, result: Verdict, facts: readonly (string | false)[], said: readonly string[]): string {
    const wasShown = this.#path !== undefined;
    this.#path = undefined;
    if (this.#quiet && result.sound) return "";
    const { bold, green, red, dim } = this.#colors;
    const { error, warning, note } = result.findings;
    const verdict = result.sound ? green("sound") : red("not sound");
    const found = [error > 0 && counted(error, "error"), warning > 0 && counted(warning, "warning"), note > 0 && counted(note, "note"), result.withheld > 0 && `${count(result.withheld)} not shown`];
    const list = (words: readonly (string | false)[]): string => words.filter((word) => word !== false).map(harmless).join(", ");
    const head = `${verdict}${found.some((word) => word !== false) ? `: ${list(found)}` : ""} ${dim(`(${list([this.#level, ...facts])})`)}`;
    const lines = [wasShown ? `${INDENT}${head}` : `${bold(harmless(file.path))}: ${head}`];
    for (const remark of said) lines.push(`${INDENT}${dim(harmless(remark))}`);
    if (wasShown) lines.push("");
    return joined(lines);
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

/** What else is to be said of a file: what was not explained, and what was not checked. */
function remarks(result: VerifyResult): string[] {
  const { unexplained, gaps } = result.coverage;
  if (unexplained === 0) return ruleRemarks(result);
  const shown = gaps.slice(0, GAPS_SHOWN).map(({ start, end }) => `${start} to ${end - 1}`);
  const more = gaps.length > shown.length ? " and more" : "";
  return [`${counted(unexplained, "byte")} in no sound structure: ${shown.join(", ")}${more}`, ...ruleRemarks(result)];
}

function ruleRemarks(result: Verdict): string[] {
  const stopped = result.rules.filter(({ state }) => state === "stopped").length;
  const said = stopped > 0 && !result.sound ? [`${counted(stopped, "rule")} not checked everywhere, because others are broken`] : [];
  for (const [reason, skipped] of skippedRules(result)) said.push(`skipped ${skipped.join(", ")}: ${reason}`);
  return said;
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
