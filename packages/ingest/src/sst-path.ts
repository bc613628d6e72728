// Names for SSTs that are about to be written: ULIDs, 48 bits of time and 80 random bits. SlateDB's garbage collector
// judges an SST by the time in its name, so a name is minted when the SST begins, and never from the future.
import { SstRangeError, SstTypeError, ULID_ALPHABET, ULID_LENGTH, ULID_TIME_LENGTH, type Ulid } from "@slate-sst/format";
import { rootPrefix, sstPath } from "./layout.js";

/** Bits of one character of a ULID. */
const CHARACTER_BITS = Math.log2(ULID_ALPHABET.length);
/** Random bits of a ULID. */
const RANDOM_BITS = (ULID_LENGTH - ULID_TIME_LENGTH) * CHARACTER_BITS;
const RANDOM_SHIFT = BigInt(RANDOM_BITS);
const BYTE_BITS = 8;
const RANDOM_BYTES = RANDOM_BITS / BYTE_BITS;
/** Bits of each half of a ULID, and the same as a mask. */
const HALF_BITS = 64n;
const HALF_MASK = (1n << HALF_BITS) - 1n;
/** The latest time that fits, in milliseconds since the Unix epoch: the year 10889. */
const TIME_MAX = Number(((1n << (2n * HALF_BITS)) - 1n) >> RANDOM_SHIFT);

/** Clock and chance of new names, for tests and for imports that must come out the same again. */
export interface SstPathOptions {
  /** Milliseconds since the Unix epoch, an integer. `Date.now` unless given. */
  readonly now?: (() => number) | undefined;
  /** That many random bytes. The platform's secure ones unless given. */
  readonly random?: ((byteCount: number) => Uint8Array) | undefined;
}

/**
 * A path for a new SST, `<root>/compacted/<ULID>.sst`. Call it when the SST begins, not ahead of time.
 * @param root where the database lies in its store, such as `prod/users`; "" for the store's own root.
 * @throws StoreError ERR_STORE_PATH for the root; SstRangeError, SstTypeError ERR_SST_OPTION_INVALID for clock and chance.
 */
export function newSstPath(root: string, options: SstPathOptions = {}): string {
  return sstPath(root, toUlid(mint(undefined, options)));
}

/**
 * A source of such paths, which ascend: within one millisecond each is the next one after the last. Only a clock that is
 * set back makes a path that sorts before the last one, since none is from the future. It is what `writeRun` takes as `paths`.
 * @throws StoreError ERR_STORE_PATH for the root, at once.
 */
export function sstPaths(root: string, options: SstPathOptions = {}): () => string {
  rootPrefix(root);
  let last: bigint | undefined;
  return () => {
    last = mint(last, options);
    return sstPath(root, toUlid(last));
  };
}

/** The path of the SST that is so many after the first of a run: its name is the first one's, so much higher. */
export function sstPathAfter(root: string, first: Ulid, count: number): string {
  return sstPath(root, toUlid(bitsOf(first) + BigInt(count)));
}

/** How many names lie between two. */
export function ulidDistance(from: Ulid, to: Ulid): bigint {
  return bitsOf(to) - bitsOf(from);
}

function bitsOf({ high, low }: Ulid): bigint {
  return (high << HALF_BITS) | low;
}

/** The time in a ULID, in milliseconds since the Unix epoch. */
export function ulidTime(id: Ulid): number {
  return Number(bitsOf(id) >> RANDOM_SHIFT);
}

/** The 128 bits of a new ULID, behind the last one if that is of the same millisecond. */
function mint(last: bigint | undefined, { now = Date.now, random = secureRandom }: SstPathOptions): bigint {
  const time = now();
  if (!Number.isInteger(time) || time < 0 || time > TIME_MAX) {
    throw new SstRangeError("ERR_SST_OPTION_INVALID", `now() must give an integer from 0 to ${TIME_MAX}, not ${String(time)}`, { details: { option: "now", value: time } });
  }
  const next = last === undefined ? undefined : last + 1n;
  if (next !== undefined && next >> RANDOM_SHIFT === BigInt(time)) return next;
  return (BigInt(time) << RANDOM_SHIFT) | randomBits(random);
}

function randomBits(random: (byteCount: number) => Uint8Array): bigint {
  const bytes: unknown = random(RANDOM_BYTES);
  if (!(bytes instanceof Uint8Array) || bytes.length !== RANDOM_BYTES) {
    throw new SstTypeError("ERR_SST_OPTION_INVALID", `random(${RANDOM_BYTES}) must give a Uint8Array of ${RANDOM_BYTES} bytes`, { details: { option: "random" } });
  }
  return bytes.reduce((bits, byte) => (bits << BigInt(BYTE_BITS)) | BigInt(byte), 0n);
}

function secureRandom(byteCount: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(byteCount));
}

function toUlid(bits: bigint): Ulid {
  return { high: bits >> HALF_BITS, low: bits & HALF_MASK };
}
