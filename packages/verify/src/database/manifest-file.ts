// Decoding a manifest: M3.1, M3.2 and M3.3.
import { COMPRESSION_IDS, type DecodedManifest, decodeManifest, isSstError, MANIFEST_VERSION_V1, MANIFEST_VERSION_V2 } from "@slate-sst/format";
import { type RuleId, RULES } from "@slate-sst/format/rules";
import type { ObjectStore } from "@slate-sst/object-store";
import { MANIFEST_BYTES_MAX, type ManifestObject } from "@slate-sst/reader/database";
import { type DatabaseReport, WHOLE } from "./report.js";

/** Most numbers without a meaning, in copies of infos, that are passed over. Each costs one more decoding. */
const UNKNOWN_MAX = 100;
/** How the decoder of FlatBuffers ends its message when a field that the schema requires is absent. */
const REQUIRED_ABSENT = /: a required field is absent$/;
/** A field of an info whose number may have no meaning. */
const INFO_FIELD = /\.info\.\w+$/;

/** Rules that cannot be checked without what the manifest says: all but those about names of objects. */
const RULES_OF_CONTENT: readonly RuleId[] = Object.values(RULES).filter(({ id, family }) => family === "M" && id !== "M1.4" && id !== "M1.6").map(({ id }) => id);

/** A manifest that was read. */
export interface ManifestContent {
  readonly decoded: DecodedManifest;
  /** Numbers without a meaning in copies of infos, by path; in `decoded` they are 0. */
  readonly unknown: ReadonlyMap<string, number>;
}

/** Reads a manifest. @returns undefined when it cannot be decoded, which is reported. @throws StoreError. */
export async function readManifest(store: ObjectStore, file: ManifestObject, report: DatabaseReport, signal: AbortSignal | undefined): Promise<ManifestContent | undefined> {
  const { path: object, size } = file;
  if (size > MANIFEST_BYTES_MAX) {
    report.leaveOpen(RULES_OF_CONTENT, `the manifest has more than ${MANIFEST_BYTES_MAX} bytes`);
    return undefined;
  }
  const bytes = Uint8Array.from(await store.get(object, { signal }));
  const unknown = new Map<string, number>();
  for (;;) {
    try {
      return { decoded: decodeManifest(bytes), unknown };
    } catch (error) {
      if (!isSstError(error)) throw error;
      const { path, offset = 0, value } = error.details;
      const at = Number(offset);
      const place = { object, path: String(path), offset: at, length: 0 };
      if (path === "manifest.version") {
        report.add("M3.1", [WHOLE], () => ({
          ...place, length: Math.min(size, Uint16Array.BYTES_PER_ELEMENT), expected: `${MANIFEST_VERSION_V1} or ${MANIFEST_VERSION_V2}`,
          found: typeof value === "number" ? `${value}` : `${size} bytes`, hint: "no manifest, or one of a release that is not known here",
        }));
        return undefined;
      }
      if (error.code === "ERR_SST_UNSUPPORTED" && INFO_FIELD.test(place.path) && typeof value === "number" && unknown.size < UNKNOWN_MAX) {
        // M1.1 tells of it, when the copy is held against the info: SlateDB itself reads such a manifest.
        unknown.set(place.path, value);
        bytes[at] = COMPRESSION_IDS.none;
        continue;
      }
      const isAbsent = REQUIRED_ABSENT.test(error.message);
      report.add(isAbsent ? "M3.3" : "M3.2", [WHOLE], () => ({
        ...place, expected: isAbsent ? "a field that the schema requires" : "a FlatBuffer that holds together",
        found: isAbsent ? "none" : error.message,
      }));
      return undefined;
    }
  }
}
