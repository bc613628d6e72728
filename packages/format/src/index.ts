export { SstError, SstTypeError, SstRangeError, isSstError, type ErrorDetails, type SstErrorOptions } from "./errors.js";
export { ERROR_CATALOGUE, type ErrorCode, type StoreErrorCode } from "./generated/errors.js";
export * from "./generated/constants.js";
export * from "./generated/codecs.js";

export { BLOCK_LAYOUTS, BlockTrailer, FORMAT_VERSIONS, KERNEL_FORMAT_VERSION, type BlockLayout, type BlockRow, type FormatVersion } from "./generated/block-layouts.js";
export { createBlockEncoder, isFormatVersion, type BlockEncoder } from "./block-encoder.js";
export { BlockCursor } from "./block-cursor.js";
export { compareBytes, compareKeys, showKey } from "./key-bytes.js";
export { booleanOption, checkOptionNames, choiceOption, integerOption, invalidOption, showValue } from "./options.js";
export { readVarint, varintSize, writeVarint } from "./primitives.js";
export { separatorLength, separatorLengthAfter } from "./separator.js";

export { BlockChecker, type BlockNumber, type BuiltFilter, type RowNumber } from "./block-checker.js";
export { BlockScanner } from "./block-scanner.js";
export { borrowKernel, createKernel, hasKernel, KERNEL_SLACK_BYTES, KernelLayout, returnKernel, type Kernel } from "./kernel.js";
export { crc32, crc32Combine, crc32Portable, crc32Range, crc32WithChecksum, crc32WithoutEnd } from "./crc32.js";
export { sipHash13 } from "./siphash.js";
export { HASH_BYTES, KeyHashes } from "./key-hashes.js";
export { bloomByteLength, bloomFits, bloomMayContain, bloomProbeCount, buildBloomBits, setBloomBits } from "./bloom.js";
export { buildFilterPayload, encodeFilterPayload, filterPayloadLength, filterPayloadSteps, type FilterFormatName } from "./filter-block.js";

export { isCompressionName, loadCodec, type CodecChoice } from "./compression/load.js";
export { noneCodec } from "./compression/none.js";
export { kernelCodec, type KernelCodec } from "./compression/kernel-codec.js";
export type { Codec, CompressionName, DecompressLimits } from "./compression/codec.js";

export { decodeIndex, encodeIndex, readIndexColumns, SstIndexBuilder, type IndexColumns } from "./sst-index.js";
export { decodeStats, encodeStats, readStatsColumns, SstStatsBuilder, type BlockTotals, type SstTotals } from "./sst-stats.js";
export { decodeInfo, encodeInfo } from "./sst-info.js";
export { decodeManifest, encodeManifestV1, encodeManifestV2, type DecodedManifest } from "./manifest.js";
export { formatUlid, isUlid, parseUlid } from "./ulid.js";
export { BoundType, type BytesBound, type BytesRange, type Ulid, type Uuid } from "./generated/fbs/common.js";
export { CompressionFormat, FilterFormat, SstType, type SsTableInfo } from "./generated/fbs/sst-info.js";
export type { BlockMeta, SsTableIndex } from "./generated/fbs/sst-index.js";
export type { BlockStats, BlockStatsColumns, SstStats, SstStatsColumns } from "./generated/fbs/sst-stats.js";
export type { Checkpoint, CheckpointMetadata, ExternalDb, WriterCheckpoint } from "./generated/fbs/manifest-parts.js";
export type { CompactedSsTable, ManifestV1, SortedRun } from "./generated/fbs/manifest-v1.js";
export type { CompactedSsTableV2, CompactedSsTableView, ManifestV2, Segment, SortedRunV2 } from "./generated/fbs/manifest-v2.js";
