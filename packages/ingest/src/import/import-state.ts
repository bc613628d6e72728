// What an import keeps beside the database until it is published, so that it can be continued or removed:
//
//   <root>.import/plan.json           what is imported, and the name of the first SST; those behind it follow from that
//   <root>.import/sst-<8 digits>.json  an SST that is finished: its metadata, and the rows of the source up to its end
//   <root>.import/ranges.json          of a source that was sorted: which rows of the order lie in which SST
//   <root>.import/turn-….json          which process goes on with it: see turns.ts
//   <root>.import/done.json           the result, while the others are removed
import { SstError, SstRangeError, type Ulid } from "@slate-sst/format";
import { fromJson, type SstMetadata, SstMetadataSchema, toJson } from "@slate-sst/format/proto";
import { isStoreError, type ObjectStore } from "@slate-sst/object-store";
import { rootPrefix, sstIdOf } from "../layout.js";
import { ImportTurns } from "./turns.js";

const SUFFIX = ".import/";
const PLAN = "plan.json";
const DONE = "done.json";
const RANGES = "ranges.json";
const TURNS = "turn-";
const SST_NAME = /^sst-(\d{8})\.json$/;
const INDEX_DIGITS = 8;
/** Changes when these objects do. */
const STATE_VERSION = 3;

/** What an import is of: one that goes on must be of the same. */
export type Fingerprint = Readonly<Record<string, unknown>>;

export interface Plan {
  readonly version: number;
  readonly fingerprint: Fingerprint;
  /** Path of the first SST. */
  readonly firstPath: string;
  /** When the import began, in milliseconds since the Unix epoch. */
  readonly beganAt: number;
  /** Whether the rows are sorted first. */
  readonly sorts: boolean;
  /** Where temporary files lie, if it was said. */
  readonly temporaryFolder: string | undefined;
}

/** Of a source that was sorted. */
export interface SortedRanges {
  readonly rows: number;
  /** One for each SST: its rows, from one to before another. */
  readonly ranges: readonly (readonly [number, number])[];
}

export interface FinishedSst {
  readonly metadata: SstMetadata;
  /** Rows of the source up to its end. */
  readonly rows: number;
}

/** The result of an import as JSON. */
export type DoneRecord = Readonly<Record<string, string | number>>;

export class ImportState {
  readonly #store: ObjectStore;
  readonly #prefix: string;
  #turns: ImportTurns | undefined;

  /** @throws SstRangeError ERR_SST_OPTION_INVALID for the store's own root, beside which nothing lies. */
  constructor(store: ObjectStore, root: string) {
    rootPrefix(root);
    if (root === "") throw new SstRangeError("ERR_SST_OPTION_INVALID", "an import keeps its state beside the database, so the database cannot be the whole store: open the store one level higher", { details: { option: "root" } });
    this.#store = store;
    this.#prefix = root + SUFFIX;
  }

  /** @throws SstError ERR_SST_IMPORT_STATE for a plan that this release does not understand. */
  async plan(): Promise<Plan | undefined> {
    const plan = await this.#read(PLAN, (value) => value as Plan);
    if (plan === undefined) return undefined;
    this.#turns ??= new ImportTurns(this.#store, this.#prefix, plan.firstPath);
    if (plan.version === STATE_VERSION) return plan;
    throw new SstError("ERR_SST_IMPORT_STATE", `${this.#prefix}${PLAN} is of another release of this tool; go on with that one`, { details: { path: this.#prefix + PLAN } });
  }

  /** @throws SstError ERR_SST_IMPORT_STATE when another process begins the same import. */
  async begin(plan: Omit<Plan, "version">): Promise<Plan> {
    const whole: Plan = { version: STATE_VERSION, ...plan };
    try {
      await this.#store.put(this.#prefix + PLAN, asBytes(whole), { mode: "create" });
    } catch (cause) {
      if (!isStoreError(cause, "ERR_STORE_ALREADY_EXISTS")) throw cause;
      throw new SstError("ERR_SST_IMPORT_STATE", `another import into the same place has just begun (${this.#prefix}${PLAN})`, { cause });
    }
    this.#turns = new ImportTurns(this.#store, this.#prefix, plan.firstPath);
    await this.#turns.take("write");
    return whole;
  }

  /** Whose turn it is to go on with the import that was begun or whose plan was read. */
  get turns(): ImportTurns {
    if (this.#turns === undefined) throw new Error("the plan of the import was not read");
    return this.#turns;
  }

  /** The SSTs that are finished: the first ones, without a gap. */
  async finished(): Promise<FinishedSst[]> {
    const found: FinishedSst[] = [];
    for (;;) {
      const sst = await this.#note(sstName(found.length));
      if (sst === undefined) return found;
      found.push(sst);
    }
  }

  /** All SSTs that are finished, by their places: threads need not finish them in order. */
  async allFinished(): Promise<Map<number, FinishedSst>> {
    const found = new Map<number, FinishedSst>();
    for (const name of await this.#notes()) {
      const sst = await this.#note(name);
      // Another process may have just removed it.
      if (sst !== undefined) found.set(Number(SST_NAME.exec(name)![1]), sst);
    }
    return found;
  }

  /** Which rows lie in which SST, once it is known. */
  async ranges(): Promise<SortedRanges | undefined> {
    return await this.#read(RANGES, (value) => value as SortedRanges);
  }

  async keepRanges(ranges: SortedRanges): Promise<void> {
    await this.turns.assertMine();
    await this.#store.put(this.#prefix + RANGES, asBytes(ranges), { mode: "overwrite" });
  }

  /** The same import, whose rows are to be sorted: nothing of it is finished any more. */
  async beginAgain(plan: Plan): Promise<Plan> {
    await this.turns.assertMine();
    await this.#removeNotes();
    return await this.change({ ...plan, sorts: true });
  }

  /** The same import, done in another way. */
  async change(plan: Plan): Promise<Plan> {
    await this.turns.assertMine();
    await this.#store.put(this.#prefix + PLAN, asBytes(plan), { mode: "overwrite" });
    return plan;
  }

  /** @throws SstError ERR_SST_IMPORT_STATE when another process has gone on; StoreError */
  async finish(index: number, { metadata, rows }: FinishedSst): Promise<void> {
    await this.turns.assertMine();
    await this.#store.put(this.#prefix + sstName(index), asBytes({ rows, metadata: toJson(SstMetadataSchema, metadata) }), { mode: "overwrite" });
  }

  async done(): Promise<DoneRecord | undefined> {
    return await this.#read(DONE, (value) => value as DoneRecord);
  }

  /** Writes the result, and removes everything, the result last: a process that is killed meanwhile can go on. */
  async end(result: DoneRecord): Promise<void> {
    await this.#store.put(this.#prefix + DONE, asBytes(result), { mode: "overwrite" });
    await this.remove();
  }

  /** Removes what is kept; what tells of the import goes last. */
  async remove(): Promise<void> {
    await this.#removeNotes();
    await this.#store.delete(this.#prefix + RANGES);
    for (const path of await this.#paths(TURNS)) await this.#store.delete(path);
    await this.#store.delete(this.#prefix + PLAN);
    await this.#store.delete(this.#prefix + DONE);
  }

  /** The last ones first: what is left by a process that is killed are the first ones, without a gap. */
  async #removeNotes(): Promise<void> {
    for (const name of (await this.#notes()).reverse()) await this.#store.delete(this.#prefix + name);
  }

  async #notes(): Promise<string[]> {
    return (await this.#paths("")).map((path) => path.slice(this.#prefix.length)).filter((name) => SST_NAME.test(name)).sort();
  }

  async #paths(start: string): Promise<string[]> {
    const paths: string[] = [];
    for await (const { path } of this.#store.list(this.#prefix + start)) paths.push(path);
    return paths;
  }

  async #note(name: string): Promise<FinishedSst | undefined> {
    return await this.#read(name, (record) => {
      const { metadata, rows } = record as { readonly metadata: Parameters<typeof fromJson>[1]; readonly rows: number };
      return { metadata: fromJson(SstMetadataSchema, metadata), rows };
    });
  }

  async #read<Content>(name: string, contentOf: (value: unknown) => Content): Promise<Content | undefined> {
    const path = this.#prefix + name;
    try {
      return contentOf(JSON.parse(new TextDecoder().decode(await this.#store.get(path))));
    } catch (cause) {
      if (isStoreError(cause, "ERR_STORE_NOT_FOUND")) return undefined;
      if (isStoreError(cause)) throw cause;
      throw new SstError("ERR_SST_IMPORT_STATE", `${path} is damaged: ${cause instanceof Error ? cause.message : String(cause)}`, { cause, details: { path } });
    }
  }
}

/** The name of a plan's first SST. */
export function firstIdOf(root: string, { firstPath }: Plan): Ulid {
  const id = sstIdOf(root, firstPath);
  if (id !== undefined) return id;
  throw new SstError("ERR_SST_IMPORT_STATE", `the plan of the import names its first SST ${firstPath}, which is no SST of ${root}`, { details: { path: firstPath } });
}

function sstName(index: number): string {
  return `sst-${String(index).padStart(INDEX_DIGITS, "0")}.json`;
}

function asBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value)}\n`);
}
