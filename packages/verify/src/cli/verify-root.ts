// `--db` and `--manifest`: verifies a database and reports on it.
import { basename, dirname } from "node:path";
import type { DatabaseResult, VerifyDatabaseOptions } from "../database/index.js";
import type { RunSummary } from "../report/report.js";
import { databaseSummary, Tally } from "../report/tally.js";
import { counted } from "../report/words.js";
import { CliError, EXIT_FAILED, EXIT_SOUND, EXIT_UNSOUND, OutputError } from "./cli-io.js";
import type { Reporting } from "./reporting.js";
import { type NamedPlace, openPlace, URL_START } from "./targets.js";

/** The folder of a database that holds its manifests. */
const MANIFEST_FOLDER = "manifest";

/** A database as the command line names it. */
export interface NamedDatabase extends NamedPlace {
  /** Path of the manifest in the store; the newest one when undefined. */
  readonly manifest: string | undefined;
}

/** @throws CliError, StoreError */
export async function findDatabase(db: string | undefined, manifest: string | undefined): Promise<NamedDatabase> {
  if (manifest === undefined) return { ...(await openRoot(db ?? "")), manifest: undefined };
  const [, place = manifest, query = ""] = (URL_START.test(manifest) && /^([^?#]*)(.*)$/s.exec(manifest)) || [];
  const folder = dirname(place);
  if (basename(folder) !== MANIFEST_FOLDER) throw new CliError(`--manifest ${manifest}: it must lie in the folder ${MANIFEST_FOLDER} of its database`);
  return { ...(await openRoot(dirname(folder) + query)), manifest: `${MANIFEST_FOLDER}/${basename(place)}` };
}

async function openRoot(root: string): Promise<NamedPlace> {
  if (root === "") throw new CliError("--db is empty: name the folder or URL of a database");
  return await openPlace(root);
}

/** Reports on a database. @returns the exit code and the sums. @throws OutputError */
export async function verifyRoot(
  { store, root, manifest, fileOf }: NamedDatabase, options: VerifyDatabaseOptions, reporting: Reporting,
): Promise<{ readonly exitCode: number; readonly summary: RunSummary }> {
  const { verifyDatabase } = await import("../database/index.js");
  const { report, progress, gone } = reporting;
  const began = performance.now();
  await reporting.show(report.openDatabase(root));
  let result: DatabaseResult;
  try {
    const onProgress: VerifyDatabaseOptions["onProgress"] = ({ bytes, totalBytes, ssts, totalSsts }) => progress.set(bytes, totalBytes, `${ssts} of ${counted(totalSsts, "SST")}`);
    const verification = verifyDatabase(store, "", { ...options, manifest, signal: gone, onProgress });
    for await (const finding of verification) {
      await reporting.show(report.finding(finding.object === undefined ? root : fileOf(finding.object), finding));
    }
    result = verification.result;
  } catch (error) {
    if (error instanceof OutputError) throw error;
    await reporting.show(report.databaseFailure(root, await reporting.failure(root.path, error)));
    const tally = new Tally();
    tally.addFailure();
    return { exitCode: EXIT_FAILED, summary: tally.summary(performance.now() - began) };
  }
  await reporting.show(report.database(root, result));
  const summary = databaseSummary(result, performance.now() - began);
  if (!result.sound) return { exitCode: EXIT_UNSOUND, summary };
  return { exitCode: summary.sound ? EXIT_SOUND : EXIT_FAILED, summary };
}
