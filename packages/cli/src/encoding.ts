// Keys and values as text, and back.
import { isUtf8 } from "node:buffer";
import { CliError } from "@slate-sst/verify/command-line";

export const ENCODINGS = ["escaped", "utf8", "hex", "base64"] as const;

/** How bytes are written as text. `utf8` has none for bytes that are not UTF-8; the others have one for all bytes. */
export type Encoding = (typeof ENCODINGS)[number];

const HEX = 16;
const PRINTABLE_FIRST = 0x20;
const PRINTABLE_LAST = 0x7e;
const BACKSLASH = 0x5c;
/** Bytes of what is refused that the message shows. */
const SHOWN_BYTES = 32;

/** What a terminal would act on, what reorders text or is a byte order mark, and the escape itself. */
const TELLTALE = /[\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
/** An escape, or a backslash that begins none. */
const ESCAPE = /\\(?:\\|x([0-9a-fA-F]{2}))?/g;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const HEX_PAIRS = /^(?:[0-9a-fA-F]{2})*$/;

/** @param what for the error: the key or the value. @throws CliError where `utf8` has no text for the bytes. */
export function encodeText(bytes: Uint8Array, encoding: Encoding, what: string): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (encoding) {
    case "escaped":
      return isUtf8(bytes) ? buffer.toString("utf8").replace(TELLTALE, escapeCharacter) : escapeBytes(bytes);
    case "utf8":
      if (!isUtf8(bytes)) throw new CliError(`${what} is not UTF-8: ${escapeBytes(bytes.subarray(0, SHOWN_BYTES))}; take another --encoding`);
      return buffer.toString("utf8");
    default:
      return buffer.toString(encoding);
  }
}

/** @param option for the error. @throws CliError for a text that the encoding does not have. */
export function decodeText(text: string, encoding: Encoding, option: string): Uint8Array {
  const refuse = (wanted: string): CliError => new CliError(`${option} ${text}: ${wanted}, since --encoding is ${encoding}`);
  switch (encoding) {
    case "escaped":
      return unescape(text, () => refuse("a backslash begins \\\\ or \\xNN"));
    case "utf8":
      return new TextEncoder().encode(text);
    case "hex":
      if (!HEX_PAIRS.test(text)) throw refuse("it must be pairs of hexadecimal digits");
      return Uint8Array.from(Buffer.from(text, "hex"));
    case "base64":
      if (!BASE64.test(text)) throw refuse("it must be base64 with its padding");
      return Uint8Array.from(Buffer.from(text, "base64"));
  }
}

function escapeCharacter(character: string): string {
  if (character === "\\") return "\\\\";
  return [...new TextEncoder().encode(character)].map(escapeByte).join("");
}

function escapeByte(byte: number): string {
  return `\\x${byte.toString(HEX).padStart(2, "0")}`;
}

function escapeBytes(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    if (byte === BACKSLASH) text += "\\\\";
    else text += byte >= PRINTABLE_FIRST && byte <= PRINTABLE_LAST ? String.fromCharCode(byte) : escapeByte(byte);
  }
  return text;
}

function unescape(text: string, refusal: () => CliError): Uint8Array {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const { 0: escape, 1: pair, index } of text.matchAll(ESCAPE)) {
    if (escape === "\\") throw refusal();
    parts.push(Buffer.from(text.slice(from, index)), pair === undefined ? Uint8Array.of(BACKSLASH) : Uint8Array.of(Number.parseInt(pair, HEX)));
    from = index + escape.length;
  }
  parts.push(Buffer.from(text.slice(from)));
  return Uint8Array.from(Buffer.concat(parts));
}
