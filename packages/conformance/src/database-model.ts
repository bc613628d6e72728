// What a database must show: rows in files, and what is written on top of them. Real SlateDB is compared with it.
import { newSstPath, writeRun, type WriteRunConfig } from "@slate-sst/ingest";
import type { ObjectStore } from "@slate-sst/object-store";
import type { Row, SstMetadata } from "@slate-sst/writer";
import type { OracleDatabase, VisibleRow } from "./oracle/database.js";
import type { GoldenRow } from "./side-car.js";
import { versionsByKey, visibleRows } from "./visible-rows.js";
import type { Xorshift32 } from "./xorshift32.js";

/** A row as the writer takes it; its sequence number only if it is not 0, which is what a writer gives rows without one. */
export function toWriterRow({ kind, key, value, seq, createTs, expireTs }: GoldenRow): Row {
  const common = { key, createTs, expireTs, ...(seq === 0n ? {} : { seq }) };
  return kind === "delete" ? { kind, ...common } : { kind, value: value ?? new Uint8Array(), ...common };
}

/** Cuts rows in file order into so many parts with whole keys. There must be as many keys. */
export function partsOf(rows: readonly GoldenRow[], count: number): GoldenRow[][] {
  const keys = [...versionsByKey(rows)];
  return Array.from({ length: count }, (_, part) => keys.slice(Math.floor((part * keys.length) / count), Math.floor(((part + 1) * keys.length) / count)).flat());
}

/** One SST for each part, as by writers on several machines. */
export async function writeParts(store: ObjectStore, root: string, parts: readonly (readonly GoldenRow[])[], config: WriteRunConfig): Promise<SstMetadata[]> {
  const runs = await Promise.all(parts.map((part) => writeRun(store, root, part.map(toWriterRow), { ...config, paths: () => newSstPath(root) })));
  return runs.flat();
}

export class DatabaseModel {
  readonly #rows: GoldenRow[];

  /** @param rows in file order */
  constructor(rows: readonly GoldenRow[]) {
    this.#rows = [...rows];
  }

  /** All rows a scan shows. The create_ts of rows written through `write` is SlateDB's choice; it is 0 here. */
  visible(): VisibleRow[] {
    return visibleRows(this.#rows);
  }

  /** Every key that has a row, visible or not. */
  keys(): Uint8Array[] {
    return [...versionsByKey(this.#rows)].map(([newest]) => newest.key);
  }

  /** The visible values of keys, by key. */
  values(keys: readonly Uint8Array[]): (Uint8Array | undefined)[] {
    const values = new Map(this.visible().map(({ key, value }) => [textOf(key), value]));
    return keys.map((key) => values.get(textOf(key)));
  }

  /** Writes a row to real SlateDB and to the model; returns the sequence number that SlateDB gave it. */
  async write(database: OracleDatabase, kind: GoldenRow["kind"], key: Uint8Array, value: Uint8Array): Promise<bigint> {
    const seq = await (kind === "delete" ? database.delete(key) : database[kind](key, value));
    const row: GoldenRow = { kind, key, value: kind === "delete" ? undefined : value, seq, createTs: undefined, expireTs: undefined };
    const at = this.#rows.findIndex((other) => Buffer.compare(other.key, key) >= 0);
    this.#rows.splice(at === -1 ? this.#rows.length : at, 0, row);
    return seq;
  }

  /** Some writes of all kinds to keys that are there and keys that are not. Returns their sequence numbers. */
  async writeSome(database: OracleDatabase, random: Xorshift32, count: number): Promise<bigint[]> {
    const keys = this.keys();
    const seqs: bigint[] = [];
    for (let i = 0; i < count; i++) {
      const known = random.pick(keys);
      const key = random.oneIn(2) ? known : new Uint8Array(Buffer.concat([known.subarray(0, random.below(known.length)), random.bytes(2)]));
      seqs.push(await this.write(database, random.pick(["put", "put", "delete", "merge"] as const), key, random.bytes(random.below(50))));
    }
    return seqs;
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
