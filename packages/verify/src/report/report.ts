// What every form of report is: text that grows with each event of a run, in the order of files. A report holds no findings, so
// that a run over any number of files needs no more memory than one of them.
import type { DatabaseResult } from "../database/index.js";
import type { Finding } from "../finding.js";
import type { VerifyLevel, VerifyResult } from "../result.js";

/** A file as reports name it. */
export interface ReportedFile {
  /** For people, and for programs that open it: as it was named, or found below what was named. */
  readonly path: string;
  /** The same as a URI reference, relative to the working folder where the path is. */
  readonly uri: string;
}

/** Why a file could not be verified. */
export interface Failure {
  /** Stable code of the error; empty when it has none. */
  readonly code: string;
  /** Why it could not be verified, for people. */
  readonly message: string;
}

/** What a report says of itself at its start. */
export interface ReportHead {
  /** Name of the program. */
  readonly name: string;
  /** Version of the program. */
  readonly version: string;
  /** How thoroughly files are looked at. */
  readonly level: VerifyLevel;
}

/** The sums over all files of a run. */
export interface RunSummary {
  /** No file has an error, every file could be read, and no check was skipped. */
  readonly sound: boolean;
  /** Files that were verified. */
  readonly files: number;
  /** Files without an error. */
  readonly filesSound: number;
  /** Files with an error. */
  readonly filesUnsound: number;
  /** Files that could not be verified. */
  readonly filesFailed: number;
  /** Files in which a check was skipped. */
  readonly filesSkipped: number;
  /** Findings that are errors. */
  readonly errors: number;
  /** Findings that are warnings. */
  readonly warnings: number;
  /** Findings that are notes. */
  readonly notes: number;
  /** Findings that were only counted. */
  readonly withheld: number;
  /** Bytes of the files that could be verified. */
  readonly size: number;
  /** Bytes that were read. */
  readonly bytesRead: number;
  /** Time that it took. */
  readonly milliseconds: number;
}

/**
 * A report. Calls come in the order: begin; of each file its findings, then either its result or its failure; end. For a database
 * they are: begin; openDatabase; findings, each with the file it is about; database or databaseFailure; end. Each returns the text
 * to append to the output, which may be empty.
 */
export interface Report {
  /** Before the first file. */
  begin(head: ReportHead): string;
  /** A finding, of this file. */
  finding(file: ReportedFile, finding: Finding): string;
  /** A file was verified to its end. */
  result(file: ReportedFile, result: VerifyResult): string;
  /** A file could not be verified. */
  failure(file: ReportedFile, failure: Failure): string;
  /** A database is begun. */
  openDatabase(root: ReportedFile): string;
  /** A database was verified to its end. */
  database(root: ReportedFile, result: DatabaseResult): string;
  /** A database could not be verified. */
  databaseFailure(root: ReportedFile, failure: Failure): string;
  /** After the last file. */
  end(summary: RunSummary): string;
}
