// Whether rows are sorted first.
import { resolve } from "node:path";
import { isSstError, SstError, SstRangeError } from "@slate-sst/format";
import type { Plan } from "../import/import-state.js";
import type { ImportOptions } from "../import/options.js";
import type { SourceFile } from "../source/source-files.js";
import { sstPaths } from "../sst-path.js";
import { loadDuckDb } from "./duckdb.js";

/** The plan of an import that begins. @throws SstRangeError ERR_SST_OPTION_INVALID for Parquet that is not to be sorted. */
export function newPlan(files: readonly SourceFile[], root: string, { paths = {}, sort, temporaryFolder }: ImportOptions): Omit<Plan, "version" | "fingerprint"> {
  const { now = Date.now } = paths;
  const isParquet = files.some(({ format }) => format === "parquet");
  if (isParquet && sort === "never") throw new SstRangeError("ERR_SST_OPTION_INVALID", `Parquet is always sorted: sort is "auto" or "always" then, not "never"`, { details: { option: "sort", value: sort } });
  return { firstPath: sstPaths(root, paths)(), beganAt: now(), sorts: sort === "always" || isParquet, temporaryFolder: temporaryFolder === undefined ? undefined : resolve(temporaryFolder) };
}

/**
 * Lets an error pass that is a row out of order, where all rows can be read again and sorted.
 * @throws the error, or why that cannot be
 */
export async function assertSortable(error: unknown, files: readonly SourceFile[], { sort = "auto" }: ImportOptions): Promise<void> {
  if (!isSstError(error, "ERR_SST_ROW_ORDER") || sort !== "auto") throw error;
  const once = files.find(({ size }) => size === undefined);
  if (once !== undefined) throw new SstError("ERR_SST_ROW_ORDER", `${error.message}, and ${once.name} cannot be read again to sort it: begin with sort "always" (--sort always)`, { cause: error, details: error.details });
  try {
    await loadDuckDb("sorting");
  } catch (missing) {
    if (!isSstError(missing)) throw missing;
    throw new SstError(missing.code, `${error.message}; ${missing.message}`, { cause: missing, details: { ...missing.details, ...error.details } });
  }
}
