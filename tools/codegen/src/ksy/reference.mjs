// spec/sst/*.ksy -> the stock compiler's parsers, as one ES module: an independent reader for cross-checks.
import { join } from "node:path";
import Compiler from "kaitai-struct-compiler";
import { generated, readSpecYaml, SpecError, writeGenerated } from "../output.mjs";
import { loadKsyFiles } from "./model.mjs";
import { pascal } from "./names.mjs";

const load = (id) => readSpecYaml(`sst/${id}.ksy`);

async function compile(id) {
  try {
    return await Compiler.compile("javascript", load(id), { importYaml: async (name) => load(name) }, false);
  } catch (error) {
    throw new SpecError(`sst/${id}.ksy`, `the stock compiler refuses it: ${String(error.message ?? error).split("\n")[0]}`);
  }
}

/** The compiler's output is UMD: the body of its factory, and the parameters it takes. */
const umd = /^\}\)\(typeof self !== 'undefined' \? self : this, function \(([^)]*)\) \{\n([\s\S]*)\n\}\);\s*$/m;

export async function generateReference() {
  const files = loadKsyFiles();
  const parsers = new Map();
  for (const id of files.keys()) {
    const compiled = await compile(id);
    for (const [file, text] of Object.entries(compiled)) parsers.set(file.replace(/\.js$/, ""), text);
  }
  const order = inOrder(parsers);
  const parts = order.map((name) => {
    const match = umd.exec(parsers.get(name));
    if (match === null) throw new SpecError(name, "the compiler's output has changed its frame");
    const imports = match[1].split(", ").slice(2).filter((parameter) => parameter !== "");
    const aliases = imports.map((parameter) => `  const ${parameter} = { ${parameter.slice(0, -1)} };\n`).join("");
    return `export const ${name}: unknown = (() => {\n${aliases}  const ${name}_ = {};\n${exact(match[2], files)}\n  return ${name}_.${name};\n})();\n`;
  });
  // The compiler has no target with types; whoever uses the parsers gives them theirs, and their tests hold them against the format's own readers.
  const text = `// @ts-nocheck: the compiler's output is plain JavaScript.\nimport KaitaiStream from "kaitai-struct/KaitaiStream.js";\nimport { readS8be, readU8be } from "../kaitai-int64.js";\n\n${parts.join("\n")}`;
  return [writeGenerated(join(generated, "kaitai.ts"), ["sst/*.ksy"], text)];
}

/** Parsers after those they import. */
function inOrder(parsers) {
  const order = [];
  const visit = (name) => {
    if (order.includes(name)) return;
    for (const [, imported] of parsers.get(name).matchAll(/require\('\.\/(\w+)'\)/g)) visit(imported);
    order.push(name);
  };
  for (const name of [...parsers.keys()].sort()) visit(name);
  return order;
}

/** The runtime reads 64-bit numbers as doubles; fields with `-as: halves` are read exactly instead, as bigint. */
function exact(body, files) {
  let text = body;
  for (const file of files.values()) {
    for (const field of file.seq ?? []) {
      if (field["-as"] !== "halves") continue;
      const name = pascal(field.id).replace(/^./, (letter) => letter.toLowerCase());
      text = text.replaceAll(new RegExp(`this\\.${name} = this\\._io\\.read([US]8be)\\(\\)`, "g"), `this.${name} = read$1(this._io)`);
    }
  }
  return text;
}
