// One generated TypeScript module: its text, and the imports that the text turned out to need.
import { basename } from "node:path";

/** spec/fbs/sst_info.fbs -> sst-info */
export const moduleName = (file) => basename(file, ".fbs").replaceAll("_", "-");

const runtime = "../../flatbuffers/";

/** By UTF-16 units: the same everywhere. */
const ascending = (a, b) => (a < b ? -1 : 1);

/** A name that is imported as a value serves as a type, too. */
function importLine(from, names) {
  const wanted = [...names].filter((name) => !name.startsWith("type ") || !names.has(name.slice("type ".length))).sort(ascending);
  if (wanted.some((name) => !name.startsWith("type "))) return `import { ${wanted.join(", ")} } from "${from}";\n`;
  return `import type { ${wanted.map((name) => name.replace(/^type /, "")).join(", ")} } from "${from}";\n`;
}

export class Module {
  constructor(schema) {
    this.schema = schema;
    this.parts = [];
    this.imports = new Map();
  }

  add(text) {
    this.parts.push(text);
  }

  #import(from, name) {
    if (!this.imports.has(from)) this.imports.set(from, new Set());
    this.imports.get(from).add(name);
  }

  /** Name of something in the hand-written runtime: `use("checks", "assertSafe")`. */
  use(file, name) {
    this.#import(`${runtime}${file}.js`, name);
    return name;
  }

  useType(file, name) {
    this.#import(`${runtime}${file}.js`, `type ${name}`);
    return name;
  }

  /** Name of something generated for a type, which may live in another module. */
  from(type, name) {
    if (type.schema !== this.schema) this.#import(`./${moduleName(type.schema.file)}.js`, name);
    return name.replace(/^type /, "");
  }

  text() {
    const lines = [...this.imports].sort(([a], [b]) => ascending(a, b)).map(([from, names]) => importLine(from, names));
    return `${lines.join("")}${lines.length > 0 ? "\n" : ""}${this.parts.join("\n")}`;
  }
}
