// FlatBuffers schema text -> tokens. Knows the few token kinds that spec/fbs uses and refuses the rest.
import { SpecError } from "../output.mjs";

const patterns = [
  ["doc", /^\/\/\/ ?(.*)/],
  ["comment", /^\/\/.*/],
  ["space", /^[ \t\r\n]+/],
  ["name", /^[A-Za-z_][A-Za-z0-9_]*/],
  ["number", /^-?[0-9]+/],
  ["text", /^"([^"\\\n]*)"/],
  ["mark", /^[{}()[\]:;,=.]/],
];

/** Tokens of one file: `{ kind, text, line, doc }`; `doc` holds the lines of the doc comment right before the token. */
export function tokenize(file, source) {
  const tokens = [];
  let rest = source;
  let line = 1;
  let doc = [];
  while (rest.length > 0) {
    const found = patterns.map(([kind, pattern]) => ({ kind, match: pattern.exec(rest) })).find(({ match }) => match !== null);
    if (found === undefined) throw new SpecError(`${file}:${line}`, `cannot read ${JSON.stringify(rest.slice(0, 20))}`);
    const { kind, match } = found;
    if (kind === "doc") {
      doc.push(match[1].trimEnd());
    } else if (kind !== "comment" && kind !== "space") {
      tokens.push({ kind, text: match[1] ?? match[0], line, doc });
      doc = [];
    }
    line += match[0].split("\n").length - 1;
    rest = rest.slice(match[0].length);
  }
  if (doc.length > 0) throw new SpecError(`${file}:${line}`, "a doc comment belongs to nothing");
  tokens.push({ kind: "end", text: "the end of the file", line, doc: [] });
  return tokens;
}
