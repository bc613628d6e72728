// What an SST is made with: encoder, sections and output belong together, and begin together when rows are replayed.
import { encodeInfo, FOOTER_BYTES, SECTION_BYTES } from "@slate-sst/format";
import type { SstMetadata } from "@slate-sst/format/proto";
import type { Checkpointer } from "./checkpoint/checkpointer.js";
import type { ResolvedConfig } from "./config.js";
import type { Digest } from "./digest.js";
import { sstMetadata } from "./metadata.js";
import { ObjectOutput } from "./object-output.js";
import { SectionOutput } from "./section-output.js";
import { SstEncoder } from "./sst-encoder.js";
import { sstInfo, writeTail } from "./sst-tail.js";
import type { WriterLife } from "./writer-life.js";
import type { WriterWatch } from "./writer-watch.js";

export interface SstBuildParts {
  readonly path: string;
  readonly config: ResolvedConfig;
  readonly watch: WriterWatch;
  readonly life: WriterLife;
  readonly digest: Digest | undefined;
  readonly checkpoints: Checkpointer | undefined;
  /** Cancels requests that are under way. */
  readonly signal: AbortSignal;
}

/** What was published, and milliseconds that it took. */
export interface Published {
  readonly metadata: SstMetadata;
  readonly phases: { readonly encode: number; readonly upload: number; readonly publish: number };
}

export class SstBuild {
  readonly output: ObjectOutput;
  readonly sections: SectionOutput;
  readonly encoder: SstEncoder;
  readonly #parts: SstBuildParts;

  /** Begins with the first row. */
  constructor(parts: SstBuildParts) {
    this.#parts = parts;
    const { path, config, watch, life, digest, checkpoints, signal } = parts;
    this.output = new ObjectOutput(checkpoints?.upload ?? watch.store, path, {
      mode: config.mode,
      partSize: config.partSize,
      maxPartsInFlight: config.maxPartsInFlight,
      signal,
      onLeave: digest === undefined ? undefined : (bytes) => digest.update(bytes),
      onWaiting: (isWaiting) => watch.waiting(isWaiting),
      onFailure: (error) => void life.fail(error),
    });
    this.sections = new SectionOutput(this.output, config);
    this.encoder = new SstEncoder(config, this.output, this.sections, (error) => life.fail(error), watch.onBlock, undefined, checkpoints);
    checkpoints?.attach(this.output, this.sections, this.encoder);
  }

  /** Bytes of the object if it ended here; what is still to be compressed counts in full. */
  estimatedSize(): number {
    const { encoder } = this;
    if (encoder.rows === 0) return 0;
    // Only whether they are 0 matters for the length.
    const place = { offset: 1, length: 1 };
    const filter = { offset: 1, length: encoder.filterSize };
    const info = encodeInfo(sstInfo(encoder, this.#parts.config, { filter, index: place, stats: place }));
    return encoder.sizeWithoutInfo + info.length + SECTION_BYTES + FOOTER_BYTES;
  }

  /** Writes what is left and publishes the object. */
  async publish(): Promise<Published> {
    const { path, config, watch, digest, checkpoints } = this.#parts;
    const { output, sections, encoder } = this;
    const begun = performance.now();
    checkpoints?.stop();
    await encoder.finishBlocks();
    const tail = await writeTail(encoder, config, sections, output);
    const encoded = performance.now();
    const object = { path, store: watch.store.url, size: output.position, crc32: sections.crc32 };
    checkpoints?.finish(sstMetadata(encoder, config, tail, { ...object, sha256: undefined, etag: undefined }));
    const { etag } = await output.finish();
    await checkpoints?.published();
    const publish = watch.store.publishDuration;
    const metadata = sstMetadata(encoder, config, tail, { ...object, sha256: digest?.finish(), etag });
    return { metadata, phases: { encode: encoded - begun, upload: performance.now() - encoded - publish, publish } };
  }

  /** Waits until nothing is under way any more; what was staged stays. Never rejects. */
  async keep(): Promise<void> {
    await this.#stop();
    await this.output.abort().catch(() => undefined);
    await this.#parts.checkpoints?.keep();
  }

  /** Removes what was staged, and the journal. */
  async discard(): Promise<void> {
    await this.#stop();
    await this.output.abort();
    await this.#parts.checkpoints?.discard();
  }

  async #stop(): Promise<void> {
    const { failure } = this.#parts.life;
    if (failure !== undefined) this.output.stop(failure);
    await this.encoder.stage.settled().catch(() => undefined);
  }
}
