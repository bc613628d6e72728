// What runs in a compression worker: batches of blocks come in, compressed ones go out.
import { parentPort, workerData } from "node:worker_threads";
import { type Codec, type CompressionName, loadCodec } from "@slate-sst/format";
import { type Batch, compressBatch } from "./compression-batch.js";

const port = parentPort;
if (port === null) throw new Error("this is a worker's module");
const codec: Promise<Codec> = loadCodec((workerData as { readonly codec: CompressionName }).codec);

port.on("message", (batch: Batch) => {
  codec.then((loaded) => {
    const done = compressBatch((payload) => loaded.compress(payload), batch);
    port.postMessage({ batch: done }, [done.bytes.buffer as ArrayBuffer, done.ends.buffer as ArrayBuffer]);
  }).catch((error: unknown) => {
    port.postMessage({ problem: error instanceof Error ? error.message : String(error) });
  });
});
