// Is an SST that a testee wrote by itself one of the rows that it was given, without a flaw?
import { MemoryObjectStore } from "@slate-sst/object-store";
import { SstReader, type SstRow } from "@slate-sst/reader";
import type { ConformanceRequest } from "@slate-sst/format/proto/conformance";
import { rewriteSst } from "../rewrite.js";
import type { GoldenRow } from "../side-car.js";
import { expectedConfigOf, rowOf, writerConfigOf } from "../suite/values.js";
import { verifyBytes } from "../verify-bytes.js";

const PATH = "written.sst";

/** What is wrong, or undefined. */
export async function soundnessOf(request: ConformanceRequest, bytes: Uint8Array): Promise<string | undefined> {
  const kind = request.task?.kind;
  if (kind?.case !== "write" || kind.value.config === undefined) return "the case has no rows to write";
  const { config, rows } = kind.value;
  const { findings } = await verifyBytes(bytes, { level: "paranoid", expect: expectedConfigOf(config) });
  if (findings[0] !== undefined) return `${findings[0].rule} ${findings[0].path}: ${findings[0].found}`;
  const found = await readAll(bytes);
  const difference = differenceOfRows(found, rows.map(rowOf));
  if (difference !== undefined) return difference;
  const { bytes: again } = await rewriteSst(found, writerConfigOf(config));
  return Buffer.compare(again, bytes) === 0 ? undefined : "the reference writer makes other bytes of its rows";
}

async function readAll(bytes: Uint8Array): Promise<SstRow[]> {
  const store = new MemoryObjectStore();
  await store.put(PATH, bytes, { mode: "create" });
  await using reader = await SstReader.open(store, PATH);
  const rows: SstRow[] = [];
  for await (const row of reader.scan()) rows.push(row);
  return rows;
}

/** In the order of their sequence numbers the rows must be the ones that were given, in the order they were given in. */
function differenceOfRows(found: readonly SstRow[], given: readonly GoldenRow[]): string | undefined {
  if (found.length !== given.length) return `${found.length} rows instead of ${given.length}`;
  const inOrder = found.toSorted((left, right) => (left.seq < right.seq ? -1 : left.seq > right.seq ? 1 : 0));
  for (const [i, row] of inOrder.entries()) {
    const wanted = given[i];
    if (wanted === undefined) continue;
    const isSame = row.kind === wanted.kind && row.expireTs === wanted.expireTs && Buffer.compare(row.key, wanted.key) === 0 && Buffer.compare(row.value ?? new Uint8Array(0), wanted.value ?? new Uint8Array(0)) === 0;
    if (!isSame) return `row ${i} in the order of writing is not the one that was given`;
  }
  return undefined;
}
