// Whose turn it is to go on with an import. Two processes may be told to resume the same one, or one to discard what another still writes: the last turn
// counts, and whoever had one before stops. A turn is an object that is only ever created, so that of two who want the same one, one has it:
//
//   <root>.import/turn-<ULID of the first SST>-<8 digits>.json
//
// Before something is removed or noted, and once more before the database is published, the turn must still be the last. To publish is a turn of its own:
// whoever finds that one removes no SST any more.
import { SST_EXTENSION, SstError } from "@slate-sst/format";
import { isStoreError, type ObjectStore } from "@slate-sst/object-store";

const NUMBER_DIGITS = 8;
const NUMBER = new RegExp(`^(\\d{${NUMBER_DIGITS}})\\.json$`);

/** What a turn is for. */
export type TurnPurpose = "write" | "publish" | "discard";

export class ImportTurns {
  readonly #store: ObjectStore;
  readonly #prefix: string;
  #mine: number | undefined;
  /** The last turn of others: the next one is ours only if none has come behind it. */
  #seen = 0;

  /** @param firstPath path of the import's first SST, which tells the import from others at the same place. */
  constructor(store: ObjectStore, folder: string, firstPath: string) {
    this.#store = store;
    this.#prefix = `${folder}turn-${firstPath.slice(firstPath.lastIndexOf("/") + 1, -SST_EXTENSION.length)}-`;
  }

  /** Whether the last process has begun to publish. @throws SstError ERR_SST_IMPORT_STATE for a turn that is damaged; StoreError */
  async isPublishing(): Promise<boolean> {
    this.#seen = await this.#last();
    if (this.#seen === 0) return false;
    const path = this.#path(this.#seen);
    const bytes = await this.#store.get(path).catch((cause: unknown) => {
      throw isStoreError(cause, "ERR_STORE_NOT_FOUND") ? this.#lostError(cause) : cause;
    });
    try {
      return (JSON.parse(new TextDecoder().decode(bytes)) as { readonly purpose: TurnPurpose }).purpose === "publish";
    } catch (cause) {
      throw new SstError("ERR_SST_IMPORT_STATE", `${path} is damaged: ${cause instanceof Error ? cause.message : String(cause)}`, { cause, details: { path } });
    }
  }

  /** Takes the turn behind one's own, or behind the one that was seen. @throws SstError ERR_SST_IMPORT_STATE when another process has it; StoreError */
  async take(purpose: TurnPurpose): Promise<void> {
    if (this.#mine !== undefined) await this.assertMine();
    const next = (this.#mine ?? this.#seen) + 1;
    try {
      await this.#store.put(this.#path(next), new TextEncoder().encode(`${JSON.stringify({ purpose })}\n`), { mode: "create" });
    } catch (cause) {
      if (!isStoreError(cause, "ERR_STORE_ALREADY_EXISTS")) throw cause;
      throw this.#lostError(cause);
    }
    this.#mine = next;
  }

  /** @throws SstError ERR_SST_IMPORT_STATE when another process has gone on; StoreError */
  async assertMine(): Promise<void> {
    if ((await this.#last()) !== this.#mine) throw this.#lostError();
  }

  /** Gives one's own turn back, where it has turned out that there is nothing to go on with. */
  async giveBack(): Promise<void> {
    if (this.#mine !== undefined) await this.#store.delete(this.#path(this.#mine));
  }

  async #last(): Promise<number> {
    return (await this.#numbers()).at(-1) ?? 0;
  }

  async #numbers(): Promise<number[]> {
    const numbers: number[] = [];
    for await (const { path } of this.#store.list(this.#prefix)) {
      const [, number] = NUMBER.exec(path.slice(this.#prefix.length)) ?? [];
      if (number !== undefined) numbers.push(Number(number));
    }
    return numbers.sort((a, b) => a - b);
  }

  #path(number: number): string {
    return `${this.#prefix}${String(number).padStart(NUMBER_DIGITS, "0")}.json`;
  }

  #lostError(cause?: unknown): SstError {
    return new SstError("ERR_SST_IMPORT_STATE", `another process has gone on with this import, or discarded it: this one stops, and changes nothing more (${this.#prefix}…)`, {
      ...(cause === undefined ? {} : { cause }), details: { prefix: this.#prefix },
    });
  }
}
