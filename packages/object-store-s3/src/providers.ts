// What is known of services that speak S3. Only what a service is known to honour is claimed for it: a server that ignores
// `If-None-Match` overwrites in silence.
import type { ChecksumAlgorithm, StoreCapabilities } from "@slate-sst/object-store";

/** Services with a record of their own. "generic" is any other: nothing is assumed that a server could ignore unnoticed. */
export const PROVIDERS = ["aws", "r2", "minio", "ceph", "tigris", "generic"] as const;

/** Who runs the service; decides what it is taken to be able to. */
export type Provider = (typeof PROVIDERS)[number];

/** What differs between services. */
export interface ProviderTraits {
  /** `If-None-Match: *` on PutObject is honoured. */
  readonly conditionalPut: boolean;
  /** `If-None-Match: *` on CompleteMultipartUpload is honoured. */
  readonly conditionalComplete: boolean;
  /** `x-amz-checksum-crc32` is verified, for bodies and, as FULL_OBJECT, for whole objects. */
  readonly crc32: boolean;
  /** Most parts of an upload. */
  readonly partsMax: number;
  /** Parts that completion does not name are dropped; Ceph refuses to. */
  readonly dropParts: boolean;
  /** Uploads are listed by a prefix; MinIO lists only those at exactly that key, and removes what is stale by itself. */
  readonly listUploads: boolean;
}

/** Most parts of an upload on nearly all services. */
const PARTS_MAX = 10_000;

/** Smallest part but the last: 5 MiB. */
const PART_SIZE_MIN = 5 * 1024 * 1024;

/** Largest part, and largest object of one request: 5 GiB. */
const PART_SIZE_MAX = 5 * 1024 * 1024 * 1024;

/** Largest object: 5 TiB. */
const OBJECT_SIZE_MAX = 5 * 1024 * 1024 * 1024 * 1024;

/** Bytes of names and values of an object's metadata. */
const METADATA_SIZE_MAX = 2048;

const TRAITS: Readonly<Record<Provider, ProviderTraits>> = {
  aws: { conditionalPut: true, conditionalComplete: true, crc32: true, partsMax: PARTS_MAX, dropParts: true, listUploads: true },
  r2: { conditionalPut: true, conditionalComplete: false, crc32: false, partsMax: PARTS_MAX, dropParts: true, listUploads: true },
  minio: { conditionalPut: true, conditionalComplete: false, crc32: false, partsMax: PARTS_MAX, dropParts: true, listUploads: false },
  ceph: { conditionalPut: true, conditionalComplete: false, crc32: false, partsMax: PARTS_MAX, dropParts: false, listUploads: true },
  tigris: { conditionalPut: true, conditionalComplete: false, crc32: false, partsMax: PARTS_MAX, dropParts: true, listUploads: true },
  generic: { conditionalPut: false, conditionalComplete: false, crc32: false, partsMax: PARTS_MAX, dropParts: true, listUploads: true },
};

/** Which service an endpoint is; AWS where there is none. */
export function providerOf(endpoint: string | undefined): Provider {
  if (endpoint === undefined) return "aws";
  const { hostname } = new URL(endpoint);
  if (/\.amazonaws\.com(\.cn)?$/.test(hostname)) return "aws";
  if (hostname.endsWith(".r2.cloudflarestorage.com")) return "r2";
  if (/(^|\.)(tigris\.dev|storage\.dev)$/.test(hostname)) return "tigris";
  return "generic";
}

/** What a service does, with what its user declares of it. */
export function traitsOf(provider: Provider, declared: Partial<{ [name in Exclude<keyof ProviderTraits, "dropParts" | "listUploads">]: ProviderTraits[name] | undefined }>): ProviderTraits {
  const known = TRAITS[provider];
  return {
    conditionalPut: declared.conditionalPut ?? known.conditionalPut,
    conditionalComplete: declared.conditionalComplete ?? known.conditionalComplete,
    crc32: declared.crc32 ?? known.crc32,
    partsMax: declared.partsMax ?? known.partsMax,
    dropParts: known.dropParts,
    listUploads: known.listUploads,
  };
}

/** The record of a store on a service. */
export function capabilitiesOf(traits: ProviderTraits): StoreCapabilities {
  const checksums: readonly ChecksumAlgorithm[] = traits.crc32 ? ["crc32", "md5", "sha256"] : ["md5"];
  return {
    putCreate: traits.conditionalPut,
    putSizeMax: PART_SIZE_MAX,
    metadataSizeMax: METADATA_SIZE_MAX,
    checksums,
    uploads: {
      sessions: true, create: traits.conditionalComplete, partsMax: traits.partsMax,
      partSizeMin: PART_SIZE_MIN, partSizeMax: PART_SIZE_MAX, partSizeStep: 1, objectSizeMax: OBJECT_SIZE_MAX,
      parallelParts: true, replaceParts: true, dropParts: traits.dropParts, listParts: true, listUploads: traits.listUploads, abort: true,
      objectChecksums: traits.crc32 ? ["crc32"] : [], secretIds: false,
    },
  };
}
