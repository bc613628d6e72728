// Data blocks from the store in large ranges: several blocks a request, the next request under way while these are read.
import type { ObjectStore } from "@slate-sst/object-store";
import type { FileRange } from "./file-end.js";

/** Bytes asked for at once, unless one block is larger. */
const RANGE_BYTES = 1024 * 1024;
/** The first request of a feed is smaller: many scans end early. */
const FIRST_RANGE_BYTES = 64 * 1024;

/** Where blocks lie: each begins where the one before ends. */
export interface BlockRanges {
  range(block: number): FileRange;
}

/** Stored blocks that lie next to each other. */
export interface StoredBlocks {
  /** The lowest block's place in the index. */
  readonly first: number;
  readonly count: number;
  /** Position of `bytes` in the file. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface FeedOptions {
  readonly signal?: AbortSignal | undefined;
  /** From the last block to the first. Blocks inside one answer still ascend. */
  readonly reverse?: boolean;
}

/** The stored blocks from `first` to `last`, both included. */
export async function* feedBlocks(store: ObjectStore, path: string, index: BlockRanges, first: number, last: number, options: FeedOptions = {}): AsyncGenerator<StoredBlocks, void, undefined> {
  const { reverse = false, signal } = options;
  let [low, high] = [first, last];
  let size = FIRST_RANGE_BYTES;
  const take = (): Promise<StoredBlocks> | undefined => {
    if (low > high) return undefined;
    const group = reverse ? backwards(index, low, high, size) : forwards(index, low, high, size);
    if (reverse) high = group.first - 1;
    else low = group.first + group.count;
    size = RANGE_BYTES;
    const start = index.range(group.first).start;
    const end = index.range(group.first + group.count - 1).end;
    const answer = store.getRange(path, start, end, { signal }).then((bytes) => ({ ...group, offset: start, bytes }));
    // An answer that nobody comes to fetch, because the scan ended, is no unhandled rejection.
    answer.catch(() => undefined);
    return answer;
  };
  let next = take();
  while (next !== undefined) {
    const present = await next;
    next = take();
    yield present;
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
