// The parts of writing, reading and verifying, each by itself, over the benchmark's rows.
import {
  BlockCursor, bloomByteLength, bloomMayContain, bloomProbeCount, buildBloomBits, type Codec, compareKeys, crc32, crc32Portable, createBlockEncoder, FLAG_CREATE_TS, isSstError,
  KeyHashes, loadCodec, separatorLength, sipHash13,
} from "@slate-sst/format";
import { CREATE_TS, firstKey, KEY_BYTES, KeyColumn, nextKey, VALUE_BYTES, ValuePool } from "../rows.js";
import type { Operation } from "./measure.js";

const FORMAT_VERSION = 2;
const BLOCK_SIZE = 4096;
const BITS_PER_KEY = 10;
const FILTER_KEYS = 1_000_000;
const HALF = 2 ** 32;
const LONG_KEY_BYTES = 255;
const CODECS = ["lz4", "snappy", "zstd", "zlib"] as const;
const LIMITS = { maxLength: 2 * BLOCK_SIZE };

const CREATE_TS_HI = Math.floor(CREATE_TS / HALF);
const CREATE_TS_LO = CREATE_TS % HALF | 0;

/** Everything that does not need what is not installed; the names of codecs that do. */
export async function microOperations(): Promise<{ readonly operations: Operation[]; readonly skipped: string[] }> {
  const block = encodedBlock();
  const skipped: string[] = [];
  const codecs: Operation[] = [];
  for (const name of CODECS) {
    try {
      codecs.push(...codecOperations(await loadCodec(name), block.payload));
    } catch (error) {
      if (!isSstError(error, "ERR_SST_CODEC_MISSING")) throw error;
      skipped.push(error.message);
    }
  }
  return { operations: [encodeRows(), ...checksums(block.payload), ...hashes(), ...filters(), decodeBlock(block), ...comparisons(), ...codecs], skipped };
}

/** Rows into blocks, and what ends each block, with no checksum and no filter. */
function encodeRows(): Operation {
  const encoder = createBlockEncoder(FORMAT_VERSION, BLOCK_SIZE);
  const values = new ValuePool(VALUE_BYTES).views();
  const out = new Uint8Array(2 * BLOCK_SIZE);
  const key = firstKey();
  const before = firstKey();
  let at = 0;
  let entry = 0;
  const run = (times: number): number => {
    for (let row = 0; row < times; row++) {
      nextKey(key);
      let prefix = 0;
      while (prefix < KEY_BYTES && key[prefix] === before[prefix]) prefix++;
      if (!encoder.fits(encoder.rowSize(prefix, KEY_BYTES, VALUE_BYTES, FLAG_CREATE_TS))) {
        encoder.finish(out, at);
        at = 0;
      }
      at = encoder.append(out, at, prefix, key, KEY_BYTES, values[entry]!, VALUE_BYTES, 0, 0, FLAG_CREATE_TS, 0, 0, CREATE_TS_HI, CREATE_TS_LO);
      before.set(key);
      if (++entry === values.length) entry = 0;
    }
    return times;
  };
  return { name: "row encode, V2", unit: "row", run };
}

interface EncodedBlock {
  readonly payload: Uint8Array;
  readonly rows: number;
}

/** The first block of the benchmark's rows. */
function encodedBlock(): EncodedBlock {
  const encoder = createBlockEncoder(FORMAT_VERSION, BLOCK_SIZE);
  const values = new ValuePool(VALUE_BYTES).views();
  const out = new Uint8Array(2 * BLOCK_SIZE);
  const key = firstKey();
  const before = firstKey();
  let at = 0;
  for (let prefix = 0; encoder.fits(encoder.rowSize(prefix, KEY_BYTES, VALUE_BYTES, FLAG_CREATE_TS)); ) {
    at = encoder.append(out, at, prefix, key, KEY_BYTES, values[encoder.rows]!, VALUE_BYTES, 0, 0, FLAG_CREATE_TS, 0, 0, CREATE_TS_HI, CREATE_TS_LO);
    before.set(key);
    nextKey(key);
    for (prefix = 0; prefix < KEY_BYTES && key[prefix] === before[prefix]; ) prefix++;
  }
  const { rows } = encoder;
  return { payload: out.slice(0, encoder.finish(out, at)), rows };
}

function checksums(payload: Uint8Array): Operation[] {
  const operation = (name: string, sum: (bytes: Uint8Array) => number): Operation => ({ name, unit: "block", bytes: payload.length, run: repeat(() => sum(payload)) });
  return [operation("CRC-32", crc32), operation("CRC-32, portable", crc32Portable)];
}

function hashes(): Operation[] {
  const key = firstKey();
  const hash = new Uint32Array(2);
  const addAll = (times: number): number => {
    const list = new KeyHashes();
    for (let at = 0; at < times; at++) list.add(key, 0, KEY_BYTES);
    return list.count;
  };
  return [
    { name: "SipHash-1-3", unit: "key", run: repeat(() => (sipHash13(key, 0, KEY_BYTES, hash, 0), hash[0]!)) },
    { name: "SipHash-1-3, kept for a filter", unit: "key", run: addAll },
  ];
}

function filters(): Operation[] {
  const keys = new KeyColumn(FILTER_KEYS);
  keys.fill(FILTER_KEYS);
  const list = new KeyHashes();
  for (let end = KEY_BYTES; end <= keys.bytes.length; end += KEY_BYTES) list.add(keys.bytes, end - KEY_BYTES, end);
  const bits = new Uint8Array(bloomByteLength(FILTER_KEYS, BITS_PER_KEY));
  const probes = bloomProbeCount(BITS_PER_KEY);
  const build = (times: number): number => {
    const rounds = Math.ceil(times / FILTER_KEYS);
    for (let round = 0; round < rounds; round++) buildBloomBits(list, BITS_PER_KEY, bits.fill(0));
    return rounds * FILTER_KEYS;
  };
  build(1);
  const some = list.chunks().next().value ?? new Uint32Array(2);
  let at = 0;
  const ask = (): number => {
    at = at + 2 < some.length ? at + 2 : 0;
    return bloomMayContain(bits, probes, some[at]!, some[at + 1]!) ? 1 : 0;
  };
  return [
    { name: "bloom bits, filter of 1 M keys", unit: "key", run: build },
    { name: "bloom filter asked, key is there", unit: "key", run: repeat(ask) },
  ];
}

function decodeBlock({ payload, rows }: EncodedBlock): Operation {
  const cursor = new BlockCursor(FORMAT_VERSION);
  const run = (times: number): number => {
    const blocks = Math.ceil(times / rows);
    let seen = 0;
    for (let block = 0; block < blocks; block++) {
      cursor.open(payload);
      while (cursor.next()) seen++;
    }
    if (seen !== blocks * rows) throw new Error(`${seen} rows in ${blocks} blocks of ${rows}`);
    return seen;
  };
  return { name: "block decode, every row", unit: "row", run };
}

function comparisons(): Operation[] {
  const first = firstKey();
  const second = firstKey();
  nextKey(second);
  const long = new Uint8Array(LONG_KEY_BYTES);
  const longer = long.slice();
  longer[LONG_KEY_BYTES - 1] = 1;
  const compare = (name: string, left: Uint8Array, right: Uint8Array): Operation => ({ name, unit: "pair", run: repeat(() => compareKeys(left, left.length, right, right.length)) });
  return [
    compare("prefix compare, neighbours of 16 bytes", first, second),
    compare("prefix compare, 254 of 255 bytes alike", long, longer),
    { name: "separator of neighbours", unit: "pair", run: repeat(() => separatorLength(first, KEY_BYTES, second, KEY_BYTES)) },
  ];
}

function codecOperations(codec: Codec, payload: Uint8Array): Operation[] {
  const stored = codec.compress(payload).slice();
  if (Buffer.compare(codec.decompress(stored, LIMITS), payload) !== 0) throw new Error(`${codec.name} does not give back what it was given`);
  const operation = (name: string, run: () => Uint8Array): Operation => ({ name: `${codec.name} ${name}`, unit: "block", bytes: payload.length, run: repeat(() => run().length) });
  return [operation("compress", () => codec.compress(payload)), operation("decompress", () => codec.decompress(stored, LIMITS))];
}

/** What the results of operations go into, so that no compiler leaves them out. */
let sink = 0;

function repeat(once: () => number): (times: number) => number {
  return (times) => {
    let sum = 0;
    for (let at = 0; at < times; at++) sum = (sum + once()) | 0;
    sink ^= sum;
    return times;
  };
}
