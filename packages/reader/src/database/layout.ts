// Where the objects of a database lie below its root, a prefix of object paths; "" is the root of the store.
import {
  COMPACTED_FOLDER, formatUlid, isUlid, MANIFEST_EXTENSION, MANIFEST_FOLDER, OBJECT_ID_DIGITS, parseUlid, SST_EXTENSION, ULID_ALPHABET, ULID_LENGTH, ULID_TIME_LENGTH, type Ulid, WAL_FOLDER,
} from "@slate-sst/format";
import { assertObjectPath } from "@slate-sst/object-store";

/** Bits of one character of a ULID, and of its random part. */
const CHARACTER_BITS = Math.log2(ULID_ALPHABET.length);
const RANDOM_BITS = BigInt((ULID_LENGTH - ULID_TIME_LENGTH) * CHARACTER_BITS);
/** Bits of each half of a ULID, and of an object's number. */
const HALF_BITS = 64n;

const NUMBER = new RegExp(`^\\d{${OBJECT_ID_DIGITS}}$`);
/** Largest number of a manifest or a WAL file. */
const NUMBER_MAX = (1n << HALF_BITS) - 1n;

/** Prefixes of the objects of one database. */
export class DatabaseLayout {
  /** Folder of the SSTs, with a slash at its end. */
  readonly compacted: string;
  /** Folder of the manifests, with a slash at its end. */
  readonly manifests: string;
  /** Folder of the write-ahead log, with a slash at its end. */
  readonly wal: string;

  /** @throws StoreError ERR_STORE_PATH for a root that is neither empty nor an object path. */
  constructor(root: string) {
    if (root !== "") assertObjectPath(root);
    // The slash keeps `db2/...` out of `db`.
    const prefix = root === "" ? "" : `${root}/`;
    this.compacted = `${prefix}${COMPACTED_FOLDER}/`;
    this.manifests = `${prefix}${MANIFEST_FOLDER}/`;
    this.wal = `${prefix}${WAL_FOLDER}/`;
  }

  /** Path of an SST. */
  sstPath(id: Ulid): string {
    return `${this.compacted}${formatUlid(id)}${SST_EXTENSION}`;
  }

  /** The id in the path of an SST; undefined for what is named otherwise. */
  sstId(path: string): Ulid | undefined {
    const name = nameOf(path, this.compacted, SST_EXTENSION);
    return name !== undefined && isUlid(name) ? parseUlid(name) : undefined;
  }

  /** Path of the manifest of that number. */
  manifestPath(number: bigint): string {
    return `${this.manifests}${String(number).padStart(OBJECT_ID_DIGITS, "0")}${MANIFEST_EXTENSION}`;
  }

  /** The number of the manifest at a path; undefined for what is named otherwise. */
  manifestNumber(path: string): bigint | undefined {
    return numberOf(nameOf(path, this.manifests, MANIFEST_EXTENSION));
  }

  /** Path of the WAL file of that number. */
  walPath(number: bigint): string {
    return `${this.wal}${String(number).padStart(OBJECT_ID_DIGITS, "0")}${SST_EXTENSION}`;
  }

  /** The number of the WAL file at a path; undefined for what is named otherwise. */
  walNumber(path: string): bigint | undefined {
    return numberOf(nameOf(path, this.wal, SST_EXTENSION));
  }
}

function nameOf(path: string, folder: string, extension: string): string | undefined {
  if (!path.startsWith(folder) || !path.endsWith(extension)) return undefined;
  return path.slice(folder.length, path.length - extension.length);
}

function numberOf(name: string | undefined): bigint | undefined {
  if (name === undefined || !NUMBER.test(name)) return undefined;
  const number = BigInt(name);
  return number > NUMBER_MAX ? undefined : number;
}

/** The time in a ULID, in milliseconds since the Unix epoch. */
export function ulidTime({ high, low }: Ulid): number {
  return Number(((high << HALF_BITS) | low) >> RANDOM_BITS);
}
