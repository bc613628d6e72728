// Commands to try after the demo: only ones that work here and now.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { count, type Screen } from "./screen.js";
import type { WrittenDatabase } from "./write-database.js";

/** Commands longer than this have their remark on a line of its own. */
const COMMAND_WIDTH = 46;

/** Programs that print bytes as hex, and how each is told where to begin. */
const HEX_DUMPS: readonly { readonly program: string; readonly command: (from: bigint, file: string) => string }[] = [
  { program: "hexdump", command: (from, file) => `hexdump -C -s ${from} ${file}` },
  { program: "xxd", command: (from, file) => `xxd -s ${from} ${file}` },
  { program: "od", command: (from, file) => `od -A d -t x1 -j ${from} ${file}` },
];

export function reportNextSteps(screen: Screen, written: WrittenDatabase, displayPath: (path: string) => string): void {
  const step = (command: string, what: string): void => {
    if (command.length < COMMAND_WIDTH) screen.line(screen.colors.cyan(command.padEnd(COMMAND_WIDTH)) + screen.colors.dim(what));
    else {
      screen.line(screen.colors.cyan(command));
      screen.line("".padEnd(COMMAND_WIDTH) + screen.colors.dim(what));
    }
  };
  screen.heading("Try next");
  step("node tools/demo/dist/scan.js city/US/Paris", "every Paris in the United States, by SlateDB");
  const [sst] = written.ssts;
  const dump = HEX_DUMPS.find(({ program }) => isInstalled(program));
  if (sst !== undefined && dump !== undefined) {
    step(dump.command(sst.infoOffset, displayPath(sst.path)), `its last ${count(sst.size - sst.infoOffset)} bytes: info and footer`);
  }
  step("npm run demo", "start over; the SST gets the same bytes");
  step("npm cit", "install afresh and run all tests");
}

function isInstalled(program: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => folder !== "" && existsSync(join(folder, program)));
}
