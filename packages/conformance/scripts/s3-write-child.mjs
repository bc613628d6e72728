// The process that s3-write.mjs measures: writes rows into one SST, to a folder or to an S3 server, and prints what it took
// as one line of JSON.
import { LocalObjectStore } from "@slate-sst/object-store";
import { S3ObjectStore } from "@slate-sst/object-store-s3";
import { SstWriter } from "@slate-sst/writer";
import { GeneratedRows } from "./generated-rows.mjs";

const BYTES_PER_KIB = 1024;

const [place = "", rowsText, name = "", signed] = process.argv.slice(2);
const store = place.startsWith("http:")
  ? new S3ObjectStore({ bucket: "bucket", endpoint: place, provider: "aws", signPayload: signed === "signed", credentials: { accessKeyId: "test", secretAccessKey: "secret" } })
  : new LocalObjectStore(place);

const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
const generated = new GeneratedRows();
const writer = await SstWriter.create(store, name);
for (let row = 0; row < Number(rowsText); row++) {
  generated.next();
  const wait = writer.put(generated.key, generated.value, generated.times);
  if (wait !== undefined) await wait;
}
const { info, size, crc32 } = await writer.close();
const { user, system } = process.cpuUsage(cpuBefore);
if (info === undefined) throw new Error("the metadata has no info");
console.log(JSON.stringify({
  size: Number(size),
  crc32,
  tail: Number(info.filterLen + info.indexLen + info.statsLen),
  peak: process.resourceUsage().maxRSS * BYTES_PER_KIB,
  seconds: (performance.now() - startedAt) / 1000,
  cpu: (user + system) / 1e6,
}));
