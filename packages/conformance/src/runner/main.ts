// The program behind bin/slate-sst-conformance.mjs.
import { conformance, EXIT_USAGE } from "./command.js";

export async function main(): Promise<void> {
  // Ends by way of "exit", which takes the testees along.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(EXIT_USAGE));
  process.exitCode = await conformance(process.argv.slice(2), { out: (text) => process.stdout.write(text), error: (text) => process.stderr.write(text) });
}
