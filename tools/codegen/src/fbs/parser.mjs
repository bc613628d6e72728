// Tokens -> declarations of one schema file, in the subset of the FlatBuffers schema language that spec/fbs uses.
// Everything outside the subset is refused with its place, never passed over.
import { SpecError } from "../output.mjs";
import { tokenize } from "./lexer.mjs";

class Tokens {
  constructor(file, source) {
    this.file = file;
    this.tokens = tokenize(file, source);
    this.at = 0;
  }

  get next() {
    return this.tokens[this.at];
  }

  fail(token, problem) {
    throw new SpecError(`${this.file}:${token.line}`, problem);
  }

  take(kind, wanted = kind) {
    const token = this.next;
    if (token.kind !== kind) this.fail(token, `expected ${wanted}, found ${token.text}`);
    this.at++;
    return token;
  }

  mark(text) {
    if (this.next.kind !== "mark" || this.next.text !== text) this.fail(this.next, `expected ${text}, found ${this.next.text}`);
    return this.take("mark");
  }

  /** Takes the mark if it comes next. */
  has(text) {
    if (this.next.kind !== "mark" || this.next.text !== text) return false;
    this.at++;
    return true;
  }
}

const documented = (tokens, token) => {
  if (token.doc.length === 0) tokens.fail(token, `${token.text} has no doc comment`);
  return token.doc.join("\n");
};

/** `(name, name: number, ...)` after a field, as a map; an attribute without a number maps to true. */
function attributes(tokens) {
  const found = new Map();
  if (!tokens.has("(")) return found;
  do {
    const name = tokens.take("name");
    if (found.has(name.text)) tokens.fail(name, `attribute ${name.text} is there twice`);
    found.set(name.text, tokens.has(":") ? Number(tokens.take("number").text) : true);
  } while (tokens.has(","));
  tokens.mark(")");
  return found;
}

function field(tokens) {
  const name = tokens.take("name", "a field");
  const doc = documented(tokens, name);
  tokens.mark(":");
  const vector = tokens.has("[");
  const type = tokens.take("name", "a type").text;
  if (vector) tokens.mark("]");
  let optional = false;
  if (tokens.has("=")) {
    const value = tokens.take("name", "null, the only default that can be given");
    if (value.text !== "null") tokens.fail(value, "the only default that can be given is null");
    optional = true;
  }
  const found = attributes(tokens);
  tokens.mark(";");
  return { name: name.text, doc, where: `${tokens.file}:${name.line}`, vector, type, optional, attributes: found };
}

const declarations = {
  include(tokens, schema) {
    schema.includes.push(tokens.take("text").text);
    tokens.mark(";");
  },
  namespace(tokens) {
    do tokens.take("name");
    while (tokens.has("."));
    tokens.mark(";");
  },
  attribute(tokens, schema) {
    schema.attributes.push(tokens.take("text").text);
    tokens.mark(";");
  },
  root_type(tokens, schema) {
    const name = tokens.take("name");
    if (schema.root !== undefined) tokens.fail(name, "a file has one root_type");
    schema.root = name.text;
    tokens.mark(";");
  },
  table(tokens, schema, keyword) {
    const doc = documented(tokens, keyword);
    const name = tokens.take("name");
    const fields = [];
    tokens.mark("{");
    while (!tokens.has("}")) fields.push(field(tokens));
    schema.types.push({ kind: "table", name: name.text, doc, where: `${tokens.file}:${name.line}`, fields });
  },
  enum(tokens, schema, keyword) {
    const doc = documented(tokens, keyword);
    const name = tokens.take("name");
    tokens.mark(":");
    const base = tokens.take("name");
    if (base.text !== "byte") tokens.fail(base, "an enum is a byte");
    const values = [];
    tokens.mark("{");
    do {
      const value = tokens.take("name", "a value");
      const valueDoc = documented(tokens, value);
      tokens.mark("=");
      values.push({ name: value.text, doc: valueDoc, value: Number(tokens.take("number").text) });
    } while (tokens.has(","));
    tokens.mark("}");
    schema.types.push({ kind: "enum", name: name.text, doc, where: `${tokens.file}:${name.line}`, values });
  },
  union(tokens, schema, keyword) {
    const doc = documented(tokens, keyword);
    const name = tokens.take("name");
    const members = [];
    tokens.mark("{");
    do members.push(tokens.take("name").text);
    while (tokens.has(","));
    tokens.mark("}");
    schema.types.push({ kind: "union", name: name.text, doc, where: `${tokens.file}:${name.line}`, members });
  },
};

/** What one file declares: `{ file, includes, attributes, types, root }`. */
export function parseSchema(file, source) {
  const tokens = new Tokens(file, source);
  const schema = { file, includes: [], attributes: [], types: [], root: undefined };
  while (tokens.next.kind !== "end") {
    const keyword = tokens.take("name", "a declaration");
    if (!Object.hasOwn(declarations, keyword.text)) tokens.fail(keyword, `cannot read a declaration of ${keyword.text}`);
    declarations[keyword.text](tokens, schema, keyword);
  }
  return schema;
}
