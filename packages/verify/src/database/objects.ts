// The objects under the compacted folder against what the manifest lists: M1.3, M1.4, M1.6 and M1.7.
import { type DecodedManifest, decodeManifest, formatUlid, isSstError, SST_EXTENSION, type Ulid, ULID_LENGTH } from "@slate-sst/format";
import { isObjectPath, isStoreError, type ObjectStore } from "@slate-sst/object-store";
import { DatabaseLayout, type DatabaseTree, listedNames, MANIFEST_BYTES_MAX, type ManifestObject, ulidTime } from "@slate-sst/reader/database";
import { type DatabaseReport, WHOLE } from "./report.js";
import type { NotChecked } from "./result.js";

/** Manifests of checkpoints that are read to learn what they keep. */
const CHECKPOINTS_MAX = 1000;

/** An object that is named like an SST. */
export interface SstObject {
  readonly path: string;
  readonly size: number;
}

export interface ObjectCheck {
  readonly store: ObjectStore;
  readonly layout: DatabaseLayout;
  readonly report: DatabaseReport;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  readonly signal: AbortSignal | undefined;
  readonly notChecked: NotChecked[];
}

/** Lists the compacted folder. @returns what is named like an SST, by the text of the id. */
export async function listSsts({ store, layout, report, now, signal }: ObjectCheck): Promise<Map<string, SstObject>> {
  const objects = new Map<string, SstObject>();
  for await (const { path, size } of store.list(layout.compacted, { signal })) {
    const id = layout.sstId(path);
    const place = { object: path, path: "file", offset: 0, length: size };
    if (id === undefined) {
      report.add("M1.4", [path], () => ({ ...place, expected: `${ULID_LENGTH} characters of a ULID and ${SST_EXTENSION}`, found: JSON.stringify(path.slice(layout.compacted.length)) }));
      continue;
    }
    objects.set(formatUlid(id), { path, size });
    checkTime(report, id, now, place);
  }
  return objects;
}

function checkTime(report: DatabaseReport, id: Ulid, now: number, place: { readonly object: string; readonly path: string; readonly offset: number; readonly length: number }): void {
  const time = ulidTime(id);
  if (time > now) {
    report.add("M1.6", [formatUlid(id)], () => ({
      ...place, expected: `a time up to now, ${new Date(now).toISOString()}`, found: new Date(time).toISOString(),
      hint: "the clock of the machine that wrote it was wrong; SlateDB's garbage collector goes by such times",
    }));
  }
}

/** Finds the object of each SST that the manifest lists; what is missing is reported. */
export async function locateSsts(check: ObjectCheck, decoded: DecodedManifest, tree: DatabaseTree, objects: ReadonlyMap<string, SstObject>): Promise<Map<string, SstObject>> {
  const { layout, report, notChecked } = check;
  const located = new Map<string, SstObject>();
  const externalRoots = rootsOfExternalSsts(decoded);
  let unreachable = 0;
  for (const { id, name, path } of tree.listed) {
    if (located.has(name)) continue;
    const own = objects.get(name);
    const root = externalRoots.get(name);
    const found = own ?? (root === undefined ? undefined : await headExternal(check, root, id));
    if (found !== undefined) {
      located.set(name, found);
    } else if (root !== undefined) {
      unreachable++;
      report.leaveOpen(["M1.1", "M1.2", "M1.3"], "an SST of an external database was not found");
    } else {
      reportMissing(report, name, layout.sstPath(id), path);
    }
  }
  if (unreachable > 0) {
    notChecked.push({ feature: "external-database", reason: `${unreachable} SSTs of external databases were not found below the root of this store, from where the paths of those databases count` });
  }
  return located;
}

/** An SST that the manifest lists has no object. What is said of the SST elsewhere can't be checked then. */
export function reportMissing(report: DatabaseReport, name: string, object: string, listedAs: string, hint?: string): void {
  report.add("M1.3", [name], () => ({ object, path: "file", offset: 0, length: 0, expected: `an object, because the manifest lists it as ${listedAs}`, found: "none", hint }));
  for (const rule of ["M1.1", "M1.2", "M4.1"] as const) report.mayJudge(rule, [name]);
  report.leaveOpen(["M3.6"], `${object} is missing`);
}

function rootsOfExternalSsts({ manifest }: DecodedManifest): Map<string, string> {
  return new Map((manifest.externalDbs ?? []).flatMap(({ path, sstIds }) => sstIds.map((id): [string, string] => [formatUlid(id), path])));
}

async function headExternal({ store, signal }: ObjectCheck, root: string, id: Ulid): Promise<SstObject | undefined> {
  if (root !== "" && !isObjectPath(root)) return undefined;
  const path = new DatabaseLayout(root).sstPath(id);
  try {
    const { size } = await store.head(path, { signal });
    return { path, size };
  } catch (error) {
    if (isStoreError(error, "ERR_STORE_NOT_FOUND") || isStoreError(error, "ERR_STORE_PATH")) return undefined;
    throw error;
  }
}

/** Reports SSTs that neither the manifest nor one that a checkpoint keeps lists. @returns how many there are. */
export async function checkUnreferenced(check: ObjectCheck, file: ManifestObject, decoded: DecodedManifest, tree: DatabaseTree, objects: ReadonlyMap<string, SstObject>): Promise<number> {
  const { report } = check;
  if (!file.newest) {
    report.rulesOut(["M1.7"], "the manifest is not the newest one");
    return 0;
  }
  const referenced = new Set(tree.listed.map(({ name }) => name));
  if (!(await addCheckpointed(check, file, decoded, referenced)) || !report.mayJudge("M1.7", [WHOLE])) return 0;
  let unreferenced = 0;
  for (const [name, { path, size }] of objects) {
    if (referenced.has(name)) continue;
    unreferenced++;
    report.add("M1.7", [name], () => ({
      object: path, path: "file", offset: 0, length: size, expected: `an SST that ${file.path} or a manifest kept by a checkpoint lists`, found: "one that none of them lists",
      hint: "left behind by an interrupted import or compaction, or about to be listed; SlateDB's garbage collector removes it",
    }));
  }
  return unreferenced;
}

/** Adds what the manifests list that checkpoints keep. @returns whether all of them could be read. */
async function addCheckpointed({ store, layout, report, signal, notChecked }: ObjectCheck, file: ManifestObject, decoded: DecodedManifest, referenced: Set<string>): Promise<boolean> {
  const numbers = new Set(decoded.manifest.checkpoints.map(({ manifestId }) => manifestId));
  if (file.number !== undefined) numbers.delete(file.number);
  const give = (reason: string): false => {
    report.leaveOpen(["M1.7"], reason);
    notChecked.push({ feature: "checkpoints", reason: `unreferenced SSTs were not looked for: ${reason}` });
    return false;
  };
  if (numbers.size > CHECKPOINTS_MAX) return give(`checkpoints keep more than ${CHECKPOINTS_MAX} manifests`);
  for (const number of numbers) {
    const path = layout.manifestPath(number);
    try {
      const { size } = await store.head(path, { signal });
      if (size > MANIFEST_BYTES_MAX) return give(`${path}, which a checkpoint keeps, has more than ${MANIFEST_BYTES_MAX} bytes`);
      for (const name of listedNames(decodeManifest(await store.get(path, { signal })))) referenced.add(name);
    } catch (error) {
      if (isStoreError(error, "ERR_STORE_NOT_FOUND")) return give(`${path}, which a checkpoint keeps, is missing`);
      if (isSstError(error)) return give(`${path}, which a checkpoint keeps, cannot be decoded: ${error.message}`);
      throw error;
    }
  }
  return true;
}
