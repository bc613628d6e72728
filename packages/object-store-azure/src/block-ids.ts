// Blocks' names. Azure knows blocks of a blob, and no uploads: the name tells which upload and which part a block is, and
// which of several with one part number came last. All names of a blob must be equally long.

/** Digits of a part number. */
const NUMBER_DIGITS = 5;

/** Hexadecimal digits of a time in milliseconds. */
const TIME_DIGITS = 12;

/** Hexadecimal digits that tell blocks of one millisecond apart. */
const TAIL_DIGITS = 8;

const UPLOAD_ID = /^[0-9a-f]{32}$/;

const NAME = /^([0-9a-f]{32})([0-9]{5})([0-9a-f]{20})$/;

export interface BlockName {
  readonly uploadId: string;
  readonly partNumber: number;
  /** Sorts by time; tells this block from another one of its part number. */
  readonly version: string;
}

/** Whether an upload of this store can have this id. */
export function isUploadId(text: string): boolean {
  return UPLOAD_ID.test(text);
}

/** Whether a block of this store can have this version. */
export function isVersion(text: string | undefined): text is string {
  return text !== undefined && /^[0-9a-f]{20}$/.test(text);
}

let latest = 0;
let counter = 0;

/** A version that sorts behind all that this process made before, also when its clock was set back, and behind others' by the clock. */
export function newVersion(now: number): string {
  latest = Math.max(latest, now);
  counter = (counter + 1) % 2 ** (2 * TAIL_DIGITS);
  if (counter === 0) latest++;
  const tail = counter.toString(16).padStart(TAIL_DIGITS / 2, "0") + Math.floor(Math.random() * 2 ** (2 * TAIL_DIGITS)).toString(16).padStart(TAIL_DIGITS / 2, "0");
  return latest.toString(16).padStart(TIME_DIGITS, "0") + tail;
}

/** A block's name as Azure takes it. */
export function blockId({ uploadId, partNumber, version }: BlockName): string {
  return Buffer.from(`${uploadId}${String(partNumber).padStart(NUMBER_DIGITS, "0")}${version}`).toString("base64");
}

/** What a block's name tells; `undefined` when another tool made it. */
export function parseBlockId(name: string): BlockName | undefined {
  const [, uploadId, partNumber, version] = NAME.exec(Buffer.from(name, "base64").toString()) ?? [];
  if (uploadId === undefined || partNumber === undefined || version === undefined) return undefined;
  return { uploadId, partNumber: Number(partNumber), version };
}
