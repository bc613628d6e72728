// Where the objects of a database lie below its root, a prefix of object paths:
//
//   <root>/compacted/<ULID>.sst               SSTs of level 0 and of sorted runs
//   <root>/manifest/<20 digits>.manifest      the state of the database; the highest number counts
//   <root>/wal/…, <root>/compactions/…        SlateDB's own
//
// An empty root is the root of the store.
import {
  COMPACTED_FOLDER, formatUlid, isUlid, MANIFEST_EXTENSION, MANIFEST_FOLDER, OBJECT_ID_DIGITS, parseUlid, SST_EXTENSION, SstRangeError, type Ulid,
} from "@slate-sst/format";
import { assertObjectPath } from "@slate-sst/object-store";

const MANIFEST_NAME = new RegExp(`^\\d{${OBJECT_ID_DIGITS}}${MANIFEST_EXTENSION.replaceAll(".", "\\.")}$`);

/**
 * Characters that SlateDB's object store client puts into object paths in percent-encoded form, some of them twice: a
 * database opened at `ä` looks for its manifest elsewhere than under `ä/`, and for its WAL in a third place.
 */
const REWRITTEN = /[^ -~]|["#%*<>?[\]^`{|}~]/u;

/**
 * What the paths of a database begin with: the root and a slash, or nothing for the empty root. The slash keeps `db2/…`
 * out of `db`.
 * @throws StoreError ERR_STORE_PATH for a root that is neither empty nor an object path; SstRangeError ERR_SST_INGEST_ROOT
 *   for one that SlateDB would not find.
 */
export function rootPrefix(root: string): string {
  if (root === "") return "";
  assertObjectPath(root);
  const [character] = REWRITTEN.exec(root) ?? [];
  if (character !== undefined) {
    throw new SstRangeError("ERR_SST_INGEST_ROOT", `SlateDB would not find a database at ${JSON.stringify(root)}: it writes ${JSON.stringify(character)} in another way in object paths. A root has printable ASCII characters, but none of "#%*<>?[\\]^\`{|}~`, {
      details: { root, character },
    });
  }
  return `${root}/`;
}

/** What the paths of a database's SSTs begin with. */
export function compactedPrefix(root: string): string {
  return `${rootPrefix(root)}${COMPACTED_FOLDER}/`;
}

/** What the paths of a database's manifests begin with. */
export function manifestPrefix(root: string): string {
  return `${rootPrefix(root)}${MANIFEST_FOLDER}/`;
}

/** The path of an SST by its id. @throws StoreError ERR_STORE_PATH when it is too long. */
export function sstPath(root: string, id: Ulid): string {
  const path = `${compactedPrefix(root)}${formatUlid(id)}${SST_EXTENSION}`;
  assertObjectPath(path);
  return path;
}

/** The id of the SST at a path; undefined when no SST of this database can lie there. */
export function sstIdOf(root: string, path: string): Ulid | undefined {
  const prefix = compactedPrefix(root);
  if (!path.startsWith(prefix) || !path.endsWith(SST_EXTENSION)) return undefined;
  const name = path.slice(prefix.length, -SST_EXTENSION.length);
  return isUlid(name) ? parseUlid(name) : undefined;
}

/** The path of a manifest by its number. @throws StoreError ERR_STORE_PATH when it is too long. */
export function manifestPath(root: string, number: bigint): string {
  const path = `${manifestPrefix(root)}${String(number).padStart(OBJECT_ID_DIGITS, "0")}${MANIFEST_EXTENSION}`;
  assertObjectPath(path);
  return path;
}

/** Whether SlateDB would take the object at a path for a manifest of this database. */
export function isManifestPath(root: string, path: string): boolean {
  const prefix = manifestPrefix(root);
  return path.startsWith(prefix) && MANIFEST_NAME.test(path.slice(prefix.length));
}
