// Laws about rows and bytes; the table in the README names them.
import { BlockCursor, compareBytes, createBlockEncoder, FORMAT_VERSION_V1, FORMAT_VERSION_V2, bloomProbeCount, isSstError } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { type RowColumns, SstWriter } from "@slate-sst/writer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mutate, mutationName } from "../../src/mutations/mutations.js";
import { sampledMutations } from "../../src/mutations/sampled.js";
import { firstRowDifference } from "../../src/row-difference.js";
import { stored } from "../../src/testees/stored-row.js";
import { verifyBytes } from "../../src/verify-bytes.js";
import { GOLDEN_CODECS, type GoldenRow } from "../../src/vectors.js";
import { versionsByKey } from "../../src/visible-rows.js";
import { config, countedRows, inFileOrder, key, ROW_COUNTS, sortedRows } from "./arbitraries.js";
import { law, PATH, readerOf, readRows, sameBytes, toRow, writeRows } from "./law.js";

const example = fc.record({ rows: sortedRows, config });
/** The rows of an SST in any order, versions of a key among them. */
const permutation = sortedRows.chain((rows) => fc.shuffledSubarray(rows, { minLength: rows.length, maxLength: rows.length }));

describe("writing and reading", () => {
  law("round-trip: what is written is read", example, 15, async ({ rows, config: settings }) => {
    expect(firstRowDifference(await readRows(await writeRows(rows, settings)), rows)).toBeUndefined();
  });

  law("rewrite: what is read and written again has the same bytes", example, 10, async ({ rows, config: settings }) => {
    const bytes = await writeRows(rows, settings);
    return sameBytes(await writeRows(await readRows(bytes), settings), bytes);
  });

  it.each(ROW_COUNTS)("round-trip and rewrite of %i rows", async (count) => {
    const rows = countedRows(count);
    const bytes = await writeRows(rows, { minFilterKeys: count });
    const found = await readRows(bytes);
    expect(firstRowDifference(found, rows)).toBeUndefined();
    expect(sameBytes(await writeRows(found, { minFilterKeys: count }), bytes)).toBe(true);
  });

  law("independence: rows do not depend on blocks, codec, filter or version", fc.record({ rows: sortedRows, config }), 3, async ({ rows, config: settings }) => {
    for (const change of [{ blockSize: 1024 }, { blockSize: 65_536 }, { formatVersion: FORMAT_VERSION_V1 }, { formatVersion: FORMAT_VERSION_V2 }, { filter: false }, ...GOLDEN_CODECS.map((compression) => ({ compression }))] as const) {
      expect(firstRowDifference(await readRows(await writeRows(rows, { ...settings, ...change })), rows), JSON.stringify(change)).toBeUndefined();
    }
  });

  law("checkpoints: bytes do not depend on them, nor on where one writer ended and the next one went on", fc.record({ rows: sortedRows, config, stops: fc.array(fc.nat(1000), { maxLength: 3 }), partSize: fc.constantFrom(1024, 5003) }), 8, async ({ rows, config: settings, stops, partSize }) => {
    const store = new MemoryObjectStore();
    const journaled = { ...settings, partSize, checkpoint: { store, prefix: "journals" } };
    let writer = await SstWriter.create(store, PATH, journaled);
    for (const stop of stops) {
      for (const row of rows.slice(writer.rowCount, writer.rowCount + (stop % (rows.length - writer.rowCount + 1)))) await writer.add(toRow(row));
      await writer.detach();
      writer = await SstWriter.resume(store, PATH, journaled);
    }
    for (const row of rows.slice(writer.rowCount)) await writer.add(toRow(row));
    await writer.close();
    expect(sameBytes(await store.get(PATH), await writeRows(rows, settings))).toBe(true);
  });

  law("accepted: a paranoid verifier that knows the settings finds nothing", example, 8, async ({ rows, config: settings }) => {
    const { findings } = await verifyBytes(await writeRows(rows, settings), { level: "paranoid", expect: settings as NonNullable<Parameters<typeof verifyBytes>[1]>["expect"] });
    expect(findings.map(({ rule, path }) => `${rule} ${path}`)).toEqual([]);
  });

  law("rejected: a verifier reports any bit that is flipped, any end that is cut off and any byte that is inserted", fc.record({ rows: sortedRows, config, seed: fc.nat() }), 8, async ({ rows, config: settings, seed }) => {
    const bytes = await writeRows(rows, settings);
    for (const mutation of sampledMutations(bytes.length, 4, seed)) {
      const { findings } = await verifyBytes(mutate(bytes, mutation), { level: "full" });
      expect(findings.some(({ severity }) => severity === "error"), mutationName(mutation)).toBe(true);
    }
  });
});

/** Columns of rows, every optional one among them. */
function columnsOf(rows: readonly GoldenRow[]): RowColumns {
  const KINDS = ["put", "delete", "merge"];
  const offsets = (parts: readonly Uint8Array[]): Int32Array => Int32Array.from([0, ...parts].map((_, i) => parts.slice(0, i).reduce((sum, { length }) => sum + length, 0)));
  const bitmap = (name: "createTs" | "expireTs"): Uint8Array => {
    const bits = new Uint8Array(Math.ceil(rows.length / 8));
    for (const [i, row] of rows.entries()) if (row[name] !== undefined) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
    return bits;
  };
  const [keys, values] = [rows.map((row) => row.key), rows.map((row) => row.value ?? new Uint8Array(0))];
  return {
    keys: new Uint8Array(Buffer.concat(keys)), keyOffsets: offsets(keys), values: new Uint8Array(Buffer.concat(values)), valueOffsets: offsets(values),
    kinds: Uint8Array.from(rows, (row) => KINDS.indexOf(row.kind)), seqs: BigUint64Array.from(rows, (row) => row.seq),
    createTs: BigInt64Array.from(rows, (row) => row.createTs ?? 0n), createTsValidity: bitmap("createTs"), expireTs: BigInt64Array.from(rows, (row) => row.expireTs ?? 0n), expireTsValidity: bitmap("expireTs"),
  };
}

describe("handing rows over", () => {
  law("hand-over: put, add, writeAll and columns, in pieces of any size, give the same bytes", fc.record({ rows: sortedRows, config, cut: fc.nat(1000), partSize: fc.constantFrom(1024, 5003, 1 << 20) }), 8, async ({ rows, config: settings, cut, partSize }) => {
    const expected = await writeRows(rows, settings);
    const at = cut % (rows.length + 1);
    const ways: Record<string, (writer: SstWriter, rows: readonly GoldenRow[]) => Promise<void>> = {
      writeAll: async (writer) => await writer.writeAll(rows.map(toRow)),
      columns: async (writer) => await writer.writeColumns(columnsOf(rows)),
      "columns in two": async (writer) => {
        await writer.writeColumns(columnsOf(rows.slice(0, at)));
        await writer.writeColumns(columnsOf(rows.slice(at)));
      },
      "columns, then add": async (writer) => {
        await writer.writeColumns(columnsOf(rows.slice(0, at)));
        for (const row of rows.slice(at)) await writer.add(toRow(row));
      },
      "without waiting": async (writer) => {
        for (const row of rows) writer.add(toRow(row))?.catch(() => undefined);
      },
    };
    for (const [name, how] of Object.entries(ways)) expect(sameBytes(await writeRows(rows, { ...settings, partSize }, how), expected), name).toBe(true);
    const newest = [...versionsByKey(rows)].map(([row]) => ({ ...row, seq: 9n }));
    const byKind = async (writer: SstWriter): Promise<void> => {
      for (const { kind, key: one, value = new Uint8Array(0), createTs, expireTs } of newest) await (kind === "delete" ? writer.delete(one, { createTs, expireTs }) : writer[kind](one, value, { createTs, expireTs }));
    };
    expect(sameBytes(await writeRows(newest, { ...settings, seq: 9n }, byKind), await writeRows(newest, settings)), "put, delete, merge").toBe(true);
  });

  law("refusal: a row out of order is refused at once, and the file is the one without it", fc.record({ rows: fc.oneof(fc.shuffledSubarray(countedRows(30), { minLength: 2, maxLength: 30 }), permutation), config }), 20, async ({ rows, config: settings }) => {
    const store = new MemoryObjectStore();
    const writer = await SstWriter.create(store, "refusals.sst", settings);
    const kept: GoldenRow[] = [];
    for (const [ordinal, row] of rows.entries()) {
      const last = kept.at(-1);
      const fits = last === undefined || inFileOrder(last, row) < 0;
      try {
        await writer.add(toRow(row));
        expect(fits, `row ${ordinal} was taken`).toBe(true);
        kept.push(row);
      } catch (error) {
        expect([fits, isSstError(error, "ERR_SST_ROW_ORDER"), isSstError(error) && error.details["ordinal"]], `row ${ordinal}`).toEqual([false, true, ordinal]);
      }
    }
    await writer.close();
    expect(sameBytes(await store.get("refusals.sst"), await writeRows(kept, settings))).toBe(true);
  });

  law("refusal by columns and writeAll: the first offending row ends the call, those before it stay", fc.record({ rows: fc.oneof(fc.shuffledSubarray(countedRows(20), { minLength: 2, maxLength: 20 }), permutation), config }), 15, async ({ rows, config: settings }) => {
    const first = rows.findIndex((row, i) => i > 0 && inFileOrder(rows[i - 1] ?? row, row) >= 0);
    for (const way of ["columns", "writeAll"] as const) {
      const store = new MemoryObjectStore();
      const writer = await SstWriter.create(store, "refusals.sst", settings);
      const outcome = await (async () => (way === "columns" ? await writer.writeColumns(columnsOf(rows)) : await writer.writeAll(rows.map(toRow))))().then(() => undefined, (error: unknown) => error);
      expect(isSstError(outcome, "ERR_SST_ROW_ORDER") ? outcome.details["index"] : undefined, way).toBe(first < 0 ? undefined : first);
      await writer.close();
      expect(sameBytes(await store.get("refusals.sst"), await writeRows(first < 0 ? rows : rows.slice(0, first), settings)), way).toBe(true);
    }
  });

  law("estimate: estimatedSize() is exact within 32 bytes without a codec", fc.record({ rows: sortedRows, config: config.map((settings) => ({ ...settings, compression: "none" as const })) }), 10, async ({ rows, config: settings }) => {
    const writer = await SstWriter.create(new MemoryObjectStore(), "estimate.sst", settings);
    for (const row of rows) await writer.add(toRow(row));
    const estimate = writer.estimatedSize();
    const { size } = await writer.close();
    expect(Math.abs(estimate - Number(size)), `${estimate} for ${size}`).toBeLessThanOrEqual(32);
  });
});

describe("looking rows up", () => {
  law("get: the newest version of each key, and nothing for others", fc.record({ rows: sortedRows, config, absent: fc.array(key, { maxLength: 10 }) }), 12, async ({ rows, config: settings, absent }) => {
    await using reader = await readerOf(await writeRows(rows, settings));
    const model = new Map([...versionsByKey(rows)].map(([newest]) => [Buffer.from(newest.key).toString("latin1"), newest]));
    for (const one of [...absent, ...[...model.values()].map((row) => row.key)]) {
      const [found, expected] = [await reader.get(one), model.get(Buffer.from(one).toString("latin1"))];
      expect(firstRowDifference(found === undefined ? [] : [found], expected === undefined ? [] : [expected])).toBeUndefined();
    }
  });

  law("scan: any range gives what the sorted model has there", fc.record({ rows: sortedRows, config, from: fc.option(key), to: fc.option(key), strict: fc.tuple(fc.boolean(), fc.boolean()), pick: fc.nat(1000) }), 20, async ({ rows, config: settings, from, to, strict, pick }) => {
    await using reader = await readerOf(await writeRows(rows, settings));
    // Bounds that are keys of the file come up as often as others.
    const lower = pick % 3 === 0 ? rows[pick % rows.length]?.key : (from ?? undefined);
    const upper = pick % 5 === 0 ? rows[(pick * 7) % rows.length]?.key : (to ?? undefined);
    const range = { ...(lower === undefined ? {} : { [strict[0] ? "gt" : "gte"]: lower }), ...(upper === undefined ? {} : { [strict[1] ? "lt" : "lte"]: upper }) };
    const inRange = (row: GoldenRow): boolean => (lower === undefined || compareBytes(row.key, lower) > (strict[0] ? 0 : -1)) && (upper === undefined || compareBytes(row.key, upper) < (strict[1] ? 0 : 1));
    const found: GoldenRow[] = [];
    for await (const row of reader.scan(range)) found.push(row);
    expect(firstRowDifference(found, rows.filter(inRange))).toBeUndefined();
  });

  law("filter: never denies a key that is there", fc.record({ rows: sortedRows, config: config.map((settings) => ({ ...settings, filter: true, minFilterKeys: 0 })) }), 12, async ({ rows, config: settings }) => {
    await using reader = await readerOf(await writeRows(rows, settings));
    const filter = await reader.filter();
    expect(filter).toBeDefined();
    for (const { key: one } of rows) expect(filter?.mayContain(one)).toBe(true);
  });
});

describe("filter rate", () => {
  // A key that is not there passes when all its probes hit set bits: (1 - e^(-k/b))^k of them do, for k probes and b bits a key.
  it.each([2, 5, 10, 20] as const)("of %i bits a key is what theory says, within 6 standard deviations", async (bitsPerKey) => {
    const rows = countedRows(4000);
    await using reader = await readerOf(await writeRows(rows, { minFilterKeys: 0, filterBitsPerKey: bitsPerKey }));
    const filter = await reader.filter();
    const asked = 20_000;
    let passed = 0;
    for (let i = 0; i < asked; i++) if (filter?.mayContain(new TextEncoder().encode(`absent-${i}`)) === true) passed++;
    const probes = bloomProbeCount(bitsPerKey);
    const rate = (1 - Math.exp(-probes / bitsPerKey)) ** probes;
    expect(Math.abs(passed - asked * rate)).toBeLessThanOrEqual(6 * Math.sqrt(asked * rate * (1 - rate)) + 2);
  });
});

describe("sizes", () => {
  it("sizer: a block is as long as its encoder said, row by row, and reads back", () => {
    const payload = new Uint8Array(1 << 20);
    fc.assert(fc.property(sortedRows, fc.constantFrom(FORMAT_VERSION_V1, FORMAT_VERSION_V2), (rows, version) => {
      const encoder = createBlockEncoder(version, 65_536);
      let at = 0;
      let before: Uint8Array | undefined;
      const kept: GoldenRow[] = [];
      for (const row of rows) {
        const { shared, key: one, value, flags, seqNumHi, seqNumLo, expireTsHi, expireTsLo, createTsHi, createTsLo } = stored(row, before);
        const size = encoder.rowSize(shared, one.length, value.length, flags);
        if (!encoder.fits(size)) break;
        const announced = encoder.payloadLengthWith(size);
        at = encoder.append(payload, at, shared, one, one.length, value, value.length, seqNumHi, seqNumLo, flags, expireTsHi, expireTsLo, createTsHi, createTsLo);
        expect(encoder.payloadLength).toBe(announced);
        before = one;
        kept.push(row);
      }
      const promised = encoder.payloadLength;
      const end = encoder.finish(payload, at);
      expect(end).toBe(promised);
      const cursor = new BlockCursor(version);
      cursor.open(payload.subarray(0, end));
      for (const row of kept) {
        expect(cursor.next()).toBe(true);
        expect(compareBytes(cursor.key.subarray(0, cursor.keyLength), row.key)).toBe(0);
      }
      expect(cursor.next()).toBe(false);
    }), { seed: 20_261, numRuns: 60 });
  });
});
