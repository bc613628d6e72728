// Real SlateDB as a reader of single SSTs. The binding has no call for that, but its WAL reader opens any SST by its own
// footer and info, compacted ones too, and hands out every row: all versions, tombstones, operands and timestamps.
// So the SST is laid out as the one WAL file of a throw-away database.
import { OBJECT_ID_DIGITS, SST_EXTENSION } from "@slate-sst/format";
import { WalReader, type RowEntry } from "@slatedb/uniffi";
import type { GoldenRow } from "../side-car.js";
import { answer, freeAll, toBigint, toBigintOrUndefined, toRowKind } from "./answer.js";
import { folderStore, placeFiles, TempFolder } from "./folders.js";

const ROOT = "db";
const WAL_ID = 1;
const WAL_OBJECT = `wal/${String(WAL_ID).padStart(OBJECT_ID_DIGITS, "0")}${SST_EXTENSION}`;

/** All rows of an SST in file order, as real SlateDB decodes them. Fails where SlateDB finds damage. */
export async function readSstRows(bytes: Uint8Array, limitMs?: number): Promise<GoldenRow[]> {
  using folder = new TempFolder("sst-rows");
  placeFiles(folder.path, { [`${ROOT}/${WAL_OBJECT}`]: bytes });
  return await answer("read an SST", () => readWalFile(folder.path), limitMs);
}

async function readWalFile(dir: string): Promise<GoldenRow[]> {
  const store = folderStore(dir);
  const reader = new WalReader(ROOT, store);
  const file = reader.get(WAL_ID);
  try {
    const iterator = await file.iterator();
    try {
      const rows: GoldenRow[] = [];
      for (let entry = await iterator.next(); entry !== undefined; entry = await iterator.next()) rows.push(toRow(entry));
      return rows;
    } finally {
      freeAll(iterator);
    }
  } finally {
    freeAll(file, reader, store);
  }
}

function toRow(entry: RowEntry): GoldenRow {
  return {
    kind: toRowKind(entry.kind),
    key: entry.key,
    value: entry.value,
    seq: toBigint(entry.seq),
    createTs: toBigintOrUndefined(entry.create_ts),
    expireTs: toBigintOrUndefined(entry.expire_ts),
  };
}
