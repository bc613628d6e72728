// Worked examples: files of the conformance vectors, explained byte by byte by the walker of `sst-verify --explain`.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { LocalObjectStore } from "@slate-sst/object-store";
import { explainSst } from "@slate-sst/verify";
import { cell, code, fence, table } from "../markdown.mjs";
import { ROOT } from "../repository.mjs";

export const VECTORS = "packages/conformance/vectors";
const FOOTER_VERSION_BYTES = 2;
const LINE_BYTES = 16;
const PLAIN_CASES_MAX = 8;
const SHOWN_BYTES_MAX = 48;

/** Every node of an SST below the vectors' folder. @param {string} path @returns {Promise<any[]>} */
export async function explained(path) {
  const nodes = [];
  for await (const node of explainSst(new LocalObjectStore(join(ROOT, VECTORS)), path)) nodes.push(node);
  return nodes;
}

/** The part of a tree at and below one path, such as `block[0].row[0]`. @param {readonly any[]} nodes @param {string} path */
export function part(nodes, path) {
  return nodes.filter((node) => node.path === path || node.path.startsWith(`${path}.`) || node.path.startsWith(`${path}[`));
}

/** Nodes as text: position, hexadecimal, field, value, in columns as wide as they need. @param {readonly any[]} nodes */
export function dump(nodes) {
  if (nodes.length === 0) throw new Error("there is nothing to show: the vectors have no such part");
  const top = Math.min(...nodes.map(({ depth }) => depth));
  const lines = nodes.flatMap((node) => linesOf(node, top));
  const widths = [0, 1, 2].map((column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  return fence(lines.map((line) => line.map((text, column) => text.padEnd(widths[column] ?? 0)).join("  ").trimEnd()).join("\n"));
}

/** @param {any} node @param {number} top */
function linesOf({ kind, depth, label, offset, length, inPayload, bytes, value, error }, top) {
  const position = (/** @type {number} */ at) => (inPayload ? "+" : "") + at.toString(16).padStart(4, "0");
  const name = "  ".repeat(depth - top) + label;
  const hex = (/** @type {number} */ at) => Buffer.from(bytes.subarray(at, at + LINE_BYTES)).toString("hex") + (at + LINE_BYTES >= bytes.length && bytes.length < length ? "…" : "");
  const lines = [[position(offset), kind === "structure" ? "" : hex(0), name, [value, error].filter(Boolean).join(" ! ")]];
  for (let at = LINE_BYTES; at < bytes.length; at += LINE_BYTES) lines.push([position(offset + at), hex(at), "", ""]);
  return lines;
}

/** The smallest SST of the vectors with rows in blocks of a format version, if there is one. SlateDB's own come first. @param {number} version */
export function smallestSst(version) {
  for (const folder of ["golden", "files/file"]) {
    const path = (/** @type {string} */ name) => join(ROOT, VECTORS, folder, name);
    const size = (/** @type {string} */ name) => statSync(path(name)).size;
    const found = readdirSync(join(ROOT, VECTORS, folder))
      // WAL files may be without rows, and their rows are in another order.
      .filter((name) => name.endsWith(".sst") && !name.startsWith("wal-") && readFileSync(path(name)).readUInt16BE(size(name) - FOOTER_VERSION_BYTES) === version)
      .sort((one, other) => size(one) - size(other));
    if (found[0] !== undefined) return `${folder}/${found[0]}`;
  }
  return undefined;
}

/** The cases of a layer. @param {string} layer @returns {any[]} */
export const cases = (layer) => JSON.parse(readFileSync(join(ROOT, VECTORS, `cases/${layer}.json`), "utf8")).cases;

/** A table of cases that say what bytes a value has. @param {readonly any[]} chosen @param {(value: any) => string} show */
export function caseTable(chosen, show) {
  const rows = chosen
    .filter(({ task, mustEqual }) => task.encode?.value !== undefined && mustEqual?.bytes !== undefined && Buffer.from(mustEqual.bytes, "base64").length <= SHOWN_BYTES_MAX)
    .slice(0, PLAIN_CASES_MAX)
    .map(({ id, task, mustEqual }) => [show(task.encode.value), code(spaced(Buffer.from(mustEqual.bytes, "base64"))), cell(id)]);
  return `${table(["value", "bytes", "case"], rows)}\n`;
}

/** @param {Buffer} bytes */
const spaced = (bytes) => bytes.toString("hex").replace(/(.{2})(?=.)/g, "$1 ");

/** Bytes as people read them: as quoted text where they are printable ASCII, else in hexadecimal. @param {string | undefined} base64 */
export function shownBytes(base64 = "") {
  const bytes = Buffer.from(base64, "base64");
  return code(bytes.every((byte) => byte >= 32 && byte < 127 && byte !== 96) ? JSON.stringify(bytes.toString()) : `0x${bytes.toString("hex")}`);
}

/** A whole file in hexadecimal, sixteen bytes a line. @param {string} path */
export function hexFile(path) {
  const bytes = readFileSync(join(ROOT, VECTORS, path));
  const lines = [];
  for (let at = 0; at < bytes.length; at += LINE_BYTES) {
    const piece = bytes.subarray(at, at + LINE_BYTES);
    lines.push(`${at.toString(16).padStart(4, "0")}  ${spaced(piece).padEnd(3 * LINE_BYTES)}  ${piece.toString("latin1").replace(/[^ -~]/g, ".")}`);
  }
  return fence(lines.join("\n"));
}
