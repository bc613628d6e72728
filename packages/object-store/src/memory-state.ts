// What memory stores hold. Stores of one name in one process share one state.
import type { Checksum, ChecksumAlgorithm } from "./checksum.js";
import type { ObjectMetadata, PartReceipt, WriteMode } from "./object-store.js";

export interface MemoryObject {
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly lastModified: Date;
  readonly metadata: ObjectMetadata;
}

export interface MemoryPart extends PartReceipt {
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly checksum: Checksum | undefined;
}

export interface MemoryUpload {
  readonly path: string;
  readonly mode: WriteMode;
  readonly partSize: number;
  readonly metadata: ObjectMetadata;
  readonly checksumAlgorithm: ChecksumAlgorithm | undefined;
  readonly createdAt: Date;
  readonly parts: Map<number, MemoryPart>;
}

export class MemoryState {
  readonly objects = new Map<string, MemoryObject>();
  readonly uploads = new Map<string, MemoryUpload>();
  #versions = 0;

  /** A tag that no other version of any object or part in this state has. */
  nextEtag(): string {
    this.#versions += 1;
    return `"${this.#versions}"`;
  }
}

const named = new Map<string, MemoryState>();

/** The state of a name, made when it is first asked for; it lives as long as the process. */
export function memoryStateOf(name: string): MemoryState {
  const known = named.get(name);
  if (known !== undefined) return known;
  const state = new MemoryState();
  named.set(name, state);
  return state;
}
