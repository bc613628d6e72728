// The kernel: what is done once for every row, byte or block, in AssemblyScript. It has no allocator; every address is the caller's.
// An instance serves one writer, or one reader, at a time. ../src/kernel.ts loads it.
export { setBloomBits, countDenied } from "./bloom";
export {
  rowsBegin, rowsBlocks, rowsDescribe, rowsFinish, rowsHashes, rowsLastKey, rowsLastLength, rowsOpen, rowsOut, rowsPassed, rowsPrefix, rowsPut,
  rowsPutColumns, rowsRanges, rowsTail, rowsTaken,
} from "./rows";
export { compressLz4, decompressLz4 } from "./lz4";
export { compressSnappy, decompressSnappy } from "./snappy";
export { checkBlocksV2, checkRowsBegin } from "./verify-rows";
export { scanBlocksV2 } from "./scan";
