// What the check of a database can be told.
import { SstRangeError, SstTypeError } from "@slate-sst/format";
import type { ObjectStore } from "@slate-sst/object-store";
import type { VerifyOptions } from "../options.js";
import type { VerifyLevel } from "../result.js";

const DEFAULT_MAX_FINDINGS = 1000;
/** SSTs verified at the same time unless told otherwise, and at most. */
const DEFAULT_JOBS = 4;
const JOBS_MAX = 256;
/** The last moment that a Date can hold, in milliseconds since the Unix epoch. */
const TIME_MAX = 8.64e15;

/** How far the check of a database is. */
export interface DatabaseProgress {
  /** SSTs verified so far, and all that there are to verify. */
  readonly ssts: number;
  /** SSTs that are to be checked. */
  readonly totalSsts: number;
  /** Bytes of the SSTs verified so far, and of all. */
  readonly bytes: number;
  /** Bytes of those SSTs. */
  readonly totalBytes: number;
}

/** How a database is checked. Everything is optional. */
export interface VerifyDatabaseOptions extends Pick<VerifyOptions, "level" | "expect" | "transform" | "codecs" | "maxBlockBytes" | "maxSectionBytes" | "signal"> {
  /** Findings to hand out, of the database and its SSTs together; more are only counted. Default 1,000. */
  readonly maxFindings?: number | undefined;
  /** SSTs verified at the same time, 1 to 256. Default 4. Findings come in the same order whatever it is. */
  readonly jobs?: number | undefined;
  /** Path of the manifest to check. Default: the newest one. */
  readonly manifest?: string | undefined;
  /** Milliseconds since the Unix epoch, an integer, to tell names from the future. `Date.now` unless given. */
  readonly now?: (() => number) | undefined;
  /** Called after each SST. */
  readonly onProgress?: ((progress: DatabaseProgress) => void) | undefined;
}

export interface ResolvedDatabaseOptions {
  readonly level: VerifyLevel;
  readonly maxFindings: number;
  readonly jobs: number;
  readonly manifest: string | undefined;
  readonly now: () => number;
  readonly onProgress: ((progress: DatabaseProgress) => void) | undefined;
  readonly signal: AbortSignal | undefined;
  /** For each SST, checked there. */
  readonly sst: Pick<VerifyOptions, "level" | "expect" | "transform" | "codecs" | "maxBlockBytes" | "maxSectionBytes" | "signal">;
}

const names: readonly string[] = [
  "level", "expect", "transform", "codecs", "maxBlockBytes", "maxSectionBytes", "signal", "maxFindings", "jobs", "manifest", "now", "onProgress",
] satisfies (keyof VerifyDatabaseOptions)[];
const levels: readonly string[] = ["quick", "full", "paranoid"] satisfies VerifyLevel[];

/** @throws SstTypeError ERR_SST_OPTION_UNKNOWN, ERR_SST_OPTION_INVALID; SstRangeError ERR_SST_OPTION_INVALID. */
export function resolveDatabaseOptions(store: ObjectStore, root: string, options: VerifyDatabaseOptions): ResolvedDatabaseOptions {
  if (typeof store?.list !== "function") throw invalid("store", store, "an ObjectStore");
  if (typeof root !== "string") throw invalid("root", root, "a string");
  if (typeof options !== "object" || options === null) throw invalid("options", options, "an object");
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new SstTypeError("ERR_SST_OPTION_UNKNOWN", `verifyDatabase has no option ${unknown}; known are ${names.join(", ")}`, { details: { option: unknown, known: names } });
  }
  const { level = "full", expect, transform, codecs, maxBlockBytes, maxSectionBytes, signal, manifest, now = Date.now, onProgress } = options;
  if (!levels.includes(level)) throw invalid("level", level, `one of ${levels.join(", ")}`);
  if (manifest !== undefined && typeof manifest !== "string") throw invalid("manifest", manifest, "the path of an object");
  if (typeof now !== "function") throw invalid("now", now, "a function");
  if (onProgress !== undefined && typeof onProgress !== "function") throw invalid("onProgress", onProgress, "a function");
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid("signal", signal, "an AbortSignal");
  return {
    level,
    maxFindings: integer("maxFindings", options.maxFindings, DEFAULT_MAX_FINDINGS, 0, Number.MAX_SAFE_INTEGER),
    jobs: integer("jobs", options.jobs, DEFAULT_JOBS, 1, JOBS_MAX),
    manifest,
    now,
    onProgress,
    signal,
    sst: { level, expect, transform, codecs, maxBlockBytes, maxSectionBytes, signal },
  };
}

/** The time now. @throws SstRangeError ERR_SST_OPTION_INVALID when the clock that was given shows none. */
export function readClock({ now }: ResolvedDatabaseOptions): number {
  return integer("now()", now(), 0, 0, TIME_MAX);
}

function integer(option: string, value: number | undefined, fallback: number, min: number, max: number): number {
  if (value === undefined) return fallback;
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw new SstRangeError("ERR_SST_OPTION_INVALID", `${option} must be an integer from ${min} to ${max}, not ${value}`, { details: { option, value } });
  }
  return value;
}

function invalid(option: string, value: unknown, wanted: string): SstTypeError {
  return new SstTypeError("ERR_SST_OPTION_INVALID", `${option} must be ${wanted}, not ${String(value)}`, { details: { option } });
}
