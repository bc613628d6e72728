// The option `transform`: which sections it works on, in which order, and what becomes of its failures.
import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { SECTION_BYTES } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { describe, expect, it } from "vitest";
import { type BlockTransformer, SstWriter, type SstWriterConfig } from "../src/index.js";
import { asRow, expectSameBytes, lines, objectsOf, PATH, rejectionOf, sampleRows, thrownBy, uploadsOf, writeSamples } from "./sample-rows.js";
import { readSst } from "./sst-file.js";

const samples = sampleRows(600, 83);
const small: SstWriterConfig = { blockSize: 1024, minFilterKeys: 1 };
const xor = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 0xa5);
const KEY = Buffer.alloc(32, 7);

/** A nonce in front and a tag behind: 28 bytes more, and bytes that depend on the content alone. */
function encrypt(bytes: Uint8Array): Uint8Array {
  const nonce = createHash("sha256").update(bytes).digest().subarray(0, 12);
  const cipher = createCipheriv("aes-256-gcm", KEY, nonce);
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(bytes: Uint8Array): Uint8Array {
  const decipher = createDecipheriv("aes-256-gcm", KEY, bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
}

/** Drops every zero byte at the end and says how many there were: shorter or longer than what came in. */
const trim = (bytes: Uint8Array): Uint8Array => {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return Uint8Array.of(...bytes.subarray(0, end), bytes.length - end);
};
const untrim = (bytes: Uint8Array): Uint8Array => Uint8Array.of(...bytes.subarray(0, -1), ...new Uint8Array(bytes.at(-1)!));

const transformers: readonly (readonly [string, BlockTransformer, (bytes: Uint8Array) => Uint8Array])[] = [
  ["synchronous, equal length", { encode: xor }, xor],
  ["asynchronous, longer", { encode: async (bytes) => Promise.resolve(encrypt(bytes)), decode: async (bytes) => Promise.resolve(decrypt(bytes)) }, decrypt],
  ["synchronous, other lengths", { encode: trim, decode: untrim }, untrim],
  ["in place", { encode: (bytes) => { bytes.forEach((byte, at) => { bytes[at] = byte ^ 0xa5; }); return bytes; } }, xor],
];

describe.each(transformers)("a transformer that is %s", (_, transform, undo) => {
  it.each([{}, { formatVersion: 1 }, { compression: "zstd" }, { compression: "snappy", partSize: 1024 }, { partSize: 1024, filterFormat: "composite" }, { onDuplicate: "keepLast", verifyBlocks: true }] as const)("changes all sections but the info: %o", async (more) => {
    const { bytes, metadata } = await writeSamples(samples, { ...small, ...more, transform });
    const plain = await writeSamples(samples, { ...small, ...more });
    const [file, plainFile] = [await readSst(bytes, undo), await readSst(plain.bytes)];
    expect(lines(file.rows)).toEqual(lines(samples));
    expect(file.blocks.map(({ payload }) => payload.length)).toEqual(plainFile.blocks.map(({ payload }) => payload.length));
    expect(file.stats).toEqual(plainFile.stats);
    expectSameBytes(file.filter!, plainFile.filter!);
    expect(file.sections.length).toBe(plainFile.sections.length);
    file.sections.slice(0, -1).forEach((section, at) => {
      const stored = plainFile.sections[at]!;
      expect(Buffer.compare(section, stored)).not.toBe(0);
      // The index holds other offsets where lengths changed.
      if (at !== file.blocks.length + 1) expectSameBytes(undo(section), stored);
    });
    expect(file.info).toMatchObject({ firstEntry: samples[0]!.key, lastEntry: samples.at(-1)!.key });
    expect(metadata).toMatchObject({ transformed: true, crc32: crc32(bytes), blockCount: BigInt(file.blocks.length), size: BigInt(bytes.length) });
    expect(plain.metadata.transformed).toBe(false);
  });
});

describe("the calls of a transformer", () => {
  it("come in file order, one at a time, each with the compressed bytes of a section, which it may keep", async () => {
    const given: Uint8Array[] = [];
    let underWay = 0;
    const encode = async (bytes: Uint8Array): Promise<Uint8Array> => {
      expect(++underWay).toBe(1);
      given.push(bytes);
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
      return xor(bytes);
    };
    const { bytes } = await writeSamples(samples, { ...small, compression: "lz4", transform: { encode } });
    const sections = (await readSst(bytes, xor)).sections.slice(0, -1);
    expect(given.length).toBe(sections.length);
    given.forEach((one, at) => expectSameBytes(xor(one), sections[at]!));
  });

  it("keep this of the transformer, and its result is copied at once", async () => {
    class Scrambler implements BlockTransformer {
      readonly #key = 0xa5;
      readonly #scratch = new Uint8Array(1 << 20);
      encode(bytes: Uint8Array): Uint8Array {
        this.#scratch.set(bytes.map((byte) => byte ^ this.#key));
        return this.#scratch.subarray(0, bytes.length);
      }
    }
    expectSameBytes((await writeSamples(samples, { ...small, transform: new Scrambler() })).bytes, (await writeSamples(samples, { ...small, transform: { encode: xor } })).bytes);
  });

  it("have come back when close() resolves, however slow they are", async () => {
    const store = new MemoryObjectStore();
    const writer = await SstWriter.create(store, PATH, { ...small, transform: { encode: async (bytes) => new Promise((resolve) => setImmediate(() => resolve(xor(bytes)))) } });
    for (const sample of samples) void writer.add(asRow(sample));
    const { infoOffset } = await writer.close();
    const { bytes } = await writeSamples(samples, { ...small, transform: { encode: xor } });
    expectSameBytes(await store.get(PATH), bytes);
    expect(Number(infoOffset)).toBeLessThan(bytes.length - SECTION_BYTES);
  });
});

describe("a transformer that fails", () => {
  const failure = new Error("the key is gone");
  const wrong = { nothing: undefined, proxy: new Proxy(new Uint8Array(5), {}) };
  const failing = (call: number, how: "throw" | "reject" | keyof typeof wrong): BlockTransformer => {
    let calls = 0;
    return {
      encode: (bytes) => {
        if (++calls !== call) return bytes;
        if (how === "throw") throw failure;
        return how === "reject" ? Promise.reject(failure) : (wrong[how] as Uint8Array);
      },
    };
  };

  it.each(["throw", "reject", "nothing", "proxy"] as const)("by %s, at any section: the failure sticks, and nothing is left", async (how) => {
    const { sections } = await readSst((await writeSamples(samples, small)).bytes);
    const last = sections.length - 1;
    for (const call of [1, 2, last - 3, last - 2, last - 1, last]) {
      const store = new MemoryObjectStore();
      const writer = await SstWriter.create(store, PATH, { ...small, partSize: 2048, transform: failing(call, how) });
      const error = await rejectionOf((async () => {
        for (const sample of samples) await writer.add(asRow(sample));
        await writer.close();
      })());
      expect(error).toMatchObject({ code: "ERR_SST_CODEC_FAILED", cause: how in wrong ? { name: "TypeError" } : failure });
      expect(String(error)).toContain(how === "nothing" ? "must give a Uint8Array, not undefined" : how === "proxy" ? "must give a Uint8Array, not a Proxy" : "the key is gone");
      expect(writer.state).toBe("failed");
      for (const again of [() => writer.put("z", ""), () => writer.delete("z")]) expect(thrownBy(again)).toBe(error);
      expect(await rejectionOf(writer.close())).toBe(error);
      await writer.abort();
      expect([await objectsOf(store), await uploadsOf(store)]).toEqual([[], []]);
    }
  });

  it("of a store ends the work: blocks that wait are not transformed any more", async () => {
    let transformed = 0;
    const store = Object.assign(new MemoryObjectStore(), { uploadPart: () => Promise.reject(failure) });
    const encode = async (bytes: Uint8Array): Promise<Uint8Array> => (transformed++, Promise.resolve(bytes));
    const writer = await SstWriter.create(store, PATH, { ...small, partSize: 2048, transform: { encode } });
    for (const sample of samples.slice(0, 400)) void writer.add(asRow(sample));
    while (writer.state === "writing") await new Promise((resolve) => setImmediate(resolve));
    const before = transformed;
    await writer.abort();
    expect(transformed).toBeLessThanOrEqual(before + 1);
    expect(transformed).toBeLessThan(10);
  });

  it("is met by the next call when nobody waited", async () => {
    const writer = await SstWriter.create(new MemoryObjectStore(), PATH, { ...small, transform: failing(1, "reject") });
    for (const sample of samples.slice(0, 100)) void writer.add(asRow(sample));
    await new Promise((resolve) => setImmediate(resolve));
    expect(writer.state).toBe("failed");
    expect(thrownBy(() => writer.put("z", ""))).toMatchObject({ code: "ERR_SST_CODEC_FAILED" });
    await writer.abort();
  });
});

it("transformed blocks leave in parts while rows come", async () => {
  const store = new MemoryObjectStore();
  const writer = await SstWriter.create(store, PATH, { ...small, partSize: 2048, transform: { encode: async (bytes) => Promise.resolve(bytes) } });
  for (const sample of samples) await writer.add(asRow(sample));
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  const { bytesEncoded, bytesUploaded } = writer.progress();
  expect(bytesEncoded).toBeGreaterThan(10 * 2048);
  expect(bytesEncoded - bytesUploaded).toBeLessThan(4 * 2048);
  await writer.close();
});
