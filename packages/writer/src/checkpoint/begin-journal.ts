// The journal of an SST as its writer opens and begins it, and the caller's signal while that lasts.
import type { CheckpointFingerprint } from "@slate-sst/format/proto";
import { throwIfAborted } from "../writer-life.js";
import type { CheckpointConfig } from "./checkpoint-config.js";
import { Journal } from "./journal.js";
import { journalFolder } from "./journal-names.js";

export async function openJournal(path: string, { store, prefix }: CheckpointConfig, signal: AbortSignal): Promise<Journal> {
  return new Journal(store, await journalFolder(prefix, path), path, signal);
}

/**
 * Begins the journal of a new SST. Where the caller's signal was aborted meanwhile it is removed again; what cannot be removed
 * stays, as after a crash: the next create() tells of it.
 * @param requests what cuts the journal's own requests off.
 */
export async function beginJournal(path: string, config: CheckpointConfig, fingerprint: CheckpointFingerprint, signal: AbortSignal | undefined, requests: AbortController): Promise<Journal> {
  const journal = await openJournal(path, config, requests.signal);
  const stopForwarding = forward(signal, requests);
  await journal.begin(fingerprint).finally(stopForwarding).catch((error: unknown) => {
    throwIfAborted(signal);
    throw error;
  });
  if (signal?.aborted === true) {
    journal.unbind();
    await journal.remove("given up").catch(() => undefined);
    throwIfAborted(signal);
  }
  return journal;
}

/** Cuts requests off with a signal, until the function that it returns is called. */
export function forward(signal: AbortSignal | undefined, requests: AbortController): () => void {
  const cut = (): void => requests.abort(signal?.reason);
  signal?.addEventListener("abort", cut, { once: true });
  return () => signal?.removeEventListener("abort", cut);
}
