// Small databases for cases about manifests: SSTs of text keys, written by our writer, and manifests that list them.
import {
  COMPACTED_FOLDER, type CompactedSsTable, decodeFooter, decodeInfo, encodeManifestV1, Footer, FOOTER_BYTES, INITIAL_CLOCK_TICK, loadCodec, MANIFEST_EXTENSION, MANIFEST_FOLDER, type ManifestV1, type ManifestV2, OBJECT_ID_DIGITS, parseUlid, SECTION_BYTES, SST_EXTENSION, type SsTableInfo,
} from "@slate-sst/format";
import { putTogether, takeApart } from "../../forgeries/forged-sst.js";
import { rewriteSst } from "../../rewrite.js";
import type { GoldenRow } from "../../side-car.js";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const LAST_SEQ = 100n;
const MANIFEST_NUMBER = 7;
const ULID_NUMBER_DIGITS = 5;

/** A ULID of the year 2023 with a number in its last characters. */
export const ulid = (number: number): string => `01H000000000000000000${String(number).padStart(ULID_NUMBER_DIGITS, "0")}`;
export const sstPath = (name: string): string => `${COMPACTED_FOLDER}/${name}${SST_EXTENSION}`;
export const MANIFEST_PATH = `${MANIFEST_FOLDER}/${String(MANIFEST_NUMBER).padStart(OBJECT_ID_DIGITS, "0")}${MANIFEST_EXTENSION}`;
/** When the databases are looked at: 2027. */
export const NOW = BigInt(Date.UTC(2027, 0, 1));

/** Rows as text, `key@seq`, in the order of a file. */
export function rowsFrom(...rows: readonly string[]): GoldenRow[] {
  return rows.map((row) => {
    const [key = "", seq = "0"] = row.split("@");
    return { kind: "put", key: utf8(key), value: utf8("v"), seq: BigInt(seq), createTs: undefined, expireTs: undefined };
  });
}

/** An SST of such rows. @param change what its info says instead of the truth */
export async function smallSst(rows: readonly string[], change?: Partial<SsTableInfo>): Promise<Uint8Array> {
  const { bytes } = await rewriteSst(rowsFrom(...rows), {});
  return change === undefined ? bytes : putTogether(takeApart(bytes, await loadCodec("none")), { info: (right) => ({ ...right, ...change }) });
}

/** What a manifest says of an SST. */
export function entryOf(name: string, bytes: Uint8Array): CompactedSsTable {
  const footer = new Footer();
  const at = bytes.length - FOOTER_BYTES;
  decodeFooter(bytes, at, bytes.length, footer);
  return { id: parseUlid(name), info: decodeInfo(bytes.slice(footer.infoOffset, at - SECTION_BYTES)), formatVersion: footer.formatVersion };
}

/** SSTs by number, where they are listed, and what else the manifest says. */
export interface Plan {
  readonly ssts: Readonly<Record<number, readonly string[]>>;
  /** Infos that are not true, by the SST's number. */
  readonly infos?: Readonly<Record<number, Partial<SsTableInfo>>>;
  readonly l0?: readonly number[];
  readonly runs?: readonly (readonly number[])[];
  readonly manifest?: Partial<ManifestV1>;
}

export interface Database {
  readonly ssts: ReadonlyMap<string, Uint8Array>;
  readonly manifest: ManifestV1;
}

export async function makeDatabase({ ssts, infos = {}, l0 = [], runs = [], manifest = {} }: Plan): Promise<Database> {
  const bytes = new Map<string, Uint8Array>();
  for (const [number, rows] of Object.entries(ssts)) bytes.set(ulid(Number(number)), await smallSst(rows, infos[Number(number)]));
  const entry = (number: number): CompactedSsTable => entryOf(ulid(number), bytes.get(ulid(number)) ?? new Uint8Array());
  return {
    ssts: bytes,
    manifest: {
      manifestId: 0n, initialized: true, writerEpoch: 1n, compactorEpoch: 1n, replayAfterWalId: 0n, walIdLastSeen: 0n, lastL0ClockTick: INITIAL_CLOCK_TICK, checkpoints: [], lastL0Seq: LAST_SEQ, recentSnapshotMinSeq: 0n,
      l0: l0.map(entry), compacted: runs.map((run, i) => ({ id: runs.length - i, ssts: run.map(entry) })), ...manifest,
    },
  };
}

/** The same as a manifest of the second layout. */
export function asV2(manifest: ManifestV1): ManifestV2 {
  const { l0, compacted, manifestId, initialized, writerEpoch, compactorEpoch, replayAfterWalId, walIdLastSeen, lastL0ClockTick, checkpoints, lastL0Seq, recentSnapshotMinSeq, sequenceTracker } = manifest;
  const common = { manifestId, initialized, writerEpoch, compactorEpoch, replayAfterWalId, walIdLastSeen, lastL0ClockTick, checkpoints, lastL0Seq, recentSnapshotMinSeq, sequenceTracker };
  const entries = [...l0, ...compacted.flatMap(({ ssts }) => ssts)];
  const view = ({ id }: CompactedSsTable): ManifestV2["l0"][number] => ({ id, sstId: id });
  return { ...common, ssts: entries.map(({ id, info, formatVersion }) => ({ id, info, formatVersion })), l0: l0.map(view), compacted: compacted.map((run) => ({ id: run.id, ssts: run.ssts.map(view) })) };
}

/** Path and bytes of everything in the database. */
export function objectsOf({ ssts, manifest }: Database, bytes: Uint8Array = encodeManifestV1(manifest)): [string, Uint8Array][] {
  return [...[...ssts].map(([name, sst]): [string, Uint8Array] => [sstPath(name), sst]), [MANIFEST_PATH, bytes]];
}
