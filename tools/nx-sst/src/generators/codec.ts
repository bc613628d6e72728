// `nx g @slate-sst/nx:codec`: a compression codec on an npm package: its number in spec/, its source, and a test. Writer, reader, verifier, reports and
// vectors know it by its entry in spec/.
import type { Tree } from "@nx/devkit";
import { NEEDED, problemOf } from "./codec-package.js";
import { checkForm, create, edit, GeneratorError, next, pascal, read, sentence, STEPS } from "./edits.js";

export interface CodecOptions {
  /** Lower-case letters and digits. */
  readonly name: string;
  /** Number in the info; the next free one unless given. */
  readonly id?: number;
  /** npm package, and its exact version: other versions may give other bytes. */
  readonly package: string;
  readonly packageVersion: string;
  /** Functions of the package: synchronous, from bytes to bytes, named exports in Node. */
  readonly compress: string;
  readonly decompress: string;
  /** What the stored form is. */
  readonly doc: string;
}

const FBS = "spec/fbs/sst_info.fbs";
const PROTO = "spec/proto/slate_sst/v1/metadata.proto";
const FORMAT = "packages/format";
/** What the lists of codecs say where they name the library of SlateDB whose bytes a codec equals. */
const NO_COUNTERPART = "ours, no counterpart in SlateDB";
/** The info holds the number in a signed byte. The last one stays free: the vectors have it as the codec that there is not. */
const ID_MAX = 126;

export default async function codec(tree: Tree, options: CodecOptions): Promise<() => void> {
  const { name, packageVersion } = options;
  checkForm("name", name, /^[a-z][a-z0-9]*$/, "lower-case letters and digits");
  for (const option of ["compress", "decompress"] as const) checkForm(option, options[option], /^[A-Za-z_$][\w$]*$/, "the name of a function");
  checkForm("package", options.package, /^(@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*$/, "the name of an npm package");
  checkForm("packageVersion", packageVersion, /^\d+\.\d+\.\d+([-+][\w.-]+)?$/, "an exact version");
  const doc = sentence("doc", options.doc);
  const known = new Map([...(/enum CompressionFormat : byte \{[^}]*\}/.exec(read(tree, FBS))?.[0] ?? "").matchAll(/(\w+) = (\d+)/g)].map(([, one, id]) => [one ?? "", Number(id)]));
  const id = options.id ?? Math.max(...known.values()) + 1;
  if (!Number.isInteger(id) || id < 1 || id > ID_MAX || [...known.values()].includes(id)) throw new GeneratorError(`--id is a number that no codec has, 1 to ${ID_MAX}, not ${id}`);
  if (known.has(pascal(name))) throw new GeneratorError(`there is a codec ${name} already`);
  const value = Math.max(...[...(/enum CompressionCodec \{[^}]*\}/.exec(read(tree, PROTO))?.[0] ?? "").matchAll(/ = (\d+);/g)].map(([, one]) => Number(one))) + 1;
  const problem = problemOf(options, tree.root, FORMAT);
  if (problem !== undefined && problem !== "") throw new GeneratorError(`${options.package}@${packageVersion}: ${problem}. A codec needs ${NEEDED}`);
  edit(tree, FBS, /(enum CompressionFormat : byte \{[^}]*?)\n\}/, `$1,\n  /// ${doc}\n  ${pascal(name)} = ${id}\n}`);
  edit(tree, PROTO, /(enum CompressionCodec \{[^}]*)\}/, `$1  // ${doc}\n  COMPRESSION_CODEC_${name.toUpperCase()} = ${value};\n}`);
  edit(tree, `${FORMAT}/src/compression/load.ts`, /(import \{ loadSnappy \} from "\.\/snappy\.js";\n)/, `import { load${pascal(name)} } from "./${name}.js";\n$1`);
  edit(tree, `${FORMAT}/src/compression/load.ts`, /(  zstd: loadZstd,\n)/, `$1  ${name}: load${pascal(name)},\n`);
  create(tree, `${FORMAT}/src/compression/${name}.ts`, sourceOf(options, doc));
  create(tree, `${FORMAT}/test/compression/${name}.test.ts`, testOf(name, id));
  addToLists(tree, options, doc);
  addDependency(tree, options);
  const unseen = `# ${options.package}@${packageVersion} is not installed, so nobody has looked: it needs ${NEEDED}. The codec's test says whether it has them:`;
  const look = problem === undefined ? ["npm install", unseen, `npx vitest run --root ${FORMAT} --config ../../tools/nx-sst/vitest.config.mjs ${name}.test`] : ["npm install"];
  const [codegen, ...others] = STEPS;
  return next(look[0] ?? "", codegen, ...look.slice(1), ...others);
}

/** Rows in the lists of codecs, which say that it is not SlateDB's, and the option's cells. */
function addToLists(tree: Tree, { name, package: from, packageVersion }: CodecOptions, doc: string): void {
  const end = `${NO_COUNTERPART}: ${doc.replace(/\.$/, "")} |\n`.replaceAll("$", "$$$$");
  edit(tree, "README.md", /(\| `zstd` \| `npm .*\n(?:\|.*\n)*)(?=\n)/, `$1| \`${name}\` | \`npm install ${from}@${packageVersion}\` | ${end}`);
  edit(tree, `${FORMAT}/README.md`, /(\| `zstd` \| .*\n(?:\|.*\n)*)(?=\n)/, `$1| \`${name}\` | \`${from}@${packageVersion}\` | ${end}`);
  for (const readme of ["README.md", "packages/writer/README.md"]) edit(tree, readme, /(\| `compression` \| [^\n]*?(?:`"\w+"`, )*`"\w+"`)(?=[,;] or a codec)/, `$1, \`"${name}"\``);
}

/** An optional peer, and there for the tests of this repository. The file keeps its form. */
function addDependency(tree: Tree, { package: name, packageVersion }: CodecOptions): void {
  const path = `${FORMAT}/package.json`;
  const { peerDependencies } = JSON.parse(read(tree, path)) as { peerDependencies: Record<string, string> };
  if (peerDependencies[name] === packageVersion) return;
  if (peerDependencies[name] !== undefined) throw new GeneratorError(`${path} asks for ${name}@${peerDependencies[name]}, not ${packageVersion}`);
  edit(tree, path, /("peerDependencies": \{)/, `$1 "${name}": "${packageVersion}",`);
  edit(tree, path, /("peerDependenciesMeta": \{\n)/, `$1    "${name}": { "optional": true },\n`);
  edit(tree, path, /("devDependencies": \{\n)/, `$1    "${name}": "${packageVersion}",\n`);
}

function sourceOf({ name, package: from, packageVersion, compress, decompress }: CodecOptions, doc: string): string {
  return `// Codec "${name}": ${doc}
import { SstError } from "../errors.js";
import { COMPRESSION_IDS } from "../generated/constants.js";
import { checkLimits, type Codec, runCompressor, runDecompressor, tooLong } from "./codec.js";
import { type CodecPackage, loadPackage, optional, packageId } from "./packages.js";

const PACKAGE: CodecPackage = { name: "${from}", version: "${packageVersion}" };

/** What is used of the package. It takes no limit: what a few bytes hold is in memory before its length is compared with one. */
interface Functions {
  ${compress}(bytes: Uint8Array): Uint8Array;
  ${decompress}(bytes: Uint8Array): Uint8Array;
}

/** What the package gives, held to have them. */
function functionsOf(loaded: object): Functions {
  const functions = loaded as Partial<Functions>;
  if (typeof functions.${compress} === "function" && typeof functions.${decompress} === "function") return functions as Functions;
  throw new SstError("ERR_SST_CODEC_FAILED", \`\${packageId(PACKAGE)} has no functions ${compress} and ${decompress} among its named exports, which are \${Object.keys(loaded).join(", ")}\`);
}

/** The codec. It has no bound of its own for what decompression takes: see \`Functions\`. */
export async function load${pascal(name)}(): Promise<Codec> {
  const loaded: object = await loadPackage("${name}", PACKAGE, async () => import("${from}").catch(optional));
  const functions = functionsOf(loaded);
  return {
    name: "${name}",
    id: COMPRESSION_IDS.${name},
    library: packageId(PACKAGE),
    compress: (bytes) => runCompressor("${name}", bytes, (all) => functions.${compress}(all)),
    decompress(bytes, limits) {
      checkLimits(limits);
      const plain = runDecompressor("${name}", bytes, (all) => functions.${decompress}(all));
      if (plain.length > limits.maxLength) throw tooLong("${name}", plain.length, limits);
      return plain;
    },
  };
}
`;
}

function testOf(name: string, id: number): string {
  return `import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadCodec } from "../../src/compression/load.js";

const SEED = 20_261_126;

describe("codec ${name}", () => {
  it("has its number", async () => {
    expect(await loadCodec("${name}")).toMatchObject({ name: "${name}", id: ${id} });
  });

  it("has functions that return bytes at once: they are ${NEEDED}", async () => {
    const codec = await loadCodec("${name}");
    const stored = codec.compress(new Uint8Array(1000));
    expect(stored).toBeInstanceOf(Uint8Array);
    expect(codec.decompress(stored, { maxLength: 1000 })).toBeInstanceOf(Uint8Array);
  });

  it("gives back what went in", async () => {
    const codec = await loadCodec("${name}");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => {
        expect(Buffer.compare(codec.decompress(codec.compress(bytes), { maxLength: bytes.length }), bytes)).toBe(0);
      }),
      { seed: SEED, numRuns: 50 },
    );
  });

  it("refuses more than the limit, and bytes that are cut off", async () => {
    const codec = await loadCodec("${name}");
    const stored = codec.compress(new Uint8Array(1000).map((_, i) => i));
    expect(() => codec.decompress(stored, { maxLength: 999 })).toThrow(expect.objectContaining({ code: "ERR_SST_CORRUPT" }));
    expect(() => codec.decompress(stored.subarray(0, stored.length - 1), { maxLength: 1000 })).toThrow(expect.objectContaining({ code: "ERR_SST_CORRUPT" }));
  });
});
`;
}
