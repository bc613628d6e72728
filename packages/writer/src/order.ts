// The errors of rows that are out of order: both keys, the ordinal, and a guess at what went wrong.
import { compareBytes, showKey, SstError } from "@slate-sst/format";

const PRINTABLE_FIRST = 0x20;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
/** Widths of binary integers that people use as keys. */
const INTEGER_WIDTHS: readonly number[] = [2, 4, 8];

/** What two neighbouring rows are: keys, sequence numbers, and the ordinal of the second. */
export interface Neighbours {
  readonly previous: Uint8Array;
  readonly previousSeq: bigint;
  readonly key: Uint8Array;
  readonly seq: bigint;
  /** Rows offered to the writer before the refused one. */
  readonly ordinal: number;
}

/** A row that sorts before its predecessor, or the same row twice. */
export function orderError(neighbours: Neighbours): SstError {
  // Copies, and no Buffers: slice() and reverse() of a caller's Buffer would reach its own memory.
  const rows = { ...neighbours, previous: new Uint8Array(neighbours.previous), key: new Uint8Array(neighbours.key) };
  const { previous, previousSeq, key, seq, ordinal } = rows;
  const equal = compareBytes(previous, key) === 0;
  const duplicate = equal && previousSeq === seq;
  const guess = guessCause(rows, equal, duplicate);
  const problem = duplicate
    ? `has the key ${showKey(key)} and the sequence number ${seq} of the row before it`
    : equal
      ? `has sequence number ${seq} after ${previousSeq} of the same key ${showKey(key)}`
      : `has the key ${showKey(key)}, which sorts before ${showKey(previous)} of the row before it`;
  return new SstError(
    duplicate ? "ERR_SST_ROW_DUPLICATE" : "ERR_SST_ROW_ORDER",
    `row ${ordinal} (counted from 0) ${problem}. Rows must ascend by the bytes of their keys${guess === undefined ? "" : `: ${guess}`}`,
    { details: { ordinal, key, previousKey: previous, seq, previousSeq, guess } },
  );
}

function guessCause({ previous, key }: Neighbours, equal: boolean, duplicate: boolean): string | undefined {
  if (duplicate) return `equal keys; onDuplicate "keepFirst" or "keepLast" chooses one`;
  if (equal) return "versions of one key come newest first, with descending sequence numbers";
  if (isNumericOrder(previous, key)) return "these look sorted as numbers; pad them with zeros, or write them as big-endian integers";
  const first = decodeText(previous);
  const second = decodeText(key);
  const areTexts = first !== undefined && second !== undefined;
  if (areTexts && first < second) return "these look sorted by UTF-16 units, as JavaScript sorts strings; above U+FFFF that differs from byte order";
  if (!areTexts || hasControl(previous) || hasControl(key)) {
    return isLittleEndianOrder(previous, key) ? "these look like little-endian integers; write them big-endian" : undefined;
  }
  if (first.toLowerCase() < second.toLowerCase() || first.localeCompare(second) < 0) return "these look sorted by a locale or without regard to case; sort by bytes";
  return undefined;
}

/** Whether both keys share a prefix and then hold decimal numbers that ascend. */
function isNumericOrder(previous: Uint8Array, key: Uint8Array): boolean {
  let at = 0;
  while (at < previous.length && previous[at] === key[at]) at++;
  while (at > 0 && isDigit(previous[at - 1])) at--;
  const first = readNumber(previous, at);
  const second = readNumber(key, at);
  return first !== undefined && second !== undefined && first < second;
}

function readNumber(bytes: Uint8Array, start: number): number | undefined {
  let end = start;
  while (isDigit(bytes[end])) end++;
  return end === start ? undefined : Number(new TextDecoder().decode(bytes.subarray(start, end)));
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= DIGIT_0 && byte <= DIGIT_9;

function isLittleEndianOrder(previous: Uint8Array, key: Uint8Array): boolean {
  if (previous.length !== key.length || !INTEGER_WIDTHS.includes(key.length)) return false;
  return compareBytes(Uint8Array.from(previous).reverse(), Uint8Array.from(key).reverse()) < 0;
}

/** Whether there are control characters among the bytes: binary numbers have them, texts seldom. */
const hasControl = (bytes: Uint8Array): boolean => bytes.some((byte) => byte < PRINTABLE_FIRST);

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
