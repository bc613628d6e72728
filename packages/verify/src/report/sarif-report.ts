// The report for CI systems: SARIF 2.1.0. Places are regions of bytes, and paths in the structure are logical locations.
import { RULES } from "@slate-sst/format/rules";
import type { DatabaseResult } from "../database/index.js";
import type { Finding } from "../finding.js";
import type { VerifyResult } from "../result.js";
import type { Failure, Report, ReportedFile, ReportHead, RunSummary } from "./report.js";
import { SARIF_LEVELS, SARIF_RULE_INDEX, sarifRules } from "./sarif-rules.js";
import { skippedRules, type Verdict } from "./tally.js";
import { placeOf } from "./text-report.js";
import { counted } from "./words.js";

const SARIF_VERSION = "2.1.0";
const SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";

/** Notifications about files that are listed; more are only counted, since they are held until the end. */
const NOTIFICATIONS_MAX = 10_000;

interface Notification {
  readonly level: "error" | "warning" | "note";
  readonly message: { readonly text: string };
  readonly locations?: readonly object[];
}

/** One SARIF log with one run, ended by a line feed. */
export class SarifReport implements Report {
  #hasResults = false;
  readonly #notifications: Notification[] = [];
  #unlisted = 0;

  begin({ name, version }: ReportHead): string {
    const driver = { name, semanticVersion: version, version, rules: sarifRules() };
    return `{"$schema":${JSON.stringify(SARIF_SCHEMA)},"version":"${SARIF_VERSION}","runs":[{"tool":{"driver":${JSON.stringify(driver)}},"columnKind":"utf16CodeUnits","results":[`;
  }

  finding(file: ReportedFile, finding: Finding): string {
    const comma = this.#hasResults ? "," : "";
    this.#hasResults = true;
    return `${comma}\n${JSON.stringify(resultOf(file, finding))}`;
  }

  result(file: ReportedFile, result: VerifyResult): string {
    this.#notifyOf(file, result);
    return "";
  }

  openDatabase(): string {
    return "";
  }

  database(root: ReportedFile, result: DatabaseResult): string {
    this.#notifyOf(root, result);
    for (const { feature, reason } of result.notChecked) this.#notify(root, "warning", `not checked (${feature}): ${reason}`);
    return "";
  }

  databaseFailure(root: ReportedFile, failure: Failure): string {
    return this.failure(root, failure);
  }

  failure(file: ReportedFile, { message, code }: Failure): string {
    this.#notify(file, "error", `could not be verified: ${message}${code === "" ? "" : ` (${code})`}`);
    return "";
  }

  end(summary: RunSummary): string {
    const unlisted: Notification[] = this.#unlisted === 0 ? [] : [{ level: "warning", message: { text: `${counted(this.#unlisted, "notification")} more not listed` } }];
    const invocation = {
      executionSuccessful: summary.filesFailed === 0 && summary.filesSkipped === 0 && (summary.sound || summary.errors > 0),
      toolExecutionNotifications: [...this.#notifications, ...unlisted],
    };
    return `\n],"invocations":[${JSON.stringify(invocation)}]}]}\n`;
  }

  #notifyOf(file: ReportedFile, result: Verdict): void {
    if (result.withheld > 0) this.#notify(file, "warning", `${counted(result.withheld, "finding")} beyond the limit not listed`);
    for (const [reason, skipped] of skippedRules(result)) this.#notify(file, "warning", `skipped ${skipped.join(", ")}: ${reason}`);
  }

  #notify(file: ReportedFile, level: Notification["level"], message: string): void {
    if (this.#notifications.length === NOTIFICATIONS_MAX) {
      this.#unlisted++;
      return;
    }
    const text = `${file.path}: ${message}`.toWellFormed();
    this.#notifications.push({ level, message: { text }, locations: [{ physicalLocation: { artifactLocation: { uri: file.uri } } }] });
  }
}

function resultOf(file: ReportedFile, finding: Finding): object {
  const { rule, severity, object, path, offset, length, payloadOffset, expected, found, hint, bitFlip } = finding;
  const message = `${RULES[rule].title}: at ${placeOf(finding)}, expected ${expected}, found ${found}${hint === undefined ? "" : `. Hint: ${hint}`}`;
  return {
    ruleId: rule,
    ruleIndex: SARIF_RULE_INDEX.get(rule),
    level: SARIF_LEVELS[severity],
    message: { text: message.toWellFormed() },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: file.uri }, region: { byteOffset: offset, byteLength: length } },
        logicalLocations: [{ fullyQualifiedName: path.toWellFormed() }],
      },
    ],
    properties: {
      expected: expected.toWellFormed(),
      found: found.toWellFormed(),
      ...(object !== undefined && { object: object.toWellFormed() }),
      ...(payloadOffset !== undefined && { payloadOffset }),
      ...(hint !== undefined && { hint: hint.toWellFormed() }),
      ...(bitFlip !== undefined && { bitFlip }),
    },
  };
}
