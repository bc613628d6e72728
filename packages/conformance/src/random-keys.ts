// Random keys for row sets: several shapes mixed in one set, each aimed at a corner of prefix sharing or ordering.
import { KEY_BYTES_MAX } from "@slate-sst/format";
import type { Xorshift32 } from "./xorshift32.js";

export interface KeyLimits {
  /** Most keys. */
  readonly count: number;
  /** About how many bytes all keys may have together. */
  readonly bytesMax: number;
}

/** Bytes at the ends of the unsigned range and around the sign bit, where a comparison goes wrong first. */
const EDGE_BYTES: readonly number[] = [0x00, 0x00, 0x01, 0x61, 0x7f, 0x80, 0xfe, 0xff, 0xff];
/** Lengths around the steps of a varint. */
const EDGE_LENGTHS: readonly number[] = [126, 127, 128, 129, 16_382, 16_383, 16_384, 16_385];
/** Longest key of the tiny shape, in bytes. */
const TINY_KEY_MAX = 3;
/** Longest key of the binary shape, in bytes. */
const BINARY_KEY_MAX = 12;
/** Counters are below this. */
const COUNTER_MAX = 100_000;
/** Decimal digits of a counter. */
const COUNTER_DIGITS = 8;
/** Longest shared prefix, in bytes. */
const PREFIX_MAX = 700;
/** Most bytes after a shared prefix. */
const TAIL_MAX = 6;
/** Most bytes by which a key continues the one before. */
const CHAIN_GROWTH_MAX = 3;
/** One key in so many is about as long as a key can be. */
const ONE_IN_HUGE = 1_500;
/** One key in so many has a length around a step of a varint. */
const ONE_IN_EDGE_LENGTH = 150;
/** The longest keys differ in length by up to this. */
const HUGE_SPREAD = 2;

type Shape = (random: Xorshift32, previous: Uint8Array, prefix: Uint8Array) => Uint8Array;

const edgeBytes = (random: Xorshift32, length: number): Uint8Array => Uint8Array.from({ length }, () => random.pick(EDGE_BYTES));

const SHAPES: readonly Shape[] = [
  function counter(random) {
    return new Uint8Array(Buffer.from(`key${String(random.below(COUNTER_MAX)).padStart(COUNTER_DIGITS, "0")}`, "latin1"));
  },
  function binary(random) {
    return edgeBytes(random, random.between(1, BINARY_KEY_MAX));
  },
  function tiny(random) {
    return random.bytes(random.between(1, TINY_KEY_MAX));
  },
  function sharedPrefix(random, _previous, prefix) {
    return join(prefix, edgeBytes(random, random.between(0, TAIL_MAX)));
  },
  function chain(random, previous) {
    return join(previous, edgeBytes(random, random.between(1, CHAIN_GROWTH_MAX)));
  },
  function branch(random, previous) {
    return join(previous.subarray(0, random.below(previous.length + 1)), random.bytes(random.between(1, TAIL_MAX)));
  },
];

/** Distinct keys, ascending by unsigned bytes; at least one. */
export function randomKeys(random: Xorshift32, limits: KeyLimits): Uint8Array[] {
  const shapes = Array.from({ length: random.between(1, SHAPES.length) }, () => random.pick(SHAPES));
  const prefix = random.oneIn(2) ? random.bytes(random.between(1, PREFIX_MAX)) : new Uint8Array(random.between(1, PREFIX_MAX)).fill(random.byte());
  const keys = new Map<string, Uint8Array>();
  let previous: Uint8Array = random.bytes(1);
  let bytesLeft = limits.bytesMax;
  for (let i = 0; i < limits.count; i++) {
    const key = random.oneIn(ONE_IN_HUGE) ? hugeKey(random, prefix) : drawKey(random, shapes, previous, prefix);
    if (key.length > bytesLeft) break;
    bytesLeft -= key.length;
    keys.set(Buffer.from(key).toString("latin1"), key);
    if (key.length < PREFIX_MAX) previous = key;
  }
  if (keys.size === 0) keys.set("k", new Uint8Array(Buffer.from("k", "latin1")));
  return [...keys.values()].sort((a, b) => Buffer.compare(a, b));
}

function drawKey(random: Xorshift32, shapes: readonly Shape[], previous: Uint8Array, prefix: Uint8Array): Uint8Array {
  if (random.oneIn(ONE_IN_EDGE_LENGTH)) return join(prefix, random.bytes(random.pick(EDGE_LENGTHS))).slice(-random.pick(EDGE_LENGTHS));
  return random.pick(shapes)(random, previous, prefix);
}

/** One of the longest keys there can be; it starts with the set's prefix so that it shares bytes with its neighbours. */
function hugeKey(random: Xorshift32, prefix: Uint8Array): Uint8Array {
  const key = new Uint8Array(KEY_BYTES_MAX - random.between(0, HUGE_SPREAD)).fill(random.byte());
  key.set(prefix);
  return key;
}

function join(left: Uint8Array, right: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([left, right]));
}
