// Rows that come one by one from elsewhere: none is asked for while the upload lags behind.
import { MemoryObjectStore } from "@slate-sst/object-store";
import { expect, it } from "vitest";
import { type Row, SstWriter } from "../src/index.js";
import { GatedObjectStore } from "./gated-object-store.js";
import { PATH } from "./sample-rows.js";

it.each(["async", "sync"] as const)("%s rows are not asked for before there is room", async (kind) => {
  const gate = new GatedObjectStore(new MemoryObjectStore(), { methods: ["uploadPart"] });
  const writer = await SstWriter.create(gate, PATH, { partSize: 2048, blockSize: 1024, maxPartsInFlight: 1 });
  let asked = 0;
  const row = (): Row => ({ key: `key-${String(asked++).padStart(6, "0")}`, value: new Uint8Array(200) });
  async function* asynchronous(): AsyncGenerator<Row> {
    for (let at = 0; at < 500; at++) yield await Promise.resolve(row());
  }
  function* synchronous(): Generator<Row> {
    for (let at = 0; at < 500; at++) yield row();
  }
  const writing = writer.writeAll(kind === "async" ? asynchronous() : synchronous());
  await gate.arrivals(1);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(asked).toBeLessThan(100);
  gate.open();
  await writing;
  expect((await writer.close()).rowCount).toBe(500n);
});
