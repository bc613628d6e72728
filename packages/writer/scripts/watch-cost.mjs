// What watching costs: CPU time of the same rows written without anybody listening, with a listener, and with OpenTelemetry.
// `node packages/writer/scripts/watch-cost.mjs [--rows 1000000] [--rounds 9] [--against <dist of another build>]`, after a build.
// Rounds are interleaved; the figure is the median of each round's ratio to the first variant.
import { parseArgs } from "node:util";
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { SstWriter } from "../dist/index.js";
import { openTelemetry } from "../dist/opentelemetry.js";

const { values } = parseArgs({ options: { rows: { type: "string", default: "1000000" }, rounds: { type: "string", default: "9" }, against: { type: "string" } } });
const rows = Number(values.rows);
const variants = [
  ["nobody listens", SstWriter, {}],
  ["a listener", SstWriter, { onEvent: () => undefined }],
  ["openTelemetry(), no SDK", SstWriter, { telemetry: openTelemetry() }],
];
if (values.against !== undefined) {
  const other = await import(pathToFileURL(resolve(values.against, "index.js")).href);
  variants.unshift(["the other build", other.SstWriter, {}]);
}

const key = new Uint8Array(16);
const view = new DataView(key.buffer);
const value = new Uint8Array(100).fill(7);

/** A store that forgets what it is given, so that nothing but the writer is measured. */
function sink() {
  const store = new MemoryObjectStore();
  store.uploadPart = async (_path, _id, partNumber, body) => ({ partNumber, size: body.length, etag: "e", checksum: undefined });
  store.completeUpload = async () => ({ etag: "e" });
  return store;
}

async function write(Writer, config) {
  const writer = await Writer.create(sink(), "a.sst", config);
  const before = process.cpuUsage();
  for (let row = 0; row < rows; row++) {
    view.setUint32(12, row);
    const wait = writer.put(key, value);
    if (wait !== undefined) await wait;
  }
  await writer.close();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

for (const [, Writer, config] of variants) await write(Writer, config);
const times = variants.map(() => []);
for (let round = 0; round < Number(values.rounds); round++) {
  const order = variants.map((_, at) => (at + round) % variants.length);
  for (const at of order) times[at][round] = await write(variants[at][1], variants[at][2]);
}
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
for (const [at, [name]] of variants.entries()) {
  const ratio = median(times[at].map((time, round) => time / times[0][round]));
  console.log(`${name.padEnd(26)} ${((median(times[at]) * 1000) / rows).toFixed(1)} ns a row, ${ratio.toFixed(3)} of ${variants[0][0]}`);
}
