// packages/format/assembly -> packages/format/src/generated/kernel.ts: the kernel compiled to WebAssembly, as text. What of it encodes
// or decodes the format is generated from spec/sst/*.ksy just before.
import asc from "assemblyscript/asc";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readConstants } from "./constants.mjs";
import { generateAssemblyCodecs } from "./ksy/assembly.mjs";
import { docComment, generated, isMade, readMade, relativeToRoot, root, SpecError, writeGenerated } from "./output.mjs";

const folder = join(root, "packages/format/assembly");
const kernel = relativeToRoot(folder);

/** Constants the kernel's sources ask for. */
const WANTED = ["RESTART_INTERVAL", "VALUE_BYTES_MAX", "VARINT_BYTES_MAX", "VARINT_GROUP_BITS"];

/** Addresses below this one are the kernel's own (assembly/bloom.ts); the first ones are left free, so that 0 can mean "nothing there". */
const MEMORY_BASE = 2048;

/** Without asserts: the compiler's checks of its own arrays and casts, of which the kernel has none; lengths are checked before it is called. */
const FLAGS = ["-O3", "--converge", "--noAssert", "--runtime", "stub", "--importMemory", "--memoryBase", String(MEMORY_BASE), "--enable", "simd", "--enable", "bulk-memory"];

/** Characters of base64 on a line. */
const LINE = 160;

export async function generateKernel() {
  const constants = readConstants();
  const numbers = WANTED.map((name) => docComment(constants.get(name).doc) + `export const ${name}: ${constants.get(name).value > 0x7fffffff ? "u64" : "u32"} = ${constants.get(name).literal};\n`);
  const files = [...generateAssemblyCodecs(), writeGenerated(join(folder, "generated/constants.ts"), ["constants.yaml", "sst/*.ksy"], numbers.join("\n"))];
  const binary = await compile();
  const exports = WebAssembly.Module.exports(new WebAssembly.Module(binary)).filter(({ kind }) => kind === "function").map(({ name }) => signature(name));
  const lines = Buffer.from(binary).toString("base64").match(new RegExp(`.{1,${LINE}}`, "g"));
  const text = docComment("What the kernel exports. Addresses and lengths are unsigned 32-bit numbers.") + `export interface KernelExports {\n${exports.join("")}}\n\n` +
    docComment("Addresses below are the kernel's own.") + `export const KERNEL_MEMORY_BASE = ${MEMORY_BASE};\n\n` +
    docComment(`The WebAssembly module, ${binary.length} bytes, in base64.`) + `export const KERNEL_BASE64 =\n${lines.map((line) => `  "${line}"`).join(" +\n")};\n`;
  return [...files, writeGenerated(join(generated, "kernel.ts"), ["sst/block_v2.ksy", "sst/lz4_stream.ksy", "constants.yaml"], text)];
}

async function compile() {
  const written = new Map();
  const messages = [];
  const sink = { write: (text) => { messages.push(text); return true; } };
  const { error } = await asc.main(["index.ts", "--outFile", "kernel.wasm", ...FLAGS], {
    stdout: sink, stderr: sink,
    readFile: (name, base) => { const file = join(folder, base === "." ? "" : base, name); return isMade(file) ? readMade(file) : null; },
    writeFile: (name, contents) => void written.set(name, contents),
    listFiles: () => [],
  });
  const said = messages.join("").replace(/^Last converge.*$/gm, "").trim();
  if (error || said.length > 0) throw new SpecError(kernel, `does not compile: ${(said || error.message).split(/\n\s*/).join(" ")}`);
  const binary = written.get("kernel.wasm");
  assertNoData(binary);
  return binary;
}

/** How JavaScript sees the types of AssemblyScript. */
const TYPES = { bool: "number", i32: "number", u32: "number", usize: "number", i64: "bigint", u64: "bigint", void: "void" };

/** The declaration of an exported function, from its source. */
function signature(name) {
  for (const file of readdirSync(folder).filter((one) => one.endsWith(".ts"))) {
    const found = new RegExp(`^export function ${name}\\(([^)]*)\\): (\\w+) \\{`, "m").exec(readFileSync(join(folder, file), "utf8"));
    if (found === null) continue;
    const parameters = found[1].split(",").map((one) => one.trim()).filter((one) => one !== "").map((one) => {
      const [parameter, type] = one.split(": ");
      return `${parameter}: ${typeOf(type)}`;
    });
    return `  readonly ${name}: (${parameters.join(", ")}) => ${typeOf(found[2])};
`;
  }
  throw new SpecError(kernel, `exports ${name}, which stands in no file of it`);
}

function typeOf(type) {
  if (TYPES[type] === undefined) throw new SpecError(kernel, `the type ${type} is not known in JavaScript`);
  return TYPES[type];
}

/** Static data would lie where callers put theirs: there is none, as memory is laid out by whoever loads the kernel. */
function assertNoData(binary) {
  const module = new WebAssembly.Module(binary);
  const imports = WebAssembly.Module.imports(module).map(({ module: from, name }) => `${from}.${name}`);
  if (imports.join() !== "env.memory") throw new SpecError(kernel, `imports ${imports.join(", ")}`);
  for (let at = 8; at < binary.length; ) {
    const id = binary[at++];
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = binary[at++];
      size |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (id === 11) throw new SpecError(kernel, "has static data");
    at += size;
  }
}
