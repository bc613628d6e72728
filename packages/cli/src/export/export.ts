// `slate-sst export`: a range of keys of a database becomes a new database.
import { createDatabase, exportRange } from "@slate-sst/ingest";
import { splitPlace } from "@slate-sst/ingest/import";
import { openStore } from "@slate-sst/object-store";
import { CliError, counted, type Output } from "@slate-sst/verify/command-line";
import type { ExportCommandOptions } from "../command.js";
import { decodeText } from "../encoding.js";
import { verifyWith } from "../import/verify-with.js";

/** @throws CliError, OutputError, StoreError, SstError. */
export async function exportDatabase(source: string, options: ExportCommandOptions, stdout: Output, signal: AbortSignal | undefined): Promise<void> {
  const { db, from, to, prefix, encoding, allVersions, manifest, wal, compression, sstSize, verify, json } = options;
  const key = (option: string, text: string | undefined): Uint8Array | undefined => (text === undefined ? undefined : decodeText(text, encoding, option));
  const [origin, target] = [splitPlace(source), splitPlace(db)];
  const originStore = await openStore(origin.storeUrl);
  const store = await openStore(target.storeUrl);
  if (originStore.url === store.url && origin.path === target.path) throw new CliError(`--db ${db} is the database itself: name another root`);
  const { ssts, lastL0Seq, manifestPath } = await exportRange(originStore, origin.path, { gte: key("--from", from), lt: key("--to", to), prefix: key("--prefix", prefix) }, { store, root: target.path }, {
    // As for cat, the manifest is named below the root.
    allVersions, reader: { manifest: manifest === undefined ? undefined : `${origin.path}/${manifest}`, wal }, writer: { compression, sstSize }, signal,
  });
  try {
    if (verify !== "off") for (const sst of ssts) await verifyWith(verify)(store, sst, signal);
    const created = await createDatabase(store, target.path, ssts, { lastL0Seq });
    const rows = Number(created.rowCount);
    await stdout.write(json === true
      ? `${JSON.stringify({ manifestPath: created.manifestPath, sstCount: created.sstCount, rowCount: String(created.rowCount), lastL0Seq: String(lastL0Seq), source: manifestPath })}\n`
      : `${db}: ${counted(rows, "row")} in ${counted(created.sstCount, "SST")}, as ${manifestPath} has them; ${created.manifestPath}\n`);
  } catch (error) {
    // Nothing refers to the SSTs, unless an answer was lost: then the database may be there.
    const isPublished = (error as { readonly code?: unknown }).code === "ERR_SST_WRITE";
    if (!isPublished) for (const { path } of ssts) await store.delete(path).catch(() => undefined);
    throw error;
  }
}
