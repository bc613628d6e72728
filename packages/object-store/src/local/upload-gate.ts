// Who may work on an upload at the same time, among the calls of one store object: any number of parts, but uploads of one
// part number one after the other; completion and abort alone, after the parts under way.

export class UploadGate {
  readonly #parts = new Map<number, Promise<unknown>>();
  #alone: Promise<unknown> | undefined;

  /** Uploads a part when nobody else works on its number. */
  async part<T>(partNumber: number, act: () => Promise<T>): Promise<T> {
    for (let before = this.#before(partNumber); before !== undefined; before = this.#before(partNumber)) await before;
    const running = act();
    const settled = running.catch(() => undefined);
    this.#parts.set(partNumber, settled);
    try {
      return await running;
    } finally {
      if (this.#parts.get(partNumber) === settled) this.#parts.delete(partNumber);
    }
  }

  /** Acts when no part is under way; new ones wait. */
  async alone<T>(act: () => Promise<T>): Promise<T> {
    while (this.#alone !== undefined) await this.#alone;
    const running = Promise.all(this.#parts.values()).then(act);
    const settled = running.catch(() => undefined);
    this.#alone = settled;
    try {
      return await running;
    } finally {
      if (this.#alone === settled) this.#alone = undefined;
    }
  }

  #before(partNumber: number): Promise<unknown> | undefined {
    return this.#alone ?? this.#parts.get(partNumber);
  }
}
