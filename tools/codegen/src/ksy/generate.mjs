// spec/sst/*.ksy -> packages/format/src/generated/codecs.ts: sizer, encoder and decoder of each structure.
import { join } from "node:path";
import { generated, writeGenerated } from "../output.mjs";
import { decoder, flagConstants } from "./decode.mjs";
import { encoder, sizer } from "./encode.mjs";
import { loadKsyFiles, readStructures } from "./model.mjs";

export function generateCodecs() {
  const structures = readStructures(loadKsyFiles());
  const parts = [flagConstants(structures)];
  for (const structure of structures) parts.push(sizer(structure), encoder(structure), decoder(structure));
  const body = parts.join("\n");
  const used = (names) => names.filter((name) => body.includes(`${name}(`)).join(", ");
  const text =
    `import { ${used(["corrupt", "truncated", "unsupported"])} } from "../codec-errors.js";\n` +
    `import { ${used(["copyBytes", "readSafeU64", "readVarint", "varintSize", "writeVarint"])} } from "../primitives.js";\n\n${body}`;
  const sources = [...new Set(structures.map((structure) => structure.source))];
  return [writeGenerated(join(generated, "codecs.ts"), sources, text)];
}
