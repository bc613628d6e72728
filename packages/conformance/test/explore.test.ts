import { it } from "vitest";
import { writeRun } from "@slate-sst/ingest";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { SstWriter, type Row } from "@slate-sst/writer";

it("speed", async () => {
  const n = 1_000_000;
  const rows: Row[] = Array.from({ length: n }, (_, i) => ({ key: Buffer.from(`key${String(i).padStart(9, "0")}`), value: Buffer.alloc(60, i & 255) }));
  for (let round = 0; round < 3; round++) {
    for (const compression of ["none", "lz4"] as const) {
      let t = performance.now();
      const w = await SstWriter.create(new MemoryObjectStore(), "a", { compression });
      await w.writeAll(rows);
      const m = await w.close();
      const a = performance.now() - t;
      t = performance.now();
      const one = await writeRun(new MemoryObjectStore(), "db", rows, { compression });
      const b = performance.now() - t;
      t = performance.now();
      const many = await writeRun(new MemoryObjectStore(), "db", rows, { compression, sstSize: 4_000_000 });
      const c = performance.now() - t;
      console.log(compression, Number(m.size), "writer", a | 0, "run1", b | 0, one.length, "run many", c | 0, many.length, many.slice(0, 3).map((s) => Number(s.size)));
    }
  }
}, 120_000);
