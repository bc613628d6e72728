// Rows for tests, sorted and reproducible, and the shortest way from rows to the bytes of an SST.
import { MemoryObjectStore, type ObjectStore } from "@slate-sst/object-store";
import { expect } from "vitest";
import { type Row, type SstMetadata, SstWriter, type SstWriterConfig } from "../src/index.js";

export const PATH = "db/compacted/sample.sst";

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A row as it lies in the file: kind, sequence number and timestamps in the widest form. */
export interface SampleRow {
  readonly kind: "put" | "delete" | "merge";
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly seq: bigint;
  readonly createTs: bigint | undefined;
  readonly expireTs: bigint | undefined;
}

/** A stream of 32-bit numbers that depends on the seed alone. */
export function numbers(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Rows of all kinds, with shared prefixes, versions, timestamps on some, values of 0 to `valueMax` bytes. */
export function sampleRows(count: number, seed: number, valueMax = 60): SampleRow[] {
  const next = numbers(seed);
  const rows: SampleRow[] = [];
  for (let place = 0; rows.length < count; place++) {
    const key = bytesOf(`${next(8) === 0 ? "user" : "item"}/${String(place).padStart(7, "0")}${"x".repeat(next(20))}`);
    for (let version = next(6) === 0 ? 3 : 1; version > 0 && rows.length < count; version--) {
      const kind = (["put", "put", "put", "delete", "merge"] as const)[next(5)]!;
      const value = Uint8Array.from({ length: kind === "delete" ? 0 : next(valueMax + 1) }, () => next(7) * 31);
      const stamp = (): bigint | undefined => (next(3) === 0 ? undefined : BigInt(next(2 ** 31)) * (next(2) === 0 ? -4_000_000_000n : 4_000_000_000n));
      rows.push({ kind, key, value, seq: BigInt(next(1000)) + BigInt(version) * 1000n, createTs: stamp(), expireTs: stamp() });
    }
  }
  // Stable: versions stay newest first.
  return rows.sort((left, right) => Buffer.compare(left.key, right.key));
}

/** The row as a caller hands it to add(). */
export function asRow({ kind, key, value, seq, createTs, expireTs }: SampleRow): Row {
  return kind === "delete" ? { kind, key, seq, createTs, expireTs } : { kind, key, value, seq, createTs, expireTs };
}

export interface WrittenSst {
  readonly bytes: Uint8Array;
  readonly metadata: SstMetadata;
  readonly writer: SstWriter;
}

/** Writes these rows to one SST and reads its bytes back. */
export async function writeSst(rows: Iterable<Row> | AsyncIterable<Row>, config?: SstWriterConfig, store: ObjectStore = new MemoryObjectStore()): Promise<WrittenSst> {
  const writer = await SstWriter.create(store, PATH, config);
  await writer.writeAll(rows);
  const metadata = await writer.close();
  return { bytes: await store.get(PATH), metadata, writer };
}

/** Writes sample rows to one SST. */
export function writeSamples(rows: readonly SampleRow[], config?: SstWriterConfig, store?: ObjectStore): Promise<WrittenSst> {
  return writeSst(rows.map(asRow), config, store);
}

/** The uploads a store still holds. */
export async function uploadsOf(store: ObjectStore): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of store.listUploads("")) paths.push(path);
  return paths;
}

/** The objects a store holds. */
export async function objectsOf(store: ObjectStore): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of store.list("")) paths.push(path);
  return paths;
}

/** The error that a call throws. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("the call did not throw");
}

/** The error that a promise rejects with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("the promise did not reject");
}

/** Rows as lines of text, which compare fast and differ readably. */
export function lines(rows: readonly SampleRow[]): string[] {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
  return rows.map(({ kind, key, value, seq, createTs, expireTs }) => `${kind} ${hex(key)} = ${hex(value)} @${seq} created ${createTs} expires ${expireTs}`);
}

/** Fails unless both are the same bytes. Deep equality of long arrays would take seconds. */
export function expectSameBytes(actual: Uint8Array, expected: Uint8Array): void {
  expect(Buffer.compare(actual, expected), "the bytes differ").toBe(0);
}
