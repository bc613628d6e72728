// Forgeries of the stats.
import type { BlockStats, SstStats } from "@slate-sst/format";
import { joinBytes } from "./forged-rows.js";
import { putTogether } from "./forged-sst.js";
import { type ExpectedFinding, forged, type Forgery, MIDDLE, replaced } from "./forgery.js";

function otherStats(name: string, change: (stats: SstStats) => SstStats, ...findings: readonly ExpectedFinding[]): Forgery {
  return { name, base: "plain", slateDb: "does not notice", make: (parts) => forged(putTogether(parts, { stats: change }), ...findings) };
}

const blocksOf = ({ blockStats }: SstStats): readonly BlockStats[] => blockStats ?? [];

export const statsForgeries: readonly Forgery[] = [
  otherStats("a wrong total of puts", (all) => ({ ...all, numPuts: all.numPuts + 1 }), "S1.4 stats.num_puts"),
  otherStats("a wrong total of deletes", (all) => ({ ...all, numDeletes: 0 }), "S1.4 stats.num_deletes"),
  otherStats("a wrong total of merges", (all) => ({ ...all, numMerges: all.numMerges * 2 }), "S1.4 stats.num_merges"),
  otherStats("a wrong total of key bytes", (all) => ({ ...all, rawKeySize: all.rawKeySize - 1 }), "S1.5 stats.raw_key_size"),
  otherStats("a wrong total of value bytes", (all) => ({ ...all, rawValSize: 0 }), "S1.6 stats.raw_val_size"),
  otherStats("wrong counts of one block", (all) => ({ ...all, blockStats: replaced(blocksOf(all), MIDDLE, (one) => ({ ...one, numPuts: one.numPuts - 1 })) }), `S1.3 stats.block_stats[${MIDDLE}]`),
  otherStats("counts of a block too few", (all) => ({ ...all, blockStats: blocksOf(all).slice(1) }), "S1.2 stats.block_stats"),
  otherStats("counts of a block too many", (all) => ({ ...all, blockStats: [...blocksOf(all), { numPuts: 0, numDeletes: 0, numMerges: 0 }] }), "S1.2 stats.block_stats"),
  otherStats("no counts of blocks", (all) => ({ ...all, blockStats: undefined }), "S1.2 stats.block_stats"),
  {
    name: "stats that are no FlatBuffer", base: "plain", slateDb: "does not notice",
    make: (parts) => forged(putTogether(parts, { payload: (name, payload) => (name === "stats" ? payload.map((byte, i) => (i === 3 ? 0x7f : byte)) : payload) }), "S1.1 stats"),
  },
  {
    name: "stats with bytes behind their FlatBuffer", base: "plain", slateDb: "does not notice; harmless", level: "paranoid",
    make: (parts) => forged(putTogether(parts, { payload: (name, payload) => (name === "stats" ? joinBytes(payload, new Uint8Array(4)) : payload) }), "C1.3 stats"),
  },
];
