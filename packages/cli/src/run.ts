// `slate-sst` as a function: everything it needs is given, so that it can run in any process.
import { isSstError } from "@slate-sst/format";
import { type CliIo, complain, EXIT_FAILED, EXIT_SOUND, EXIT_UNSOUND, Output, OutputError } from "@slate-sst/verify/command-line";
import { cat } from "./cat/cat.js";
import { parseCommand } from "./command.js";
import { exportDatabase } from "./export/export.js";
import { commit } from "./import/commit.js";
import { importSources } from "./import/import-sources.js";
import { writeSst } from "./import/write-sst.js";
import { inspect } from "./inspect/inspect.js";
import { uploads } from "./uploads/uploads.js";

/** Streams and surroundings of a run. */
export type CommandIo = CliIo;

/** Errors that say: this file is damaged. */
const DAMAGE = ["ERR_SST_CHECKSUM", "ERR_SST_CORRUPT", "ERR_SST_TRUNCATED"] as const;

/**
 * Runs the command.
 * @param argv arguments, without the program's name.
 * @param signal aborts an import or a write; an import can be resumed then.
 * @returns the exit code: 0 done, also when the reader of the output has seen enough; 1 what was named is damaged; 2 something
 *   could not be read or written, or wrong usage.
 */
export async function runSlateSst(argv: readonly string[], io: CommandIo, signal?: AbortSignal): Promise<number> {
  const stdout = new Output(io.stdout);
  const stderr = new Output(io.stderr);
  try {
    const asked = parseCommand(argv);
    switch (asked.command) {
      case "cat":
        await cat(asked.target, asked.options, io, stdout);
        break;
      case "inspect":
        await inspect(asked.target, asked.options, io, stdout);
        break;
      case "uploads":
        await uploads(asked.target, asked.options, stdout);
        break;
      case "write":
        await writeSst(asked.sources, asked.options, io, stdout, signal);
        break;
      case "import":
        await importSources(asked.sources, asked.options, io, { stdout, stderr }, signal);
        break;
      case "export":
        await exportDatabase(asked.target, asked.options, stdout, signal);
        break;
      case "commit":
        await commit(asked.files, asked.options, io, stdout);
        break;
      default:
        await stdout.write(asked.stdout);
        await stderr.write(asked.stderr);
        return asked.exitCode;
    }
    await stdout.flush();
    return EXIT_SOUND;
  } catch (error) {
    await complain("slate-sst", error, stderr);
    if (error instanceof OutputError && error.isClosed) return EXIT_SOUND;
    return DAMAGE.some((code) => isSstError(error, code)) ? EXIT_UNSOUND : EXIT_FAILED;
  }
}
