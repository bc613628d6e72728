// `nx g @slate-sst/nx:codec`: a compression codec on an npm package: its number in spec/, its source, and a test. Writer, reader, verifier, reports and
// vectors know it by its entry in spec/.
import type { Tree } from "@nx/devkit";
import { checkForm, create, edit, GeneratorError, next, pascal, read, sentence } from "./edits.js";

export interface CodecOptions {
  /** Lower-case letters and digits. */
  readonly name: string;
  /** Number in the info; the next free one unless given. */
  readonly id?: number;
  /** npm package, and its exact version: other versions may give other bytes. */
  readonly package: string;
  readonly packageVersion: string;
  /** Functions of the package, from bytes to bytes. */
  readonly compress: string;
  readonly decompress: string;
  /** What the stored form is. */
  readonly doc: string;
}

const FBS = "spec/fbs/sst_info.fbs";
const PROTO = "spec/proto/slate_sst/v1/metadata.proto";
const FORMAT = "packages/format";
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
  edit(tree, FBS, /(enum CompressionFormat : byte \{[^}]*?)\n\}/, `$1,\n  /// ${doc}\n  ${pascal(name)} = ${id}\n}`);
  edit(tree, PROTO, /(enum CompressionCodec \{[^}]*)\}/, `$1  // ${doc}\n  COMPRESSION_CODEC_${name.toUpperCase()} = ${value};\n}`);
  edit(tree, `${FORMAT}/src/compression/load.ts`, /(import \{ loadSnappy \} from "\.\/snappy\.js";\n)/, `import { load${pascal(name)} } from "./${name}.js";\n$1`);
  edit(tree, `${FORMAT}/src/compression/load.ts`, /(  zstd: loadZstd,\n)/, `$1  ${name}: load${pascal(name)},\n`);
  create(tree, `${FORMAT}/src/compression/${name}.ts`, sourceOf(options, doc));
  create(tree, `${FORMAT}/test/compression/${name}.test.ts`, testOf(name, id));
  edit(tree, "README.md", /(\| `zstd` \| .*\n(?:\|.*\n)*)(\n)/, `$1| \`${name}\` | \`npm install ${options.package}@${packageVersion}\` | ${doc.replace(/\.$/, "")} |\n$2`);
  addDependency(tree, options);
  return next("npm install", "npm run codegen", "npm run vectors", "npm run dumps", "npx nx run-many -t test -p format", "npx nx run spec:diff --against HEAD");
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
import { COMPRESSION_IDS } from "../generated/constants.js";
import { checkLimits, type Codec, runCompressor, runDecompressor, tooLong } from "./codec.js";
import { type CodecPackage, loadPackage, packageId } from "./packages.js";

const PACKAGE: CodecPackage = { name: "${from}", version: "${packageVersion}" };

/** What is used of the package. */
interface Functions {
  ${compress}(bytes: Uint8Array): Uint8Array;
  ${decompress}(bytes: Uint8Array): Uint8Array;
}

export async function load${pascal(name)}(): Promise<Codec> {
  const functions = await loadPackage("${name}", PACKAGE, async () => (await import("${from}")) as unknown as Functions);
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
