// A helper: checks chunks of a local file from its end on. What is not surely sound it leaves out; the verification looks at it again.
import { fileURLToPath } from "node:url";
import { parentPort } from "node:worker_threads";
import { LocalObjectStore } from "@slate-sst/object-store";
import { feedBlocks } from "@slate-sst/reader";
import { claim, type HelpedChunk, type HelpedRow, type HelperAnswer, type HelperJob } from "./helper-job.js";
import { type BlockIndex, KernelBlocks, SoundBlocks } from "./kernel-blocks.js";

async function help({ url, path, offsets, dataEnd, index, keyStart, keyEnd, filter, chunkBlocks, claims }: HelperJob): Promise<HelperAnswer | undefined> {
  const count = offsets.length;
  const range = (block: number): { start: number; end: number } => ({ start: offsets[block]!, end: block + 1 < count ? offsets[block + 1]! : dataEnd });
  const blocks: BlockIndex = { payload: index, columns: { count, offsets, keyStart, keyEnd }, range };
  const kernel = KernelBlocks.create(blocks, filter);
  if (kernel === undefined) return undefined;
  const store = new LocalObjectStore(fileURLToPath(url));
  const chunks: HelpedChunk[] = [];
  // The first chunk is never a helper's: there is no block before it.
  for (let chunk = claims.length - 1; chunk > 0 && claim(claims, chunk); chunk--) {
    const first = chunk * chunkBlocks;
    const sound = await checkChunk(kernel, store, path, blocks, first, Math.min(count, first + chunkBlocks));
    if (sound !== undefined) chunks.push({ chunk, ...sound });
  }
  return { chunks, ranges: kernel.checker.ranges.slice(), filterBits: kernel.checker.filterBits.slice() };
}

/** @returns undefined unless the blocks from `first` to before `end`, and the one before them, are all surely sound. */
async function checkChunk(kernel: KernelBlocks, store: LocalObjectStore, path: string, index: BlockIndex, first: number, end: number): Promise<Omit<HelpedChunk, "chunk"> | undefined> {
  const { checker, sound } = kernel;
  const sums = new SoundBlocks();
  let before: HelpedRow | undefined;
  checker.forgetKey();
  for await (const group of feedBlocks(store, path, index, first - 1, end - 1, { memory: checker.memory, isWhole: true })) {
    const groupEnd = group.first + group.count;
    for (let block = group.first; block < groupEnd; ) {
      const count = kernel.run(group.bytes, group.offset, block, block < first ? first : groupEnd);
      if (count === 0) return undefined;
      if (block < first) before = lastRow(kernel);
      else sums.addAll(sound);
      block += count;
    }
  }
  const { rows, createTs, expireTs, rawKeyBytes, rawValueBytes } = sums;
  return { counts: sums.takeCounts(), rows, createTs, expireTs, rawKeyBytes, rawValueBytes, before: before!, last: lastRow(kernel) };
}

function lastRow({ checker }: KernelBlocks): HelpedRow {
  return { key: checker.key.slice(), seqHi: checker.rowNumber("seq", "hi"), seqLo: checker.rowNumber("seq", "lo") };
}

parentPort?.once("message", (job: HelperJob) => {
  // Whatever fails here fails in the verification as well, which says why.
  help(job).catch(() => undefined).then((answer) => parentPort?.postMessage(answer, answer === undefined ? [] : [answer.filterBits.buffer as ArrayBuffer]), () => undefined);
});
