// What watching costs: CPU time of the same rows written without anybody listening, with a listener, and with OpenTelemetry.
// `node packages/writer/scripts/watch-cost.mjs [--rows 1000000] [--rounds 9] [--against <dist of another build>]`, after a build.
// Each run is a process of its own, since engines compile a loop for all that it has met. Rounds are interleaved; the figures
// are medians, of the times and of each round's ratio to the first variant.
import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const script = fileURLToPath(import.meta.url);
const here = resolve(script, "../../dist");

/** A store that forgets what it is given, so that nothing but the writer is measured. */
async function sink() {
  const { MemoryObjectStore } = await import("@slate-sst/object-store");
  const store = new MemoryObjectStore();
  store.uploadPart = async (_path, _id, partNumber, body) => ({ partNumber, size: body.length, etag: "e", checksum: undefined });
  store.completeUpload = async () => ({ etag: "e" });
  return store;
}

async function configOf(variant) {
  if (variant === "a listener") return { onEvent: () => undefined };
  if (variant !== "openTelemetry(), no SDK") return {};
  const { openTelemetry } = await import(pathToFileURL(resolve(here, "opentelemetry.js")).href);
  return { telemetry: openTelemetry() };
}

async function write(SstWriter, config, rows) {
  const key = new Uint8Array(16);
  const view = new DataView(key.buffer);
  const value = new Uint8Array(100).fill(7);
  const writer = await SstWriter.create(await sink(), "a.sst", config);
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

const { values } = parseArgs({
  options: { rows: { type: "string", default: "1000000" }, rounds: { type: "string", default: "9" }, against: { type: "string" }, variant: { type: "string" }, dist: { type: "string" } },
});
if (values.variant !== undefined) {
  const { SstWriter } = await import(pathToFileURL(resolve(values.dist, "index.js")).href);
  const config = await configOf(values.variant);
  await write(SstWriter, config, Number(values.rows) / 4);
  console.log(await write(SstWriter, config, Number(values.rows)));
} else {
  const variants = ["nobody listens", "a listener", "openTelemetry(), no SDK"].map((name) => ({ name, dist: here }));
  if (values.against !== undefined) variants.unshift({ name: "the other build", dist: values.against });
  const times = variants.map(() => []);
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const at of variants.map((_, step) => (step + round) % variants.length)) {
      const { name, dist } = variants[at];
      times[at][round] = Number(execFileSync(process.execPath, [script, "--variant", name, "--dist", dist, "--rows", values.rows], { encoding: "utf8" }));
    }
  }
  const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
  for (const [at, { name }] of variants.entries()) {
    const ratio = median(times[at].map((time, round) => time / times[0][round]));
    console.log(`${name.padEnd(26)} ${((median(times[at]) * 1000) / Number(values.rows)).toFixed(1)} ns a row, ${ratio.toFixed(3)} of ${variants[0].name}`);
  }
}
