// The kernel: what is done once for every row, byte or block, in AssemblyScript. It has no allocator and no state that outlives a
// call but what the caller keeps in its memory; every address is the caller's. ../src/kernel.ts loads it.
export { setBloomBits, countDenied } from "./bloom";
export { hashBlockV2 } from "./block-hashes";
export { columnsBegin, columnsBlocks, columnsEnd, encodeColumnsV2 } from "./columns";
export { sipHash13 } from "./siphash";
