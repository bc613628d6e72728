// The interface of object stores: what the writer, the reader and ingestion need, and no more. Its ideas are those of the
// Rust crate `object_store`, which SlateDB uses. Multipart uploads are addressed by path, upload id and part number, so that
// another process can go on with one. Rules for every method:
// - arguments are checked first (ERR_STORE_PATH, ERR_STORE_RANGE, ERR_STORE_ARGUMENT), then what the store can do
//   (ERR_STORE_UNSUPPORTED), both before anything is read or written;
// - a body's bytes must not change until the promise settles, and may be reused from then on; bytes that a store hands out
//   belong to the caller;
// - an aborted signal rejects with the signal's reason. A call that was cut off like this, or that failed, may have had its
//   effect nonetheless, wholly or not at all: objects are never seen in part;
// - other failures are StoreErrors.
import type { StoreCapabilities } from "./capabilities.js";
import type { Checksum, ChecksumAlgorithm } from "./checksum.js";
import type { StoreAttempt } from "./store-attempt.js";

/** Bytes to store: one run, or several that follow each other, which the caller need not join. */
export type ObjectBody = Uint8Array | readonly Uint8Array[];

/** "create": only where no object is. "overwrite": whether one is there or not. */
export type WriteMode = "create" | "overwrite";

/**
 * What users attach to an object. Names: `a` to `z`, then also `0` to `9`. Values: 1 to 255 printable ASCII characters that
 * neither begin nor end with a space. This is what every store that keeps metadata returns unchanged.
 */
export type ObjectMetadata = Readonly<Record<string, string>>;

/** What every call takes. Everything is optional. */
export interface CallOptions {
  /** Cuts the call off, which rejects with the signal's reason; it may have had its effect nonetheless. */
  readonly signal?: AbortSignal | undefined;
  /** Told of every attempt at this call, by stores that make several: see `RetryingObjectStore`. What it throws is ignored. */
  readonly onAttempt?: ((attempt: StoreAttempt) => void) | undefined;
}

/** How an object is put. */
export interface PutOptions extends CallOptions {
  /** "create" fails with ERR_STORE_ALREADY_EXISTS when an object is there, "overwrite" replaces it. */
  readonly mode: WriteMode;
  /** What is kept beside the bytes; names are `a` to `z` and digits, values printable ASCII. */
  readonly metadata?: ObjectMetadata | undefined;
  /** Of the body. The store refuses the body when it does not match. */
  readonly checksum?: Checksum | undefined;
}

/** What a store answers to a put or a completion. */
export interface PutResult {
  /** Identifies this version of the object: the same as `head` gives. */
  readonly etag: string | undefined;
}

/** An object, as a listing tells of it. */
export interface ListedObject {
  /** Path of the object. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** When its bytes were put. */
  readonly lastModified: Date;
  /** The store's own mark of its bytes; undefined where it gives none. */
  readonly etag: string | undefined;
}

/** What a store knows of an object. */
export interface ObjectInfo extends ListedObject {
  /** Empty where there is none. */
  readonly metadata: ObjectMetadata;
}

/** How objects are listed. */
export interface ListOptions extends CallOptions {
  /** Only paths after this one, in byte order. It need not exist. */
  readonly startAfter?: string | undefined;
  /**
   * Told of paths at which something lies that is no object, such as a symbolic link in a local folder: other readers of
   * the same place may follow it. Stores that hold nothing but objects never call it.
   */
  readonly onSkipped?: ((path: string) => void) | undefined;
}

/** How an object is streamed. */
export interface StreamOptions extends CallOptions {
  /** First byte; 0 unless given. */
  readonly start?: number | undefined;
  /** Behind the last byte; the object's size unless given. */
  readonly end?: number | undefined;
}

/** How an upload begins. */
export interface CreateUploadOptions extends CallOptions {
  /** What completion will do when an object is there: "create" fails, "overwrite" replaces it. */
  readonly mode: WriteMode;
  /** Bytes of every part but the last, which may be shorter. */
  readonly partSize: number;
  /** Bytes of the object as far as known: an upload that can't hold it is refused at once. */
  readonly expectedSize?: number | undefined;
  /** What will be kept beside the object's bytes. */
  readonly metadata?: ObjectMetadata | undefined;
  /** Each part will carry a checksum of this algorithm, and so may completion. */
  readonly checksumAlgorithm?: ChecksumAlgorithm | undefined;
}

/** An upload that began. */
export interface CreatedUpload {
  /** Opaque, 1 to 4,096 characters. Where capabilities say so it is a secret. */
  readonly uploadId: string;
}

/** How a part is sent. */
export interface UploadPartOptions extends CallOptions {
  /** Of the part's body. Needed if and only if the upload was created with a checksum algorithm. */
  readonly checksum?: Checksum | undefined;
}

/** What a store tells of a part that it holds. Keep it: completion wants it. */
export interface PartReceipt {
  /** From 1. */
  readonly partNumber: number;
  /** Bytes. */
  readonly size: number;
  /** Identifies what was received: the next upload of the same part number may have another one. */
  readonly etag: string | undefined;
  /** The checksum that came with the part, if the store keeps it. */
  readonly checksum: Checksum | undefined;
}

/** An upload that is neither completed nor aborted. */
export interface UploadInfo {
  /** Path of the object it will be. */
  readonly path: string;
  /** Its id. A secret where `capabilities.uploads.secretIds` says so. */
  readonly uploadId: string;
  /** When it began. */
  readonly createdAt: Date;
}

/** Mode and metadata are given again, the same: some stores want them at the start, others at the end. */
export interface CompleteUploadOptions extends CallOptions {
  /** As it was said when the upload began. */
  readonly mode: WriteMode;
  /** As it was said when the upload began. */
  readonly metadata?: ObjectMetadata | undefined;
  /** Of the whole object. */
  readonly checksum?: Checksum | undefined;
}

/** An object kept open for many reads, which all see one version of it, or fail. */
export interface OpenObject {
  /** Bytes, when it was opened. */
  readonly size: number;
  /**
   * Fills memory of the caller's with the bytes from `start` on. It must not be touched until the promise settles.
   * @throws StoreError ERR_STORE_RANGE when the object ends before that
   */
  readInto(target: Uint8Array, start: number, options?: CallOptions): Promise<void>;
  /** Reads under way must have settled. */
  close(): Promise<void>;
}

/** Where objects are put, read and listed. What holds of every store stands in the README of the package; its contract suite checks it. */
export interface ObjectStore {
  /** Which store this is, without secrets: stores with equal URLs hold the same objects. */
  readonly url: string;
  /** What the store can do. Whatever it denies is refused by ERR_STORE_UNSUPPORTED. */
  readonly capabilities: StoreCapabilities;

  /**
   * Stores an object in one call. It appears as a whole or not at all.
   * @throws StoreError ERR_STORE_ALREADY_EXISTS in mode "create"; ERR_STORE_CHECKSUM
   */
  put(path: string, body: ObjectBody, options: PutOptions): Promise<PutResult>;

  /** The whole object. @throws StoreError ERR_STORE_NOT_FOUND */
  get(path: string, options?: CallOptions): Promise<Uint8Array>;

  /**
   * The bytes from `start` to before `end`, exactly `end - start` of them; none where they are equal.
   * @throws StoreError ERR_STORE_NOT_FOUND; ERR_STORE_RANGE when `start > end`, or when the object ends before `end`
   */
  getRange(path: string, start: number, end: number, options?: CallOptions): Promise<Uint8Array>;

  /**
   * Opens an object for many reads into the caller's memory. Only stores have it where that is cheaper than getRange().
   * @throws StoreError ERR_STORE_NOT_FOUND
   */
  openObject?(path: string, options?: CallOptions): Promise<OpenObject>;

  /**
   * The bytes of `getRange` in order, in chunks whose sizes the store chooses. Errors come with the first or a later chunk.
   * An object that is overwritten meanwhile is read from one version, or the iteration fails.
   */
  stream(path: string, options?: StreamOptions): AsyncIterable<Uint8Array>;

  /** What is known of an object without its bytes. @throws StoreError ERR_STORE_NOT_FOUND */
  head(path: string, options?: CallOptions): Promise<ObjectInfo>;

  /**
   * The objects whose paths begin with a text, ascending by the UTF-8 bytes of their paths. What is staged is never among
   * them. Objects that come or go meanwhile may be listed or not; all others are listed, once.
   */
  list(prefix: string, options?: ListOptions): AsyncIterable<ListedObject>;

  /** Removes an object. Resolves as well when there is none. */
  delete(path: string, options?: CallOptions): Promise<void>;

  /**
   * Begins a multipart upload. Nothing is seen at the path before it is completed. An object that is already there makes
   * mode "create" fail here or at completion, as the store likes.
   * @throws StoreError ERR_STORE_ALREADY_EXISTS; ERR_STORE_UNSUPPORTED for what the upload could not hold
   */
  createUpload(path: string, options: CreateUploadOptions): Promise<CreatedUpload>;

  /**
   * Uploads one part. Part `n` holds the bytes from `(n - 1) * partSize` on. Any store object with the same URL, in any
   * process, can go on with an upload. Of several uploads of one part number, one is kept as a whole.
   * @throws StoreError ERR_STORE_UPLOAD_NOT_FOUND; ERR_STORE_RANGE; ERR_STORE_CHECKSUM
   */
  uploadPart(path: string, uploadId: string, partNumber: number, body: ObjectBody, options?: UploadPartOptions): Promise<PartReceipt>;

  /** The parts received so far, ascending by number. @throws StoreError ERR_STORE_UPLOAD_NOT_FOUND */
  listParts(path: string, uploadId: string, options?: CallOptions): AsyncIterable<PartReceipt>;

  /** The uploads that were begun and neither completed nor aborted, at paths that begin with a text, ascending by path. */
  listUploads(prefix: string, options?: CallOptions): AsyncIterable<UploadInfo>;

  /**
   * Publishes the object made of the parts given: at least one, numbered 1, 2, 3 and so on without a gap, each the one that
   * was received last under its number. Parts received but not given are dropped. A refused upload is still there, and can
   * be mended, completed again or aborted; after ERR_STORE_FAILED it may be either that or completed.
   * @throws StoreError ERR_STORE_UPLOAD_MISMATCH; ERR_STORE_UPLOAD_NOT_FOUND; ERR_STORE_ALREADY_EXISTS in mode "create"
   */
  completeUpload(path: string, uploadId: string, parts: readonly PartReceipt[], options: CompleteUploadOptions): Promise<PutResult>;

  /**
   * Gives an upload up and removes its parts, after waiting for those this store object has under way. Resolves as well
   * when there is no such upload. Parts that other processes have under way may need a second call.
   */
  abortUpload(path: string, uploadId: string, options?: CallOptions): Promise<void>;
}
