// The manifest of a database (spec/fbs/manifest_v1.fbs, manifest_v2.fbs): a header with the version, then a FlatBuffer.
import { SstError } from "./errors.js";
import { fieldInvalid } from "./flatbuffers/checks.js";
import { decodeManifestObject, encodeManifestObject, ManifestObject, sizeManifestObject } from "./generated/codecs.js";
import { MANIFEST_VERSION_V1, MANIFEST_VERSION_V2 } from "./generated/constants.js";
import { BoundType, type BytesRange } from "./generated/fbs/common.js";
import { encodeManifestV1 as encodeV1, readManifestV1, type CompactedSsTable, type ManifestV1 } from "./generated/fbs/manifest-v1.js";
import { encodeManifestV2 as encodeV2, readManifestV2, type CompactedSsTableView, type ManifestV2 } from "./generated/fbs/manifest-v2.js";
import { formatUlid } from "./ulid.js";

/** A manifest and the layout it has. */
export type DecodedManifest =
  | { readonly version: typeof MANIFEST_VERSION_V1; readonly manifest: ManifestV1 }
  | { readonly version: typeof MANIFEST_VERSION_V2; readonly manifest: ManifestV2 };

function withHeader(version: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(sizeManifestObject(body.length));
  encodeManifestObject(bytes, 0, version, body, 0, body.length);
  return bytes;
}

/** SlateDB panics on a tracker that is present and has no bytes. */
function assertTracker(tracker: Uint8Array | undefined): void {
  if (tracker?.length === 0) throw fieldInvalid("sequenceTracker", "bytes, or to be absent", "none");
}

/** A bound says what it is, and has a key unless it is unbounded: no reader could make sense of anything else. */
function assertRange(range: BytesRange | undefined): void {
  for (const bound of range === undefined ? [] : [range.startBound, range.endBound]) {
    if (bound.boundType === BoundType.Unknown) throw fieldInvalid("BytesBound.boundType", "a known bound", bound.boundType);
    if ((bound.key === undefined) !== (bound.boundType === BoundType.Unbounded)) {
      throw fieldInvalid("BytesBound.key", "a key, or none for an unbounded end", bound.key);
    }
  }
}

/**
 * The object of a ManifestV1, with the bytes that SlateDB gives it. Every release reads this layout. Values out of range,
 * an empty sequence tracker and bounds without meaning are ERR_SST_FIELD_INVALID. Whether the manifest makes sense as a
 * database (order of runs, sequence numbers, existence of SSTs) is not checked here.
 */
export function encodeManifestV1(manifest: ManifestV1): Uint8Array {
  const body = encodeV1(manifest);
  assertTracker(manifest.sequenceTracker);
  const uses: CompactedSsTable[] = [...manifest.l0, ...manifest.compacted.flatMap((run) => run.ssts)];
  for (const use of uses) assertRange(use.visibleRange);
  return withHeader(MANIFEST_VERSION_V1, body);
}

/**
 * The object of a ManifestV2. SlateDB reads this layout from 0.12 on. Refuses what encodeManifestV1 refuses, and views of
 * SSTs that the manifest does not list.
 */
export function encodeManifestV2(manifest: ManifestV2): Uint8Array {
  const body = encodeV2(manifest);
  assertTracker(manifest.sequenceTracker);
  const listed = new Set(manifest.ssts.map(({ id }) => formatUlid(id)));
  const views: CompactedSsTableView[] = [manifest, ...(manifest.segments ?? [])].flatMap(({ l0, compacted }) => [
    ...l0, ...compacted.flatMap((run) => run.ssts),
  ]);
  for (const view of views) {
    assertRange(view.visibleRange);
    const sst = formatUlid(view.sstId);
    if (!listed.has(sst)) throw fieldInvalid("CompactedSsTableView.sstId", "an SST that the manifest lists", sst);
  }
  return withHeader(MANIFEST_VERSION_V2, body);
}

/**
 * Reads the object of a manifest of either version. A version beyond is ERR_SST_UNSUPPORTED, broken bytes are
 * ERR_SST_CORRUPT with `offset` in the object and `path`, such as `manifest.compacted[0].ssts[1].info.index_len`; an object
 * that ends in its header is ERR_SST_TRUNCATED. A manifest has no checksum, so a changed number goes unnoticed.
 */
export function decodeManifest(bytes: Uint8Array): DecodedManifest {
  const object = new ManifestObject();
  try {
    decodeManifestObject(bytes, 0, bytes.length, object);
  } catch (error) {
    throw inManifest(error);
  }
  const { version, bodyAt } = object;
  const body = bytes.subarray(bodyAt);
  if (version === MANIFEST_VERSION_V1) return { version, manifest: readManifestV1(body, "manifest", bodyAt) };
  return { version: MANIFEST_VERSION_V2, manifest: readManifestV2(body, "manifest", bodyAt) };
}

/** A header's error with its place: paths of manifests begin with the manifest. */
function inManifest(error: unknown): unknown {
  if (!(error instanceof SstError)) return error;
  return new SstError(error.code, `manifest.${error.message}`, { details: { ...error.details, path: `manifest.${String(error.details["path"])}` } });
}
