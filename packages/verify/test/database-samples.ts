// Databases in memory: small SSTs made of keys and sequence numbers, and manifests that list them.
import {
  crc32, createBlockEncoder, DEFAULT_BLOCK_SIZE, decodeFooter, decodeInfo, encodeFooter, encodeInfo, encodeManifestV1, encodeManifestV2, encodeSection, Footer, FOOTER_BYTES, FORMAT_VERSION_V2,
  type FormatVersion, type ManifestV1, type ManifestV2, parseUlid, SECTION_BYTES, separatorLength, type SsTableInfo, SstIndexBuilder, SstStatsBuilder, type Ulid,
} from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import type { Finding } from "../src/index.js";
import type { DatabaseResult, VerifyDatabaseOptions } from "../src/database/index.js";
import { verifyDatabase } from "../src/database/index.js";

/** The time of checks: behind every name here, and behind those of golden files. */
export const NOW = Date.UTC(2027, 0, 1);

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A ULID of the year 2023 with a number in its last characters. */
export const ulid = (number: number): string => `01H000000000000000000${String(number).padStart(5, "0")}`;

export interface SampleSst {
  readonly bytes: Uint8Array;
  readonly info: SsTableInfo;
}

/** Rows as text: `key@seq`, in file order. */
export type SampleRows = readonly string[];

interface SampleShape {
  readonly formatVersion?: FormatVersion;
  /** Rows of one block. */
  readonly blockRows?: number;
  /** Leave out last_entry, as releases before 0.11 did. */
  readonly withoutLast?: boolean;
  /** What the info says instead of the truth. */
  readonly change?: Partial<SsTableInfo>;
}

/** An uncompressed SST without filter. */
export function sampleSst(rows: SampleRows, { formatVersion = FORMAT_VERSION_V2, blockRows = rows.length, withoutLast = false, change }: SampleShape = {}): SampleSst {
  const parsed = rows.map((row) => ({ key: utf8(row.slice(0, row.lastIndexOf("@"))), seq: BigInt(row.slice(row.lastIndexOf("@") + 1)) }));
  const sections: Uint8Array[] = [];
  const index = new SstIndexBuilder();
  const stats = new SstStatsBuilder();
  const length = (): number => sections.reduce((sum, one) => sum + one.length, 0);
  for (let from = 0; from < parsed.length; from += blockRows) {
    const block = parsed.slice(from, from + blockRows);
    const [first] = block;
    const before = parsed[from - 1];
    if (first === undefined) break;
    const separator = before === undefined ? 0 : separatorLength(before.key, before.key.length, first.key, first.key.length);
    index.add(length(), first.key, 0, separator);
    sections.push(section(blockPayload(block, before?.key, formatVersion)));
    stats.addBlock({ numPuts: block.length, numDeletes: 0, numMerges: 0, rawKeySize: block.reduce((sum, { key }) => sum + key.length, 0), rawValSize: block.length });
  }
  const dataEnd = length();
  sections.push(section(index.finish()));
  const statsOffset = length();
  sections.push(section(stats.finish()));
  const infoOffset = length();
  const info: SsTableInfo = {
    firstEntry: parsed[0]?.key, lastEntry: withoutLast ? undefined : parsed.at(-1)?.key, indexOffset: dataEnd, indexLen: statsOffset - dataEnd, filterOffset: dataEnd, filterLen: 0,
    compressionFormat: 0, sstType: 0, statsOffset, statsLen: infoOffset - statsOffset, filterFormat: 0, ...change,
  };
  const footer = new Uint8Array(FOOTER_BYTES);
  encodeFooter(footer, 0, infoOffset, formatVersion);
  return { bytes: new Uint8Array(Buffer.concat([...sections, section(encodeInfo(info)), footer])), info };
}

function blockPayload(rows: readonly { readonly key: Uint8Array; readonly seq: bigint }[], keyBefore: Uint8Array | undefined, version: FormatVersion): Uint8Array {
  const encoder = createBlockEncoder(version, DEFAULT_BLOCK_SIZE);
  const out = new Uint8Array(2 * DEFAULT_BLOCK_SIZE);
  let at = 0;
  let before = keyBefore ?? new Uint8Array(0);
  for (const { key, seq } of rows) {
    let prefix = 0;
    while (prefix < key.length && before[prefix] === key[prefix]) prefix++;
    at = encoder.append(out, at, prefix, key, key.length, utf8("v"), 1, Number(seq >> 32n), Number(seq & 0xffff_ffffn), 0, 0, 0, 0, 0);
    before = key;
  }
  return out.slice(0, encoder.finish(out, at));
}

function section(payload: Uint8Array): Uint8Array {
  const stored = new Uint8Array(payload.length + SECTION_BYTES);
  stored.set(payload);
  encodeSection(stored, payload.length, crc32(payload));
  return stored;
}

/** An SST that somebody else wrote. */
export function asSample(bytes: Uint8Array): SampleSst & { readonly formatVersion: number } {
  const footer = new Footer();
  const at = bytes.length - FOOTER_BYTES;
  decodeFooter(bytes, at, bytes.length, footer);
  return { bytes, info: decodeInfo(bytes.slice(footer.infoOffset, at - SECTION_BYTES)), formatVersion: footer.formatVersion };
}

type Entry = ManifestV1["l0"][number];

/** A database with root `db`, of which everything can be changed before it is checked. */
export class SampleDatabase {
  readonly store = new MemoryObjectStore();
  readonly ssts = new Map<string, SampleSst>();
  manifest: ManifestV1 = {
    manifestId: 0n, initialized: true, writerEpoch: 0n, compactorEpoch: 0n, replayAfterWalId: 0n, walIdLastSeen: 0n, l0: [], compacted: [], lastL0ClockTick: 0n, checkpoints: [],
    lastL0Seq: 100n, recentSnapshotMinSeq: 0n,
  };
  /** Sorted runs, newest first, of SSTs by number. */
  constructor(ssts: Readonly<Record<number, SampleSst>>, { l0 = [], runs = [] }: { readonly l0?: readonly number[]; readonly runs?: readonly (readonly number[])[] }) {
    for (const [number, sst] of Object.entries(ssts)) this.ssts.set(ulid(Number(number)), sst);
    this.change({ l0: l0.map((number) => this.entry(number)), compacted: runs.map((run, at) => ({ id: runs.length - at, ssts: run.map((number) => this.entry(number)) })) });
  }

  id(number: number): Ulid {
    return parseUlid(ulid(number));
  }

  /** An entry of a manifest for an SST. */
  entry(number: number): Entry {
    const sst = this.ssts.get(ulid(number));
    if (sst === undefined) throw new Error(`there is no SST ${number}`);
    return { id: this.id(number), info: sst.info, formatVersion: asSample(sst.bytes).formatVersion };
  }

  change(changes: Partial<ManifestV1>): this {
    this.manifest = { ...this.manifest, ...changes };
    return this;
  }

  /** Changes the entry of one SST in the manifest. */
  changeEntry(number: number, change: (entry: Entry) => Entry): this {
    const changed = (entries: readonly Entry[]): Entry[] => entries.map((entry) => (entry.id.low === this.id(number).low ? change(entry) : entry));
    return this.change({ l0: changed(this.manifest.l0), compacted: this.manifest.compacted.map((run) => ({ ...run, ssts: changed(run.ssts) })) });
  }

  /** The same as a manifest of the second layout. */
  asV2(): ManifestV2 {
    const { l0, compacted, ...common } = this.manifest;
    const entries = [...l0, ...compacted.flatMap(({ ssts }) => ssts)];
    const view = ({ id, visibleRange }: Entry): ManifestV2["l0"][number] => ({ id, sstId: id, visibleRange });
    return { ...common, ssts: entries.map(({ id, info, formatVersion }) => ({ id, info, formatVersion })), l0: l0.map(view), compacted: compacted.map(({ id, ssts }) => ({ id, ssts: ssts.map(view) })) };
  }

  async put(path: string, bytes: Uint8Array): Promise<this> {
    await this.store.put(path, bytes, { mode: "overwrite" });
    return this;
  }

  /** Writes SSTs and manifest number 7, and checks the database. */
  async verify(options: VerifyDatabaseOptions = {}, manifest: Uint8Array | ManifestV2 = encodeManifestV1(this.manifest)): Promise<Checked> {
    for (const [name, { bytes }] of this.ssts) await this.put(`db/compacted/${name}.sst`, bytes);
    await this.put("db/manifest/00000000000000000007.manifest", manifest instanceof Uint8Array ? manifest : encodeManifestV2(manifest));
    return await checkDatabase(this.store, "db", options);
  }
}

export interface Checked {
  readonly findings: readonly Finding[];
  readonly result: DatabaseResult;
  /** "rule path" of each finding. */
  readonly rules: readonly string[];
  readonly state: (rule: string) => string | undefined;
}

export async function checkDatabase(store: MemoryObjectStore, root: string, options: VerifyDatabaseOptions = {}): Promise<Checked> {
  const verification = verifyDatabase(store, root, { now: () => NOW, ...options });
  const findings: Finding[] = [];
  for await (const finding of verification) findings.push(finding);
  const { result } = verification;
  return { findings, result, rules: findings.map(({ rule, path }) => `${rule} ${path}`), state: (rule) => result.rules.find((one) => one.rule === rule)?.state };
}
