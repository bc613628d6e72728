// What an import is of. One that goes on must be of the same: other rows, or other SSTs, would not fit to those that are there.
import { DEFAULT_SST_SIZE, SstError } from "@slate-sst/format";
import type { SourceFile } from "../source/source-files.js";
import type { Fingerprint, Plan } from "./import-state.js";
import type { ImportOptions, SortChoice } from "./options.js";

/** Options of the writer that change the bytes of an SST. */
const WRITER_OPTIONS = ["formatVersion", "blockSize", "compression", "filter", "minFilterKeys", "filterBitsPerKey", "filterFormat"] as const;

export function fingerprintOf(files: readonly SourceFile[], { key, value, ttl, columns, onDuplicate = "error", sstSize = DEFAULT_SST_SIZE, writer = {} }: ImportOptions): Fingerprint {
  return {
    files: files.map(({ name, format, size, version }) => [name, format, size ?? null, version ?? null]),
    key: key ?? null, value: value ?? null, ttl: ttl ?? null, columns: columns ?? null, onDuplicate, sstSize,
    writer: Object.fromEntries(WRITER_OPTIONS.map((name) => [name, shown(writer[name])])),
  };
}

/** @throws SstError ERR_SST_IMPORT_STATE that names what differs. */
export function refuseOther({ fingerprint: before, sorts }: Plan, now: Fingerprint, sort: SortChoice | undefined): void {
  const other = (field: string, what: string, was: unknown, is: unknown): SstError =>
    new SstError("ERR_SST_IMPORT_STATE", `the unfinished import is another one: ${what}. Resume it as it was begun, or discard it`, { details: { field, before: was, now: is } });
  for (const name of Object.keys(now)) {
    const [was, is] = [JSON.stringify(before[name]), JSON.stringify(now[name])];
    if (was === is) continue;
    throw other(name, name === "files" ? "its source has changed, or is another one" : `its ${name} was ${was} and is ${is} now`, before[name], now[name]);
  }
  if (sort === (sorts ? "never" : "always")) throw other("sort", sorts ? "its rows are sorted" : "its rows are taken as they come", sorts, !sorts);
}

function shown(value: unknown): unknown {
  if (value === undefined) return null;
  return typeof value === "object" && value !== null && "name" in value ? value.name : value;
}
