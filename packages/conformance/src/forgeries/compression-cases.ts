// Forgeries of compressed sections: bytes that the checksum covers and the codec does not like, or likes too much.
import { joinBytes } from "./forged-rows.js";
import { putTogether, type SectionName, type SstParts } from "./forged-sst.js";
import { type BaseName, type ExpectedFinding, forged, type Forgery, MIDDLE } from "./forgery.js";

const WRONG_CODEC = "error: error decompressing block";
const NOT_TRIED = "not tried";

function otherStored(name: string, base: BaseName, section: SectionName, change: (stored: Uint8Array, parts: SstParts) => Uint8Array, finding: ExpectedFinding, slateDb = NOT_TRIED): Forgery {
  return {
    name: `${base}: ${name}`, base, slateDb,
    make: (parts) => forged(putTogether(parts, { stored: (one, bytes) => (one === section ? change(bytes, parts) : bytes) }), finding),
  };
}

const appended = (bytes: Uint8Array): Uint8Array => joinBytes(bytes, new Uint8Array(3));
const cut = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, bytes.length - 3);
const doubled = (bytes: Uint8Array): Uint8Array => joinBytes(bytes, bytes);

/** The length in front of an LZ4 stream, little-endian. */
function withLz4Length(bytes: Uint8Array, change: (length: number) => number): Uint8Array {
  const changed = bytes.slice();
  const view = new DataView(changed.buffer, changed.byteOffset);
  view.setUint32(0, change(view.getUint32(0, true)), true);
  return changed;
}

/** A Snappy stream declares its length in a number of up to five bytes; this is the largest. */
const SNAPPY_HUGE = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f);
/** A Snappy stream's declared length of two bytes, one more. */
function snappyLonger(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, i) => (i === 0 ? (byte ^ 1) : byte));
}

const BLOCK = `block[${MIDDLE}]` as const;
const BLOCK_NAME = `block ${MIDDLE}` as const;

export const compressionForgeries: readonly Forgery[] = [
  ...(["snappy", "lz4", "zlib", "zstd"] as const).map((base) => otherStored("a block that is not compressed", base, BLOCK_NAME, (_, { blocks }) => blocks[MIDDLE] ?? new Uint8Array(), `${base === "lz4" ? "F5.1" : "F5.3"} ${BLOCK}`, WRONG_CODEC)),
  otherStored("a block with bytes behind it", "zlib", BLOCK_NAME, appended, `F5.4 ${BLOCK}`),
  otherStored("a block twice", "zlib", BLOCK_NAME, doubled, `F5.4 ${BLOCK}`),
  otherStored("a block that is cut off", "zlib", BLOCK_NAME, cut, `F5.3 ${BLOCK}`),
  otherStored("a block of two frames", "zstd", BLOCK_NAME, doubled, `F5.2 ${BLOCK}`),
  otherStored("a block that is cut off", "zstd", BLOCK_NAME, cut, `F5.3 ${BLOCK}`),
  otherStored("stats of two frames", "zstd", "stats", doubled, "F5.2 stats"),
  otherStored("an index that is cut off", "zstd", "index", cut, "F5.3 index"),
  otherStored("a length far beyond what LZ4 can give", "lz4", BLOCK_NAME, (bytes) => withLz4Length(bytes, () => 0x7fffffff), `F5.1 ${BLOCK}`),
  otherStored("a length one byte too large", "lz4", BLOCK_NAME, (bytes) => withLz4Length(bytes, (length) => length + 1), `F5.5 ${BLOCK}`),
  otherStored("a filter that is cut off", "lz4", "filter", cut, "F5.3 filter"),
  otherStored("a length far beyond what Snappy can give", "snappy", BLOCK_NAME, (bytes) => joinBytes(SNAPPY_HUGE, bytes.subarray(2)), `F5.1 ${BLOCK}`),
  // The library behind Snappy compares the lengths itself and does not say which of its checks failed.
  otherStored("a length one byte off", "snappy", BLOCK_NAME, snappyLonger, `F5.3 ${BLOCK}`),
];
