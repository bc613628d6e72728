// The program behind bin/slate-sst-conformance.mjs.
import { conformance } from "./command.js";

export async function main(): Promise<void> {
  process.exitCode = await conformance(process.argv.slice(2), { out: (text) => process.stdout.write(text), error: (text) => process.stderr.write(text) });
}
