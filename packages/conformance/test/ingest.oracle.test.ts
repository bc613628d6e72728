import { describe, expect, it } from "vitest";
import { createDatabase, writeRun } from "@slate-sst/ingest";
import { LocalObjectStore } from "@slate-sst/object-store";
import { openDatabase, openReader } from "../src/oracle/database.js";
import { listFiles, TempFolder } from "../src/oracle/folders.js";

describe("explore", () => {
  it.each(["", "db", "a/b c/ä"])("root %j", async (root) => {
    using folder = new TempFolder("ingest");
    const store = new LocalObjectStore(folder.path);
    const rows = Array.from({ length: 5000 }, (_, i) => ({ key: `key${String(i).padStart(6, "0")}`, value: `v${i}` }));
    const t0 = performance.now();
    const ssts = await writeRun(store, root, rows, { sstSize: 20_000 });
    console.log(ssts.length, performance.now() - t0, ssts.map((s) => Number(s.size)));
    const made = await createDatabase(store, root, ssts);
    console.log(made, listFiles(folder.path));
    const t1 = performance.now();
    {
      await using reader = await openReader(folder.path, root);
      expect((await reader.readAll()).length).toBe(5000);
    }
    const t2 = performance.now();
    {
      await using db = await openDatabase(folder.path, root);
      expect((await db.readAll()).length).toBe(5000);
      console.log(await db.put(new Uint8Array([1]), new Uint8Array([2])));
      await db.flush();
    }
    const t3 = performance.now();
    {
      await using db = await openDatabase(folder.path, root);
      expect((await db.readAll()).length).toBe(5001);
    }
    console.log(t2 - t1, t3 - t2, performance.now() - t3, listFiles(folder.path));
  });
});
