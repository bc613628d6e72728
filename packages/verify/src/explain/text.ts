// The tree as text: a line for each structure and field, in columns, never wider than 120 characters, always the same for
// the same bytes. Positions are hexadecimal; those with a plus sign count in a payload that the file holds compressed.
import type { ObjectStore } from "@slate-sst/object-store";
import { harmless } from "../report/words.js";
import { explainBatches } from "./explain-sst.js";
import type { ExplainNode } from "./node.js";
import type { ExplainOptions } from "./options.js";
import { hex } from "./values.js";

const WIDTH = 120;
/** Digits of a position at least, and the sign before it. */
const POSITION_DIGITS = 8;
/** Bytes in a line. */
const LINE_BYTES = 16;
const HEX_WIDTH = 2 * LINE_BYTES;
const NO_HEX = " ".repeat(HEX_WIDTH + 1);
const LABEL_WIDTH = 34;
const INDENT = "  ";
/** Stands where something was left out. */
const CUT = "…";
/** Characters of a piece of the text. */
const PIECE_LENGTH = 65_536;

/** The lines of one node, each with its line feed. */
export function explainedLines(node: ExplainNode): string {
  const { kind, depth, label, length, bytes, value, error } = node;
  const name = (INDENT.repeat(depth) + label).padEnd(LABEL_WIDTH);
  if (kind === "structure") return wrapped(`${column(node, 0)} ${NO_HEX} ${name} `, value) + errorLines(error);
  const isCut = bytes.length < length;
  const what = kind === "raw" || kind === "skipped" ? `${kind} ${value}` : value;
  let text = line(`${column(node, 0)} ${hexColumn(bytes.subarray(0, LINE_BYTES), isCut && bytes.length <= LINE_BYTES)} ${name} ${what}`);
  for (let at = LINE_BYTES; at < bytes.length; at += LINE_BYTES) {
    text += line(`${column(node, at)} ${hexColumn(bytes.subarray(at, at + LINE_BYTES), isCut && at + LINE_BYTES >= bytes.length)}`);
  }
  return text + errorLines(error);
}

function column({ offset, inPayload }: ExplainNode, at: number): string {
  return (inPayload ? "+" : " ") + (offset + at).toString(16).padStart(POSITION_DIGITS, "0");
}

const hexColumn = (bytes: Uint8Array, isCut: boolean): string => `${hex(bytes)}${isCut ? CUT : ""}`.padEnd(HEX_WIDTH + 1);

function line(text: string): string {
  const plain = harmless(text).trimEnd();
  return `${plain.length > WIDTH ? plain.slice(0, WIDTH - CUT.length) + CUT : plain}\n`;
}

/** A text behind its columns, going on in further lines: whole keys are nowhere else. */
function wrapped(columns: string, text: string): string {
  const plain = harmless(text);
  const width = Math.max(WIDTH - columns.length, 1);
  let lines = line(columns + plain.slice(0, width));
  for (let at = width; at < plain.length; at += width) lines += line(" ".repeat(columns.length) + plain.slice(at, at + width));
  return lines;
}

function errorLines(error: string | undefined): string {
  return error === undefined ? "" : wrapped(`${" ".repeat(1 + POSITION_DIGITS + 1)}! `, error);
}

/** An SST as text, in pieces of whole lines. @throws what explainSst() throws. */
export async function* explainText(store: ObjectStore, path: string, options: ExplainOptions = {}): AsyncGenerator<string, void, undefined> {
  let piece = "";
  for await (const batch of explainBatches(store, path, options)) {
    for (const node of batch) {
      piece += explainedLines(node);
      if (piece.length < PIECE_LENGTH) continue;
      yield piece;
      piece = "";
    }
  }
  if (piece !== "") yield piece;
}
