// A database as a DatabaseInspection: its trees, and what was counted in all of their SSTs.
import { create, type DatabaseInspection, DatabaseInspectionSchema, type MessageInitShape, type TreeSstSchema } from "@slate-sst/format/proto";
import type { DatabaseReader } from "@slate-sst/reader";
import { namedError, type SstUse } from "@slate-sst/reader/database";
import { counted, type Progress } from "@slate-sst/verify/command-line";
import { Contents } from "./contents.js";

type Seen = { readonly path: string; readonly size: number; readonly rows: number };

/** Reads every SST, each once. @throws SstError, StoreError. */
export async function databaseInspection(root: string, database: DatabaseReader, signal: AbortSignal, progress: Progress): Promise<DatabaseInspection> {
  const { tree, manifest, decoded } = database;
  const { path, number, size, newest } = manifest;
  const all = new Contents();
  const seen = new Map<string, Seen>();
  const ssts = [...new Map(tree.listed.map((sst) => [sst.name, sst])).values()];
  for (const [at, sst] of ssts.entries()) {
    await using reader = await database.openSst(sst);
    const contents = new Contents();
    await contents.read(reader, signal, () => progress.set(at, ssts.length, `${at} of ${counted(ssts.length, "SST")}`)).catch((error: unknown) => {
      throw namedError(error, reader.path);
    });
    all.addAll(contents);
    seen.set(sst.name, { path: reader.path, size: reader.size, rows: contents.rows });
  }
  const { writerEpoch, compactorEpoch, lastL0Seq, replayAfterWalId, checkpoints } = decoded.manifest;
  const message = (use: SstUse): MessageInitShape<typeof TreeSstSchema> => treeSst(use, seen.get(use.sst.name));
  return create(DatabaseInspectionSchema, {
    root: root.toWellFormed(),
    manifest: { path: path.toWellFormed(), size: BigInt(size), version: decoded.version, newest, ...(number !== undefined && { number }) },
    writerEpoch,
    compactorEpoch,
    lastL0Seq,
    replayAfterWalId,
    walFiles: BigInt((await database.walFiles()).length),
    checkpoints: BigInt(checkpoints.length),
    trees: tree.trees.map(({ path: place, l0, runs }) => ({
      path: place,
      l0: l0.flatMap(({ uses }) => uses.map(message)),
      runs: runs.map(({ runId = 0, uses }) => ({ id: BigInt(runId), ssts: uses.map(message) })),
    })),
    contents: all.message(),
  });
}

function treeSst({ sst, visibleRange }: SstUse, seen: Seen | undefined): MessageInitShape<typeof TreeSstSchema> {
  const { firstEntry, lastEntry } = sst.info;
  return {
    path: seen?.path ?? sst.path,
    size: BigInt(seen?.size ?? 0),
    rows: BigInt(seen?.rows ?? 0),
    ...(firstEntry !== undefined && { firstKey: Uint8Array.from(firstEntry) }),
    ...(lastEntry !== undefined && { lastKey: Uint8Array.from(lastEntry) }),
    cut: visibleRange !== undefined,
  };
}
