// Where the store is: options of a program, or a URL.
import { StoreError, StoreUrl, storeUrlText, type RetryOptions } from "@slate-sst/object-store";

/** The `authorization` header of a request, such as "Bearer …"; `undefined` for none. */
export type Authorize = () => Promise<string | undefined>;

/** Which bucket, and how it is reached. */
export interface GcsObjectStoreOptions {
  /** Name of the bucket. It must exist. */
  readonly bucket: string;
  /** What all names begin with, without slashes at its ends. The whole bucket unless given. */
  readonly prefix?: string | undefined;
  /** Address of the service. `https://storage.googleapis.com` unless given. */
  readonly endpoint?: string | undefined;
  /** Requests carry no credentials: for emulators and public buckets. */
  readonly anonymous?: boolean | undefined;
  /** Application Default Credentials (environment, gcloud, metadata server), as google-auth-library finds them, unless given. */
  readonly authorize?: Authorize | undefined;
  /** How calls are tried again. */
  readonly retry?: RetryOptions | undefined;
}

/** Options with every default in its place. */
export interface ResolvedConfig {
  readonly url: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly endpoint: string;
  readonly authorize: Authorize;
}

const PARAMETERS = ["endpoint", "anonymous"] as const;

const ENDPOINT = "https://storage.googleapis.com";

const SCOPE = "https://www.googleapis.com/auth/devstorage.read_write";

/** The options that a URL stands for. @throws StoreError ERR_STORE_URL */
export function optionsOf(text: string): GcsObjectStoreOptions {
  const url = new StoreUrl(text, "gs", PARAMETERS);
  return { bucket: url.bucket, prefix: url.prefix, endpoint: url.endpoint("endpoint"), anonymous: url.boolean("anonymous") };
}

/** Checks options by way of the URL that stands for them. @throws StoreError ERR_STORE_URL, ERR_STORE_ARGUMENT */
export function resolveConfig(options: GcsObjectStoreOptions): ResolvedConfig {
  const { bucket, prefix, authorize, retry: _retry, ...parameters } = options;
  const unknown = Object.keys(parameters).find((name) => !PARAMETERS.some((known) => known === name));
  if (unknown !== undefined) throw new StoreError("ERR_STORE_ARGUMENT", `unknown option ${JSON.stringify(unknown)}; known are: bucket, prefix, ${PARAMETERS.join(", ")}, authorize, retry`);
  const url = storeUrlText("gs", bucket, prefix ?? "", PARAMETERS.map((name) => [name, parameters[name]]));
  const checked = optionsOf(url);
  return {
    url,
    bucket: checked.bucket,
    prefix: checked.prefix ?? "",
    endpoint: checked.endpoint ?? ENDPOINT,
    authorize: checked.anonymous === true ? async () => undefined : (authorize ?? defaultAuthorize()),
  };
}

/** Loads google-auth-library with the first request; it keeps tokens until they expire. */
function defaultAuthorize(): Authorize {
  let auth: Promise<{ getAccessToken(): Promise<string | null | undefined> }> | undefined;
  return async () => {
    auth ??= import("google-auth-library").then(({ GoogleAuth }) => new GoogleAuth({ scopes: [SCOPE] }));
    return `Bearer ${(await (await auth).getAccessToken()) ?? ""}`;
  };
}
