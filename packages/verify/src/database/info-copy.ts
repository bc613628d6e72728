// The manifest's copy of an SST's info against the info in the file: M1.1 and M1.2. SlateDB reads by the copy and never
// looks at the file's own.
import { FORMAT_VERSION_V1, type SsTableInfo } from "@slate-sst/format";
import { WALK_TABLES } from "@slate-sst/format/walk";
import type { ObjectStore } from "@slate-sst/object-store";
import { compare, type ListedSst, type ManifestObject } from "@slate-sst/reader/database";
import { FileSource } from "../file-source.js";
import { showField } from "../finding.js";
import { checkFraming, type Framing } from "../framing.js";
import { Report } from "../report.js";
import { manifestPlace } from "./manifest-rules.js";
import type { DatabaseReport } from "./report.js";

/** The info's fields by their names in structure paths, in the order of their slots. */
const fields = WALK_TABLES.SsTableInfo.slots.map(({ name }) => ({ text: name, field: name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()) as keyof SsTableInfo }));

/** Footer and info of a file; undefined when they lead nowhere, which the SST's own verification reports. @throws StoreError. */
export async function readFraming(store: ObjectStore, path: string, signal: AbortSignal | undefined): Promise<Framing | undefined> {
  return checkFraming(await FileSource.open(store, path, signal), new Report("quick", 0, "F"));
}

/**
 * Holds the copy against the file.
 * @param unknown numbers without a meaning in the manifest, by path.
 */
export function checkCopy(file: ManifestObject, sst: ListedSst, object: string, framing: Framing, unknown: ReadonlyMap<string, number>, report: DatabaseReport): void {
  const { name, path, info, formatVersion } = sst;
  const subjects = [name];
  const hint = `SlateDB reads ${object} by what the manifest says`;
  for (const { text, field } of fields) {
    const at = `${path}.info.${text}`;
    const odd = unknown.get(at);
    if (isOfNoMeaning(framing, text) || (odd === undefined && isSame(info[field], framing.info[field]))) continue;
    const expected = showField(framing.info[field]);
    const found = odd === undefined ? showField(info[field]) : String(odd);
    report.add("M1.1", subjects, () => ({ ...manifestPlace(file, at), expected: `${expected}, as in ${object}`, found, hint }));
  }
  if (framing.formatVersion !== undefined && (formatVersion ?? FORMAT_VERSION_V1) !== framing.formatVersion) {
    report.add("M1.2", subjects, () => ({
      ...manifestPlace(file, `${path}.format_version`), expected: `${framing.formatVersion}, as in the footer of ${object}`,
      found: formatVersion === undefined ? `none, which means ${FORMAT_VERSION_V1}` : String(formatVersion), hint,
    }));
  }
}

/** Of a number in the file that has no meaning, rules about the file tell. */
function isOfNoMeaning({ unknown }: Framing, field: string): boolean {
  return [...unknown].some((one) => one === field);
}

function isSame(left: SsTableInfo[keyof SsTableInfo], right: SsTableInfo[keyof SsTableInfo]): boolean {
  return left instanceof Uint8Array && right instanceof Uint8Array ? compare(left, right) === 0 : left === right;
}
