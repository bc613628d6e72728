// Objects in S3, as programs open them.
import {
  isStoreError, RetryingObjectStore, StoreError, type CreatedUpload, type CreateUploadOptions, type ObjectBody, type PutOptions, type PutResult,
} from "@slate-sst/object-store";
import { resolveConfig, type S3ObjectStoreOptions } from "./config.js";
import { S3Requests } from "./s3-requests.js";

/** A bucket of S3, or of a service that speaks its protocol, from a prefix on. */
export class S3ObjectStore extends RetryingObjectStore {
  /** Nothing is requested yet. @throws StoreError ERR_STORE_URL, ERR_STORE_ARGUMENT for wrong options */
  constructor(options: S3ObjectStoreOptions) {
    super(new S3Requests(resolveConfig(options)), options.retry);
  }

  override async put(path: string, body: ObjectBody, options: PutOptions): Promise<PutResult> {
    try {
      return await super.put(path, body, options);
    } catch (error) {
      if (options?.mode !== "create" || this.capabilities.putCreate) throw error;
      throw withWayOut(error, "conditionalPut", "PutObject");
    }
  }

  override async createUpload(path: string, options: CreateUploadOptions): Promise<CreatedUpload> {
    try {
      return await super.createUpload(path, options);
    } catch (error) {
      if (options?.mode !== "create" || this.capabilities.uploads?.create === true) throw error;
      throw withWayOut(error, "conditionalComplete", "CompleteMultipartUpload");
    }
  }
}

/** A refusal tells how to declare what the service can do after all. */
function withWayOut(error: unknown, parameter: string, operation: string): unknown {
  if (!isStoreError(error, "ERR_STORE_UNSUPPORTED")) return error;
  const way = `, or declare ${parameter}=true (in the URL or the options) if the service honours If-None-Match on ${operation}`;
  return new StoreError(error.code, `${error.message}${way}`, { path: error.path, cause: error });
}
