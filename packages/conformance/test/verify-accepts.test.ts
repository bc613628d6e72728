// What is sound must not be suspected: everything that real SlateDB and our writer write gives no finding of any severity
// at level paranoid, whether the verifier knows the configuration or not.
import { BLOCK_SIZES, FORMAT_VERSION_V1, FORMAT_VERSION_V2 } from "@slate-sst/format";
import type { SstMetadata } from "@slate-sst/format/proto";
import type { ExpectedConfig } from "@slate-sst/verify";
import { describe, expect, it } from "vitest";
import { putTogether, takeApart } from "../src/forgeries/index.js";
import { forgeryBase } from "../src/forgery-bases.js";
import { TempFolder } from "../src/oracle/folders.js";
import { writeWithSlateDb } from "../src/oracle/write.js";
import { inCommitOrder, randomCase } from "../src/random-rows.js";
import { rewriteSst, writerConfig } from "../src/rewrite.js";
import { GOLDEN_CODECS, goldenSsts, type GoldenConfig, type GoldenRow } from "../src/vectors.js";
import { rulesAndPaths, verifyBytes } from "../src/verify-bytes.js";

const RANDOM_SEEDS = Array.from({ length: 24 }, (_, i) => 900 + i);
const SLATEDB_SEEDS = [950, 951, 952, 953, 954, 955];
const METAMORPHIC_SEEDS = [31, 34] as const;

function expectedOf({ blockSize, minFilterKeys, filterBitsPerKey, compression, formatVersion, filterFormat }: GoldenConfig): ExpectedConfig {
  const version = formatVersion === FORMAT_VERSION_V1 ? FORMAT_VERSION_V1 : FORMAT_VERSION_V2;
  return { blockSize, minFilterKeys, filterBitsPerKey, compression, formatVersion: version, filterFormat };
}

/** No findings with nothing known, and none with everything known; each rule was judged. */
async function expectSound(bytes: Uint8Array, expected: ExpectedConfig, title: string, metadata?: SstMetadata): Promise<void> {
  for (const known of [{}, { expect: expected, metadata }]) {
    const { findings, result } = await verifyBytes(bytes, { level: "paranoid", ...known });
    expect(rulesAndPaths(findings), title).toEqual([]);
    expect(result, title).toMatchObject({ sound: true, complete: true, coverage: { unexplained: 0, gaps: [] } });
  }
}

describe("golden SSTs of real SlateDB", () => {
  it.each(goldenSsts().map((golden) => [golden.name, golden] as const))("%s", async (name, { bytes, config, kind }) => {
    await expectSound(bytes, kind === "wal" ? {} : expectedOf(config), name);
  });
});

describe("random rows by our writer", () => {
  it.each(RANDOM_SEEDS)("seed %i", async (seed) => {
    const { rows, config, title } = randomCase(seed, { bytesMax: 150_000 });
    for (const formatVersion of [FORMAT_VERSION_V1, FORMAT_VERSION_V2]) {
      for (const filterFormat of ["legacy", "composite"] as const) {
        const golden = { ...config, formatVersion, filterFormat };
        const { bytes, metadata } = await rewriteSst(rows, { ...writerConfig(golden), digest: "sha256" });
        await expectSound(bytes, expectedOf(golden), `${title}, version ${formatVersion}, ${filterFormat}`, metadata);
      }
    }
  });
});

describe("random rows by real SlateDB", () => {
  it.each(SLATEDB_SEEDS)("seed %i", async (seed) => {
    const { rows, config, title } = randomCase(seed, { bytesMax: 100_000 });
    using folder = new TempFolder("accepts");
    const { sst } = await writeWithSlateDb(folder.path, inCommitOrder(rows, seed), config);
    await expectSound(sst.bytes, expectedOf({ ...config, formatVersion: FORMAT_VERSION_V2, filterFormat: "legacy" }), title);
  });
});

describe("one set of rows under every configuration", () => {
  const changes: readonly ExpectedConfig[] = [
    ...BLOCK_SIZES.map((blockSize) => ({ blockSize })),
    ...GOLDEN_CODECS.map((compression) => ({ compression })),
    { formatVersion: FORMAT_VERSION_V1 },
    { formatVersion: FORMAT_VERSION_V1, compression: "zstd", blockSize: 1024 },
    { filter: false },
    { minFilterKeys: 0, filterBitsPerKey: 1 },
    { minFilterKeys: 0, filterBitsPerKey: 3 },
    { minFilterKeys: 0, filterFormat: "composite" },
  ];

  it.each(METAMORPHIC_SEEDS)("seed %i", async (seed) => {
    const { rows, config, title } = randomCase(seed, { codecs: ["none"], bytesMax: 60_000, keysMax: 150 });
    const common = expectedOf({ ...config, formatVersion: FORMAT_VERSION_V2, filterFormat: "legacy" });
    for (const changed of changes) {
      const known: ExpectedConfig = { ...common, ...changed };
      const { bytes, metadata } = await rewriteSst(rows, known as Parameters<typeof rewriteSst>[1]);
      await expectSound(bytes, known, `${JSON.stringify(changed)}; ${title}`, metadata);
    }
  });
});

describe("corners", () => {
  const row = (key: Uint8Array, value: Uint8Array | undefined, more: Partial<GoldenRow> = {}): GoldenRow => ({ kind: value === undefined ? "delete" : "put", key, value, seq: 0n, createTs: undefined, expireTs: undefined, ...more });
  const longest = new Uint8Array(65_535).fill(0xff);
  const cases: readonly (readonly [string, readonly GoldenRow[], ExpectedConfig])[] = [
    ["one tombstone", [row(Uint8Array.of(0), undefined)], {}],
    ["one tombstone with expiry in V1", [row(Uint8Array.of(0), undefined, { expireTs: 5n })], { formatVersion: FORMAT_VERSION_V1 }],
    ["the longest keys", [row(longest.subarray(1), new Uint8Array(1)), row(longest, undefined)], { minFilterKeys: 0 }],
    ["the highest sequence number and the ends of time", [row(Uint8Array.of(1), new Uint8Array(), { seq: 2n ** 64n - 1n, createTs: -(2n ** 63n), expireTs: 2n ** 63n - 1n })], {}],
    ["one key in very many versions", Array.from({ length: 900 }, (_, i) => row(Uint8Array.of(7), new Uint8Array(3), { seq: BigInt(900 - i) })), { blockSize: 1024, minFilterKeys: 0 }],
    ["bits per key that count for nothing", Array.from({ length: 40 }, (_, i) => row(Uint8Array.of(i), new Uint8Array(3))), { minFilterKeys: 0, filterBitsPerKey: 1 }],
  ];

  it("no rows, and the filter without bits that SlateDB then writes when every SST is to have one", async () => {
    const { bytes, codec } = await forgeryBase("empty");
    const parts = takeApart(bytes, codec);
    await expectSound(putTogether({ ...parts, filter: Uint8Array.of(0, 6) }), { minFilterKeys: 0, filterBitsPerKey: 10 }, "empty");
  });

  it.each(cases)("%s", async (title, rows, config) => {
    const { bytes, metadata } = await rewriteSst(rows, config as Parameters<typeof rewriteSst>[1]);
    await expectSound(bytes, config, title, metadata);
  });
});
