// The FlatBuffers of every golden file: what we read is what the side-car says, and what we write from it are the bytes
// that real SlateDB wrote.
import {
  decodeIndex, decodeInfo, decodeManifest, decodeStats, encodeIndex, encodeInfo, encodeManifestV1, encodeStats, formatUlid, loadCodec, parseUlid,
  readIndexColumns, readStatsColumns, SstIndexBuilder, SstStatsBuilder,
  type Checkpoint, type CompactedSsTable, type ManifestV1, type SsTableInfo,
} from "@slate-sst/format";
import { describe, expect, it } from "vitest";
import { goldenManifests, goldenSsts, type GoldenSst } from "../src/vectors.js";

const CRC_BYTES = 4;
const FOOTER_BYTES = 10;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** More than any golden section has. */
const PAYLOAD_BYTES_MAX = 1 << 20;

/** A section without its checksum, decompressed. */
async function sectionPayload(sst: GoldenSst, offset: number, length: number): Promise<Uint8Array> {
  const codec = await loadCodec(sst.config.compression);
  return codec.decompress(sst.bytes.subarray(offset, offset + length - CRC_BYTES), { maxLength: PAYLOAD_BYTES_MAX });
}

const infoBytes = (sst: GoldenSst): Uint8Array => sst.bytes.subarray(sst.metadataOffset, sst.bytes.length - FOOTER_BYTES - CRC_BYTES);

describe.each(goldenSsts().map((sst) => [sst.name, sst] as const))("%s", (_, sst) => {
  it("has the info of its side-car, and we give it the same bytes", () => {
    const bytes = infoBytes(sst);
    const info = decodeInfo(bytes);
    expect(info).toEqual(sst.info);
    expect(hex(encodeInfo(info))).toBe(hex(bytes));
  });

  it("has an index that we rebuild from the blocks of its side-car", async () => {
    const bytes = await sectionPayload(sst, sst.info.indexOffset, sst.info.indexLen);
    const builder = new SstIndexBuilder();
    for (const { offset, indexKey } of sst.blocks) {
      const foretold = builder.sizeAfter(indexKey.length);
      builder.add(offset, indexKey);
      expect(builder.finishedSize).toBe(foretold);
    }
    expect(builder.finishedSize).toBe(bytes.length);
    expect(hex(builder.finish())).toBe(hex(bytes));

    const index = decodeIndex(bytes);
    expect(index.blockMeta).toEqual(sst.blocks.map(({ offset, indexKey }) => ({ offset, firstKey: indexKey })));
    expect(hex(encodeIndex(index))).toBe(hex(bytes));

    const { count, offsets, keyStart, keyEnd } = readIndexColumns(bytes);
    expect(count).toBe(sst.blocks.length);
    expect([...offsets]).toEqual(sst.blocks.map(({ offset }) => offset));
    expect(Array.from(keyStart, (start, block) => hex(bytes.subarray(start, keyEnd[block])))).toEqual(sst.blocks.map(({ indexKey }) => hex(indexKey)));
  });
});

const withStats = goldenSsts().flatMap((sst) => (sst.stats === undefined ? [] : [[sst.name, sst, sst.stats] as const]));

describe.each(withStats)("%s", (_, sst, golden) => {
  it("has stats that we rebuild from its side-car", async () => {
    const { blockStats, ...totals } = golden;
    const bytes = await sectionPayload(sst, sst.info.statsOffset, sst.info.statsLen);
    const builder = new SstStatsBuilder();
    blockStats.forEach((block, index) => {
      const sizes = index === 0 ? { rawKeySize: totals.rawKeySize, rawValSize: totals.rawValSize } : { rawKeySize: 0, rawValSize: 0 };
      builder.addBlock({ ...block, ...sizes });
    });
    expect(builder.totals).toEqual(totals);
    expect(builder.finishedSize).toBe(bytes.length);
    expect(hex(builder.finish())).toBe(hex(bytes));

    const stats = decodeStats(bytes);
    expect(stats).toEqual({ ...totals, blockStats: blockStats.length === 0 ? undefined : blockStats });
    expect(hex(encodeStats(stats))).toBe(hex(bytes));

    const columns = readStatsColumns(bytes).blockStats;
    expect(columns?.count ?? 0).toBe(blockStats.length);
    expect([...(columns?.numPuts ?? [])]).toEqual(blockStats.map(({ numPuts }) => numPuts));
    expect([...(columns?.numDeletes ?? [])]).toEqual(blockStats.map(({ numDeletes }) => numDeletes));
    expect([...(columns?.numMerges ?? [])]).toEqual(blockStats.map(({ numMerges }) => numMerges));
  });
});

/** The info of a manifest's SST in the words of the side-car. */
function infoInJson(info: SsTableInfo): unknown {
  const base64 = (bytes: Uint8Array | undefined): string | null => (bytes === undefined ? null : `base64:${Buffer.from(bytes).toString("base64")}`);
  return {
    first_entry: base64(info.firstEntry), index_offset: info.indexOffset, index_len: info.indexLen, filter_offset: info.filterOffset,
    filter_len: info.filterLen, compression: info.compressionFormat, sst_type: info.sstType, last_entry: base64(info.lastEntry),
    stats_offset: info.statsOffset, stats_len: info.statsLen, filter_format: info.filterFormat,
  };
}

function sstInJson(sst: CompactedSsTable): unknown {
  return { id: formatUlid(sst.id), info: infoInJson(sst.info), visible_range: sst.visibleRange ?? null, format_version: sst.formatVersion };
}

function checkpointInJson(checkpoint: Checkpoint): unknown {
  return {
    id: [String(checkpoint.id.high), String(checkpoint.id.low)], manifest_id: String(checkpoint.manifestId),
    expire_s: checkpoint.expireTimeS, create_s: checkpoint.createTimeS, name: checkpoint.name ?? null,
  };
}

function manifestInJson(version: number, manifest: ManifestV1): unknown {
  return {
    version,
    initialized: manifest.initialized,
    writer_epoch: String(manifest.writerEpoch),
    compactor_epoch: String(manifest.compactorEpoch),
    replay_after_wal_id: String(manifest.replayAfterWalId),
    wal_id_last_seen: String(manifest.walIdLastSeen),
    l0_last_compacted: manifest.l0LastCompacted === undefined ? null : formatUlid(manifest.l0LastCompacted),
    l0: manifest.l0.map(sstInJson),
    compacted: manifest.compacted.map(({ id, ssts }) => ({ id, ssts: ssts.map(sstInJson) })),
    last_l0_clock_tick: String(manifest.lastL0ClockTick),
    checkpoints: manifest.checkpoints.map(checkpointInJson),
    last_l0_seq: String(manifest.lastL0Seq),
    recent_snapshot_min_seq: String(manifest.recentSnapshotMinSeq),
    sequence_tracker: `base64:${Buffer.from(manifest.sequenceTracker ?? []).toString("base64")}`,
  };
}

describe.each(goldenManifests().map((manifest) => [manifest.name, manifest] as const))("%s", (_, golden) => {
  it("says what its side-car says, and we give it the same bytes", () => {
    const decoded = decodeManifest(golden.bytes);
    if (decoded.version !== 1) throw new Error("the golden manifests have version 1");
    expect(manifestInJson(decoded.version, decoded.manifest)).toEqual(golden.decoded);
    expect(hex(encodeManifestV1(decoded.manifest))).toBe(hex(golden.bytes));
  });
});

describe("ULIDs of golden files", () => {
  it("have the same text after parsing", () => {
    const names = goldenSsts().filter(({ kind }) => kind !== "wal").map(({ objectName }) => objectName.replace(".sst", ""));
    expect(names.length).toBeGreaterThan(0);
    expect(names.map((name) => formatUlid(parseUlid(name)))).toEqual(names);
  });
});
