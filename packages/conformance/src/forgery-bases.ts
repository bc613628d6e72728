// The sound files that forgeries are made of: a dozen blocks each, several restart points in each block, versions of keys,
// all kinds of rows and, where the type of file has one, a filter.
import { type CompressionName, FORMAT_VERSION_V1, loadCodec, type Codec, type FormatVersion } from "@slate-sst/format";
import type { ExpectedConfig } from "@slate-sst/verify";
import type { SstMetadata, SstWriterConfig } from "@slate-sst/writer";
import type { BaseName } from "./forgeries/index.js";
import { rewriteSst } from "./rewrite.js";
import { goldenSst, type GoldenRow } from "./vectors.js";

export interface ForgeryBase {
  readonly bytes: Uint8Array;
  readonly codec: Codec;
  /** Undefined for files that our writer did not make. */
  readonly metadata: SstMetadata | undefined;
  /** As far as it is known. */
  readonly config: ExpectedConfig;
}

const V1: FormatVersion = FORMAT_VERSION_V1;
const KEYS = 380;
const KEY_DIGITS = 5;
/** Of so many keys one has a second version. */
const TWICE_EVERY = 7;
const DELETE_EVERY = 10;
const MERGE_EVERY = 15;
const EXPIRY_EVERY = 4;
const FIRST_SEQ = 1000n;
const CREATED = 1_700_000_000_000n;
const COMMON = { blockSize: 2048, minFilterKeys: 100, filterBitsPerKey: 10 } as const;

function rows(): GoldenRow[] {
  const all: GoldenRow[] = [];
  for (let i = 0; i < KEYS; i++) {
    const key = new TextEncoder().encode(`key-${String(i).padStart(KEY_DIGITS, "0")}-of-many`);
    const kind = i % DELETE_EVERY === 0 ? "delete" : i % MERGE_EVERY === 1 ? "merge" : "put";
    const value = kind === "delete" ? undefined : new TextEncoder().encode(`value ${i}`);
    const expireTs = kind === "put" && i % EXPIRY_EVERY === 0 ? CREATED * 2n : undefined;
    all.push({ kind, key, value, seq: FIRST_SEQ + BigInt(i), createTs: CREATED + BigInt(i), expireTs });
    if (i % TWICE_EVERY === 2) all.push({ kind: "put", key, value: key, seq: BigInt(i), createTs: CREATED, expireTs: undefined });
  }
  return all;
}

const made = new Map<BaseName, Promise<ForgeryBase>>();

/** The base of that name; made once. */
export function forgeryBase(name: BaseName): Promise<ForgeryBase> {
  let base = made.get(name);
  if (base === undefined) {
    base = make(name);
    made.set(name, base);
  }
  return base;
}

async function make(name: BaseName): Promise<ForgeryBase> {
  if (name === "wal" || name === "empty") {
    const { bytes } = goldenSst(name === "wal" ? "wal-many--wal2" : "wal-many--wal1");
    return { bytes, codec: await loadCodec("none"), metadata: undefined, config: {} };
  }
  const compression: CompressionName = name === "plain" || name === "v1" || name === "composite" ? "none" : name;
  const config = {
    ...COMMON, compression, ...(name === "v1" ? { formatVersion: V1 } : {}), ...(name === "composite" ? { filterFormat: "composite" as const } : {}),
  };
  const written: SstWriterConfig = { ...config, digest: "sha256" };
  return { ...(await rewriteSst(rows(), written)), codec: await loadCodec(compression), config };
}
