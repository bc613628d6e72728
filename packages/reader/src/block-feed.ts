// Data blocks from the store in large ranges: several blocks a request, the next request under way while these are read.
import type { ObjectStore, OpenObject } from "@slate-sst/object-store";
import type { FileRange } from "./file-end.js";

/** Bytes asked for at once, unless one block is larger. */
export const RANGE_BYTES = 1024 * 1024;
/** The first request of a feed is smaller: many scans end early. */
const FIRST_RANGE_BYTES = 64 * 1024;

/** Where blocks lie: each begins where the one before ends. */
export interface BlockRanges {
  /** Where a block lies in the file; blocks count from 0. */
  range(block: number): FileRange;
}

/** Stored blocks that lie next to each other. */
export interface StoredBlocks {
  /** The lowest block's place in the index. */
  readonly first: number;
  /** Blocks in it. */
  readonly count: number;
  /** Position of `bytes` in the file. */
  readonly offset: number;
  /** Their bytes as the file has them, one behind the other. */
  readonly bytes: Uint8Array;
}

/** How blocks are fetched. */
export interface FeedOptions {
  /** Cuts fetching off. */
  readonly signal?: AbortSignal | undefined;
  /** From the last block to the first. Blocks inside one answer still ascend. */
  readonly reverse?: boolean;
  /** All of it will be read: the first request is as large as the others. */
  readonly isWhole?: boolean;
  /** Asked when all blocks were asked for: the last of more blocks that follow, or undefined. */
  readonly more?: (() => number | undefined) | undefined;
  /** Two arrays of RANGE_BYTES that bytes are to lie in, in turn, as far as they fit: each is used again two answers later. */
  readonly memory?: readonly [Uint8Array, Uint8Array] | undefined;
}

/** The stored blocks from `first` to `last`, both included. */
export async function* feedBlocks(store: ObjectStore, path: string, index: BlockRanges, first: number, last: number, options: FeedOptions = {}): AsyncGenerator<StoredBlocks, void, undefined> {
  const { reverse = false } = options;
  let [low, high] = [first, last];
  let size = options.isWhole === true ? RANGE_BYTES : FIRST_RANGE_BYTES;
  const ranges = new Ranges(store, path, options);
  const take = (): Promise<StoredBlocks> | undefined => {
    if (low > high) high = options.more?.() ?? high;
    if (low > high) return undefined;
    const group = reverse ? backwards(index, low, high, size) : forwards(index, low, high, size);
    if (reverse) high = group.first - 1;
    else low = group.first + group.count;
    size = RANGE_BYTES;
    const start = index.range(group.first).start;
    const end = index.range(group.first + group.count - 1).end;
    const answer = ranges.read(start, end).then((bytes) => ({ ...group, offset: start, bytes }));
    // An answer that nobody comes to fetch, because the scan ended, is no unhandled rejection.
    answer.catch(() => undefined);
    return answer;
  };
  let next = take();
  try {
    while (next !== undefined) {
      const present = await next;
      next = take();
      yield present;
    }
  } finally {
    await next?.catch(() => undefined);
    await ranges.close();
  }
}

/** Ranges of one object: into memory that is given for them, or new arrays. */
class Ranges {
  readonly #store: ObjectStore;
  readonly #path: string;
  readonly #options: FeedOptions;
  #object: Promise<OpenObject> | undefined;
  #turn = 0;

  constructor(store: ObjectStore, path: string, options: FeedOptions) {
    this.#store = store;
    this.#path = path;
    this.#options = options;
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    const { memory, signal } = this.#options;
    const length = end - start;
    const place = memory?.[this.#turn++ % 2];
    if (place === undefined || length > place.length) return await this.#store.getRange(this.#path, start, end, { signal });
    const target = place.subarray(0, length);
    if (this.#store.openObject === undefined) target.set(await this.#store.getRange(this.#path, start, end, { signal }));
    else await (await (this.#object ??= this.#store.openObject(this.#path, { signal }))).readInto(target, start, { signal });
    return target;
  }

  async close(): Promise<void> {
    const object = await this.#object?.catch(() => undefined);
    await object?.close();
  }
}

function forwards(index: BlockRanges, low: number, high: number, size: number): { readonly first: number; readonly count: number } {
  const { start } = index.range(low);
  let count = 1;
  while (low + count <= high && index.range(low + count).end - start <= size) count++;
  return { first: low, count };
}

function backwards(index: BlockRanges, low: number, high: number, size: number): { readonly first: number; readonly count: number } {
  const { end } = index.range(high);
  let count = 1;
  while (high - count >= low && end - index.range(high - count).start <= size) count++;
  return { first: high - count + 1, count };
}
