// A writer's parts as whoever watches it sees them: read when somebody asks, never counted for it.
import type { SstBuild } from "./sst-build.js";
import type { WriterLife } from "./writer-life.js";
import type { WatchedWriter } from "./writer-watch.js";

/** Memory that the filter takes for a row until close(). */
const KEY_HASH_BYTES = 8;

export interface WriterParts {
  readonly life: WriterLife;
  /** Another one when rows are replayed. */
  build(): SstBuild;
  readonly hasFilter: boolean;
  /** Bytes that the store has acknowledged. */
  bytesUploaded(): number;
  /** What the object would have if it were closed now. */
  sizeNow(): number;
}

export function watchedWriter(parts: WriterParts): WatchedWriter {
  const { life } = parts;
  return {
    get state() {
      return life.state;
    },
    get rows() {
      return parts.build().encoder.rows;
    },
    get position() {
      const { encoder, output } = parts.build();
      encoder.takeFinished();
      return output.position;
    },
    get crc32() {
      return parts.build().sections.crc32;
    },
    sizeNow: () => parts.sizeNow(),
    totals: () => {
      const { encoder, output } = parts.build();
      encoder.takeFinished();
      const { stats, index, rows } = encoder;
      const { numPuts: puts, numDeletes: deletes, numMerges: merges, rawKeySize: rawKeyBytes, rawValSize: rawValueBytes } = stats.totals;
      const filter = parts.hasFilter ? rows * KEY_HASH_BYTES : 0;
      const memory = { buffers: output.position - parts.bytesUploaded(), filter, index: index.sizeMax, stats: stats.finishedSize };
      return { puts, deletes, merges, rawKeyBytes, rawValueBytes, blocks: index.blocks, memory };
    },
  };
}
