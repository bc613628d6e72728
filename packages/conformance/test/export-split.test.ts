// A database cut at any key: what is exported of the two sides is together the whole, and one new database of both shows what the old one shows. Seeded; a long
// run: SLATE_SST_LAW_CASES=2000 SLATE_SST_LAW_SEED=1
import { compareBytes, encodeManifestV1, encodeManifestV2, isSstError } from "@slate-sst/format";
import { createDatabase, type ExportedRange, exportRange } from "@slate-sst/ingest";
import { MemoryObjectStore, type ObjectStore } from "@slate-sst/object-store";
import { DatabaseReader, type KeyRange, SstReader, type SstRow } from "@slate-sst/reader";
import fc from "fast-check";
import { expect, it } from "vitest";
import { asV2, forgeDatabase, putManifest } from "../src/forged-database.js";
import type { GoldenRow } from "../src/side-car.js";

const CASES = Number(process.env["SLATE_SST_LAW_CASES"] ?? 25);
const SEED = Number(process.env["SLATE_SST_LAW_SEED"] ?? 7_070);

/** Few keys, so that many of them have several rows; some begin like others. */
const key = fc.array(fc.constantFrom(0, 0x61, 0x62, 0xff), { minLength: 1, maxLength: 3 }).map((bytes) => Uint8Array.from(bytes));
const write = fc.record({ kind: fc.constantFrom("put", "put", "put", "delete", "merge"), key, value: fc.uint8Array({ maxLength: 6 }), hasExpiry: fc.boolean() });
const database = fc.record({
  /** In commit order, by the place that they have come to: the oldest run first. */
  places: fc.array(fc.array(write, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 }),
  l0: fc.nat(4),
  /** A bulk load has no sequence numbers: of equal ones the newer place counts. */
  hasSeqs: fc.boolean(),
  cut: key,
  split: fc.oneof(key, fc.constant(new Uint8Array(0))),
  version: fc.constantFrom(1, 2),
});

const inFileOrder = (left: GoldenRow, right: GoldenRow): number => compareBytes(left.key, right.key) || (left.seq > right.seq ? -1 : left.seq < right.seq ? 1 : 0);

type Example = typeof database extends fc.Arbitrary<infer Value> ? Value : never;

async function place(store: ObjectStore, { places, l0, hasSeqs, cut, version }: Example): Promise<void> {
  let seq = 0n;
  const newestFirst = places.map((writes) => {
    const rows = writes.map(({ kind, key: of, value, hasExpiry }): GoldenRow => {
      seq += hasSeqs ? 1n : 0n;
      return { kind, key: of, value: kind === "delete" ? undefined : value, seq, createTs: 5n, expireTs: hasExpiry ? 9n : undefined };
    }).sort(inFileOrder);
    return rows.filter((row, at) => at === 0 || inFileOrder(rows[at - 1]!, row) !== 0);
  }).reverse();
  // The runs' SSTs are cut at one key, where there is something on both sides.
  const cutRun = (rows: GoldenRow[]): GoldenRow[][] => [rows.filter((row) => compareBytes(row.key, cut) < 0), rows.filter((row) => compareBytes(row.key, cut) >= 0)].filter(({ length }) => length > 0);
  const manifest = await forgeDatabase(store, "db", { l0: newestFirst.slice(0, l0), runs: newestFirst.slice(l0).map(cutRun) }, { compression: "none" });
  await putManifest(store, "db", version === 1 ? encodeManifestV1(manifest) : encodeManifestV2(asV2(manifest)));
}

async function rowsOf(ssts: ExportedRange["ssts"], store: ObjectStore): Promise<SstRow[]> {
  const rows: SstRow[] = [];
  for (const { path } of ssts) {
    await using reader = await SstReader.open(store, path);
    for await (const batch of reader.scanBatches()) rows.push(...batch);
  }
  return rows;
}

async function scanned(store: ObjectStore, root: string): Promise<SstRow[]> {
  const rows: SstRow[] = [];
  for await (const batch of (await DatabaseReader.open(store, root)).scanBatches()) rows.push(...batch);
  return rows;
}

it("the two sides of any key are the whole", async () => {
  const property = fc.asyncProperty(database, fc.boolean(), async (example, allVersions) => {
    const store = new MemoryObjectStore();
    await place(store, example);
    const exported = async (range: KeyRange, root: string): Promise<ExportedRange["ssts"]> => {
      try {
        return (await exportRange(store, "db", range, { store, root }, { allVersions, writer: { sstSize: 300, compression: "none" } })).ssts;
      } catch (error) {
        if (isSstError(error, "ERR_SST_EMPTY")) return [];
        throw error;
      }
    };
    const whole = await exported({}, "whole");
    const sides = [...(await exported({ lt: example.split }, "new")), ...(await exported({ gte: example.split }, "new"))];
    expect(await rowsOf(sides, store)).toEqual(await rowsOf(whole, store));
    const expected = await scanned(store, "db");
    if (sides.length === 0) return expect(expected).toEqual([]);
    await createDatabase(store, "new", sides, { lastL0Seq: (await DatabaseReader.open(store, "db")).decoded.manifest.lastL0Seq });
    const united = await scanned(store, "new");
    expect(united).toEqual(expected);
  });
  await fc.assert(property, { seed: SEED, numRuns: CASES });
});
