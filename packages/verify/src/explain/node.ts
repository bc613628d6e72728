// What explaining gives: one node for each structure and each field, in the order of their bytes.
import { NO_BYTES, showBytes, type ValueStyle } from "./values.js";

/**
 * `structure`: nodes behind it, one level deeper, explain its bytes. All others are leaves, which together cover every byte
 * once. `field`: bytes of the format. `padding`: bytes between FlatBuffers objects. `stored`: a section as its codec left it.
 * `raw`: bytes that could not be decoded. `skipped`: bytes that were not asked for, or are more than the limits allow.
 */
export type ExplainKind = "structure" | "field" | "padding" | "stored" | "raw" | "skipped";

/** A stretch of bytes, what it is, and what it is made of. */
export interface ExplainNode {
  /** What the bytes are. */
  readonly kind: ExplainKind;
  /** Level in the tree, from 0. */
  readonly depth: number;
  /** Where it belongs, such as `block[3].row[17].shared`. */
  readonly path: string;
  /** The path's last step. */
  readonly label: string;
  /** First byte in the file; in a section's payload when `inPayload`. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
  /** The bytes came out of a codec or transformer: they do not lie in the file like that. */
  readonly inPayload: boolean;
  /** The first bytes, as many as were asked for; none for structures. */
  readonly bytes: Uint8Array;
  /** What the bytes mean, for people. */
  readonly value: string;
  /** What the field is for, in a sentence; empty where the format says nothing of it. */
  readonly doc: string;
  /** What is wrong with it. */
  readonly error?: string;
}

/** Place of a node in the tree. */
export class Name {
  private constructor(
    readonly path: string,
    readonly label: string,
    readonly depth: number,
  ) {}

  static top(label: string): Name {
    return new Name(label, label, 0);
  }

  child(label: string): Name {
    return new Name(label.startsWith("[") ? this.path + label : `${this.path}.${label}`, label, this.depth + 1);
  }

  /** A child whose label is all of its path below this one, as FlatBuffers objects have, which lie in an order of their own. */
  within(path: string): Name {
    return new Name(`${this.path}.${path}`, path, this.depth + 1);
  }

  /** The same place one level deeper. */
  deeper(label: string = this.label): Name {
    return new Name(this.path, label, this.depth + 1);
  }
}

/** What of a node does not follow from its place. */
export interface Meaning {
  readonly value?: string | undefined;
  readonly doc?: string | undefined;
  readonly error?: string | undefined;
}

/** Bytes at hand and where they lie. Positions given to it count from their start. */
export class Region {
  constructor(
    readonly bytes: Uint8Array,
    /** Position of the first byte in the file or in the payload. */
    readonly offset: number,
    readonly inPayload: boolean,
    readonly style: ValueStyle,
  ) {}

  get length(): number {
    return this.bytes.length;
  }

  group(name: Name, at: number, end: number, { value = "", doc = "", error }: Meaning): ExplainNode {
    return this.#node("structure", name, at, end, NO_BYTES, value, doc, error);
  }

  leaf(kind: Exclude<ExplainKind, "structure">, name: Name, at: number, end: number, { value, doc = "", error }: Meaning): ExplainNode {
    const bytes = this.bytes.slice(at, Math.min(end, at + this.style.bytes));
    return this.#node(kind, name, at, end, bytes, value ?? showBytes(bytes, end - at, this.style), doc, error);
  }

  #node(kind: ExplainKind, name: Name, at: number, end: number, bytes: Uint8Array, value: string, doc: string, error: string | undefined): ExplainNode {
    return {
      kind, depth: name.depth, path: name.path, label: name.label, offset: this.offset + at, length: end - at, inPayload: this.inPayload, bytes, value, doc,
      ...(error === undefined ? {} : { error }),
    };
  }
}

