// The payload of a data block: every row with every field, then the trailer. Damaged rows are passed by the trailer's positions.
import { BLOCK_LAYOUTS, type BlockLayout, FLAG_MERGE, FLAG_TOMBSTONE, type FormatVersion } from "@slate-sst/format";
import { WALK_STRUCTURES, type WalkField, type WalkStructure } from "@slate-sst/format/walk";
import type { ExplainNode, Name, Region } from "./node.js";
import { explainSpan, type Span, walkBackward, type Walked, walkForward } from "./structure-walk.js";
import { NO_BYTES, readInteger, showBytes, showInteger } from "./values.js";

const structures: Readonly<Record<string, WalkStructure>> = WALK_STRUCTURES;

/** Bytes of a row's key that are always shown: where keys share prefixes, whole keys stand nowhere in the file. */
const KEY_SHOWN_MIN = 256;

/** Explains a payload. */
export function* explainBlock(region: Region, name: Name, version: FormatVersion): Generator<ExplainNode, void, undefined> {
  const block = structures[`BlockV${version}`];
  if (block === undefined) throw new RangeError(`nothing is known of blocks of version ${version}`);
  const trailer = walkBackward(block, region.bytes, 0, region.length);
  const body = block.fields[0];
  const row = structures[body?.elements ?? ""];
  if (trailer.problem !== undefined || row === undefined) {
    yield region.leaf("raw", name.child("payload"), 0, region.length, { error: trailer.problem });
    return;
  }
  const positions = trailerPositions(region, trailer);
  const walk = new RowWalk(region, name, BLOCK_LAYOUTS[version], row, body?.elementId ?? "", positions, trailer.end);
  yield* walk.run();
  for (const span of trailer.spans) {
    if (span.field.kind === "array") yield* explainPositions(region, name, span, positions, walk);
    else yield explainSpan(region, name, span);
  }
}

/** Positions of rows that the trailer lists. */
function trailerPositions({ bytes }: Region, { spans }: Walked): number[] {
  const positions: number[] = [];
  for (const { field, at, end } of spans) {
    const width = field.kind === "array" ? field.bytes : undefined;
    if (width !== undefined) for (let next = at; next < end; next += width) positions.push(Number(readInteger(bytes, next, width, field)));
  }
  return positions;
}

function* explainPositions(region: Region, name: Name, { field, at }: Span, positions: readonly number[], walk: RowWalk): Generator<ExplainNode, void, undefined> {
  const width = field.bytes ?? 0;
  for (const [index, position] of positions.entries()) {
    const ordinal = walk.ordinalOf(position);
    yield region.leaf("field", name.child(`${field.id}[${index}]`), at + index * width, at + (index + 1) * width, {
      value: ordinal === undefined ? showInteger("offset", position) : `${showInteger("offset", position)}, row[${ordinal}]`,
      doc: field.doc,
      error: ordinal === undefined ? "no row begins there" : ordinal === walk.expectedOrdinal(index) ? undefined : `row[${walk.expectedOrdinal(index)}] is to be listed here`,
    });
  }
}

/** An entry of the trailer. */
interface Bound {
  readonly position: number;
  readonly index: number;
}

/** A key as far as it is shown. */
interface ShownKey {
  readonly start: Uint8Array;
  readonly length: number;
}

const NO_KEY: ShownKey = { start: NO_BYTES, length: 0 };

/** The rows of one block. Keys of rows are joined from what they share, as far as they are shown: all of a hostile block's could be long. */
class RowWalk {
  readonly #starts = new Map<number, number>();
  readonly #listed: ReadonlySet<number>;
  #key = NO_KEY;
  #firstKey = NO_KEY;
  /** Entries of the trailer that rows are held to. Empty when rows follow each other without a problem. */
  readonly #bounds: readonly Bound[];

  constructor(
    private readonly region: Region,
    private readonly name: Name,
    private readonly layout: BlockLayout,
    private readonly structure: WalkStructure,
    private readonly label: string,
    private readonly positions: readonly number[],
    /** Where the rows end. */
    private readonly end: number,
  ) {
    this.#listed = new Set(positions);
    this.#bounds = this.#followEachOther() ? [] : this.#trusted();
  }

  /** The row that begins at a position. */
  ordinalOf(position: number): number | undefined {
    return this.#starts.get(position);
  }

  /** The row that an entry of the trailer is for. */
  expectedOrdinal(index: number): number {
    return index * this.layout.interval;
  }

  *run(): Generator<ExplainNode, void, undefined> {
    let ordinal = 0;
    let passed = 0;
    for (let at = 0; at < this.end; ) {
      const next = this.#bounds[passed];
      const bound = next?.position ?? this.end;
      const walked = walkForward(this.structure, this.region.bytes, at, bound);
      const end = walked.problem === undefined ? walked.end : bound;
      this.#starts.set(at, ordinal);
      yield* this.#explainRow(at, end, ordinal, walked);
      ordinal++;
      if (next !== undefined && end === bound) {
        ordinal = this.expectedOrdinal(next.index);
        passed++;
      }
      at = end;
    }
  }

  *#explainRow(at: number, end: number, ordinal: number, walked: Walked): Generator<ExplainNode, void, undefined> {
    const { region } = this;
    const name = this.name.child(`${this.label}[${ordinal}]`);
    const { spans, problem } = walked;
    const keyProblem = this.#joinKey(spans, ordinal);
    yield region.group(name, at, end, { value: this.#summary(at, spans, problem ?? keyProblem) });
    for (const span of spans) yield explainSpan(region, name, span, { error: span.field.id === "shared" ? (keyProblem ?? span.problem) : span.problem });
    if (problem !== undefined) yield region.leaf("raw", name.child("rest"), walked.end, end, { error: problem });
  }

  /** A key extends the key before it, or the first of its block. */
  #joinKey(spans: readonly Span[], ordinal: number): string | undefined {
    const shared = Number(spanNamed(spans, "shared")?.value ?? 0);
    const suffix = spanNamed(spans, "suffix");
    if (suffix === undefined) return undefined;
    const base = this.layout.keysExtend === "first" ? this.#firstKey : this.#key;
    const { bytes, style } = this.region;
    const limit = Math.max(style.bytes, KEY_SHOWN_MIN);
    const kept = Math.min(shared, base.length);
    const start = base.start.subarray(0, kept);
    const added = bytes.subarray(suffix.at, Math.min(suffix.end, suffix.at + Math.max(0, limit - kept)));
    const joined = new Uint8Array(start.length + added.length);
    joined.set(start);
    joined.set(added, start.length);
    this.#key = { start: joined, length: kept + suffix.end - suffix.at };
    if (ordinal === 0) this.#firstKey = this.#key;
    return shared > base.length ? `shares ${shared} bytes with a key of ${base.length}` : undefined;
  }

  #summary(at: number, spans: readonly Span[], problem: string | undefined): string {
    const flags = Number(spanNamed(spans, "flags")?.value ?? 0);
    const kind = (flags & FLAG_TOMBSTONE) !== 0 ? "delete" : (flags & FLAG_MERGE) !== 0 ? "merge" : "put";
    const restart = this.layout.hasRestarts && this.#listed.has(at) ? "restart, " : "";
    if (spanNamed(spans, "suffix") === undefined || problem !== undefined) return `${restart}damaged`;
    return `${restart}${kind} ${showBytes(this.#key.start, this.#key.length, this.region.style)}`;
  }

  /** Whether all rows can be read one behind the other up to the trailer, with nothing wrong in any. */
  #followEachOther(): boolean {
    let at = 0;
    while (at < this.end) {
      const { spans, end, problem } = walkForward(this.structure, this.region.bytes, at, this.end);
      if (problem !== undefined || spans.some((span) => span.problem !== undefined)) return false;
      at = end;
    }
    return true;
  }

  /** Positions of the trailer that ascend inside the rows. */
  #trusted(): Bound[] {
    const trusted: Bound[] = [];
    for (const [index, position] of this.positions.entries()) {
      if (position > (trusted.at(-1)?.position ?? 0) && position < this.end) trusted.push({ position, index });
    }
    return trusted;
  }
}

function spanNamed(spans: readonly Span[], id: WalkField["id"]): Span | undefined {
  return spans.find(({ field }) => field.id === id);
}
