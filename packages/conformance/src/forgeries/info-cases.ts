// Forgeries of the info: where it says that sections lie, and numbers without a meaning.
import { encodeInfo, type SsTableInfo, SstType } from "@slate-sst/format";
import { joinBytes } from "./forged-rows.js";
import { putTogether } from "./forged-sst.js";
import { type BaseName, type ExpectedFinding, forged, type Forgery } from "./forgery.js";

const NOT_READ = "does not notice: it reads the copy in the manifest";
const UNKNOWN_NUMBER = 9;
/** Bytes between sections. */
const GAP = new Uint8Array(8);

function otherInfo(name: string, change: (info: SsTableInfo) => SsTableInfo, findings: readonly ExpectedFinding[], slateDb = NOT_READ, base: BaseName = "plain"): Forgery {
  return { name, base, slateDb, make: (parts) => forged(putTogether(parts, { info: change }), ...findings) };
}

/** A number for which there is no name. The encoder refuses it, so two of its encodings show where the number lies. */
function unknown(name: string, field: "compressionFormat" | "sstType" | "filterFormat", finding: ExpectedFinding, slateDb: string): Forgery {
  return {
    name, base: "plain", slateDb,
    make: (parts) => forged(
      putTogether(parts, {
        // Stored, it has the same place whichever number it is; 0 would not be stored.
        info: (right) => ({ ...right, [field]: 1 }),
        payload: (section, payload) => (section === "info" ? withUnknown(payload, parts.info, field) : payload),
      }),
      finding,
    ),
  };
}

function withUnknown(payload: Uint8Array, right: SsTableInfo, field: "compressionFormat" | "sstType" | "filterFormat"): Uint8Array {
  // The three numbers are the last fields of one byte each; in a plain file only one of them is stored.
  const alone = encodeInfo({ ...right, compressionFormat: 0, sstType: 0, filterFormat: 0, [field]: 1 });
  if (alone.length !== payload.length) throw new RangeError("the info has other numbers");
  const rootAt = new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);
  const view = new DataView(payload.buffer, payload.byteOffset);
  const vtableAt = rootAt - view.getInt32(rootAt, true);
  const slot = { compressionFormat: 5, sstType: 6, filterFormat: 10 }[field];
  const changed = payload.slice();
  changed[rootAt + view.getUint16(vtableAt + 4 + 2 * slot, true)] = UNKNOWN_NUMBER;
  return changed;
}

function gap(before: "filter" | "index" | "stats" | "info", finding: (blocks: number) => ExpectedFinding): Forgery {
  return {
    name: `bytes before the ${before} that belong to nothing`, base: "plain", slateDb: "not tried",
    make: (parts) => forged(putTogether(parts, { gaps: [before, GAP] }), finding(parts.blocks.length)),
  };
}

const MISREAD = "error: checksum mismatch";

export const infoForgeries: readonly Forgery[] = [
  otherInfo("no index", (right) => ({ ...right, indexLen: 0 }), ["F2.1 info.index_len"], "panics"),
  otherInfo("an index of four bytes", (right) => ({ ...right, indexLen: 4 }), ["F2.2 info.index_len"], "not tried"),
  otherInfo("a filter of three bytes", (right) => ({ ...right, filterLen: 3 }), ["F2.2 info.filter_len"], "panics"),
  otherInfo("an index that ends behind the info", (right) => ({ ...right, indexLen: 1_000_000 }), ["F2.3 info.index_offset"], "panics"),
  otherInfo("an offset so large that its sum is no number any more", (right) => ({ ...right, statsOffset: Number.MAX_SAFE_INTEGER }), ["F2.3 info.stats_offset"], NOT_READ),
  otherInfo("stats with an offset and no length", (right) => ({ ...right, statsLen: 0 }), ["F2.4 info.stats_len"]),
  otherInfo("stats with a length and no offset", (right) => ({ ...right, statsOffset: 0 }), ["F2.4 info.stats_offset"]),
  otherInfo("an index one byte further", (right) => ({ ...right, indexOffset: right.indexOffset + 1, indexLen: right.indexLen - 1 }), ["F2.5 info.index_offset"], MISREAD),
  otherInfo("a filter one byte shorter", (right) => ({ ...right, filterLen: right.filterLen - 1 }), ["F2.5 info.index_offset"], "not tried"),
  otherInfo("no filter, although there is one", (right) => ({ ...right, filterLen: 0 }), ["F2.5 info.index_offset"], "look-ups are slower"),
  otherInfo("data blocks that end at 0, and no filter", (right) => ({ ...right, filterOffset: 0, filterLen: 0 }), ["F2.5 info.index_offset"], "hangs and panics: capacity overflow"),
  otherInfo("stats one byte further", (right) => ({ ...right, statsOffset: right.statsOffset + 1, statsLen: right.statsLen - 1 }), ["F2.6 info.stats_offset"]),
  otherInfo("stats one byte shorter", (right) => ({ ...right, statsLen: right.statsLen - 1 }), ["F2.7 info.stats_len"]),
  otherInfo("an SST without rows that says it is a WAL file, and has stats", (right) => ({ ...right, sstType: SstType.Wal }), ["F2.9 info.stats_len"], NOT_READ, "empty"),
  otherInfo("a compacted SST that says it is a WAL file", (right) => ({ ...right, sstType: SstType.Wal }), ["F2.8 info.filter_len"], NOT_READ),
  unknown("a codec that there is not", "compressionFormat", "F3.1 info.compression_format", "does not notice: it reads the copy in the manifest"),
  unknown("a type of SST that there is not", "sstType", "F3.2 info.sst_type", "in the manifest's copy: panics on opening"),
  unknown("a filter format that there is not", "filterFormat", "F3.3 info.filter_format", NOT_READ),
  // The info still says that the filter lies where it does, so the bytes before it are the last block's.
  gap("filter", (blocks) => `F4.1 block[${blocks - 1}]`),
  gap("index", () => "F2.5 info.index_offset"),
  gap("stats", () => "F2.6 info.stats_offset"),
  gap("info", () => "F2.7 info.stats_len"),
  {
    name: "an info that is no FlatBuffer", base: "plain", slateDb: NOT_READ,
    make: (parts) => forged(putTogether(parts, { payload: (name, payload) => (name === "info" ? payload.map((byte, i) => (i === 3 ? 0x7f : byte)) : payload) }), "F1.6 info"),
  },
  {
    name: "an info with bytes behind its FlatBuffer", base: "plain", slateDb: NOT_READ, level: "paranoid",
    make: (parts) => forged(putTogether(parts, { payload: (name, payload) => (name === "info" ? joinBytes(payload, new Uint8Array(4)) : payload) }), "C1.1 info"),
  },
];
