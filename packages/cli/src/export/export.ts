// `slate-sst export`: a range of keys of a database becomes a new database.
import { isSstError } from "@slate-sst/format";
import type { SstMetadata } from "@slate-sst/format/proto";
import { createDatabase, type CreatedDatabase, exportRange } from "@slate-sst/ingest";
import { splitPlace } from "@slate-sst/ingest/import";
import { type ObjectStore, openStore } from "@slate-sst/object-store";
import { DatabaseLayout } from "@slate-sst/reader/database";
import { CliError, counted, type Output } from "@slate-sst/verify/command-line";
import type { ExportCommandOptions } from "../command.js";
import { pathIn, placeAt, placeOfClone } from "../database-place.js";
import { decodeText } from "../encoding.js";
import { verifyWith } from "../import/verify-with.js";

/** @throws CliError, OutputError, StoreError, SstError. */
export async function exportDatabase(source: string, options: ExportCommandOptions, stdout: Output, signal: AbortSignal | undefined): Promise<void> {
  const { db, from, to, prefix, encoding, allVersions, manifest, wal, compression, sstSize, verify, json } = options;
  const key = (option: string, text: string | undefined): Uint8Array | undefined => (text === undefined ? undefined : decodeText(text, encoding, option));
  const target = splitPlace(db);
  const store = await openStore(target.storeUrl);
  const named = (await placeAt(source, 1)) ?? { store: await openStore(source), root: "" };
  if (named.store.url === store.url && named.root === target.path) throw new CliError(`--db ${db} is the database itself: name another root`);
  const origin = await placeOfClone(source, named, { manifest, signal });
  await refuseOthers(store, target.path, db);
  const reader = { manifest: manifest === undefined ? undefined : pathIn(origin, manifest), wal };
  const range = { gte: key("--from", from), lt: key("--to", to), prefix: key("--prefix", prefix) };
  const { ssts, lastL0Seq, manifestPath } = await exportRange(origin.store, origin.root, range, { store, root: target.path }, { allVersions, reader, writer: { compression, sstSize }, signal });
  const created = await publish(store, target.path, ssts, lastL0Seq, verify, signal);
  // The database is there, whether or not that can be told.
  const rows = Number(created.rowCount);
  await stdout.write(json === true
    ? `${JSON.stringify({ manifestPath: created.manifestPath, sstCount: created.sstCount, rowCount: String(created.rowCount), lastL0Seq: String(lastL0Seq), source: manifestPath })}\n`
    : `${db}: ${counted(rows, "row")} in ${counted(created.sstCount, "SST")}, as ${manifestPath} has them; ${created.manifestPath}\n`);
}

async function publish(
  store: ObjectStore, root: string, ssts: readonly SstMetadata[], lastL0Seq: bigint, verify: ExportCommandOptions["verify"], signal: AbortSignal | undefined,
): Promise<CreatedDatabase> {
  try {
    if (verify !== "off") for (const sst of ssts) await verifyWith(verify)(store, sst, signal);
    return await createDatabase(store, root, ssts, { lastL0Seq });
  } catch (error) {
    // Where an answer was lost, the database may be there, or come to be there. SSTs that nothing refers to go.
    const isPublished = isSstError(error, "ERR_SST_WRITE") || (await hasManifest(store, root).catch(() => true));
    if (!isPublished) for (const { path } of ssts) await store.delete(path).catch(() => undefined);
    throw error;
  }
}

async function hasManifest(store: ObjectStore, root: string): Promise<boolean> {
  const manifests: string[] = [];
  for await (const { path } of store.list(new DatabaseLayout(root).manifests)) manifests.push(path);
  return manifests.length > 0;
}

/** What createDatabase would refuse when all is written, such as the SSTs of an export that was killed. @throws CliError, StoreError */
async function refuseOthers(store: ObjectStore, root: string, db: string): Promise<void> {
  const manifests = new DatabaseLayout(root).manifests;
  const others: string[] = [];
  for await (const { path } of store.list(`${root}/`)) {
    // Of a database that is there already, exportRange tells.
    if (path.startsWith(manifests)) return;
    if (others.length === 0) others.push(path);
  }
  if (others[0] !== undefined) throw new CliError(`${db} is not empty: ${others[0]} is there. Where it was left by an export that was killed, remove it; or name another root`);
}
