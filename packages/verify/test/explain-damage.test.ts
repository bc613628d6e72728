// Damage never ends the walk: every byte is still explained once, what cannot be read is raw bytes with the reason.
import { loadCodec } from "@slate-sst/format";
import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { errorsOf, explainBytes, gapsOf, sampleRows, sampleSst, textOf } from "./explain-samples.js";
import { goldenBytes } from "./golden-files.js";

const withByte = (bytes: Uint8Array, at: number, byte: number): Uint8Array => {
  const damaged = bytes.slice();
  damaged[at] = byte;
  return damaged;
};

const leavesCover = async (bytes: Uint8Array): Promise<string[]> => gapsOf(await explainBytes(bytes), bytes.length);

describe.each(["tiny-all", "single-row", "wal-many--wal1"])("%s", (name) => {
  const bytes = goldenBytes(name);

  test("with any byte changed is explained to its end", async () => {
    const failed: string[] = [];
    for (let at = 0; at < bytes.length; at++) {
      for (const byte of [bytes[at]! ^ 0x01, 0xff]) {
        const gaps = await leavesCover(withByte(bytes, at, byte));
        if (gaps.length > 0) failed.push(`${at} ${byte}: ${gaps[0]}`);
      }
    }
    expect(failed).toEqual([]);
  });

  test("cut anywhere is explained to its end", async () => {
    const failed: string[] = [];
    for (let end = 0; end < bytes.length; end++) {
      const gaps = await leavesCover(bytes.subarray(0, end));
      if (gaps.length > 0) failed.push(`${end}: ${gaps[0]}`);
    }
    expect(failed).toEqual([]);
  });

  test("with a changed byte of a section says so at its checksum", async () => {
    const at = bytes.length - 20;
    expect(errorsOf(await explainBytes(withByte(bytes, at, bytes[at]! ^ 0x10))).join("\n")).toMatch(/info\.crc32: the \d+ bytes before it give [0-9a-f]{8}/);
  });
});

test("random bytes are explained to their end", async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
    expect(await leavesCover(bytes)).toEqual([]);
  }), { seed: 41, numRuns: 500 });
});

test("damage at random places of larger files is explained to the end, under every codec and version", async () => {
  const files = [sampleSst(sampleRows(150), { filter: "composite" }), sampleSst(sampleRows(150), { version: 1, filter: "legacy" })];
  for (const codec of ["snappy", "lz4", "zlib", "zstd"] as const) files.push(sampleSst(sampleRows(150), { codec: await loadCodec(codec), filter: "composite" }));
  await fc.assert(fc.asyncProperty(fc.constantFrom(...files), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), async (file, changes) => {
    const damaged = file.slice();
    for (const [at, byte] of changes) damaged[at % file.length] = byte;
    expect(await leavesCover(damaged)).toEqual([]);
  }), { seed: 42, numRuns: 400 });
});

describe("rows", () => {
  /** In the first block; its rows after the first restart point. */
  const bytes = sampleSst(sampleRows(60), { blockSize: 4096 });

  test("a row that cannot be read costs the rows up to the next restart point", async () => {
    const { offset } = (await explainBytes(bytes)).find(({ path }) => path === "block[0].row[5].unshared")!;
    const nodes = await explainBytes(withByte(bytes, offset, 0x7f));
    expect(gapsOf(nodes, bytes.length)).toEqual([]);
    expect(nodes.find(({ kind, path }) => kind === "raw" && path.startsWith("block[0].row["))?.error).toMatch(/bytes, and \d+ are left/);
    expect(nodes.find(({ path }) => path === "block[0].row[16]")?.value).toBe('restart, put "key000016"');
    expect(nodes.find(({ path }) => path === "block[0].row[50]")?.value).toBe('put "key000050"');
  });

  test("a wrong restart point takes no row away", async () => {
    const { offset } = (await explainBytes(bytes)).find(({ path }) => path === "block[0].restarts[1]")!;
    const nodes = await explainBytes(withByte(bytes, offset + 1, bytes[offset + 1]! ^ 1));
    expect(errorsOf(nodes)[0]).toBe("block[0].restarts[1]: no row begins there");
    expect(nodes.filter(({ path }) => /^block\[0\]\.row\[\d+\]$/.test(path))).toHaveLength(60);
  });

  test("a count that does not fit leaves raw bytes", async () => {
    const { offset } = (await explainBytes(bytes)).find(({ path }) => path === "block[0].num_restarts_stored")!;
    const nodes = await explainBytes(withByte(bytes, offset, 0xff));
    expect(errorsOf(nodes)[0]).toMatch(/^block\[0\]\.payload: restarts has \d+ bytes, and \d+ are left$/);
  });

  test("what they share is more than there is", async () => {
    const { offset } = (await explainBytes(bytes)).find(({ path }) => path === "block[0].row[1].shared")!;
    expect(errorsOf(await explainBytes(withByte(bytes, offset, 0x20)))[0]).toBe("block[0].row[1].shared: shares 32 bytes with a key of 9");
  });
});

describe("the file's end", () => {
  const bytes = goldenBytes("tiny-all");

  test("an info offset that leads nowhere", async () => {
    const text = await textOf(withByte(bytes, bytes.length - 10, 1));
    expect(text).toContain("! info_offset does not point before the footer");
    expect(text).toContain("unknown");
  });

  test("a format version that is not known leaves rows raw", async () => {
    const errors = errorsOf(await explainBytes(withByte(bytes, bytes.length - 1, 7)));
    expect(errors).toEqual(["block[0].payload: format_version 7 is not known", "footer.format_version: the value is not known"]);
  });

  test("a codec that is not known leaves sections stored", async () => {
    const compressed = sampleSst(sampleRows(3), { codec: await loadCodec("zlib") });
    const at = (await explainBytes(compressed)).find(({ path }) => path === "info.compression_format")!.offset;
    const nodes = await explainBytes(withByte(compressed, at, 99));
    expect(errorsOf(nodes)).toContain("index.stored: compression_format 99 is not known");
    expect(gapsOf(nodes, compressed.length)).toEqual([]);
  });

  test("an index that cannot be read leaves data blocks raw", async () => {
    const nodes = await explainBytes(withByte(bytes, 0x86, 0xff));
    expect(nodes[0]).toMatchObject({ kind: "raw", offset: 0, length: 0x7b, error: "no block of the index lies here" });
  });

  test("a section that cannot lie where the info says is told of", async () => {
    const at = (await explainBytes(bytes)).find(({ path }) => path === "info.stats_offset")!.offset;
    const nodes = await explainBytes(withByte(bytes, at + 1, 0x20));
    expect(gapsOf(nodes, bytes.length)).toEqual([]);
    expect(errorsOf(nodes)).toEqual(expect.arrayContaining(["unknown: no section is said to lie here", "stats: the info says 108 bytes at 0x20ba, where others lie or the file ends"]));
  });

  test("entries of the index that lead nowhere are told of, and blocks keep their numbers", async () => {
    const sst = sampleSst(sampleRows(300));
    const at = (await explainBytes(sst)).find(({ path }) => path === "index.block_meta[2].offset")!.offset;
    const nodes = await explainBytes(withByte(sst, at + 4, 1));
    expect(gapsOf(nodes, sst.length)).toEqual([]);
    expect(errorsOf(nodes)[0]).toMatch(/^data: 1 of \d+ entries of the index lead to no block$/);
    const labels = nodes.filter(({ depth, label }) => depth === 0 && label.startsWith("block[")).map(({ label }) => label);
    expect(labels.slice(0, 3)).toEqual(["block[0]", "block[1]", "block[3]"]);
  });

  test("errors are not cut", async () => {
    const lines = (await textOf(withByte(bytes, 0x88, 0xff))).split("\n");
    expect(lines.filter((line) => line.length > 120)).toEqual([]);
  });
});
