// The reference reader: SSTs through the parsers that the stock Kaitai compiler made from spec/sst/*.ksy.
// It shares no code with the codecs of this package, is slow, and checks little: a second opinion for tests and tools.
import KaitaiStream from "kaitai-struct/KaitaiStream.js";
import type { FilterFormatName } from "./filter-block.js";
import { BLOCK_LAYOUTS, type FormatVersion } from "./generated/block-layouts.js";
import * as kaitai from "./generated/kaitai.js";
import type { KaitaiIo } from "./kaitai-int64.js";

/** A section as it lies in the file. */
export interface ReferenceSection {
  /** The bytes before the checksum. */
  readonly payload: Uint8Array;
  /** The checksum that is stored behind them; it is not compared. */
  readonly crc32: number;
}

/** A row with its whole key. */
export interface ReferenceRow {
  /** A value, a tombstone or a merge operand. */
  readonly kind: "put" | "delete" | "merge";
  /** The row's key, whole. */
  readonly key: Uint8Array;
  /** Undefined for a tombstone. */
  readonly value: Uint8Array | undefined;
  /** Its sequence number. */
  readonly seq: bigint;
  /** When it was written, in milliseconds since the Unix epoch; undefined where it does not say. */
  readonly createTs: bigint | undefined;
  /** When it expires, in milliseconds since the Unix epoch; undefined where it does not. */
  readonly expireTs: bigint | undefined;
}

interface ParsedRow {
  /** A plain number, or a varint. */
  readonly shared: number | { readonly value: number };
  readonly suffix: Uint8Array;
  readonly value: Uint8Array | undefined;
  readonly tail: {
    readonly seqNum: bigint;
    readonly flags: { readonly isTombstone: boolean; readonly isMerge: boolean };
    readonly createTs: bigint | undefined;
    readonly expireTs: bigint | undefined;
  };
}

interface ParsedBlock {
  readonly body: { readonly rows: readonly ParsedRow[] };
}

interface ParsedBloom {
  readonly numProbes: number;
  readonly bits: Uint8Array;
}

/** The compiler makes no typings; these are what its parsers give. */
interface Parsers {
  readonly Sst: new (io: KaitaiIo) => { readonly footer: { readonly infoOffset: number; readonly formatVersion: number }; readonly info: ReferenceSection };
  readonly Section: new (io: KaitaiIo) => ReferenceSection;
  readonly BloomFilter: new (io: KaitaiIo) => ParsedBloom;
  readonly CompositeFilter: new (io: KaitaiIo) => { readonly filters: readonly { readonly name: Uint8Array; readonly data: Uint8Array }[] };
  readonly Manifest: new (io: KaitaiIo) => { readonly version: number; readonly body: Uint8Array };
}

const { Sst, Section, BloomFilter, CompositeFilter, Manifest } = kaitai as unknown as Parsers;
const Stream = KaitaiStream as unknown as new (bytes: ArrayBuffer) => KaitaiIo;

/** A stream of its own memory: the parsers hand out views, and positions count from its start. */
const stream = (bytes: Uint8Array): KaitaiIo => new Stream(Uint8Array.from(bytes).buffer);

/** The footer, and the info section that it points at. */
export function referenceFile(file: Uint8Array): { readonly infoOffset: number; readonly formatVersion: number; readonly info: ReferenceSection } {
  const sst = new Sst(stream(file));
  return { infoOffset: sst.footer.infoOffset, formatVersion: sst.footer.formatVersion, info: sst.info };
}

/** A section that lies in these bytes, checksum included. */
export function referenceSection(bytes: Uint8Array): ReferenceSection {
  return new Section(stream(bytes));
}

/** The rows of an uncompressed block payload. */
export function referenceRows(version: FormatVersion, payload: Uint8Array): ReferenceRow[] {
  const rows: ReferenceRow[] = [];
  const keyOf = (row: ReferenceRow | undefined): Uint8Array => row?.key ?? new Uint8Array(0);
  const Block = (kaitai as unknown as Record<string, new (io: KaitaiIo) => ParsedBlock>)[`BlockV${version}`];
  if (Block === undefined) throw new RangeError(`there is no parser for blocks of version ${version}`);
  const extendsFirst = BLOCK_LAYOUTS[version].keysExtend === "first";
  for (const row of new Block(stream(payload)).body.rows) {
    const shared = typeof row.shared === "number" ? row.shared : row.shared.value;
    rows.push(referenceRow(joined(keyOf(extendsFirst ? rows[0] : rows.at(-1)), shared, row.suffix), row));
  }
  return rows;
}

/** The bloom filter of an uncompressed filter payload; of a composite one, the first. */
export function referenceFilter(format: FilterFormatName, payload: Uint8Array): { readonly name: string | undefined; readonly probes: number; readonly bits: Uint8Array } {
  if (format === "legacy") {
    const bloom = new BloomFilter(stream(payload));
    return { name: undefined, probes: bloom.numProbes, bits: bloom.bits };
  }
  const composite = new CompositeFilter(stream(payload));
  const named = composite.filters[0];
  if (named === undefined) throw new RangeError("a composite filter block without filters");
  const bloom = new BloomFilter(stream(named.data));
  return { name: new TextDecoder().decode(named.name), probes: bloom.numProbes, bits: bloom.bits };
}

/** The header of a manifest object and its FlatBuffer. */
export function referenceManifest(object: Uint8Array): { readonly version: number; readonly body: Uint8Array } {
  return new Manifest(stream(object));
}

function joined(before: Uint8Array, shared: number, suffix: Uint8Array): Uint8Array {
  const key = new Uint8Array(shared + suffix.length);
  key.set(before.subarray(0, shared));
  key.set(suffix, shared);
  return key;
}

function referenceRow(key: Uint8Array, { tail, value }: ParsedRow): ReferenceRow {
  const kind = tail.flags.isTombstone ? "delete" : tail.flags.isMerge ? "merge" : "put";
  return { kind, key, value: kind === "delete" ? undefined : value, seq: tail.seqNum, createTs: tail.createTs, expireTs: tail.expireTs };
}
