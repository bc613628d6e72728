// What commands of this toolkit have in common: the entry `@slate-sst/verify/command-line`. Streams that are written at the pace
// of their reader, exit codes, the meaning of FILE, FOLDER, URL and `-`, and the progress bar.
export { counted, harmless } from "../report/words.js";
export { CliError, type CliIo, complain, errorLine, EXIT_FAILED, EXIT_SOUND, EXIT_UNSOUND, Output, OutputError } from "./cli-io.js";
export { integer } from "./command.js";
export { newProgress, type Progress } from "./progress.js";
export { processIo } from "./process-io.js";
export { findNamed, type Named, type NamedPlace, type TargetFile } from "./targets.js";
