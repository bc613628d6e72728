// The vtables of one FlatBuffer: tables whose fields lie alike share one.

/** A vtable that is in the buffer. */
interface WrittenVtable {
  /** Its 16-bit entries: own length, table length, then the position of each slot. */
  readonly entries: readonly number[];
  /** Bytes from its start to the end of the buffer. */
  readonly position: number;
}

function startsWith(entries: readonly number[], start: readonly number[]): boolean {
  for (let index = 0; index < start.length; index++) if (entries[index] !== start[index]) return false;
  return true;
}

/** Vtables by content. There are a handful per schema, so a plain search is the fastest. */
export class VtableSet {
  private readonly written: WrittenVtable[];

  constructor(written: readonly WrittenVtable[] = []) {
    this.written = [...written];
  }

  /** Position of the vtable with just the first `count` of these entries; 0 when there is none yet. */
  find(entries: readonly number[], count: number): number {
    for (const vtable of this.written) {
      if (vtable.entries.length === count && startsWith(entries, vtable.entries)) return vtable.position;
    }
    return 0;
  }

  add(entries: readonly number[], count: number, position: number): void {
    this.written.push({ entries: entries.slice(0, count), position });
  }

  copy(): VtableSet {
    return new VtableSet(this.written);
  }
}
