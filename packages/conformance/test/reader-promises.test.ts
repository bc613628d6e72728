// What a reader promises its caller whatever the store hands out, the codec throws, or another scan of the same reader does.
import { type Codec, KEY_BYTES_MAX, loadCodec } from "@slate-sst/format";
import { MemoryObjectStore, type ObjectStore } from "@slate-sst/object-store";
import { DecoratedObjectStore } from "@slate-sst/object-store/testing";
import { type KeyRange, SstReader, type SstReaderOptions } from "@slate-sst/reader";
import { describe, expect, it } from "vitest";
import { firstRowDifference } from "../src/row-difference.js";
import { goldenSst, type GoldenRow } from "../src/vectors.js";
import { countedRows } from "./laws/arbitraries.js";
import { PATH, writeRows } from "./laws/law.js";

async function storeWith(bytes: Uint8Array): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore();
  await store.put(PATH, bytes, { mode: "create" });
  return store;
}

const open = async (bytes: Uint8Array, options: SstReaderOptions = {}): Promise<SstReader> => await SstReader.open(await storeWith(bytes), PATH, options);

async function scanned(reader: SstReader, options: Parameters<SstReader["scan"]>[0] = {}): Promise<GoldenRow[]> {
  const rows: GoldenRow[] = [];
  for await (const row of reader.scan(options)) rows.push(row);
  return rows;
}

/** Hands out pieces of one Buffer that it fills with something else before the next one. */
class RecyclingStore extends DecoratedObjectStore {
  #last: Buffer | undefined;

  override async getRange(...args: Parameters<ObjectStore["getRange"]>): ReturnType<ObjectStore["getRange"]> {
    const bytes = await super.getRange(...args);
    this.#last = Buffer.from(bytes);
    return this.#last;
  }

  /** What was handed out last is overwritten. */
  recycle(): void {
    this.#last?.fill(0xee);
  }
}

describe("rows are the caller's own", () => {
  it.each(["none", "lz4"] as const)("with codec %s, by scan, get and columns, where a store hands out Buffers and uses them again", async (compression) => {
    const rows = countedRows(40);
    for (const kernel of [true, false]) {
      const store = new RecyclingStore(await storeWith(await writeRows(rows, { compression })));
      await using reader = await SstReader.open(store, PATH, { kernel });
      await reader.index();
      const batches: GoldenRow[] = [];
      for await (const batch of reader.scanBatches()) batches.push(...batch);
      const got = await reader.get(rows[7]!.key);
      store.recycle();
      expect(firstRowDifference(batches, rows)).toBeUndefined();
      expect(firstRowDifference([got!], [rows[7]!])).toBeUndefined();
    }
  });
});

describe("scans of one reader", () => {
  it("at the same time do not disturb each other, whatever shape they take", async () => {
    const rows = countedRows(3000);
    await using reader = await open(await writeRows(rows, { blockSize: 1024 }));
    const found: GoldenRow[][] = [[], [], [], []];
    const scans = [reader.scan(), reader.scan({ views: true }), reader.scan({ reverse: true }), reader.scan({ gte: rows[900]!.key })];
    for (let isMore = true; isMore;) {
      isMore = false;
      for (const [at, scan] of scans.entries()) {
        const { done, value } = await scan.next();
        if (done === true) continue;
        isMore = true;
        const { kind, key, value: bytes, seq, createTs, expireTs } = value;
        found[at]!.push({ kind, key: key.slice(), value: bytes?.slice(), seq, createTs, expireTs });
      }
    }
    for (const [at, expected] of [rows, rows, rows.toReversed(), rows.slice(900)].entries()) expect(firstRowDifference(found[at]!, expected), `scan ${at}`).toBeUndefined();
    // And one after the others.
    expect(firstRowDifference(await scanned(reader), rows)).toBeUndefined();
  });

  it("end with the reader, in the middle of what they read", async () => {
    await using reader = await open(await writeRows(countedRows(20_000), { blockSize: 1024 }));
    for (const options of [{}, { reverse: true }]) {
      const scan = reader.scanBatches(options);
      expect((await scan.next()).value?.length).toBeGreaterThan(0);
      await scan.return();
    }
    const scan = reader.scanBatches();
    await scan.next();
    await reader.close();
    await expect((async () => { for await (const _ of scan); })()).rejects.toMatchObject({ code: "ERR_SST_STATE" });
  });

  it.each([true, false])("of a block larger than the reader's own memory give its row (kernel %s)", async (kernel) => {
    const [first, last] = countedRows(2) as [GoldenRow, GoldenRow];
    const rows = [{ ...first, value: new Uint8Array(3 << 20).fill(7) }, last];
    for (const compression of ["none", "lz4"] as const) {
      await using reader = await open(await writeRows(rows, { compression }), { kernel });
      expect(firstRowDifference(await scanned(reader), rows), compression).toBeUndefined();
      expect(firstRowDifference(await scanned(reader, { reverse: true, limit: 1 }), [last]), compression).toBeUndefined();
    }
  });

  it("of a file without blocks, and of no rows, give none", async () => {
    await using empty = await open(goldenSst("wal-many--wal1").bytes);
    await using some = await open(await writeRows(countedRows(20)));
    for (const reverse of [true, false]) {
      expect(await scanned(empty, { reverse })).toEqual([]);
      expect(await scanned(some, { reverse, limit: 0 })).toEqual([]);
      expect(await scanned(some, { reverse, gt: "k000005", lt: "k000006" })).toEqual([]);
      expect(await scanned(some, { reverse, gte: "l" })).toEqual([]);
      expect(await scanned(some, { reverse, lte: "j" })).toEqual([]);
    }
    let blocks = 0;
    for await (const _ of empty.blocks()) blocks++;
    expect(blocks).toBe(0);
  });

  it("of a prefix give the keys that begin with it, whatever bytes it ends in", async () => {
    const keys = [[0x61], [0x61, 0xfe, 1], [0x61, 0xff], [0x61, 0xff, 0], [0x61, 0xff, 0xff], [0x62], [0xff], [0xff, 0xff, 2]].map((one) => Uint8Array.from(one));
    const rows = keys.map((key): GoldenRow => ({ kind: "put", key, value: new Uint8Array(0), seq: 1n, createTs: undefined, expireTs: undefined }));
    await using reader = await open(await writeRows(rows));
    for (const prefix of [[], [0x61], [0x61, 0xff], [0x61, 0xff, 0xff], [0xff], [0xff, 0xff], [0xff, 0xff, 0xff]].map((one) => Uint8Array.from(one))) {
      const begin = rows.filter(({ key }) => Buffer.compare(key.subarray(0, prefix.length), prefix) === 0);
      expect(firstRowDifference(await scanned(reader, { prefix }), begin), Buffer.from(prefix).toString("hex")).toBeUndefined();
      // A nearer end counts, be it given as a prefix or as a key.
      const cut: KeyRange = { prefix, gt: Uint8Array.of(0x61), lte: Uint8Array.of(0x61, 0xff, 0) };
      expect(firstRowDifference(await scanned(reader, cut), begin.filter(({ key }) => Buffer.compare(key, cut.gt as Uint8Array) > 0 && Buffer.compare(key, cut.lte as Uint8Array) <= 0))).toBeUndefined();
    }
  });
});

describe("what is no key is refused by its option's name", () => {
  it.each<[string, unknown, string]>([["gte", 7, "ERR_SST_OPTION_INVALID"], ["gt", null, "ERR_SST_OPTION_INVALID"], ["lt", [1], "ERR_SST_OPTION_INVALID"], ["prefix", new Uint8Array(KEY_BYTES_MAX + 1), "ERR_SST_OPTION_INVALID"], ["lte", "ü".repeat(40_000), "ERR_SST_OPTION_INVALID"]])("%s: %s", async (option, key, code) => {
    await using reader = await open(await writeRows(countedRows(3)));
    await expect(scanned(reader, { [option]: key })).rejects.toMatchObject({ code, details: { option } });
    await expect(reader.get(key as never)).rejects.toMatchObject({ code, details: { option: "key" } });
    // The longest key there can be is one.
    expect(await scanned(reader, { [option]: new Uint8Array(KEY_BYTES_MAX) })).toHaveLength(option.startsWith("g") ? 3 : 0);
  });
});

describe("what goes wrong underneath", () => {
  it("in a codec of the caller's, which is no damage of the file, comes out as it was thrown", async () => {
    const right = await loadCodec("lz4");
    const problem = new TypeError("out of order");
    let isBroken = false;
    const codec: Codec = {
      name: right.name, id: right.id, library: "a caller's own", compress: (bytes) => right.compress(bytes),
      decompress: (bytes, limits) => {
        if (isBroken) throw problem;
        return right.decompress(bytes, limits);
      },
    };
    await using reader = await open(await writeRows(countedRows(300), { compression: "lz4" }), { codecs: [codec] });
    await reader.index();
    isBroken = true;
    await expect(scanned(reader)).rejects.toBe(problem);
    await expect(reader.stats()).rejects.toBe(problem);
  });

  it.each([0, 1, 14])("a file of %i bytes is cut off, whatever they are", async (length) => {
    await expect(open(new Uint8Array(length))).rejects.toMatchObject({ code: "ERR_SST_TRUNCATED", details: { path: "footer", size: length } });
  });
});
