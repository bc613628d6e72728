// Key templates: literal text and typed fields, "user:{id:u64}". What could not be told apart or sorted is refused here, before
// the first row.
import { SstRangeError } from "@slate-sst/format";
import { type KeyType, keyType } from "./key-types.js";

/** A stretch of a key. */
export type KeyPart =
  | { readonly literal: Uint8Array }
  | {
      readonly field: string;
      readonly type: KeyType;
      /** Of a text that is not the last part: the literal behind it, which it must not contain. */
      readonly endsAt: string | undefined;
    };

const TOKEN = /\{\{|\}\}|\{([^{}]*)\}|\\\\|\\x([0-9a-fA-F]{2})|[{}\\]|[^{}\\]+/g;
const HEX = 16;

/**
 * Takes a template apart: text as UTF-8, `{field}` or `{field:type}`, `{{` and `}}` for braces, `\xNN` for one byte, `\\` for a backslash.
 * @throws SstRangeError ERR_SST_KEY_TEMPLATE
 */
export function parseKeyTemplate(template: string): readonly KeyPart[] {
  const refuse = (problem: string): SstRangeError => new SstRangeError("ERR_SST_KEY_TEMPLATE", `the key template ${JSON.stringify(template)}: ${problem}`, { details: { template } });
  if (typeof template !== "string" || template === "") throw refuse(`a template is text with fields, such as "user:{id:u64}"`);
  if (!template.isWellFormed()) throw refuse("it holds a lone surrogate, which UTF-8 cannot hold");
  const raw: (Uint8Array | { field: string; type: KeyType })[] = [];
  for (const [token, field, byte] of template.matchAll(TOKEN)) {
    if (field !== undefined) raw.push(parseField(field, refuse));
    else if (byte !== undefined) raw.push(Uint8Array.of(Number.parseInt(byte, HEX)));
    else if (token === "{{" || token === "}}" || token === "\\\\") raw.push(Buffer.from(token[0]!));
    else if (token === "{" || token === "}") throw refuse(`a brace that belongs to no field is written twice: ${token}${token}`);
    else if (token === "\\") throw refuse("a backslash begins \\\\ or \\xNN");
    else raw.push(Buffer.from(token));
  }
  const parts = joinLiterals(raw);
  if (!parts.some((part) => "field" in part)) throw refuse("it has no field: every row would have the same key");
  return parts.map((part, at): KeyPart => {
    if ("literal" in part || part.type.isDelimited || at === parts.length - 1) return "literal" in part ? part : { ...part, endsAt: undefined };
    const next = parts[at + 1]!;
    const { field, type } = part;
    if (!type.isText) throw refuse(`{${field}:${type.name}} has no end that could be seen, so it can only be the last part of a key`);
    if (!("literal" in next)) throw refuse(`where {${field}} ends and {${next.field}} begins could not be seen: put a literal between them, or take {${field}:text0}`);
    return { field, type, endsAt: Buffer.from(next.literal).toString("utf8") };
  });
}

/** Fields that a template asks for, each once. */
export function fieldsOf(parts: readonly KeyPart[]): string[] {
  return [...new Set(parts.flatMap((part) => ("field" in part ? [part.field] : [])))];
}

function parseField(text: string, refuse: (problem: string) => SstRangeError): { field: string; type: KeyType } {
  const colon = text.lastIndexOf(":");
  const field = colon === -1 ? text : text.slice(0, colon);
  if (field === "") throw refuse("a field has a name: {id}");
  const type = keyType(colon === -1 ? "" : text.slice(colon + 1));
  if (type === undefined) throw refuse(`{${text}}: there is no type ${JSON.stringify(text.slice(colon + 1))}; known are text, text0, hex, uuid, bytes, u8, u16, u32, u64, i8, i16, i32, i64, f32, f64, dec1 to dec20`);
  return { field, type };
}

function joinLiterals(raw: readonly (Uint8Array | { field: string; type: KeyType })[]): ({ literal: Uint8Array } | { field: string; type: KeyType })[] {
  const parts: ({ literal: Uint8Array } | { field: string; type: KeyType })[] = [];
  for (const each of raw) {
    const last = parts.at(-1);
    if (!(each instanceof Uint8Array)) parts.push(each);
    else if (last !== undefined && "literal" in last) last.literal = Uint8Array.from(Buffer.concat([last.literal, each]));
    else parts.push({ literal: Uint8Array.from(each) });
  }
  return parts;
}
