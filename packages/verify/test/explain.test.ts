// Every byte of a sound SST is explained once, whatever it holds; worked examples are explained word for word.
import { readFileSync, writeFileSync } from "node:fs";
import { loadCodec } from "@slate-sst/format";
import { describe, expect, test } from "vitest";
import { errorsOf, explainBytes, FILTER_NAME, gapsOf, PATH, sampleRows, sampleSst, textOf } from "./explain-samples.js";
import { goldenBytes, goldenNames } from "./golden-files.js";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { explainSst } from "../src/index.js";

/** Set, it has the dumps written anew instead of compared. */
const REWRITE = "SLATE_SST_WRITE_DUMPS";

describe("golden files", () => {
  test.each(goldenNames)("%s is explained byte for byte", async (name) => {
    const bytes = goldenBytes(name);
    const nodes = await explainBytes(bytes);
    expect(errorsOf(nodes)).toEqual([]);
    expect(gapsOf(nodes, bytes.length)).toEqual([]);
    expect(nodes.filter(({ kind }) => kind === "raw" || kind === "skipped")).toEqual([]);
  });

  test.each(["tiny-all", "single-row", "wal-many--wal1"])("%s gives its committed dump", async (name) => {
    const file = new URL(`explain/${name}.txt`, import.meta.url);
    const dump = await textOf(goldenBytes(name));
    if (process.env[REWRITE] !== undefined) writeFileSync(file, dump);
    expect(dump).toBe(readFileSync(file, "utf8"));
  });

  test.each(goldenNames)("%s makes lines of at most 120 columns", async (name) => {
    const lines = (await textOf(goldenBytes(name), { bytes: 40 })).split("\n");
    expect(lines.at(-1)).toBe("");
    expect(lines.filter((line) => line.length > 120 || line !== line.trimEnd())).toEqual([]);
  });
});

describe("rows", () => {
  test("restart points are marked, and keys are whole", async () => {
    const rows = (await explainBytes(sampleSst(sampleRows(33)))).filter(({ label }) => label.startsWith("row["));
    expect(rows).toHaveLength(33);
    expect(rows.map(({ value }) => value)).toEqual(
      Array.from({ length: 33 }, (_, index) => `${index % 16 === 0 ? "restart, " : ""}${index % 10 === 9 ? "delete" : "put"} "key${String(index).padStart(6, "0")}"`),
    );
  });

  test("of V1 blocks extend the first key of their block, and each has its position", async () => {
    const bytes = sampleSst(sampleRows(200), { version: 1 });
    const nodes = await explainBytes(bytes);
    expect(errorsOf(nodes)).toEqual([]);
    expect(gapsOf(nodes, bytes.length)).toEqual([]);
    const rows = nodes.filter(({ label }) => label.startsWith("row["));
    expect(rows.map(({ value }) => value.replace(/^\w+ /, ""))).toEqual(sampleRows(200).map(({ key }) => JSON.stringify(Buffer.from(key).toString())));
    expect(nodes.filter(({ label }) => label.startsWith("offsets["))).toHaveLength(200);
    expect(nodes.find(({ path }) => path === "block[1].offsets[2]")?.value).toMatch(/, row\[2\]$/);
  });

  test("every field has its place, its meaning and a sentence of the spec", async () => {
    const nodes = await explainBytes(goldenBytes("tiny-all"));
    expect(nodes.find(({ path }) => path === "block[0].row[1].expire_ts")).toEqual({
      kind: "field", depth: 2, path: "block[0].row[1].expire_ts", label: "expire_ts", offset: 0x29, length: 8, inPayload: false,
      bytes: Uint8Array.of(0, 0, 3, 0xbb, 0x2c, 0xc3, 0xd8, 0), value: "4102444800000 2100-01-01T00:00:00.000Z", doc: "When the row expires, milliseconds since the Unix epoch.",
    });
  });
});

describe("filters", () => {
  test.each(["legacy", "composite"] as const)("%s: probes and bits", async (filter) => {
    const bytes = sampleSst(sampleRows(4), { filter });
    const nodes = await explainBytes(bytes);
    expect(errorsOf(nodes)).toEqual([]);
    expect(gapsOf(nodes, bytes.length)).toEqual([]);
    const inside = filter === "legacy" ? "filter" : "filter.filters[0].data";
    expect(nodes.find(({ path }) => path === `${inside}.num_probes`)?.value).toBe("6");
    expect(nodes.find(({ path }) => path === `${inside}.bits`)?.value).toBe("40 bits, 18 of them set");
    expect(nodes.find(({ path }) => path === "filter.filters[0].name")?.value).toBe(filter === "legacy" ? undefined : JSON.stringify(FILTER_NAME));
  });
});

describe("compressed sections", () => {
  test.each(["snappy", "lz4", "zlib", "zstd"] as const)("%s: stored bytes, and the payload with positions of its own", async (name) => {
    const bytes = sampleSst(sampleRows(100), { codec: await loadCodec(name), filter: "composite" });
    const nodes = await explainBytes(bytes);
    expect(errorsOf(nodes)).toEqual([]);
    expect(gapsOf(nodes, bytes.length)).toEqual([]);
    // Of lz4, the length before the block is SlateDB's own.
    const stored = name === "lz4" ? { kind: "structure" } : { kind: "stored" };
    expect(nodes.find(({ path }) => path === "block[0].stored")).toMatchObject({ ...stored, offset: 0, inPayload: false });
    const payload = nodes.find(({ path }) => path === "block[0].payload");
    expect(nodes.find(({ path }) => path === "block[0].stored.payload_len")?.value).toBe(name === "lz4" ? String(payload?.length) : undefined);
    expect(nodes.find(({ path }) => path === "block[0].row[1].seq_num")).toMatchObject({ inPayload: true, value: "2" });
    expect(nodes.find(({ path }) => path === "info.index_len")).toMatchObject({ inPayload: false });
  });

  test("a transformer is undone before", async () => {
    const turned: Uint8Array[] = [];
    const decode = (stored: Uint8Array): Uint8Array => {
      turned.push(stored);
      return stored;
    };
    const bytes = sampleSst(sampleRows(3));
    const nodes = await explainBytes(bytes, { transform: { decode } });
    expect(errorsOf(nodes)).toEqual([]);
    expect(gapsOf(nodes, bytes.length)).toEqual([]);
    expect(turned.length).toBeGreaterThan(0);
    expect(nodes.find(({ path }) => path === "block[0].row[1].seq_num")).toMatchObject({ inPayload: true });
  });
});

describe("options", () => {
  test("a range of blocks; of the others only where they lie is told", async () => {
    const bytes = sampleSst(sampleRows(300));
    const all = (await explainBytes(bytes)).filter(({ depth, label }) => depth === 0 && label.startsWith("block["));
    expect(all.length).toBeGreaterThan(5);
    const nodes = await explainBytes(bytes, { blocks: { first: 2, last: 3 } });
    expect(gapsOf(nodes, bytes.length)).toEqual([]);
    expect(nodes.filter(({ depth, label }) => depth === 0 && label.startsWith("block[")).map(({ kind, label }) => `${kind} ${label}`)).toEqual([
      "skipped block[0..1]", "structure block[2]", "structure block[3]", `skipped block[4..${all.length - 1}]`,
    ]);
    const behind = await explainBytes(bytes, { blocks: { first: 1_000_000 } });
    expect(gapsOf(behind, bytes.length)).toEqual([]);
  });

  test("bytes shown of a field, as text or in hexadecimal", async () => {
    const bytes = goldenBytes("tiny-all");
    const suffix = async (options: Parameters<typeof explainBytes>[1]): Promise<string | undefined> => (await explainBytes(bytes, options)).find(({ path }) => path === "block[0].row[0].suffix")?.value;
    expect(await suffix({})).toBe('"apple"');
    expect(await suffix({ bytes: 2 })).toBe('"ap"… 5 bytes');
    expect(await suffix({ bytes: 2, values: "hex" })).toBe("0x6170… 5 bytes");
  });

  test("limits: what is larger is passed over", async () => {
    const bytes = sampleSst(sampleRows(100));
    const nodes = await explainBytes(bytes, { maxBlockBytes: 100, maxSectionBytes: 150 });
    expect(gapsOf(nodes, bytes.length)).toEqual([]);
    expect(nodes.filter(({ kind }) => kind === "skipped").length).toBeGreaterThan(0);
  });

  test.each([
    [{ block: {} }, "did you mean blocks?"],
    [{ blocks: { from: 1 } }, "blocks has no option from"],
    [{ blocks: { first: 2, last: 1 } }, "blocks.last must be an integer from 2"],
    [{ blocks: 3 }, "blocks must be an object"],
    [{ bytes: 0 }, "bytes must be an integer from 1"],
    [{ values: "octal" }, "values must be one of text, hex"],
    [{ transform: {} }, "transform must be an object with a method decode"],
    [{ codecs: {} }, "codecs must be an array"],
    [{ signal: {} }, "signal must be an AbortSignal"],
    [{ maxBlockBytes: -1 }, "maxBlockBytes must be"],
    [{ maxSectionBytes: 1.5 }, "maxSectionBytes must be"],
  ])("%j is refused", async (options, message) => {
    await expect(explainBytes(new Uint8Array(0), options as object)).rejects.toThrow(message);
  });

  test("a signal ends it", async () => {
    await expect(explainBytes(goldenBytes("tiny-all"), { signal: AbortSignal.abort() })).rejects.toThrow("abort");
  });
});

test("blocks are fetched as they are wanted", async () => {
  let fetched = 0;
  class CountingStore extends MemoryObjectStore {
    override async getRange(...given: Parameters<MemoryObjectStore["getRange"]>): Promise<Uint8Array> {
      const bytes = await super.getRange(...given);
      fetched += bytes.length;
      return bytes;
    }
  }
  const store = new CountingStore();
  const bytes = sampleSst(sampleRows(100_000), { blockSize: 65_536 });
  await store.put(PATH, bytes, { mode: "create" });
  const nodes = explainSst(store, PATH)[Symbol.asyncIterator]();
  expect(await nodes.next()).toMatchObject({ value: { path: "block[0]" } });
  expect(bytes.length).toBeGreaterThan(2_000_000);
  expect(fetched).toBeLessThan(bytes.length);
  await nodes.return();
});

test("a missing object is the store's error", async () => {
  await expect(explainSst(new MemoryObjectStore(), PATH).next()).rejects.toMatchObject({ code: "ERR_STORE_NOT_FOUND" });
});
