// Object paths: relative, `/`-separated, at home in every store, so that an SST can move between stores under its name.
import { StoreError } from "./store-error.js";

/** Longest path in UTF-8 bytes: S3, R2 and Google Cloud Storage take no more. */
export const OBJECT_PATH_BYTES_MAX = 1024;

/** Longest segment in UTF-8 bytes: local file systems take no more. */
export const OBJECT_PATH_SEGMENT_BYTES_MAX = 255;

/** The segment that stores keep for what is not published yet. No object path holds it, whatever its case. */
export const STAGING_SEGMENT = ".slate-sst";

/** NUL and other control characters (C0, DEL, C1), and the two noncharacters that XML listings can't hold. */
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/;

/** Characters of a refused path that a message shows. */
const SHOWN_MAX = 120;

/** The UTF-16 units that encode, in pairs, what lies above U+FFFF: from here … */
const SURROGATES_START = 0xd800;

/** … to before here. */
const SURROGATES_END = 0xe000;

/**
 * Refuses what is not an object path: no empty, `.` or `..` segment, hence no slash at either end; no backslash, no control
 * character, no lone surrogate; at most 1,024 bytes of UTF-8, 255 a segment; no segment `.slate-sst`.
 * @throws StoreError ERR_STORE_PATH
 */
export function assertObjectPath(path: unknown): asserts path is string {
  const fault = pathFault(path);
  if (fault !== undefined) throw pathError(path, fault);
}

/** Whether {@link assertObjectPath} would take it. */
export function isObjectPath(path: unknown): path is string {
  return pathFault(path) === undefined;
}

/**
 * Refuses what no object path begins with. A prefix is compared as text, not by segments: `db/com` finds `db/compacted/x`.
 * The empty prefix finds everything.
 * @throws StoreError ERR_STORE_PATH
 */
export function assertListPrefix(prefix: unknown): asserts prefix is string {
  if (prefix === "") return;
  const fault = typeof prefix === "string" ? prefixFault(prefix) : pathFault(prefix);
  if (fault !== undefined) throw pathError(prefix, fault);
}

/** Orders two paths by their UTF-8 bytes, as stores list them: negative, 0 or positive. */
export function compareObjectPaths(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  let at = 0;
  while (at < length && left.charCodeAt(at) === right.charCodeAt(at)) at++;
  if (at === length) return left.length - right.length;
  return byteRank(left.charCodeAt(at)) - byteRank(right.charCodeAt(at));
}

/** UTF-16 places surrogates below U+E000 to U+FFFF; in UTF-8 what they encode comes after. */
function byteRank(unit: number): number {
  return unit >= SURROGATES_START && unit < SURROGATES_END ? unit + SURROGATES_END : unit;
}

function pathError(path: unknown, fault: string): StoreError {
  const shown = typeof path === "string" ? JSON.stringify(path.length > SHOWN_MAX ? `${path.slice(0, SHOWN_MAX)}…` : path) : typeof path;
  return new StoreError("ERR_STORE_PATH", `not an object path: ${shown} ${fault}`, { path: typeof path === "string" ? path : undefined });
}

function pathFault(path: unknown): string | undefined {
  if (typeof path !== "string") return "is not a string";
  const fault = textFault(path);
  if (fault !== undefined) return fault;
  for (const segment of path.split("/")) {
    const segmentFault = nameFault(segment);
    if (segmentFault !== undefined) return segmentFault;
  }
  return undefined;
}

/** All segments but the last are whole; the last one may be cut anywhere. */
function prefixFault(prefix: string): string | undefined {
  const fault = textFault(prefix);
  if (fault !== undefined) return fault;
  const segments = prefix.split("/");
  const cut = segments.pop() ?? "";
  for (const segment of segments) {
    const segmentFault = nameFault(segment);
    if (segmentFault !== undefined) return segmentFault;
  }
  return bytes(cut) > OBJECT_PATH_SEGMENT_BYTES_MAX ? `has a segment longer than ${OBJECT_PATH_SEGMENT_BYTES_MAX} bytes` : undefined;
}

function textFault(path: string): string | undefined {
  if (path.length > OBJECT_PATH_BYTES_MAX || bytes(path) > OBJECT_PATH_BYTES_MAX) return `is longer than ${OBJECT_PATH_BYTES_MAX} bytes`;
  if (FORBIDDEN.test(path)) return "holds a control character";
  if (path.includes("\\")) return "holds a backslash";
  if (/\p{Surrogate}/u.test(path)) return "holds a lone surrogate, which UTF-8 cannot hold";
  return undefined;
}

function nameFault(segment: string): string | undefined {
  if (segment === "") return "has an empty segment (paths neither begin nor end with a slash)";
  if (segment === "." || segment === "..") return `has the segment ${JSON.stringify(segment)}`;
  if (segment.toLowerCase() === STAGING_SEGMENT) return `has the reserved segment ${JSON.stringify(STAGING_SEGMENT)}`;
  if (bytes(segment) > OBJECT_PATH_SEGMENT_BYTES_MAX) return `has a segment longer than ${OBJECT_PATH_SEGMENT_BYTES_MAX} bytes`;
  return undefined;
}

const encoder = new TextEncoder();

function bytes(text: string): number {
  return encoder.encode(text).length;
}
