// Bytes to and from files, whatever the operating system takes at a time.
import { bodyChunks } from "../object-body.js";
import type { ObjectBody } from "../object-store.js";
import { StoreError } from "../store-error.js";

type FileHandle = import("node:fs/promises").FileHandle;

/** Chunks handed over in one call: POSIX systems take 1,024. */
const CHUNKS_MAX = 1024;

/** Bytes of a chunk handed over in one call; between calls, signals are heard. */
const CHUNK_SIZE_MAX = 2 ** 26;

/** Bytes of a chunk that `stream` reads. */
export const STREAM_CHUNK_SIZE = 2 ** 20;

/** Writes a whole body at a position. @throws the signal's reason, between two system calls */
export async function writeBody(handle: FileHandle, body: ObjectBody, position: number, signal: AbortSignal | undefined): Promise<void> {
  let at = position;
  for (let rest = cutLongChunks(bodyChunks(body)); rest.length > 0; ) {
    signal?.throwIfAborted();
    const { bytesWritten } = await handle.writev(rest.slice(0, CHUNKS_MAX), at);
    at += bytesWritten;
    rest = afterBytes(rest, bytesWritten);
  }
}

/** Reads exactly the bytes from `start` to before `end`. @throws StoreError ERR_STORE_FAILED when the file got shorter */
export async function readBytes(handle: FileHandle, start: number, end: number, path: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start);
  let filled = 0;
  while (filled < bytes.length) {
    signal?.throwIfAborted();
    const wanted = Math.min(bytes.length - filled, CHUNK_SIZE_MAX);
    const { bytesRead } = await handle.read(bytes, filled, wanted, start + filled);
    if (bytesRead === 0) throw new StoreError("ERR_STORE_FAILED", `${path} was cut while it was read`, { path });
    filled += bytesRead;
  }
  return bytes;
}

/** Fills an array with the bytes of a file from `start` on. @throws StoreError ERR_STORE_RANGE when the file ends before that */
export async function readInto(handle: FileHandle, target: Uint8Array, start: number, path: string, signal: AbortSignal | undefined): Promise<void> {
  for (let filled = 0; filled < target.length; ) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(target, filled, Math.min(target.length - filled, CHUNK_SIZE_MAX), start + filled);
    if (bytesRead === 0) throw new StoreError("ERR_STORE_RANGE", `${path} ends before byte ${start + target.length}`, { path });
    filled += bytesRead;
  }
}

function cutLongChunks(chunks: readonly Uint8Array[]): Uint8Array[] {
  return chunks.flatMap((chunk) => {
    if (chunk.length <= CHUNK_SIZE_MAX) return chunk.length === 0 ? [] : [chunk];
    const count = Math.ceil(chunk.length / CHUNK_SIZE_MAX);
    return Array.from({ length: count }, (_, index) => chunk.subarray(index * CHUNK_SIZE_MAX, (index + 1) * CHUNK_SIZE_MAX));
  });
}

/** What is left of the chunks when their first bytes are written. */
function afterBytes(chunks: readonly Uint8Array[], written: number): Uint8Array[] {
  let left = written;
  for (const [index, chunk] of chunks.entries()) {
    if (left < chunk.length) return [chunk.subarray(left), ...chunks.slice(index + 1)];
    left -= chunk.length;
  }
  return [];
}
