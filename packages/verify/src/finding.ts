// Findings: the contract between checks and whoever shows or counts what they found. Every check of SSTs, manifests and
// databases makes its findings by createFinding(), so that severity and wording of a rule come from the catalogue alone.
import { type RuleId, RULES, type RuleSeverity } from "@slate-sst/format/rules";

/** A single bit whose flip would mend a checksum. */
export interface BitFlip {
  /** Byte in the file. */
  readonly offset: number;
  /** Bit of that byte, from 0, the least significant one, to 7. */
  readonly bit: number;
}

/** Where something lies. */
export interface Place {
  /** The object's path in its store, where a report is about several objects. */
  readonly object?: string | undefined;
  /** Path in the structure, such as `footer.format_version`, `info.index_len`, `block[3].row[17].shared` or `index.block_meta[2].first_key`. */
  readonly path: string;
  /** First byte in the file. Of what lies in a compressed section, the section's. */
  readonly offset: number;
  /** Bytes in the file, 0 where something is missing. Of what lies in a compressed section, the section's. */
  readonly length: number;
  /** Only for what lies in a compressed or transformed section: its first byte in the section's payload. */
  readonly payloadOffset?: number | undefined;
}

/** A rule broken at one place. */
export interface Finding extends Place {
  /** Id of the rule that is broken. */
  readonly rule: RuleId;
  /** How grave it is. */
  readonly severity: RuleSeverity;
  /** What the rule asks for there, in words or as a number or as bytes in hexadecimal. */
  readonly expected: string;
  /** What is there. */
  readonly found: string;
  /** What may have happened, or what to do. */
  readonly hint?: string | undefined;
  /** Only for checksums: the one bit whose flip would mend it, if there is one. */
  readonly bitFlip?: BitFlip | undefined;
}

/** What a check tells beside rule and place. */
export interface Discrepancy {
  /** What the rule asks for. */
  readonly expected: string;
  /** What is there instead. */
  readonly found: string;
  /** What may have happened, where there is a guess. */
  readonly hint?: string | undefined;
  /** The one bit that would mend it, where there is one. */
  readonly bitFlip?: BitFlip | undefined;
}

/** A finding of a rule; its severity is the rule's. */
export function createFinding(rule: RuleId, place: Place, discrepancy: Discrepancy): Finding {
  const { object, path, offset, length, payloadOffset } = place;
  const { expected, found, hint, bitFlip } = discrepancy;
  return {
    rule,
    severity: RULES[rule].severity,
    ...(object === undefined ? {} : { object }),
    path,
    offset,
    length,
    ...(payloadOffset === undefined ? {} : { payloadOffset }),
    expected,
    found,
    ...(hint === undefined ? {} : { hint }),
    ...(bitFlip === undefined ? {} : { bitFlip }),
  };
}

/** Bytes of a key, or characters of a text, shown in findings; the rest is left out. */
const SHOWN_MAX = 32;

const HEXADECIMAL = 16;

/** Bytes as findings show them: hexadecimal, and how many there are when not all are shown. */
export function showBytes(bytes: Uint8Array, length: number = bytes.length): string {
  if (length === 0) return "no bytes";
  const shown = Array.from(bytes.subarray(0, Math.min(length, SHOWN_MAX)), (byte) => byte.toString(HEXADECIMAL).padStart(2, "0")).join("");
  return length > SHOWN_MAX ? `${shown}... (${length} bytes)` : shown;
}

/** Text as findings show it: in quotation marks, and how many characters there are when not all are shown. */
export function showText(text: string): string {
  const characters = Array.from(text);
  return characters.length > SHOWN_MAX ? `${JSON.stringify(characters.slice(0, SHOWN_MAX).join(""))}... (${characters.length} characters)` : JSON.stringify(text);
}

/** The value of a field as findings show it, whatever its type. */
export function showField(value: Uint8Array | string | number | bigint | boolean | undefined): string {
  if (value === undefined) return "none";
  if (value instanceof Uint8Array) return showBytes(value);
  return typeof value === "string" ? showText(value) : String(value);
}

/** A CRC-32 as findings show it. */
export function showCrc(crc: number): string {
  return (crc >>> 0).toString(HEXADECIMAL).padStart(2 * Uint32Array.BYTES_PER_ELEMENT, "0");
}
