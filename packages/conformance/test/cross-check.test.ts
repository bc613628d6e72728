// Four opinions on every row of every golden SST, WAL files among them: the side-car, our reader's scan, the parsers that
// the Kaitai compiler made of the spec, and real SlateDB.
import { loadCodec } from "@slate-sst/format";
import { referenceRows } from "@slate-sst/format/reference";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { SstReader } from "@slate-sst/reader";
import { describe, expect, it } from "vitest";
import { readSstRows } from "../src/oracle/sst-rows.js";
import { firstRowDifference } from "../src/row-difference.js";
import { sectionPayload, sstSections } from "../src/sst-sections.js";
import { goldenSsts, type GoldenRow } from "../src/vectors.js";

async function scanned(bytes: Uint8Array): Promise<GoldenRow[]> {
  const store = new MemoryObjectStore();
  await store.put("a.sst", bytes, { mode: "create" });
  await using reader = await SstReader.open(store, "a.sst");
  const rows: GoldenRow[] = [];
  for await (const { kind, key, value, seq, createTs, expireTs } of reader.scan()) rows.push({ kind, key: key.slice(), value: value?.slice(), seq, createTs, expireTs });
  return rows;
}

describe("our reader, the Kaitai parsers and real SlateDB agree on every row", () => {
  it.each(goldenSsts().map((golden) => [golden.name, golden] as const))("%s", async (_, { bytes, rows, config }) => {
    const codec = await loadCodec(config.compression);
    const { formatVersion, blocks } = sstSections(bytes, codec);
    expect(firstRowDifference(await scanned(bytes), rows), "our reader").toBeUndefined();
    expect(firstRowDifference(blocks.flatMap((block) => referenceRows(formatVersion, sectionPayload(bytes, block, codec))), rows), "the Kaitai parsers").toBeUndefined();
    // Real SlateDB says 0 where a row has no creation time.
    const told = (await readSstRows(bytes)).map((row, i) => (rows[i]?.createTs === undefined && row.createTs === 0n ? { ...row, createTs: undefined } : row));
    expect(firstRowDifference(told, rows), "real SlateDB").toBeUndefined();
  });
});
