import { MemoryObjectStore } from "@slate-sst/object-store";
import { RecordingObjectStore } from "@slate-sst/object-store/testing";
import { SstReader, type SstRow } from "@slate-sst/reader";
import { describe, expect, it } from "vitest";
import { rewriteSst } from "../src/rewrite.js";
import { type GoldenRow, goldenSsts, type GoldenSst } from "../src/vectors.js";

const goldens = goldenSsts();

async function opened(golden: GoldenSst): Promise<SstReader> {
  const store = new MemoryObjectStore();
  await store.put("a.sst", golden.bytes, { mode: "create" });
  return SstReader.open(store, "a.sst");
}

async function rowsOf(rows: AsyncIterable<SstRow>): Promise<SstRow[]> {
  const all: SstRow[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

/** A row as text: comparing long arrays element by element takes the test framework seconds. */
function shown(row: SstRow | GoldenRow | undefined): string {
  if (row === undefined) return "no row";
  const bytes = (value: Uint8Array | undefined): string => (value === undefined ? "-" : Buffer.from(value).toString("base64"));
  return [row.kind, bytes(row.key), bytes(row.value), row.seq, row.createTs ?? "-", row.expireTs ?? "-"].join(" ");
}

describe("every golden SST, WAL files among them", () => {
  it.each(goldens.map((golden) => [golden.name, golden] as const))("%s", async (_, golden) => {
    await using reader = await opened(golden);
    expect(reader.info).toMatchObject({ indexOffset: golden.info.indexOffset, filterLen: golden.info.filterLen, statsLen: golden.info.statsLen });
    expect((await rowsOf(reader.scan())).map(shown)).toEqual(golden.rows.map(shown));

    const index = await reader.index();
    expect(index.blocks).toBe(golden.blocks.length);
    for (const [block, { offset, storedLen, indexKey }] of golden.blocks.entries()) {
      expect(index.entry(block)).toEqual({ offset, length: storedLen, separator: indexKey });
    }
    const stats = await reader.stats();
    if (golden.stats === undefined) expect(stats).toBeUndefined();
    else expect({ ...stats, blockStats: stats?.blockStats ?? [] }).toMatchObject(golden.stats);
    const filter = await reader.filter();
    expect(filter?.parts.map(({ probes, bits }) => [probes, bits.length])).toEqual(golden.filter === undefined ? undefined : [[golden.filter.numProbes, golden.filter.bitBytes]]);
    for await (const block of reader.blocks()) expect(block.payload.length).toBe(golden.blocks[block.ordinal]!.rawLen);
  });
});

const sorted = goldens.filter(({ kind }) => kind !== "wal");

describe("get finds the newest row of each key", () => {
  it.each(sorted.map((golden) => [golden.name, golden] as const))("%s", async (_, golden) => {
    await using reader = await opened(golden);
    const newest = new Map<string, (typeof golden.rows)[number]>();
    for (const row of golden.rows) {
      const name = Buffer.from(row.key).toString("hex");
      if (!newest.has(name)) newest.set(name, row);
    }
    const sample = [...newest.values()].filter((_row, place) => place % Math.ceil(newest.size / 50) === 0);
    for (const row of sample) expect(shown(await reader.get(row.key))).toEqual(shown(row));
    for (const row of sample) {
      const behind = Uint8Array.from([...row.key.subarray(0, 60_000), 0]);
      if (!newest.has(Buffer.from(behind).toString("hex"))) expect(await reader.get(behind)).toBeUndefined();
    }
  });
});

describe("scans of ranges equal the rows they should give", () => {
  it.each(["block-1024", "multi-version", "binary-keys", "snappy-mixed", "multi-version-samekey-blocks"])("%s", async (name) => {
    const golden = sorted.find((one) => one.name === name)!;
    await using reader = await opened(golden);
    const keys = golden.rows.map(({ key }) => Buffer.from(key));
    const order = (left: Uint8Array, right: Uint8Array): number => Buffer.compare(left, right);
    for (let step = 0; step < keys.length; step += 23) {
      const low = keys[step]!;
      const high = keys[Math.min(keys.length - 1, step + 20)]!;
      const cases = [
        [{ gte: low, lt: high }, (key: Uint8Array) => order(key, low) >= 0 && order(key, high) < 0],
        [{ gt: low, lte: high }, (key: Uint8Array) => order(key, low) > 0 && order(key, high) <= 0],
        [{ lt: low }, (key: Uint8Array) => order(key, low) < 0],
        [{ gt: high }, (key: Uint8Array) => order(key, high) > 0],
        [{ prefix: low.subarray(0, low.length - 1) }, (key: Uint8Array) => order(key.subarray(0, low.length - 1), low.subarray(0, low.length - 1)) === 0],
        [{ gte: high, lt: low }, () => false],
      ] as const;
      for (const [range, belongs] of cases) {
        const expected = golden.rows.filter(({ key }) => belongs(key));
        expect((await rowsOf(reader.scan(range))).map(shown)).toEqual(expected.map(shown));
        expect((await rowsOf(reader.scan({ ...range, reverse: true }))).map(shown)).toEqual(newestFirstBackwards(expected).map(shown));
        expect(await rowsOf(reader.scan({ ...range, limit: 3 }))).toEqual(expected.slice(0, 3));
        expect(await rowsOf(reader.scan({ ...range, reverse: true, limit: 2 }))).toEqual(newestFirstBackwards(expected).slice(0, 2));
      }
    }
  });
});

/** Keys descend, versions of a key keep their order. */
function newestFirstBackwards<Row extends { readonly key: Uint8Array }>(rows: readonly Row[]): Row[] {
  const groups: Row[][] = [];
  for (const row of rows) {
    const last = groups.at(-1);
    if (last !== undefined && Buffer.compare(last[0]!.key, row.key) === 0) last.push(row);
    else groups.push([row]);
  }
  return groups.reverse().flat();
}

describe("requests", () => {
  it("a small file is opened by its size and one range, and index and stats come from that", async () => {
    const recorded = new RecordingObjectStore(new MemoryObjectStore());
    await recorded.put("a.sst", goldens.find(({ name }) => name === "puts-small")!.bytes, { mode: "create" });
    recorded.reset();
    await using reader = await SstReader.open(recorded, "a.sst");
    await reader.index();
    await reader.stats();
    expect(recorded.calls().map(({ method }) => method)).toEqual(["head", "getRange"]);
  });

  it("an info beyond the first range takes a second one", async () => {
    const recorded = new RecordingObjectStore(new MemoryObjectStore());
    const longest = new Uint8Array(65_535).fill(0x7a);
    const { bytes } = await rewriteSst([{ kind: "put", key: longest, value: new Uint8Array(1), seq: 1n, createTs: undefined, expireTs: undefined }], {});
    await recorded.put("a.sst", bytes, { mode: "create" });
    recorded.reset();
    await using reader = await SstReader.open(recorded, "a.sst");
    expect(recorded.count("getRange")).toBe(2);
    expect(reader.info.lastEntry).toEqual(longest);
  });

  it("a get of a key that the filter denies reads no block", async () => {
    const recorded = new RecordingObjectStore(new MemoryObjectStore());
    await recorded.put("a.sst", goldens.find(({ name }) => name === "rows-1000-filter")!.bytes, { mode: "create" });
    await using reader = await SstReader.open(recorded, "a.sst");
    const filter = await reader.filter();
    const denied = ["a", "b", "c", "d", "e"].map((text) => new TextEncoder().encode(text)).find((key) => filter?.mayContain(key) === false)!;
    recorded.reset();
    expect(await reader.get(denied)).toBeUndefined();
    expect(recorded.calls()).toEqual([]);
  });
});
