// The mark by which an object is known to be what a journal tells of.
import type { ObjectMetadata, ObjectStore } from "@slate-sst/object-store";

/** Name of the journal's id among the object's metadata. */
export const JOURNAL_MARK = "slatesstjournal";

/** The mark of an object, where its store keeps any. */
export function markOf(store: ObjectStore, journalId: string): ObjectMetadata | undefined {
  return store.capabilities.metadataSizeMax >= JOURNAL_MARK.length + journalId.length ? { [JOURNAL_MARK]: journalId } : undefined;
}
