// Columns that a scan gives are columns that a writer takes: an SST copied that way has the same bytes.
import { MemoryObjectStore } from "@slate-sst/object-store";
import { SstReader } from "@slate-sst/reader";
import { SstWriter } from "@slate-sst/writer";
import { describe, expect, it } from "vitest";
import { randomCase } from "../src/random-rows.js";
import { toRow } from "./laws/law.js";

describe("an SST copied by columns", () => {
  it.each([1, 7, 1000])("has the same bytes, %i rows at a time", async (rowsMax) => {
    const store = new MemoryObjectStore();
    for (const seed of [1, 2, 3, 4]) {
      const { rows, config: { compression, minFilterKeys, filterBitsPerKey }, title } = randomCase(seed);
      const config = { compression, minFilterKeys, filterBitsPerKey };
      const writer = await SstWriter.create(store, `${seed}.sst`, config);
      await writer.writeAll(rows.map(toRow));
      await writer.close();
      await using reader = await SstReader.open(store, `${seed}.sst`);
      const copy = await SstWriter.create(store, `${seed}-copy.sst`, config);
      for await (const columns of reader.scanColumns({ rowsMax })) await copy.writeColumns(columns);
      await copy.close();
      expect(Buffer.compare(await store.get(`${seed}-copy.sst`), await store.get(`${seed}.sst`)), title).toBe(0);
    }
  });
});
