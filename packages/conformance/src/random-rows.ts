// Random sets of rows for comparisons with real SlateDB, drawn so that the format's corners come up often: long shared
// prefixes, keys that continue one another, 0x00 and 0xff, lengths at varint edges, values around and beyond the block
// size, many versions of a key, all kinds, expiries. A seed always gives the same case; a failing test must print it.
import { TIMESTAMP_MAX } from "@slate-sst/format";
import { GOLDEN_CODECS, type GoldenCodec, type GoldenRow } from "./side-car.js";
import { SLATEDB_BLOCK_SIZES } from "./oracle/settings.js";
import { randomKeys } from "./random-keys.js";
import { randomValue } from "./random-values.js";
import { Xorshift32 } from "./xorshift32.js";

/** Settings of a case, by the names of the golden vectors' config. */
export interface RandomConfig {
  /** Bytes of a block before compression. */
  readonly blockSize: number;
  /** Codec of the blocks. */
  readonly compression: GoldenCodec;
  /** Rows from which on there is a filter. */
  readonly minFilterKeys: number;
  /** Bits of the filter for each row. */
  readonly filterBitsPerKey: number;
}

/** Rows and settings that follow from a seed. */
export interface RandomCase {
  /** What the case follows from: the same seed is the same case. */
  readonly seed: number;
  /** Settings of the SST. */
  readonly config: RandomConfig;
  /** In file order: keys ascending, newest version of a key first. Sequence numbers are those of `inCommitOrder`, from 1. */
  readonly rows: GoldenRow[];
  /** For a test's failure message. */
  readonly title: string;
}

/** What random cases keep to. */
export interface RandomOptions {
  /** Most distinct keys of a case; default 300. */
  readonly keysMax?: number;
  /** About how many bytes of keys and values a case may have; default 400,000. */
  readonly bytesMax?: number;
  /** Codecs to choose from; default all. */
  readonly codecs?: readonly GoldenCodec[];
}

type Kind = GoldenRow["kind"];

/** Default of `keysMax`. */
const DEFAULT_KEYS_MAX = 300;
/** Default of `bytesMax`. */
const DEFAULT_BYTES_MAX = 400_000;
/** Most keys of a case that is to be tiny. */
const TINY_KEYS_MAX = 3;
/** The kinds a case draws from; a kind may stand more than once. */
const KIND_MIXES: readonly (readonly Kind[])[] = [
  ["put"],
  ["put", "put", "put", "delete"],
  ["put", "delete", "merge"],
  ["merge"],
  ["delete"],
  ["put", "put", "put", "put", "put", "merge"],
];
/** Bits per key; 1 gives a filter without probes. */
const FILTER_BITS: readonly number[] = [1, 2, 5, 7, 10, 10, 10, 13, 20, 40];
/** 2100-01-01, later than any test runs: SlateDB stores no expiry that has passed. */
const EXPIRY_BASE = 4_102_444_800_000n;
/** 2023-11-14, a creation time before any test runs. */
const CREATE_BASE = 1_700_000_000_000n;
/** Most versions of an ordinary key that has several. */
const VERSIONS_FEW = 4;
/** Most versions of a rare key; enough to span small blocks and many restart points. */
const VERSIONS_MANY = 70;
/** What is to come up often happens once in so many draws. */
const ONE_IN_FEW = 4;
/** What is to come up now and then happens once in so many draws. */
const ONE_IN_MANY = 40;
/** An odd number that spreads neighbouring seeds over all 32 bits. */
const SEED_SPREAD = 0x9e3779b1;
/** The first numbers after a seed with few bits set are small; this many are thrown away. */
const DISCARDED = 8;

/** The case of a seed. Seeds are any integers; neighbouring ones give unrelated cases. */
export function randomCase(seed: number, options: RandomOptions = {}): RandomCase {
  const random = new Xorshift32(Math.imul(seed + 1, SEED_SPREAD));
  for (let i = 0; i < DISCARDED; i++) random.next();
  const blockSize = random.pick(SLATEDB_BLOCK_SIZES);
  const bytesMax = options.bytesMax ?? DEFAULT_BYTES_MAX;
  const count = random.between(1, random.oneIn(ONE_IN_MANY) ? TINY_KEYS_MAX : (options.keysMax ?? DEFAULT_KEYS_MAX));
  const keys = randomKeys(random, { count, bytesMax: bytesMax / 2 });
  const rows = numberRows(drawRows(random, keys, blockSize, bytesMax / 2), seed);
  const config: RandomConfig = {
    blockSize,
    compression: random.pick(options.codecs ?? GOLDEN_CODECS),
    minFilterKeys: random.pick([0, 1, Math.max(0, rows.length - 1), rows.length, rows.length + 1, rows.length * 2]),
    filterBitsPerKey: random.pick(FILTER_BITS),
  };
  return { seed, config, rows, title: `seed ${seed}: ${rows.length} rows, ${keys.length} keys, ${JSON.stringify(config)}` };
}

function drawRows(random: Xorshift32, keys: readonly Uint8Array[], blockSize: number, bytesMax: number): GoldenRow[] {
  const kinds = random.pick(KIND_MIXES);
  const versionsOften = random.oneIn(2);
  const createTsOften = !random.oneIn(ONE_IN_FEW);
  const expiriesOften = random.oneIn(2);
  let bytesLeft = bytesMax;
  const rows: GoldenRow[] = [];
  for (const key of keys) {
    for (let versions = versionCount(random, versionsOften); versions > 0; versions--) {
      const kind = random.pick(kinds);
      const value = kind === "delete" ? undefined : randomValue(random, blockSize, bytesLeft);
      bytesLeft -= value?.length ?? 0;
      const expireTs = kind !== "delete" && expiriesOften && random.oneIn(2) ? randomExpiry(random) : undefined;
      const createTs = createTsOften || random.oneIn(2) ? CREATE_BASE + BigInt(random.next()) : undefined;
      rows.push({ kind, key, value, seq: 0n, createTs, expireTs });
    }
  }
  return rows;
}

function versionCount(random: Xorshift32, often: boolean): number {
  if (random.oneIn(ONE_IN_MANY * ONE_IN_FEW)) return random.between(1, VERSIONS_MANY);
  return often && random.oneIn(ONE_IN_FEW) ? random.between(1, VERSIONS_FEW) : 1;
}

function randomExpiry(random: Xorshift32): bigint {
  return random.oneIn(ONE_IN_MANY) ? TIMESTAMP_MAX : EXPIRY_BASE + BigInt(random.next());
}

/** Gives the rows the sequence numbers they would get when written in commit order. */
function numberRows(rows: GoldenRow[], seed: number): GoldenRow[] {
  let seq = 1n;
  for (const row of inCommitOrder(rows, seed)) row.seq = seq++;
  return rows;
}

/**
 * The same rows (not copies) as a database would be given them: older versions of a key before newer ones, and the keys in
 * a random order that `seed` decides. `rows` are in file order.
 */
export function inCommitOrder<Row extends { readonly key: Uint8Array }>(rows: readonly Row[], seed: number): Row[] {
  const random = new Xorshift32(seed + 1);
  const ranks: number[] = rows.map(() => random.next());
  // Within a key the ranks are dealt out descending, because files hold the newest version first.
  for (let start = 0; start < rows.length; ) {
    let end = start + 1;
    while (end < rows.length && Buffer.compare(rowAt(rows, start).key, rowAt(rows, end).key) === 0) end++;
    const dealt = ranks.slice(start, end).sort((a, b) => b - a);
    ranks.splice(start, end - start, ...dealt);
    start = end;
  }
  const places = rows.map((row, i) => ({ row, rank: ranks[i] ?? 0, i }));
  // Equal ranks within a key: the later place in the file is the older version.
  places.sort((a, b) => a.rank - b.rank || b.i - a.i);
  return places.map((place) => place.row);
}

function rowAt<Row>(rows: readonly Row[], i: number): Row {
  const row = rows[i];
  if (row === undefined) throw new RangeError(`no row ${i} of ${rows.length}`);
  return row;
}
