// `npm run demo`: runs the demo on the repository's demo-data folder. Ends with 0 only when SlateDB returned every row.
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { runDemo } from "./demo.js";
import { reportNextSteps } from "./next-steps.js";
import { endWithReader, Screen } from "./screen.js";

const folder = fileURLToPath(new URL("../../../demo-data", import.meta.url));

/** Ends the process when everything written has left it, whatever SlateDB's threads still wait for. */
function exit(code: number): void {
  process.stdout.write("", () => process.exit(code));
}

endWithReader(process.stdout);
try {
  const screen = new Screen(process.stdout);
  const { equal, written } = await runDemo(screen, { folder });
  if (equal) reportNextSteps(screen, written, (path) => relative("", join(folder, path)));
  exit(equal ? 0 : 1);
} catch (error) {
  console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
  exit(1);
}
