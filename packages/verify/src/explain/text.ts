// The tree as text: a line for each structure and field, in columns, never wider than 120 characters, always the same for
// the same bytes. Positions are hexadecimal; those with a plus sign count in a payload that the file holds compressed.
import type { ObjectStore } from "@slate-sst/object-store";
import { harmless } from "../report/words.js";
import { explainSst } from "./explain-sst.js";
import type { ExplainNode } from "./node.js";
import type { ExplainOptions } from "./options.js";
import { hex } from "./values.js";

const WIDTH = 120;
/** Digits of a position at least, and the sign before it. */
const POSITION_DIGITS = 8;
/** Bytes in a line. */
const LINE_BYTES = 16;
const HEX_WIDTH = 2 * LINE_BYTES;
const LABEL_WIDTH = 34;
const INDENT = "  ";
/** Characters of a piece of the text. */
const PIECE_LENGTH = 65_536;

/** The lines of one node, each with its line feed. */
export function explainedLines(node: ExplainNode): string {
  const { kind, depth, label, length, bytes, value, error } = node;
  const isStructure = kind === "structure";
  const isCut = !isStructure && bytes.length < length;
  const name = INDENT.repeat(depth) + label;
  const what = isStructure || kind === "field" ? value : [kind === "padding" || kind === "raw" ? kind : "", value].filter((part) => part !== "").join(" ");
  const shown = bytes.subarray(0, LINE_BYTES);
  let text = line(`${column(node, 0)} ${hexColumn(shown, isCut && bytes.length <= LINE_BYTES)} ${name.padEnd(LABEL_WIDTH)} ${what}`);
  for (let at = LINE_BYTES; at < bytes.length; at += LINE_BYTES) {
    text += line(`${column(node, at)} ${hexColumn(bytes.subarray(at, at + LINE_BYTES), isCut && at + LINE_BYTES >= bytes.length)}`);
  }
  return error === undefined ? text : text + errorLines(error);
}

function column({ offset, inPayload }: ExplainNode, at: number): string {
  return (inPayload ? "+" : " ") + (offset + at).toString(16).padStart(POSITION_DIGITS, "0");
}

const hexColumn = (bytes: Uint8Array, isCut: boolean): string => `${hex(bytes)}${isCut ? ">" : ""}`.padEnd(HEX_WIDTH + 1);

function line(text: string): string {
  const plain = harmless(text).trimEnd();
  return `${plain.length > WIDTH ? `${plain.slice(0, WIDTH - 1)}>` : plain}\n`;
}

/** Errors are never cut: they go on in the next line. */
function errorLines(error: string): string {
  const indent = " ".repeat(1 + POSITION_DIGITS + 1);
  const width = WIDTH - indent.length - "! ".length;
  const plain = harmless(error);
  let text = "";
  for (let at = 0; at < plain.length || at === 0; at += width) text += `${indent}! ${plain.slice(at, at + width)}`.trimEnd() + "\n";
  return text;
}

/** An SST as text, in pieces of whole lines. @throws what explainSst() throws. */
export async function* explainText(store: ObjectStore, path: string, options: ExplainOptions = {}): AsyncGenerator<string, void, undefined> {
  let piece = "";
  for await (const node of explainSst(store, path, options)) {
    piece += explainedLines(node);
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}
