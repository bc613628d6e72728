// A checkpointer by itself, with an encoder and an output that do no more than it needs.
import { type BlockTotals, crc32, SstError } from "@slate-sst/format";
import { CheckpointFingerprintSchema, create, type WriterCheckpoint } from "@slate-sst/format/proto";
import { MemoryObjectStore, type ObjectStore } from "@slate-sst/object-store";
import type { Boundary } from "../src/checkpoint/boundary.js";
import { type CheckpointedEncoder, Checkpointer, type CheckpointState } from "../src/checkpoint/checkpointer.js";
import { Journal } from "../src/checkpoint/journal.js";
import { resolveConfig } from "../src/config.js";
import type { ObjectOutput } from "../src/object-output.js";
import type { SectionOutput } from "../src/section-output.js";
import { WriterWatch } from "../src/writer-watch.js";
import { PATH } from "./sample-rows.js";
import { settled } from "./watched-rows.js";

export const PART = 1024;
/** Bytes of each block: a part ends in the middle of every second one. */
export const BLOCK = 700;
export const ROWS = 5;
export const FINGERPRINT = create(CheckpointFingerprintSchema, { path: PATH });
export const FOLDER = "journals/x";
export const block = (number: number): Uint8Array => new Uint8Array(BLOCK).fill(number);

interface Options {
  readonly store?: ObjectStore;
  readonly journals?: ObjectStore;
  readonly everyParts?: number;
  readonly maxPartsInFlight?: number;
  /** Goes on with the journal of another one. */
  readonly from?: { readonly journal: Journal; readonly state: CheckpointState };
}

/** A checkpointer whose encoder makes blocks of five rows each, and whose output cuts them into parts. */
export async function openCheckpointer({ store = new MemoryObjectStore(), journals = store, everyParts = 1, maxPartsInFlight = 1, from }: Options = {}) {
  const events: Record<string, unknown>[] = [];
  const failures: SstError[] = [];
  const controller = new AbortController();
  const journal = new Journal(journals, FOLDER, PATH, controller.signal);
  const config = await resolveConfig({ partSize: PART, maxPartsInFlight, checkpoint: { store: journals, prefix: "journals", everyParts } }, store);
  const onEvent = ({ store: _store, path: _path, progress: _progress, ...rest }: Record<string, unknown>): void => void events.push(rest);
  const watch = new WriterWatch(store, PATH, { expectedSize: undefined, expectedRows: undefined, onEvent: (event) => onEvent(event as never), keysInEvents: true, telemetry: undefined });
  const checkpoints = new Checkpointer(store, PATH, config, journal, watch, (error) => failures.push(error));
  const output = { base: 0, at: 0, bytes: new Uint8Array(0) };
  const sections = { crc32: 0 };
  let blocks = 0;
  const key = (): Uint8Array => Uint8Array.of(blocks);
  const boundary = (isEnd = false): Boundary => ({
    rows: blocks * ROWS, offered: blocks * ROWS + (isEnd ? 1 : 0), firstKey: Uint8Array.of(1), lastKey: key(), lastSeq: 7n, seqs: { count: blocks * ROWS, min: 7n, max: 7n },
    createTs: { count: 0, min: undefined, max: undefined }, expireTs: { count: 0, min: undefined, max: undefined },
  });
  const encoder: CheckpointedEncoder = {
    boundary,
    hashBytes: (begin, end) => Array.from({ length: end - begin }, (_, at) => new Uint8Array(8).fill(begin + at)),
    get hashCount() {
      return blocks * ROWS;
    },
  };
  const attach = (): void => {
    [blocks, output.base, output.at, output.bytes, sections.crc32] = [0, 0, 0, new Uint8Array(0), 0];
    checkpoints.attach(output as unknown as ObjectOutput, sections as unknown as SectionOutput, encoder);
  };
  if (from === undefined) await journal.begin(FINGERPRINT);
  else {
    await journal.raise(from.journal.id, from.journal.begunAt, FINGERPRINT);
    checkpoints.load(from.state);
  }
  attach();
  /** What a drained output would have sent. */
  let sent: Promise<unknown>[] = [];
  let created: Promise<{ readonly uploadId: string }> | undefined;
  const upload = async (number: number, body: Uint8Array): Promise<void> => {
    created ??= checkpoints.upload.createUpload(PATH, { mode: "create", partSize: PART });
    await checkpoints.upload.uploadPart(PATH, (await created).uploadId, number, body);
  };
  /** Writes the next block. @returns what the caller would wait for. */
  const write = (content = block(blocks + 1), wait?: Promise<void>): Promise<void> | undefined => {
    blocks++;
    output.bytes = Buffer.concat([output.bytes.subarray(0, output.at), content]);
    output.at += content.length;
    sections.crc32 = crc32(content, sections.crc32);
    const totals: BlockTotals = { numPuts: ROWS, numDeletes: 0, numMerges: 0, rawKeySize: 5, rawValSize: content.length };
    checkpoints.addBlock(content.length, Uint8Array.of(0, blocks), 1, 2, totals);
    while (output.at >= PART) {
      const number = output.base / PART + 1;
      const body = output.bytes.slice(0, PART);
      sent.push(Promise.resolve().then(async () => await upload(number, body)).catch((error: unknown) => error));
      output.bytes = output.bytes.slice(PART);
      output.at -= PART;
      output.base += PART;
    }
    return checkpoints.drained(wait);
  };
  return {
    store, journal, checkpoints, watch, write, attach, output, sections, encoder, failures, controller,
    /** Bytes that are known to be checksummed as told. */
    arrived: async () => {
      const answers = await Promise.all(sent);
      sent = [];
      return answers;
    },
    told: async () => (await settled(), events.splice(0)),
    records: async (): Promise<WriterCheckpoint[]> => await Promise.all((await new Journal(journals, FOLDER, PATH).names()).records.map(async (name) => await new Journal(journals, FOLDER, PATH).readRecord(name))),
    /** What a resume would be given behind so many blocks. */
    stateBehind: (parts: number, number = blocks): CheckpointState => {
      const bytes = Buffer.concat(Array.from({ length: number }, (_, at) => block(at + 1)));
      return {
        uploadId: checkpoints.upload.uploadId, parts: checkpoints.upload.parts.slice(0, parts).map((part) => part!),
        cursor: { ...boundary(), rows: number * ROWS, offered: number * ROWS, lastKey: Uint8Array.of(number), crc32: crc32(bytes), pending: new Uint8Array(bytes.subarray(parts * PART)) },
        blocks: { crc32: Array.from({ length: number }, (_, at) => crc32(bytes.subarray(0, (at + 1) * BLOCK))), rows: Array.from({ length: number }, () => ROWS) },
      };
    },
  };
}

export const cutsOf = (records: readonly WriterCheckpoint[]): unknown[] => records.filter(({ cursor }) => cursor !== undefined).map(({ cursor, parts, keyHashes, blocks }) => ({
  rows: Number(cursor!.rows), parts: parts.map(({ number }) => number), hashes: keyHashes.length / 8, blocks: blocks!.words.length / 32, pending: cursor!.pending.length,
}));
