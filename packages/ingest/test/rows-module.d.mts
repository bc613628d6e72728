import type { RowColumns } from "@slate-sst/writer";

export interface Wish {
  readonly first: number;
  readonly count: number;
  readonly way?: string;
  readonly valueBytes?: number;
  readonly started?: Int32Array;
}

export function keyOf(at: number): string;
export function columns(wish: Wish, batch?: number): Generator<RowColumns>;
