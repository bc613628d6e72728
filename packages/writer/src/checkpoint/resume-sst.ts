// A writer takes over what another one has begun.
import type { SstMetadata } from "@slate-sst/format/proto";
import { isStoreError, type ObjectStore } from "@slate-sst/object-store";
import type { ResolvedConfig } from "../config.js";
import type { SstBuild } from "../sst-build.js";
import type { WatchedStore } from "../watched-store.js";
import { refuseExisting } from "../write-error.js";
import type { ResumePoint } from "./boundary.js";
import type { Checkpointer } from "./checkpointer.js";
import { fingerprintOf } from "./fingerprint.js";
import { lostError, readFinished, restore, takeOver } from "./load-journal.js";
import { removeLostUploads } from "./lost-uploads.js";
import { settle } from "./settle.js";

/** Everything a resumed writer is made of; nothing was written by it yet. */
export interface ResumedParts {
  readonly store: ObjectStore;
  readonly watched: WatchedStore;
  readonly path: string;
  readonly config: ResolvedConfig;
  readonly checkpoints: Checkpointer;
  readonly build: SstBuild;
  readonly signal: AbortSignal;
}

/** An SST that needed no more rows, and is published. */
export interface Settled {
  readonly metadata: SstMetadata;
  readonly end: ResumePoint | undefined;
}

/** @returns what was published; undefined when rows go on. */
export async function resumeSst(resumed: ResumedParts): Promise<Settled | undefined> {
  const { store, path, config, checkpoints, build, signal } = resumed;
  const { output, sections, encoder } = build;
  const { journal } = checkpoints;
  const chain = await takeOver(journal, fingerprintOf(store.url, path, config), config.checkpoint?.token);
  const finished = await readFinished(journal, chain);
  if (finished !== undefined) {
    const settled = await settle(store, path, journal.id, finished, config.mode, { signal }).catch((error: unknown) => {
      throw isStoreError(error, "ERR_STORE_UPLOAD_NOT_FOUND") ? lostError(path, error) : error;
    });
    if (settled !== undefined) {
      await removeLostUploads(store, path, journal.begunAt, undefined);
      await journal.remove("published");
      const { finished: metadata, end } = finished;
      if (settled.etag !== undefined) metadata.etag = settled.etag;
      return { metadata, end };
    }
  }
  if (config.mode === "create") await refuseExisting(resumed.watched, path, signal);
  const state = await restore(journal, chain, store, path, encoder, { signal });
  await removeLostUploads(store, path, journal.begunAt, state.uploadId);
  checkpoints.load(state);
  const { cursor, parts } = state;
  if (cursor === undefined) {
    checkpoints.tellResumed("seek");
    return undefined;
  }
  output.goOn(parts.map(({ receipt }) => receipt), cursor.pending);
  sections.crc32 = cursor.crc32;
  checkpoints.hasGoneOn();
  encoder.restore(cursor);
  checkpoints.tellResumed("seek");
  return undefined;
}
