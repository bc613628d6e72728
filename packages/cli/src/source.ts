// From what the command line names to an SST or a database that is open.
import { type DatabaseReader, type DatabaseReaderOptions, SstReader } from "@slate-sst/reader";
import { namedError } from "@slate-sst/reader/database";
import { CliError, type CliIo, findNamed, type NamedPlace, type TargetFile } from "@slate-sst/verify/command-line";
import { openDatabase, placeOfClone } from "./database-place.js";

export type Source = { readonly file: TargetFile; readonly sst: SstReader } | { readonly place: NamedPlace; readonly database: DatabaseReader };

/** @throws CliError, StoreError, SstError. */
export async function openSource(named: string, io: CliIo, { signal, ...options }: DatabaseReaderOptions): Promise<Source> {
  if (named === "") throw new CliError("the name is empty: name an SST or a database, by file, folder or URL");
  const found = await findNamed(named, io);
  if ("place" in found) {
    const place = await placeOfClone(named, { store: found.place.store, root: "" }, { ...options, signal });
    return { place: found.place, database: await openDatabase(place, { ...options, signal }) };
  }
  if (options.manifest !== undefined) throw new CliError(`--manifest is for databases, and ${named} is a file`);
  const { file } = found;
  try {
    return { file, sst: await SstReader.open(file.store, file.objectPath, { signal }) };
  } catch (error) {
    throw namedError(error, file.path);
  }
}
