// Checkpoints of an SST being written: at the first block boundary behind each part the writer's state is kept, and when the store
// has acknowledged everything before it, it goes into the journal.
import { type BlockTotals, crc32, crc32Combine, crc32WithoutEnd, SstError } from "@slate-sst/format";
import type { CheckpointCursor, SstMetadata } from "@slate-sst/format/proto";
import type { ObjectStore } from "@slate-sst/object-store";
import type { ResolvedConfig } from "../config.js";
import type { ObjectOutput } from "../object-output.js";
import type { SectionOutput } from "../section-output.js";
import { writeError } from "../write-error.js";
import type { WriterWatch } from "../writer-watch.js";
import { BlockDelta, type BlockMark, type ExpectedBlocks } from "./block-delta.js";
import { type Boundary, type Cursor, cursorMessage, type ResumePoint, resumePoint } from "./boundary.js";
import { Divergence } from "./divergence.js";
import type { Journal } from "./journal.js";
import type { BlockBytes, CheckpointInit } from "./journal-record.js";
import { type CheckpointedWriter, JournaledUpload } from "./journaled-upload.js";
import type { KnownPart } from "./known-part.js";
import { removeLostUploads } from "./lost-uploads.js";

/** Records that may wait beside those of the parts under way before the caller has to. */
const CUTS_BESIDE_PARTS = 2;

/** What a checkpoint needs of the encoder. */
export interface CheckpointedEncoder {
  /** The state behind the block that was finished last, while that happens; or behind the last row, when there are no more. */
  boundary(isEnd?: boolean): Boundary;
  /** Hashes of the keys from the one at `from` to before the one at `to`. */
  hashBytes(from: number, to: number): readonly Uint8Array[];
  readonly hashCount: number;
}

/** Where an SST that was begun before is gone on with. */
export interface CheckpointState {
  readonly uploadId: string | undefined;
  readonly parts: readonly KnownPart[];
  /** Undefined when no row needs to be skipped. */
  readonly cursor: Cursor | undefined;
  /** The blocks before it. */
  readonly blocks: ExpectedBlocks;
}

/** The state at a part's end. */
interface Look {
  readonly parts: number;
  readonly cursor: Cursor;
  readonly blocks: BlockMark;
  readonly hashes: number;
}

/** A state that waits for its parts. */
interface Cut {
  readonly parts: number;
  readonly record: CheckpointInit;
  readonly blocks: BlockBytes;
  readonly keyHashes: readonly Uint8Array[];
  readonly point: ResumePoint;
}

export class Checkpointer implements CheckpointedWriter {
  /** What the object goes through on its way to the store. */
  readonly upload: JournaledUpload;
  readonly journal: Journal;
  /** The row behind which a resume would go on now. */
  durable: ResumePoint | undefined;
  /** Where this writer itself has begun. */
  resumeAfter: ResumePoint | undefined;
  finished: SstMetadata | undefined;
  end: CheckpointCursor | undefined;
  readonly #store: ObjectStore;
  readonly #path: string;
  readonly #watch: WriterWatch;
  readonly #partSize: number;
  readonly #everyParts: number;
  readonly #cutsMax: number;
  readonly #onFailure: (error: SstError) => void;
  readonly #divergence: Divergence;
  #state: CheckpointState | undefined;
  readonly #blocks = new BlockDelta();
  readonly #cuts: Cut[] = [];
  #writing: Promise<void> | undefined;
  #output: ObjectOutput | undefined;
  #sections: SectionOutput | undefined;
  #encoder: CheckpointedEncoder | undefined;
  /** Bytes in parts, and their CRC-32. */
  #base = 0;
  #crc32 = 0;
  #hashesKept = 0;
  /** The state at the end of the last part, unless there is a record of it. */
  #look: Look | undefined;
  /** Parts of the last record, be it written or not. */
  #partsCut = 0;
  /** Parts up to which a replay passes checkpoints that the journal has. */
  #partsKept = 0;
  #hasEnded = false;
  #failure: unknown;

  /** @param onFailure told when a record cannot be written. */
  constructor(store: ObjectStore, path: string, config: ResolvedConfig, journal: Journal, watch: WriterWatch, onFailure: (error: SstError) => void) {
    this.#store = store;
    this.#path = path;
    this.#partSize = config.partSize;
    this.#everyParts = config.checkpoint?.everyParts ?? 1;
    this.#cutsMax = config.maxPartsInFlight + CUTS_BESIDE_PARTS;
    this.#onFailure = onFailure;
    this.journal = journal;
    this.#divergence = new Divergence(path, config.partSize);
    this.upload = new JournaledUpload(watch.store, store, journal, this, this.#divergence);
    this.#watch = watch;
  }

  /** Goes on from what the journal says. */
  load(state: CheckpointState): void {
    this.#state = state;
    this.upload.load(state);
    this.resumeAfter = state.cursor === undefined ? undefined : resumePoint(state.cursor);
    this.durable = this.resumeAfter;
  }

  /** Begins to watch what is written, from the first byte on. */
  attach(output: ObjectOutput, sections: SectionOutput, encoder: CheckpointedEncoder): void {
    this.#base = 0;
    this.#crc32 = 0;
    this.#hashesKept = 0;
    this.#look = undefined;
    this.#partsCut = 0;
    this.#blocks.clear();
    this.#output = output;
    this.#sections = sections;
    this.#encoder = encoder;
  }

  /** Output and encoder have gone on behind the journal's last checkpoint, or will be given rows from the first one on. */
  tellResumed(mode: "seek" | "replay"): void {
    const parts = this.#state?.parts ?? [];
    const bytes = parts.reduce((sum, { receipt }) => sum + receipt.size, 0);
    const { rows = 0, key: lastKey } = this.resumeAfter ?? {};
    // A replay counts each part when it comes to it.
    if (mode === "replay") this.#watch.store.countAnew();
    else if (parts.length > 0) this.#watch.store.countParts(parts.length, bytes);
    const { pending } = this.#state?.cursor ?? {};
    this.#watch.resumeFrom({ rows, bytesEncoded: bytes + (pending?.length ?? 0), bytesUploaded: bytes, parts: parts.length });
    this.#watch.emitter.emit({ type: "resumed", mode, rows, parts: parts.length, bytes, epoch: this.journal.epoch, lastKey });
  }

  /** Output and encoder have gone on behind the journal's last checkpoint. */
  hasGoneOn(): void {
    this.#base = this.#output!.base;
    this.#partsCut = this.#base / this.#partSize;
    this.#hashesKept = this.#encoder!.hashCount;
    const { pending, crc32: crc } = this.#state!.cursor!;
    this.#crc32 = crc32WithoutEnd(crc, crc32(pending), pending.length);
  }

  /** Everything up to the journal's last checkpoint will be written again. */
  expectReplay(): void {
    this.#divergence.expect(this.#state!.blocks);
    this.#partsKept = this.#state!.parts.length;
  }

  /** What will be published, all of whose rows are encoded. */
  finish(metadata: SstMetadata): void {
    this.finished = metadata;
    this.end = cursorMessage({ ...this.#encoder!.boundary(true), crc32: metadata.crc32, pending: new Uint8Array(0) });
  }

  /** A block has gone into the output. @throws SstError ERR_SST_REPLAY_DIVERGED when a replay was to give another one. */
  addBlock(length: number, separator: Uint8Array, start: number, end: number, totals: BlockTotals): void {
    const crc = this.#sections!.crc32;
    if (this.#partsKept > 0) this.#divergence.check(length, crc);
    this.#blocks.add(length, crc, separator, start, end, totals);
  }

  /**
   * The output has sent what makes whole parts behind a block.
   * @param wait what the caller would wait for otherwise. @returns a promise when the caller must wait before it writes on.
   */
  drained(wait: Promise<void> | undefined): Promise<void> | undefined {
    const { base } = this.#output!;
    if (base === this.#base || this.#hasEnded) return wait;
    const pending = this.#output!.bytes.subarray(0, this.#output!.at);
    const crc = crc32WithoutEnd(this.#sections!.crc32, crc32(pending), pending.length);
    const parts = base / this.#partSize;
    // One part more: its CRC-32 follows from those of the bytes up to its beginning and up to its end.
    if (base - this.#base === this.#partSize) this.upload.tellCrc32(parts, (crc32Combine(this.#crc32, 0, this.#partSize) ^ crc) >>> 0);
    this.#base = base;
    this.#crc32 = crc;
    if (parts <= this.#partsKept) {
      this.#blocks.clear();
      this.#hashesKept = this.#encoder!.hashCount;
      this.#partsCut = parts;
      return wait;
    }
    this.#lookAt(parts);
    if (parts - this.#partsCut >= this.#everyParts) this.#cut();
    const isBehind = this.#writing !== undefined && this.#cuts.length > this.#cutsMax;
    if (!isBehind) return wait;
    const both = Promise.all([wait, this.#writing]).then(() => undefined);
    // A caller that ignores back-pressure still meets the failure, at its next call.
    both.catch(() => undefined);
    return both;
  }

  /** No more rows follow: what is finished now is not where rows would go on. */
  stop(): void {
    this.#hasEnded = true;
  }

  partArrived(): void {
    if (this.#writing === undefined && this.#isDue) this.#writing = Promise.resolve().then(() => this.#record());
  }

  async recorded(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** The object is there: nothing is left to go on with. */
  async published(): Promise<void> {
    this.journal.unbind();
    await this.journal.remove("published");
  }

  /** A record of the last part follows, though it was not due yet. */
  recordRest(): void {
    this.#cut();
  }

  /** Leaves upload and journal as they are, once nothing is under way any more. What the journal knows less than the store, it learns. */
  async keep(): Promise<void> {
    this.journal.unbind();
    // An older writer touches nothing any more.
    if (await this.journal.isCurrent().catch(() => false)) this.recordRest();
    await this.#rest();
  }

  async #rest(): Promise<void> {
    this.#hasEnded = true;
    while (this.#writing !== undefined) await this.#writing;
    await this.journal.settled();
  }

  /** Removes upload and journal, unless a newer writer has them. Nothing may be under way any more but records. */
  async discard(): Promise<void> {
    await this.#rest();
    this.journal.unbind();
    if (!(await this.journal.isCurrent())) return;
    const { uploadId } = this.upload;
    if (uploadId !== undefined) await this.#store.abortUpload(this.#path, uploadId);
    await removeLostUploads(this.#store, this.#path, this.journal.begunAt, undefined);
    await this.journal.remove("given up");
  }

  #lookAt(parts: number): void {
    const { bytes, at } = this.#output!;
    const encoder = this.#encoder!;
    const cursor = { ...encoder.boundary(), crc32: this.#sections!.crc32, pending: bytes.slice(0, at) };
    this.#look = { parts, cursor, blocks: this.#blocks.mark, hashes: encoder.hashCount };
    this.#state = undefined;
  }

  #cut(): void {
    if (this.#look === undefined) return;
    const { parts, cursor, blocks, hashes } = this.#look;
    this.#look = undefined;
    const keyHashes = this.#encoder!.hashBytes(this.#hashesKept, hashes);
    this.#hashesKept = hashes;
    this.#partsCut = parts;
    this.#cuts.push({ parts, record: { cursor: cursorMessage(cursor) }, blocks: this.#blocks.take(blocks), keyHashes, point: resumePoint(cursor) });
    this.partArrived();
  }

  /** Whether there is a record whose parts are there. */
  get #isDue(): boolean {
    const [cut] = this.#cuts;
    return cut !== undefined && cut.parts <= this.upload.partsThere && this.#failure === undefined;
  }

  /** Writes the records whose parts are there. */
  async #record(): Promise<void> {
    try {
      while (this.#isDue) {
        const cut = this.#cuts[0]!;
        const begun = performance.now();
        const { sequence, size } = await this.journal.append({ ...cut.record, parts: this.upload.takeUnrecorded(cut.parts) }, cut);
        this.#cuts.shift();
        this.#blocks.giveBack(cut.blocks);
        this.durable = cut.point;
        const { key: lastKey, rows } = cut.point;
        this.#watch.emitter.emit({ type: "checkpoint", sequence, rows, parts: cut.parts, size, duration: performance.now() - begun, lastKey });
      }
    } catch (error) {
      this.#failure ??= error;
      this.#onFailure(error instanceof SstError ? error : writeError(this.#path, error));
    }
    // In the same step as the last look: a part that arrives from here on is looked at by itself.
    this.#writing = undefined;
  }
}
