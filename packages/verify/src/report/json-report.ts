// Reports for programs: one VerifyReport, or one VerifyLine a line, as protobuf JSON. The report is put together from its parts,
// so that it can be written while files are still verified.
import {
  create, DatabaseReportSchema, FileReportSchema, FindingSchema, toJson, VerifyLineSchema, VerifyReportSchema, VerifySummarySchema, type DatabaseReport, type MessageInitShape,
} from "@slate-sst/format/proto";
import type { DatabaseResult } from "../database/index.js";
import type { Finding } from "../finding.js";
import type { VerifyResult } from "../result.js";
import { databaseMessage, failedDatabaseMessage, failedMessage, failureMessage, findingMessage, reportMessage, resultMessage, summaryMessage } from "./messages.js";
import type { Failure, Report, ReportedFile, ReportHead, RunSummary } from "./report.js";

/** Zeros and empty lists are written, so that a reader need not know the defaults. */
const WHOLE = { alwaysEmitImplicit: true };

/** One VerifyReport, ended by a line feed. */
export class JsonReport implements Report {
  #hasFiles = false;
  #hasFindings = false;
  #isDatabase = false;

  begin(head: ReportHead): string {
    const { tool, level } = objectOf(toJson(VerifyReportSchema, reportMessage(head, undefined), WHOLE));
    return `{"tool":${JSON.stringify(tool)},"level":${JSON.stringify(level)},"files":[`;
  }

  finding({ path }: ReportedFile, finding: Finding): string {
    const opening = this.#hasFindings ? "," : this.#isDatabase ? "" : this.#openFile(path);
    this.#hasFindings = true;
    const message = findingMessage(finding, this.#isDatabase ? path : finding.object);
    return `${opening}\n${JSON.stringify(toJson(FindingSchema, message, WHOLE))}`;
  }

  result({ path }: ReportedFile, result: VerifyResult): string {
    return this.#closeFile(path, toJson(FileReportSchema, resultMessage(path, result), WHOLE));
  }

  failure({ path }: ReportedFile, failure: Failure): string {
    return this.#closeFile(path, toJson(FileReportSchema, failedMessage(path, failure), WHOLE));
  }

  openDatabase({ path }: ReportedFile): string {
    this.#isDatabase = true;
    return `],"database":{"root":${JSON.stringify(path.toWellFormed())},"findings":[`;
  }

  database({ path }: ReportedFile, result: DatabaseResult): string {
    return this.#closeDatabase(databaseMessage(path, result));
  }

  databaseFailure({ path }: ReportedFile, failure: Failure): string {
    return this.#closeDatabase(failedDatabaseMessage(path, failure));
  }

  end(summary: RunSummary): string {
    return `\n${this.#isDatabase ? "" : "]"},"summary":${JSON.stringify(toJson(VerifySummarySchema, summaryMessage(summary), WHOLE))}}\n`;
  }

  #openFile(path: string): string {
    const comma = this.#hasFiles ? "," : "";
    this.#hasFiles = true;
    return `${comma}\n{"path":${JSON.stringify(path.toWellFormed())},"findings":[`;
  }

  #closeDatabase(message: DatabaseReport): string {
    const { root: _root, findings: _findings, ...rest } = objectOf(toJson(DatabaseReportSchema, message, WHOLE));
    return `\n],${JSON.stringify(rest).slice(1)}`;
  }

  /** Ends the findings and appends everything else that is known of the file. */
  #closeFile(path: string, json: unknown): string {
    const opening = this.#hasFindings ? "\n" : this.#openFile(path);
    this.#hasFindings = false;
    const { path: _path, findings: _findings, ...rest } = objectOf(json);
    return `${opening}],${JSON.stringify(rest).slice(1)}`;
  }
}

/** One finding or failure a line, and the report without its files as the last one. */
export class JsonLinesReport implements Report {
  #head: ReportHead | undefined;
  #database: DatabaseReport | undefined;

  begin(head: ReportHead): string {
    this.#head = head;
    return "";
  }

  finding({ path }: ReportedFile, finding: Finding): string {
    return line({ line: { case: "finding", value: findingMessage(finding, path) } });
  }

  result(): string {
    return "";
  }

  failure({ path }: ReportedFile, failure: Failure): string {
    return line({ line: { case: "failure", value: failureMessage(path, failure) } });
  }

  openDatabase(): string {
    return "";
  }

  database({ path }: ReportedFile, result: DatabaseResult): string {
    this.#database = databaseMessage(path, result);
    return "";
  }

  databaseFailure(root: ReportedFile, failure: Failure): string {
    return this.failure(root, failure);
  }

  end(summary: RunSummary): string {
    if (this.#head === undefined) throw new TypeError("a report begins before it ends");
    const json = objectOf(toJson(VerifyReportSchema, reportMessage(this.#head, summary), WHOLE));
    delete json["files"];
    if (this.#database === undefined) return `${JSON.stringify({ report: json })}\n`;
    const { findings: _findings, ...database } = objectOf(toJson(DatabaseReportSchema, this.#database, WHOLE));
    return `${JSON.stringify({ report: { ...json, database } })}\n`;
  }
}

function line(init: MessageInitShape<typeof VerifyLineSchema>): string {
  return `${JSON.stringify(toJson(VerifyLineSchema, create(VerifyLineSchema, init), WHOLE))}\n`;
}

/** A message's JSON, which is an object for every message of ours. */
function objectOf(json: unknown): Record<string, unknown> {
  return json as Record<string, unknown>;
}
