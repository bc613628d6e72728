// Options of the command line to those of the library.
import type { RowOptions } from "@slate-sst/ingest/import";
import { CliError, type CliIo } from "@slate-sst/verify/command-line";
import type { RowsOptions } from "../command.js";

/** @throws CliError for a standard input that is a terminal and is asked for. */
export function rowOptions({ key, value, ttl, format, columns, onDuplicate, compression }: RowsOptions, io: CliIo, signal: AbortSignal | undefined): RowOptions {
  return { key, value, ttl, format, columns, onDuplicate, writer: { compression }, stdin: io.isTTY.stdin ? terminal() : io.stdin, signal };
}

async function* terminal(): AsyncGenerator<Uint8Array> {
  yield* [];
  throw new CliError("standard input is a terminal: send rows to it, or name a file");
}
