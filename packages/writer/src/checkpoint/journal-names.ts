// The names of a journal's objects. Epochs and records lie in folders of their own, so that listing epochs stays cheap however
// many records there are.

const EPOCHS = "epochs/";
const RECORDS = "records/";
const EPOCH_DIGITS = 6;
const SEQUENCE_DIGITS = 8;
const EPOCH_NAME = /^epochs\/(\d{6})$/;
const RECORD_NAME = /^records\/(\d{8})-(\d{6})$/;
const FOLDER_NAME = /^[0-9a-f]{32}$/;
/** Bytes of the hash that names a folder. */
const FOLDER_BYTES = 16;

/** A record by its name. */
export interface RecordName {
  readonly epoch: number;
  readonly sequence: number;
}

/** The folder of the journal of an SST, by the hash of the SST's path: paths may be longer than would fit under a prefix. */
export async function journalFolder(prefix: string, path: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(path))).subarray(0, FOLDER_BYTES);
  return inside(prefix, Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join(""));
}

/** A name under a prefix, which may be empty: the root of a store. */
export function inside(prefix: string, name: string): string {
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** The folder's name of a journal that an object under a prefix belongs to, if any. */
export function folderNameOf(prefix: string, path: string): string | undefined {
  const [name = "", ...rest] = path.slice(prefix === "" ? 0 : prefix.length + 1).split("/");
  return FOLDER_NAME.test(name) && rest.length > 0 ? name : undefined;
}

export function epochsPrefix(folder: string): string {
  return `${folder}/${EPOCHS}`;
}

export function epochPath(folder: string, epoch: number): string {
  return `${folder}/${EPOCHS}${String(epoch).padStart(EPOCH_DIGITS, "0")}`;
}

export function recordPath(folder: string, { epoch, sequence }: RecordName): string {
  return `${folder}/${RECORDS}${String(sequence).padStart(SEQUENCE_DIGITS, "0")}-${String(epoch).padStart(EPOCH_DIGITS, "0")}`;
}

/** The epoch that an object of a journal stands for; undefined for any other object. */
export function epochOf(folder: string, path: string): number | undefined {
  const [, epoch] = EPOCH_NAME.exec(path.slice(folder.length + 1)) ?? [];
  return epoch === undefined ? undefined : Number(epoch);
}

/** The record that an object of a journal is; undefined for any other object. */
export function recordOf(folder: string, path: string): RecordName | undefined {
  const match = RECORD_NAME.exec(path.slice(folder.length + 1));
  return match === null ? undefined : { sequence: Number(match[1]), epoch: Number(match[2]) };
}

/**
 * The records that follow each other, by their names alone. What a writer has written after another one had resumed from before it
 * is not among them: the first record of an epoch takes the place of all earlier epochs' records from its sequence on.
 */
export function chainOf(records: readonly RecordName[]): RecordName[] {
  const chain: RecordName[] = [];
  for (const record of [...records].sort((left, right) => left.epoch - right.epoch || left.sequence - right.sequence)) {
    for (let last = chain.at(-1); last !== undefined && last.sequence >= record.sequence; last = chain.at(-1)) chain.pop();
    chain.push(record);
  }
  return chain;
}
