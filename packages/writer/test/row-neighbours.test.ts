// What rows have in common with the one before is kept between calls: every number that changes, to 0 too, and in either half, is written.
import { MemoryObjectStore } from "@slate-sst/object-store";
import { describe, expect, it } from "vitest";
import { SstWriter } from "../src/index.js";
import { asRow, bytesOf, lines, PATH, type SampleRow } from "./sample-rows.js";
import { readSst } from "./sst-file.js";

/** Both halves, one of them, none, and none again. */
const NUMBERS = [2n ** 32n + 1n, 1n, 2n ** 32n, 0n, 2n ** 33n, 0n, 2n, 0n];
const plain: SampleRow = { kind: "put", key: bytesOf("k"), value: bytesOf("v"), seq: 0n, createTs: 0n, expireTs: 0n };

/** Rows in which one field alone changes. */
const rowsOf = (field: "seq" | "createTs" | "expireTs"): SampleRow[] => NUMBERS.map((number, at) => ({ ...plain, key: bytesOf(`k${at}`), [field]: number }));

describe.each(["seq", "createTs", "expireTs"] as const)("rows that differ from the one before in %s alone", (field) => {
  const rows = rowsOf(field);

  it.each([[{}], [{ formatVersion: 1 }], [{ onDuplicate: "keepLast" }]] as const)("are read as they were added: %o", async (config) => {
    const store = new MemoryObjectStore();
    const writer = await SstWriter.create(store, PATH, config);
    for (const row of rows) await writer.add(asRow(row));
    const metadata = await writer.close();
    expect(lines((await readSst(await store.get(PATH))).rows)).toEqual(lines(rows));
    const [least, greatest] = field === "seq" ? [metadata.minSeq, metadata.maxSeq] : field === "createTs" ? [metadata.minCreateTs, metadata.maxCreateTs] : [metadata.minExpireTs, metadata.maxExpireTs];
    expect([least, greatest]).toEqual([0n, 2n ** 33n]);
  });
});

it("rows whose kind or presence of a timestamp alone changes are read as they were added", async () => {
  const shapes: SampleRow[] = [
    plain, { ...plain, kind: "merge" }, { ...plain, kind: "delete", value: new Uint8Array(0) }, plain, { ...plain, createTs: undefined }, plain, { ...plain, expireTs: undefined }, { ...plain, createTs: undefined, expireTs: undefined }, plain,
  ];
  const rows = shapes.map((row, at) => ({ ...row, key: bytesOf(`k${at}`) }));
  const store = new MemoryObjectStore();
  const writer = await SstWriter.create(store, PATH);
  for (const row of rows) await writer.add(asRow(row));
  await writer.close();
  expect(lines((await readSst(await store.get(PATH))).rows)).toEqual(lines(rows));
});
