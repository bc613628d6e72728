// gzip and zstd, told by their first bytes.
import { PassThrough, pipeline, Readable } from "node:stream";
import zlib from "node:zlib";
import { SstError } from "@slate-sst/format";

/** With the method, which is always the same: no binary row begins with these, since its key would be too long. */
const GZIP = [0x1f, 0x8b, 0x08];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];

/** The bytes, unpacked where they are packed. @throws SstError ERR_SST_SOURCE_READ for packed bytes that are damaged or cut off. */
export async function* decompressed(file: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const failure: Failure = { error: undefined };
  const iterator = watched(chunks, failure);
  let head = new Uint8Array(0);
  let isDone = false;
  while (head.length < ZSTD.length && !isDone) {
    const next = await iterator.next();
    if (next.done === true) isDone = true;
    else head = Uint8Array.from(Buffer.concat([head, next.value]));
  }
  const all = withHead(head, isDone ? undefined : iterator);
  if (beginsWith(head, GZIP)) yield* unpacked(file, "gzip", through(all, zlib.createGunzip()), failure);
  else if (beginsWith(head, ZSTD)) yield* unpacked(file, "zstd", await zstd(all), failure);
  else yield* all;
}

async function* withHead(head: Uint8Array, rest: AsyncIterator<Uint8Array> | undefined): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head;
    if (rest === undefined) return;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest?.return?.();
  }
}

function through(chunks: AsyncIterable<Uint8Array>, transform: NodeJS.ReadWriteStream): AsyncIterable<Uint8Array> {
  const out = new PassThrough();
  pipeline(Readable.from(chunks, { objectMode: true }), transform, out, () => undefined);
  return out as AsyncIterable<Uint8Array>;
}

/** Node's own from 22.15 on; before that, fzstd. */
async function zstd(chunks: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const { createZstdDecompress } = zlib as unknown as { readonly createZstdDecompress?: () => zlib.Gunzip };
  if (createZstdDecompress !== undefined) return zstdFrames(chunks, createZstdDecompress);
  const { Decompress } = await import("fzstd");
  return withFzstd(chunks, Decompress);
}

/** Node's decoder ends with the frame whose end is inside a chunk; what is behind it is the next one's. */
async function* zstdFrames(chunks: AsyncIterable<Uint8Array>, newDecoder: () => zlib.Gunzip): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  const nextChunk = async (): Promise<Uint8Array | undefined> => {
    const next = await iterator.next();
    return next.done === true ? undefined : next.value;
  };
  try {
    for (let chunk = await nextChunk(); chunk !== undefined; ) {
      const decoder = newDecoder();
      const feeding = feed(decoder, chunk, nextChunk).catch((error: unknown): undefined => void decoder.destroy(error as Error));
      yield* decoder as AsyncIterable<Uint8Array>;
      chunk = await feeding;
    }
  } finally {
    await iterator.return?.();
  }
}

/** Gives a decoder chunks for as long as it takes them. @returns what is left of the chunk in which it has ended. */
async function feed(decoder: zlib.Gunzip, first: Uint8Array, nextChunk: () => Promise<Uint8Array | undefined>): Promise<Uint8Array | undefined> {
  let given = 0;
  for (let chunk: Uint8Array | undefined = first; chunk !== undefined; chunk = await nextChunk()) {
    given += chunk.length;
    if (!(await isTaken(decoder, chunk, given))) return chunk.subarray(chunk.length - (given - decoder.bytesWritten));
  }
  decoder.end();
  return undefined;
}

/** Whether a decoder has taken all of a chunk, and of those before it, and wants more. */
async function isTaken(decoder: zlib.Gunzip, chunk: Uint8Array, given: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const answer = (): void => {
      decoder.removeListener("close", answer);
      resolve(!decoder.destroyed && decoder.bytesWritten === given);
    };
    decoder.once("close", answer);
    decoder.write(chunk, answer);
  });
}

async function* withFzstd(chunks: AsyncIterable<Uint8Array>, decompressClass: typeof import("fzstd").Decompress): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  const stream = new decompressClass((chunk) => void ready.push(chunk));
  for await (const chunk of chunks) {
    stream.push(chunk);
    yield* ready;
    ready = [];
  }
  stream.push(new Uint8Array(0), true);
  yield* ready;
}

/** What ended the packed bytes before they were unpacked. */
interface Failure {
  error: unknown;
}

async function* watched(chunks: AsyncIterable<Uint8Array>, failure: Failure): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    failure.error = error;
    throw error;
  }
}

async function* unpacked(file: string, format: string, chunks: AsyncIterable<Uint8Array>, failure: Failure): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (cause) {
    if (failure.error !== undefined) throw failure.error;
    throw new SstError("ERR_SST_SOURCE_READ", `${file}: the ${format} data are damaged or cut off: ${cause instanceof Error ? cause.message : String(cause)}`, { cause, details: { file } });
  }
}

function beginsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, at) => bytes[at] === byte);
}
