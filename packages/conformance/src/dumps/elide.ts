// Lists in a dump that go on and on: the first and the last elements stand there, and of the others how many bytes they have and a
// checksum of what would stand there, so that a change of them shows as well.
import { crc32 } from "@slate-sst/format";
import { explainedLines, type ExplainNode } from "@slate-sst/verify";

/** Elements shown at the beginning and at the end of a list. */
const FIRST = 2;
const LAST = 1;
/** Lists that are not much longer are shown whole. */
const WHOLE_MAX = 6;

const ELEMENTS = /\[(\d+)\]/g;

/** The lists that a path leads through: what stands before each index, and the index. */
function listsOf({ path }: ExplainNode): [string, number][] {
  return [...path.matchAll(ELEMENTS)].map((match) => [path.slice(0, match.index), Number(match[1])]);
}

/** The text of a tree, its long lists cut. What has an error is always shown. */
export function elided(nodes: readonly ExplainNode[]): string {
  const lengths = new Map<string, number>();
  for (const node of nodes) for (const [list, index] of listsOf(node)) lengths.set(list, Math.max(lengths.get(list) ?? 0, index + 1));
  const isCut = (node: ExplainNode): boolean => node.error === undefined && listsOf(node).some(([list, index]) => isInside(index, lengths.get(list) ?? 0));
  let text = "";
  for (let at = 0; at < nodes.length; ) {
    let end = at;
    while (end < nodes.length && isCut(nodes[end]!)) end++;
    text += end > at ? cutLine(nodes.slice(at, end)) : explainedLines(nodes[at]!);
    at = Math.max(end, at + 1);
  }
  return text;
}

const isInside = (index: number, length: number): boolean => length > WHOLE_MAX && index >= FIRST && index < length - LAST;

function cutLine(nodes: readonly ExplainNode[]): string {
  const lines = nodes.map(explainedLines).join("");
  const bytes = nodes.reduce((sum, { kind, length }) => sum + (kind === "structure" ? 0 : length), 0);
  const [first, last] = [nodes[0]!, nodes.at(-1)!];
  const checksum = crc32(new TextEncoder().encode(lines)).toString(16).padStart(8, "0");
  return `${" ".repeat(10)}… ${first.path} to ${last.path}: ${bytes} bytes in ${nodes.length} lines, crc32 ${checksum}\n`;
}
/** Lines in a row that another dump has as well, from which on they are left out. */
const SAME_MIN = 3;

/** What a dump has that another one does not: for files that are another one, changed in one respect. */
export function besides(text: string, name: string, other: string): string {
  const known = new Set(other.split("\n"));
  const lines = text.split("\n").slice(0, -1);
  let result = "";
  for (let at = 0; at < lines.length; ) {
    let end = at;
    while (end < lines.length && known.has(lines[end]!)) end++;
    const isLeftOut = end - at >= SAME_MIN;
    end = Math.max(end, at + 1);
    result += isLeftOut ? `${" ".repeat(10)}… ${end - at} lines as in ${name}\n` : lines.slice(at, end).map((line) => `${line}\n`).join("");
    at = end;
  }
  return result;
}
