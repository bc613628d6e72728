// `slate-sst cat`: rows on standard output, at the pace of whoever reads them.
import type { ScanOptions, SstRow } from "@slate-sst/reader";
import { CliError, type CliIo, type Output } from "@slate-sst/verify/command-line";
import type { CatOptions } from "../command.js";
import { decodeText } from "../encoding.js";
import { openSource } from "../source.js";
import { formatRows, head } from "./formats.js";

/** @throws CliError, OutputError, StoreError, SstError. */
export async function cat(target: string, options: CatOptions, io: CliIo, stdout: Output): Promise<void> {
  const { format, encoding } = options;
  if (format === "raw" && io.isTTY.stdout) throw new CliError("raw bytes could disturb the terminal: send them to a file or a program, or take another --format");
  const range = rangeOf(options, stdout.gone);
  const batches = await openRows(target, options, range, io, stdout.gone);
  await stdout.write(head(format));
  for await (const rows of batches) {
    for (const part of format === "raw" ? rows.map((row) => [row]) : [rows]) await stdout.write(formatRows(part, format, encoding));
  }
}

function rangeOf({ from, to, prefix, limit, reverse, encoding }: CatOptions, signal: AbortSignal): ScanOptions {
  const key = (option: string, text: string | undefined): Uint8Array | undefined => (text === undefined ? undefined : decodeText(text, encoding, option));
  return { gte: key("--from", from), lt: key("--to", to), prefix: key("--prefix", prefix), limit, reverse, signal };
}

async function openRows(
  target: string, { manifest, wal, allVersions }: CatOptions, range: ScanOptions, io: CliIo, signal: AbortSignal,
): Promise<AsyncGenerator<SstRow[], void, undefined>> {
  const source = await openSource(target, io, { manifest, wal, signal });
  return "sst" in source ? source.sst.scanBatches(range) : source.database.scanBatches({ ...range, allVersions });
}
