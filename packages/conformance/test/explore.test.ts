import { it } from "vitest";
import { createDatabase, writeRun } from "@slate-sst/ingest";
import { CompressionFormat, encodeManifestV1, decodeManifest } from "@slate-sst/format";
import { LocalObjectStore } from "@slate-sst/object-store";
import { openDatabase } from "../src/oracle/database.js";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listFiles, TempFolder } from "../src/oracle/folders.js";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));

it("compaction", async () => {
  using folder = new TempFolder("ingest");
  const store = new LocalObjectStore(folder.path);
  const rows = Array.from({ length: 5000 }, (_, i) => ({ key: `key${String(i).padStart(6, "0")}`, value: `v${i}` }));
  const ssts = await writeRun(store, "db", rows, { sstSize: 20_000, formatVersion: 1 });
  await createDatabase(store, "db", ssts);
  const t = performance.now();
  {
    await using db = await openDatabase(folder.path, "db", { slateDb: { "l0_max_ssts": 4, "compactor_options.poll_interval": "50ms", "manifest_poll_interval": "50ms" }, limitMs: 20000 });
    for (let i = 0; i < 12; i++) {
      for (let k = 0; k < 50; k++) await db.put(bytes(`key${String((i * 397 + k * 11) % 6000).padStart(6, "0")}`), bytes(`new${i}-${k}`));
      await db.flush();
      console.log(i, performance.now() - t);
    }
    console.log((await db.readAll()).length);
  }
  const man = listFiles(folder.path).filter((f) => f.endsWith(".manifest")).at(-1)!;
  const m = decodeManifest(new Uint8Array(readFileSync(join(folder.path, man)))).manifest as any;
  console.log(man, m.l0.length, m.compacted.map((r: any) => [r.id, r.ssts.length, r.ssts.map((s: any) => s.formatVersion)]), m.lastL0Seq, m.recentSnapshotMinSeq);
}, 60_000);

it("split key", async () => {
  using folder = new TempFolder("ingest");
  const store = new LocalObjectStore(folder.path);
  const one = await writeRun(store, "db", [{ key: "a", value: "a", seq: 9n }, { key: "k", value: "new", seq: 8n }]);
  const two = await writeRun(store, "db", [{ key: "k", value: "old", seq: 3n }, { key: "z", value: "z", seq: 7n }]);
  const { mkdirSync } = await import("node:fs");
  const { parseUlid } = await import("@slate-sst/format");
  const conv = (s: any) => ({ id: parseUlid(s.path.slice(-30, -4)), formatVersion: 2, info: Object.fromEntries(Object.entries(s.info).filter(([k]) => !k.startsWith("$")).map(([k, v]) => [k, typeof v === "bigint" ? Number(v) : v])) });
  mkdirSync(join(folder.path, "db/manifest"));
  writeFileSync(join(folder.path, "db/manifest/00000000000000000001.manifest"), encodeManifestV1({ manifestId: 0n, initialized: true, writerEpoch: 0n, compactorEpoch: 0n, replayAfterWalId: 0n, walIdLastSeen: 0n, l0: [], compacted: [{ id: 0, ssts: [...one, ...two].map(conv) as any }], lastL0ClockTick: 0n, checkpoints: [], lastL0Seq: 9n, recentSnapshotMinSeq: 9n }));
  await using db = await openDatabase(folder.path, "db");
  console.log(Buffer.from((await db.get(bytes("k"))) ?? []).toString(), (await db.readAll()).map((r) => [Buffer.from(r.key).toString(), Buffer.from(r.value).toString()]));
  void CompressionFormat;
});
