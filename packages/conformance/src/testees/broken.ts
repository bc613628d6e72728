// Testees that are wrong in one respect each: what a suite that finds nothing wrong with them is worth is nothing.
import { FORMAT_VERSION_V2, separatorLength } from "@slate-sst/format";
import { type BloomKeys, type ConformanceRequest, type ConformanceValue, type ManifestSst, RowKind, type SstRow } from "@slate-sst/format/proto/conformance";
import { encodeForgedRow, joinBytes } from "../forgeries/forged-rows.js";
import { layerName } from "../suite/builder.js";
import { rowOf } from "../suite/values.js";
import { decoded, encoded, type Outcome, rejected, type Testee } from "./answer.js";
import { slateSst } from "./slate-sst.js";
import { stored } from "./stored-row.js";
import { sipHash } from "./wrong-hash.js";

export interface Fault {
  readonly name: string;
  readonly about: string;
  /** Layers in which cases must fail, and no others. */
  readonly layers: readonly string[];
  /** What each failure must say. */
  readonly reason: RegExp;
  readonly testee: Testee;
}

const BYTES_DIFFER = /^byte \d+: /;
const NOT_REFUSED = /^it breaks [A-Z]\d\.\d+, but it was read as|^it breaks the format, but it was read as/;

/** Asks for the encoding of another value. */
function encodesOther(layers: readonly string[], change: (value: ConformanceValue) => ConformanceValue): Testee {
  return async (request) => {
    const kind = request.task?.kind;
    if (kind?.case !== "encode" || kind.value.value === undefined || request.task === undefined || !layers.includes(layerName(request.layer))) return await slateSst(request);
    return await slateSst({ ...request, task: { ...request.task, kind: { case: "encode", value: { ...kind.value, value: change(kind.value.value) } } } });
  };
}

/** Encodes itself; undefined leaves it to the right one. */
function encodes(layers: readonly string[], encode: (value: ConformanceValue) => Uint8Array | undefined): Testee {
  return async (request) => {
    const kind = request.task?.kind;
    const bytes = kind?.case === "encode" && kind.value.value !== undefined && layers.includes(layerName(request.layer)) ? encode(kind.value.value) : undefined;
    return bytes === undefined ? await slateSst(request) : encoded(bytes);
  };
}

/** Changes the right answer. */
function answers(layers: readonly string[], change: (outcome: Outcome, request: ConformanceRequest) => Outcome): Testee {
  return async (request) => {
    const outcome = await slateSst(request);
    return layers.includes(layerName(request.layer)) ? change(outcome, request) : outcome;
  };
}

function withRows(value: ConformanceValue, change: (row: SstRow) => SstRow): ConformanceValue {
  const { kind } = value;
  if (kind.case === "row" && kind.value.row !== undefined) return { ...value, kind: { case: "row", value: { ...kind.value, row: change(kind.value.row) } } };
  if (kind.case === "block") return { ...value, kind: { case: "block", value: { ...kind.value, rows: kind.value.rows.map(change) } } };
  if (kind.case === "file") return { ...value, kind: { case: "file", value: { ...kind.value, rows: kind.value.rows.map(change) } } };
  return value;
}

const swappedTimes = ({ createTs, expireTs, ...row }: SstRow): SstRow => ({ ...row, ...(expireTs === undefined ? {} : { createTs: expireTs }), ...(createTs === undefined ? {} : { expireTs: createTs }) });

function reversedSeq(row: SstRow): SstRow {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, row.seq);
  return { ...row, seq: view.getBigUint64(0, true) };
}

/** A V2 block with a restart point every so many rows. */
function blockWithInterval(rows: readonly SstRow[], interval: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  const restarts: number[] = [];
  let at = 0;
  for (const [i, message] of rows.entries()) {
    const before = rows[i - 1];
    if (i % interval === 0) restarts.push(at);
    const chunk = encodeForgedRow(stored(rowOf(message), i % interval === 0 ? undefined : before?.key), FORMAT_VERSION_V2);
    chunks.push(chunk);
    at += chunk.length;
  }
  return joinBytes(...chunks, ...[...restarts, restarts.length].map((number) => Uint8Array.of(number >> 8, number & 0xff)));
}

/** A bloom filter whose probes are h + i * d, without the step that SlateDB adds. */
function plainDoubleHashing({ keys, bitsPerKey }: BloomKeys, rounds: readonly [number, number] = [1, 3]): Uint8Array {
  const bits = new Uint8Array(Math.ceil((keys.length * bitsPerKey) / 8));
  const probes = Math.trunc(Math.fround(Math.fround(bitsPerKey) * Math.fround(0.69)));
  const count = BigInt(bits.length * 8);
  for (const key of keys) {
    const hash = sipHash(key, ...rounds);
    const [h, d] = [hash & 0xffff_ffffn, hash >> 32n];
    for (let i = 0n; i < BigInt(probes); i++) {
      const bit = Number((h + i * d) % count);
      bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (1 << (bit & 7));
    }
  }
  return joinBytes(Uint8Array.of(probes >> 8, probes & 0xff), bits);
}

function crc32c(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0x82f6_3b78 & -(crc & 1));
  }
  return ~crc >>> 0;
}

function u64(number: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, number);
  return bytes;
}

export const FAULTS: readonly Fault[] = [
  {
    name: "restart-interval", about: "a restart point every 17 rows", layers: ["block"], reason: BYTES_DIFFER,
    testee: encodes(["block"], ({ kind }) => (kind.case === "block" && kind.value.formatVersion === FORMAT_VERSION_V2 ? blockWithInterval(kind.value.rows, 17) : undefined)),
  },
  { name: "probe-order", about: "plain double hashing", layers: ["bloom"], reason: BYTES_DIFFER, testee: encodes(["bloom"], ({ kind }) => (kind.case === "bloom" ? plainDoubleHashing(kind.value) : undefined)) },
  { name: "swapped-timestamps", about: "create_ts where expire_ts belongs", layers: ["row", "block", "file"], reason: BYTES_DIFFER, testee: encodesOther(["row", "block", "file"], (value) => withRows(value, swappedTimes)) },
  { name: "seq-little-endian", about: "sequence numbers low byte first", layers: ["row", "block"], reason: BYTES_DIFFER, testee: encodesOther(["row", "block"], (value) => withRows(value, reversedSeq)) },
  {
    name: "varint-above-32-bits", about: "takes varints of any length, modulo 2^32", layers: ["varint"], reason: NOT_REFUSED,
    testee: answers(["varint"], (outcome, { task }) => (outcome.case === "rejected" && task?.kind.case === "decode" && (task.kind.value.bytes.at(-1) ?? 0x80) < 0x80 && task.kind.value.bytes.length >= 5 && (task.kind.value.bytes.at(-1) ?? 0) !== 0
      ? decoded({ $typeName: "slate_sst.v1.ConformanceValue", kind: { case: "varint", value: 1 } }) : outcome)),
  },
  {
    name: "varint-not-minimal", about: "numbers below 128 in two bytes", layers: ["varint"], reason: BYTES_DIFFER,
    testee: encodes(["varint"], ({ kind }) => (kind.case === "varint" && kind.value < 0x80 ? Uint8Array.of(kind.value | 0x80, 0) : undefined)),
  },
  {
    name: "crc-32c", about: "the checksum of another polynomial", layers: ["crc"], reason: BYTES_DIFFER,
    testee: encodes(["crc"], ({ kind }) => (kind.case === "data" ? joinBytes(kind.value, u64(BigInt(crc32c(kind.value))).slice(4)) : undefined)),
  },
  {
    name: "crc-unchecked", about: "sections are believed", layers: ["crc"], reason: NOT_REFUSED,
    testee: answers(["crc"], (outcome, { task }) => (outcome.case === "rejected" && task?.kind.case === "decode" && task.kind.value.bytes.length > 4
      ? decoded({ $typeName: "slate_sst.v1.ConformanceValue", kind: { case: "data", value: task.kind.value.bytes.slice(0, -4) } }) : outcome)),
  },
  { name: "siphash-2-4", about: "the usual rounds of SipHash", layers: ["siphash"], reason: BYTES_DIFFER, testee: encodes(["siphash"], ({ kind }) => (kind.case === "data" ? u64(sipHash(kind.value, 2, 4)) : undefined)) },
  { name: "whole-separators", about: "first keys instead of separators", layers: ["separator"], reason: BYTES_DIFFER, testee: encodes(["separator"], ({ kind }) => (kind.case === "separator" ? kind.value.firstKey : undefined)) },
  {
    name: "separator-one-short", about: "the shared prefix alone", layers: ["separator"], reason: BYTES_DIFFER,
    testee: encodes(["separator"], ({ kind }) => {
      if (kind.case !== "separator" || kind.value.lastKeyBefore === undefined) return undefined;
      const { lastKeyBefore, firstKey } = kind.value;
      return firstKey.slice(0, separatorLength(lastKeyBefore, lastKeyBefore.length, firstKey, firstKey.length) - 1);
    }),
  },
  {
    name: "tombstones-are-puts", about: "stats count tombstones as puts", layers: ["stats"], reason: BYTES_DIFFER,
    testee: encodesOther(["stats"], (value) => (value.kind.case === "stats" ? { ...value, kind: { case: "stats", value: { ...value.kind.value, numPuts: value.kind.value.numPuts + value.kind.value.numDeletes, numDeletes: 0n } } } : value)),
  },
  {
    name: "no-last-entry", about: "infos as releases before 0.11 wrote them", layers: ["info"], reason: BYTES_DIFFER,
    testee: encodesOther(["info"], (value) => {
      if (value.kind.case !== "info") return value;
      const { lastEntry: _, ...info } = value.kind.value;
      return { ...value, kind: { case: "info", value: info } };
    }),
  },
  {
    name: "legacy-for-composite", about: "never frames a filter", layers: ["filter"], reason: BYTES_DIFFER,
    testee: encodesOther(["filter"], (value) => (value.kind.case === "filter" ? { ...value, kind: { case: "filter", value: { ...value.kind.value, composite: false } } } : value)),
  },
  {
    name: "filter-denies", about: "a filter that says no to every third key", layers: ["bloom", "filter"], reason: /^value\.answers\.maybe\[\d+\] is false instead of true/,
    testee: answers(["bloom", "filter"], (outcome) => {
      if (outcome.case !== "decoded") return outcome;
      const found = outcome.value as ConformanceValue;
      if (found.kind.case !== "answers") return outcome;
      return decoded({ ...found, kind: { case: "answers", value: { ...found.kind.value, maybe: found.kind.value.maybe.map((maybe, i) => maybe && i % 3 !== 0) } } });
    }),
  },
  {
    name: "blocks-too-small", about: "half the block size", layers: ["file"], reason: BYTES_DIFFER,
    testee: encodesOther(["file"], (value) => {
      if (value.kind.case !== "file" || value.kind.value.config === undefined || value.kind.value.config.blockSize === 1024) return value;
      return { ...value, kind: { case: "file", value: { ...value.kind.value, config: { ...value.kind.value.config, blockSize: value.kind.value.config.blockSize / 2 } } } };
    }),
  },
  {
    name: "no-format-version", about: "manifests that leave the format version out", layers: ["manifest"], reason: BYTES_DIFFER,
    testee: encodesOther(["manifest"], (value) => {
      if (value.kind.case !== "manifest") return value;
      const bare = (sst: ManifestSst): ManifestSst => {
        const { formatVersion, ...rest } = sst;
        return formatVersion === undefined ? sst : rest;
      };
      const { l0, runs, ...manifest } = value.kind.value;
      return { ...value, kind: { case: "manifest", value: { ...manifest, l0: l0.map(bare), runs: runs.map((run) => ({ ...run, ssts: run.ssts.map(bare) })) } } };
    }),
  },
  {
    name: "tombstones-lost", about: "a reader that skips tombstones", layers: ["block", "file"], reason: /^value\.(block|file)\.rows/,
    testee: answers(["block", "file"], (outcome) => {
      if (outcome.case !== "decoded") return outcome;
      // The right testee gives whole messages.
      const found = outcome.value as ConformanceValue;
      const { kind } = found;
      const isKept = (row: SstRow): boolean => row.kind !== RowKind.DELETE;
      if (kind.case === "block") return decoded({ ...found, kind: { case: "block", value: { ...kind.value, rows: kind.value.rows.filter(isKept) } } });
      if (kind.case === "file") return decoded({ ...found, kind: { case: "file", value: { ...kind.value, rows: kind.value.rows.filter(isKept) } } });
      return outcome;
    }),
  },
  { name: "wrong-rules", about: "a verifier that calls everything F1.1", layers: ["file", "manifest"], reason: /^it breaks [A-Z0-9.]+, but F1\.1 was named$/, testee: answers(["file", "manifest"], (outcome) => (outcome.case === "rejected" ? rejected("F1.1", ["F1.1"]) : outcome)) },
  {
    name: "blind-to-order", about: "a verifier that does not look at the order of keys", layers: ["file"], reason: /^it breaks R1\.1, but nothing was found$/,
    testee: answers(["file"], (outcome) => (outcome.case === "rejected" && (outcome.value.rules ?? []).includes("R1.1") ? { case: "verified", value: {} } : outcome)),
  },
  {
    name: "sees-ghosts", about: "a verifier that finds something in everything", layers: ["file", "manifest"], reason: /^nothing is wrong with it, but it was refused: S1\.1/,
    testee: answers(["file", "manifest"], (outcome) => (outcome.case === "verified" ? rejected("looks odd", ["S1.1"]) : outcome)),
  },
];
