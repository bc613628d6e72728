// What DatabaseReader refuses by name, since it would show other rows than SlateDB does; and what it finds elsewhere.
import { BoundType, type DecodedManifest, decodeManifest, encodeManifestV1, encodeManifestV2, formatUlid, isSstError, type ManifestV1, MANIFEST_VERSION_V1, type ManifestV2, parseUlid } from "@slate-sst/format";
import { createDatabase, writeRun } from "@slate-sst/ingest";
import { isStoreError, LocalObjectStore, MemoryObjectStore } from "@slate-sst/object-store";
import { DatabaseReader, type DatabaseReaderOptions, type DatabaseScanOptions } from "@slate-sst/reader";
import { describe, expect, test } from "vitest";
import { openDatabase } from "../src/oracle/database.js";
import { TempFolder } from "../src/oracle/folders.js";

const FIRST = "00000000000000000001.manifest";
const SECOND = "00000000000000000002.manifest";
const rows = Array.from({ length: 40 }, (_, at) => ({ key: `key${10 + at}`, value: `value ${at}` }));

/** A database whose second manifest was changed. */
async function changed(change: (manifest: ManifestV1) => ManifestV1, { root = "db", as = root }: { readonly root?: string; readonly as?: string } = {}): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore();
  await createDatabase(store, root, await writeRun(store, root, rows, { sstSize: 400, blockSize: 1024 }));
  const decoded = decodeManifest(Uint8Array.from(await store.get(`${root}/manifest/${FIRST}`)));
  if (decoded.version !== MANIFEST_VERSION_V1) throw new Error("createDatabase writes V1 manifests");
  await store.put(`${as}/manifest/${SECOND}`, encodeManifestV1(change(decoded.manifest)), { mode: "create" });
  return store;
}

async function keysOf(store: MemoryObjectStore | LocalObjectStore, scan: DatabaseScanOptions = {}, options: DatabaseReaderOptions = {}, root = "db"): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of (await DatabaseReader.open(store, root, options)).scan(scan)) keys.push(Buffer.from(key).toString());
  return keys;
}

async function refusal(store: MemoryObjectStore, scan: DatabaseScanOptions = {}, options: DatabaseReaderOptions = {}, root = "db"): Promise<string> {
  try {
    await keysOf(store, scan, options, root);
  } catch (error) {
    if (isSstError(error) || isStoreError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** Sets one byte of the second manifest to 0: the one that makes it read as wanted, which no encoder would write. */
async function patch(store: MemoryObjectStore, isWanted: (read: DecodedManifest) => boolean): Promise<void> {
  const path = `db/manifest/${SECOND}`;
  const bytes = Uint8Array.from(await store.get(path));
  for (let at = 0; at < bytes.length; at++) {
    const patched = bytes.with(at, 0);
    try {
      if (!isWanted(decodeManifest(patched))) continue;
    } catch {
      continue;
    }
    await store.put(path, patched, { mode: "overwrite" });
    return;
  }
  throw new Error("no byte makes the manifest so");
}

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const all = rows.map(({ key }) => key);
const withRuns = (manifest: ManifestV1, change: (ssts: ManifestV1["l0"]) => ManifestV1["l0"]): ManifestV1 => ({ ...manifest, compacted: manifest.compacted.map((run) => ({ ...run, ssts: change(run.ssts) })) });

describe("is refused by name", () => {
  test("a clone that was not finished", async () => {
    expect(await refusal(await changed((manifest) => ({ ...manifest, initialized: false })))).toMatch(/^ERR_SST_UNSUPPORTED: db\/manifest\/.*a clone that was not finished/);
  });

  test("a write-ahead log in another store, unless it is not asked for", async () => {
    const store = await changed((manifest) => ({ ...manifest, walObjectStoreUri: "s3://elsewhere" }));
    expect(await refusal(store)).toMatch(/^ERR_SST_UNSUPPORTED: .*the write-ahead log is in another object store/);
    expect(await keysOf(store, {}, { wal: false })).toEqual(all);
  });

  test("a visible range whose end says nothing of its key", async () => {
    const range = { startBound: { boundType: BoundType.Included, key: bytesOf("key12") }, endBound: { boundType: BoundType.Unbounded } };
    const store = await changed((manifest) => withRuns(manifest, (ssts) => ssts.map((sst) => ({ ...sst, visibleRange: range }))));
    await patch(store, (read) => read.version === MANIFEST_VERSION_V1 && read.manifest.compacted[0]?.ssts[0]?.visibleRange?.startBound.boundType === BoundType.Unknown);
    expect(await refusal(store)).toMatch(/^ERR_SST_UNSUPPORTED: .*manifest\.compacted\[0\]\.ssts\[0\]\.visible_range/);
  });

  test("a view of an SST that the manifest does not list", async () => {
    const store = await changed((manifest) => manifest);
    const decoded = decodeManifest(Uint8Array.from(await store.get(`db/manifest/${SECOND}`)));
    if (decoded.version !== MANIFEST_VERSION_V1) throw new Error("createDatabase writes V1 manifests");
    const { l0: _l0, compacted, ...common } = decoded.manifest;
    const id = parseUlid("01H00000000000000000000001");
    const sst = compacted[0]?.ssts[0];
    if (sst === undefined) throw new Error("the run has SSTs");
    const manifest: ManifestV2 = { ...common, ssts: [{ id, info: sst.info, formatVersion: sst.formatVersion ?? 0 }], l0: [{ id, sstId: id }], compacted: [] };
    await store.put(`db/manifest/${SECOND}`, encodeManifestV2(manifest), { mode: "overwrite" });
    await patch(store, (read) => read.version !== MANIFEST_VERSION_V1 && read.manifest.l0[0]?.sstId.low === 0n && read.manifest.ssts[0]?.id.low === id.low);
    expect(await refusal(store)).toMatch(/^ERR_SST_UNSUPPORTED: .*manifest\.l0\[0\] names an SST that the manifest does not list: 01H00000000000000000000000/);
  });

  test("a run whose SSTs are not in order, in both directions", async () => {
    const store = await changed((manifest) => withRuns(manifest, (ssts) => [...ssts].reverse()));
    expect(await refusal(store)).toMatch(/^ERR_SST_CORRUPT: manifest\.compacted\[0\]: the rows are not sorted/);
    expect(await refusal(store, { reverse: true })).toMatch(/^ERR_SST_CORRUPT: manifest\.compacted\[0\]: the rows are not sorted/);
  });

  test("an SST that is missing", async () => {
    const store = await changed((manifest) => manifest);
    const { tree } = await DatabaseReader.open(store, "db");
    await store.delete(`db/compacted/${tree.listed[1]?.name}.sst`);
    expect(await refusal(store)).toMatch(/^ERR_STORE_NOT_FOUND: db\/compacted\/.*\.sst is missing, and db\/manifest\/0+2\.manifest lists it as manifest\.compacted\[0\]\.ssts\[1\]/);
    // What is not in the range is not opened.
    expect(await keysOf(store, { limit: 1 })).toEqual(all.slice(0, 1));
  });

  test("a manifest that cannot be decoded, and options that there are not", async () => {
    const store = await changed((manifest) => manifest);
    await store.put(`db/manifest/${SECOND}`, new Uint8Array([0, 9, 0, 0, 0, 0]), { mode: "overwrite" });
    expect(await refusal(store)).toMatch(/^ERR_SST_UNSUPPORTED: db\/manifest\/0+2\.manifest: /);
    expect(await keysOf(store, {}, { manifest: `db/manifest/${FIRST}` })).toEqual(all);
    expect(await refusal(store, {}, { wall: false } as DatabaseReaderOptions)).toBe("ERR_SST_OPTION_UNKNOWN: DatabaseReader.open has no option wall; did you mean wal?");
    for (const option of ["kernel", "maxBlockBytes"]) expect(await refusal(store, {}, { [option]: "no" })).toMatch(new RegExp(`^ERR_SST_OPTION_INVALID: ${option}`));
    for (const [scan, message] of [[{ from: "a" }, "UNKNOWN: DatabaseReader.scan has no option from"], [{ reverse: "no" }, "INVALID: reverse"], [{ allVersions: 1 }, "INVALID: allVersions"]] as [object, string][]) {
      expect(await refusal(store, scan, { manifest: `db/manifest/${FIRST}` })).toContain(`ERR_SST_OPTION_${message}`);
    }
    expect(await refusal(store, { limit: -1 }, { manifest: `db/manifest/${FIRST}` })).toMatch(/^ERR_SST_OPTION_INVALID: limit/);
    expect(await refusal(store, {}, {}, "nowhere")).toMatch(/^ERR_STORE_NOT_FOUND: there is no database/);
  });

  test("a write-ahead log that takes too much memory", async () => {
    using folder = new TempFolder("database-reader");
    {
      await using database = await openDatabase(folder.path, "db", { create: true });
      for (const { key, value } of rows) await database.put(Buffer.from(key), Buffer.from(value));
    }
    const store = new LocalObjectStore(folder.path);
    await expect(keysOf(store, {}, { maxWalBytes: 2000 })).rejects.toSatisfy((error: unknown) => isSstError(error, "ERR_SST_LIMIT_WAL"));
    // The rows outside of the range do not count.
    expect(await keysOf(store, { lt: "key12" }, { maxWalBytes: 2000 })).toEqual(["key10", "key11"]);
    expect(await keysOf(store)).toEqual(all);
    expect(await keysOf(store, {}, { wal: false })).toEqual([]);
  });
});

describe("SSTs of another database", () => {
  const uuid = { high: 1n, low: 2n };

  test("are read where they lie in the same store, and missed by name where they do not", async () => {
    const store = await changed((manifest) => ({ ...manifest, externalDbs: [{ path: "parent", sourceCheckpointId: uuid, finalCheckpointId: uuid, sstIds: manifest.compacted.flatMap(({ ssts }) => ssts.map(({ id }) => id)) }] }), { root: "parent", as: "clone" });
    expect(await keysOf(store, {}, {}, "clone")).toEqual(all);
    const { tree } = await DatabaseReader.open(store, "clone");
    const name = formatUlid(tree.listed[0]?.id ?? { high: 0n, low: 0n });
    await store.delete(`parent/compacted/${name}.sst`);
    expect(await refusal(store, {}, {}, "clone")).toMatch(/^ERR_STORE_NOT_FOUND: parent\/compacted\/.* is not in this store: it belongs to the database at "parent", of which this one is a clone/);
  });
});
