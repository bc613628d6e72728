// The reference reader, a second opinion made by the stock Kaitai compiler: it reads SlateDB's files and agrees with our codecs.
import { describe, expect, it } from "vitest";
import { BlockCursor } from "../src/block-cursor.js";
import { crc32 } from "../src/crc32.js";
import { decodeFooter, decodeManifestObject, encodeManifestObject, Footer, FOOTER_BYTES, ManifestObject, sizeManifestObject } from "../src/generated/codecs.js";
import { referenceFile, referenceFilter, referenceManifest, referenceRows, referenceSection } from "../src/reference.js";
import { decodeInfo } from "../src/sst-info.js";
import { lines, modelBlocks, type ModelRow, text } from "./block-model.js";
import { base64, CHECKSUM_BYTES, compressedSections, goldenFiles } from "./golden-files.js";

const golden = goldenFiles();
/** Kinds as side-cars abbreviate them. */
const kinds = { P: "put", T: "delete", M: "merge" } as const;
const rowOf = (key: string, more: Partial<ModelRow> = {}): ModelRow => ({ kind: "put", key: text(key), value: text("v"), seq: 0n, createTs: undefined, expireTs: undefined, ...more });

describe("golden files", () => {
  it.each(golden.map((file) => [file.name, file] as const))("%s: footer, info and every section", (_, file) => {
    const { infoOffset, formatVersion, info } = referenceFile(file.bytes);
    const footer = new Footer();
    decodeFooter(file.bytes, file.bytes.length - FOOTER_BYTES, file.bytes.length, footer);
    expect({ infoOffset, formatVersion }).toEqual({ infoOffset: footer.infoOffset, formatVersion: footer.formatVersion });
    expect(infoOffset).toBe(file.sideCar.metadata_offset);
    expect(info.crc32).toBe(crc32(info.payload));
    expect(decodeInfo(info.payload).indexOffset).toBe(file.sideCar.info.index_offset);
    for (const { offset, payload, checksum } of compressedSections(file)) {
      const section = referenceSection(file.bytes.subarray(offset, offset + payload.length + CHECKSUM_BYTES));
      expect(section.crc32).toBe(checksum);
      expect(Buffer.compare(section.payload, payload)).toBe(0);
    }
  });

  it("rows of every uncompressed block are those of the side-car and of the cursor", () => {
    let rows = 0;
    for (const file of golden.filter(({ sideCar }) => sideCar.config.compression_codec === null)) {
      const cursor = new BlockCursor(2);
      let ordinal = 0;
      for (const { payload } of compressedSections(file).filter(({ what }) => what.startsWith("block"))) {
        cursor.open(payload);
        for (const row of referenceRows(2, payload)) {
          const [kind, key] = file.sideCar.rows[ordinal++]!;
          expect(cursor.next()).toBe(true);
          if (Buffer.compare(row.key, cursor.key.subarray(0, cursor.keyLength)) !== 0) throw new Error(`${file.name}: row ${ordinal - 1} has another key`);
          if (typeof key === "string" && Buffer.compare(row.key, base64(key)) !== 0) throw new Error(`${file.name}: row ${ordinal - 1} is not that of the side-car`);
          if (kinds[kind as "P"] !== row.kind) throw new Error(`${file.name}: row ${ordinal - 1} is a ${row.kind}, not a ${kind}`);
          rows++;
        }
        expect(cursor.next()).toBe(false);
      }
      expect(ordinal, file.name).toBe(file.sideCar.rows.length);
    }
    expect(rows).toBeGreaterThan(7000);
  });
});

describe("rows", () => {
  it.each([1, 2] as const)("V%i: 64-bit numbers are exact, absent timestamps stay absent", (version) => {
    const rows: ModelRow[] = [
      rowOf("a", { seq: 2n ** 64n - 1n, createTs: -(2n ** 63n), expireTs: 2n ** 63n - 1n }),
      rowOf("a", { seq: 2n ** 53n + 1n, kind: "merge", createTs: 2n ** 53n + 1n }),
      rowOf("b", { kind: "delete", value: text(""), expireTs: -1n }),
      rowOf("bb", { value: text("") }),
    ];
    const read = referenceRows(version, modelBlocks(version, 4096, rows)[0]!.payload);
    expect(read.map(({ value }) => value === undefined)).toEqual([false, false, true, false]);
    expect(lines(read.map((row) => ({ ...row, value: row.value ?? text("") })))).toEqual(lines(rows));
  });

  it("may come as a Buffer from a pool, or a view: positions count from its start", () => {
    const { payload } = modelBlocks(2, 4096, [rowOf("key")])[0]!;
    const pool = Buffer.alloc(500, 0xee);
    pool.set(payload, 100);
    expect(referenceRows(2, pool.subarray(100, 100 + payload.length))[0]?.key).toEqual(text("key"));
  });

  it.each([1, 2] as const)("V%i: what is damaged is refused, by an error of the parser's own", (version) => {
    const { payload } = modelBlocks(version, 4096, [rowOf("key")])[0]!;
    expect(() => referenceRows(version, payload.subarray(1))).toThrow(Error);
    expect(() => referenceRows(version, new Uint8Array(1))).toThrow(Error);
    // Before the flags lie 7 bytes of lengths and key, or 7 with the value, and 8 of the sequence number.
    for (const wrong of [0x10, 0x80, 0x09]) expect(() => referenceRows(version, payload.map((byte, at) => (at === 15 ? wrong : byte)))).toThrow(Error);
  });
});

describe("other structures", () => {
  it("manifests: version and body", () => {
    const object = new Uint8Array(sizeManifestObject(4));
    encodeManifestObject(object, 0, 1, text("body"), 0, 4);
    const manifest = new ManifestObject();
    decodeManifestObject(object, 0, object.length, manifest);
    expect(referenceManifest(object)).toMatchObject({ version: manifest.version });
    expect(Buffer.compare(referenceManifest(object).body, text("body"))).toBe(0);
    expect(() => referenceManifest(Uint8Array.of(0, 3, 1))).toThrow(Error);
  });

  it("a composite filter block without filters is none", () => {
    expect(() => referenceFilter("composite", Uint8Array.of(0, 0))).toThrow(RangeError);
  });

  it("a file whose info lies elsewhere is refused", () => {
    const { bytes } = golden.find(({ name }) => name === "single-row")!;
    const broken = bytes.slice();
    broken[broken.length - 4]! += 40;
    expect(() => referenceFile(broken)).toThrow(Error);
    expect(() => referenceFile(bytes.subarray(0, 9))).toThrow(Error);
  });
});
