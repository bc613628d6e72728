// `slate-sst import`: rows to a database, with all that is told on the way.
import { isSstError } from "@slate-sst/format";
import { discardImport, hasUnfinishedImport, importDatabase, type ImportOptions, planImport, splitPlace } from "@slate-sst/ingest/import";
import { openStore } from "@slate-sst/object-store";
import { CliError, type CliIo, newProgress, type Output } from "@slate-sst/verify/command-line";
import type { ImportCommandOptions } from "../command.js";
import { ImportDisplay } from "./import-display.js";
import { rowOptions } from "./row-options.js";
import { verifyWith } from "./verify-with.js";

/** @throws CliError, OutputError, StoreError, SstError. */
export async function importSources(
  sources: readonly string[], options: ImportCommandOptions, io: CliIo, { stdout, stderr }: { readonly stdout: Output; readonly stderr: Output }, signal: AbortSignal | undefined,
): Promise<void> {
  const { db, sstSize, sort, memoryLimit, temp, jobs, json, resume, discard, dryRun, verify, quiet } = options;
  const { storeUrl, path: root } = splitPlace(db);
  const store = await openStore(storeUrl);
  const print = async (result: object, text: string): Promise<void> => await stdout.write(json === true ? `${JSON.stringify(result, decimal)}\n` : `${text}\n`);
  if (discard === true) {
    if (resume === true || dryRun === true || sources.length > 0) throw new CliError("--discard stands alone, with --db");
    const wasThere = await discardImport(store, root);
    await print({ type: "discarded", wasThere }, wasThere ? `${db}: what the import had left is removed` : `${db}: no unfinished import is there`);
    return;
  }
  if (dryRun === true && resume === true) throw new CliError("--dry-run plans an import from its beginning: leave --resume out");
  if (sources.length === 0) throw new CliError("there is no source: name a file, a glob, an object's URL, or - for standard input");
  const display = new ImportDisplay(await newProgress(io, quiet === true || json === true), json === true ? stdout : undefined, decimal);
  const importOptions: ImportOptions = { ...rowOptions(options, io, signal), sstSize, sort, memoryLimit, temporaryFolder: temp, jobs, storeUrl, onEvent: (event) => display.show(event) };
  try {
    if (dryRun === true) {
      const plan = await planImport(sources, store, root, importOptions);
      display.stop();
      await print({ type: "plan", ...plan }, display.plan(db, plan));
      return;
    }
    const result = await importDatabase(sources, store, root, { ...importOptions, resume, verify: verify === "off" ? undefined : verifyWith(verify) });
    display.stop();
    await print({ type: "result", ...result }, display.result(db, result));
  } catch (error) {
    display.stop();
    // What is there of another import has its own message; a store that is gone cannot be asked.
    const isLeft = dryRun !== true && !isSstError(error, "ERR_SST_IMPORT_STATE") && (await hasUnfinishedImport(store, root).catch(() => true));
    if (isLeft) await stderr.write(`slate-sst: ${db}: nothing is published yet; the same command with --resume goes on, slate-sst import --db ${db} --discard removes what is there\n`);
    throw error;
  }
}

/** 64-bit numbers are decimal text, as in all JSON of this toolkit. */
function decimal(_name: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
