// `slate-sst write`: sorted rows to one SST, its metadata on standard output.
import { COMPACTED_FOLDER, SST_EXTENSION } from "@slate-sst/format";
import { SstMetadataSchema, toJson } from "@slate-sst/format/proto";
import { newSstPath } from "@slate-sst/ingest";
import { splitPlace, type SplitPlace, writeSource } from "@slate-sst/ingest/import";
import { openStore } from "@slate-sst/object-store";
import { CliError, type CliIo, type Output } from "@slate-sst/verify/command-line";
import type { WriteOptions } from "../command.js";
import { rowOptions } from "./row-options.js";

/** Segments of the path of a database's SST: the root's last name, the folder, the name. */
const SST_LEVELS = 3;
const ROOT_LEVELS = 2;

/** @throws CliError, OutputError, StoreError, SstError. */
export async function writeSst(sources: readonly string[], options: WriteOptions, io: CliIo, stdout: Output, signal: AbortSignal | undefined): Promise<void> {
  const { storeUrl, path } = placeOf(options.out);
  const metadata = await writeSource(sources, await openStore(storeUrl), path, rowOptions(options, io, signal));
  await stdout.write(`${JSON.stringify(toJson(SstMetadataSchema, metadata))}\n`);
}

/** The store of an SST of a database is the one above its root, as `commit` has it. */
function placeOf(out: string): SplitPlace {
  const [name = ""] = out.split(/[?#]/, 1);
  if (name.endsWith(`/${COMPACTED_FOLDER}/`)) {
    const { storeUrl, path } = splitPlace(out, ROOT_LEVELS);
    const root = path.slice(0, path.indexOf("/"));
    return { storeUrl, path: newSstPath(root) };
  }
  if (!name.endsWith(SST_EXTENSION)) throw new CliError(`--out ${out}: name an SST (*${SST_EXTENSION}), or ROOT/compacted/ for a new one of a database`);
  return splitPlace(out, /[^/]\/compacted\/[^/]+$/.test(name) ? SST_LEVELS : 1);
}
