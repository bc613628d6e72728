// Where the store is: options of a program, or a URL. And the SDK's client for it, with credentials that never stand in either.
import type { TokenCredential } from "@azure/identity";
import { BlobServiceClient, StorageSharedKeyCredential, type ContainerClient, type StoragePipelineOptions } from "@azure/storage-blob";
import { StoreError, StoreUrl, storeUrlText, type RetryOptions } from "@slate-sst/object-store";

/** Which container, and how it is reached. */
export interface AzureObjectStoreOptions {
  /** Name of the container. It must exist. */
  readonly container: string;
  /** What all names begin with, without slashes at its ends. The whole container unless given. */
  readonly prefix?: string | undefined;
  /** The storage account. `AZURE_STORAGE_ACCOUNT`, or that of `AZURE_STORAGE_CONNECTION_STRING`, unless given. */
  readonly account?: string | undefined;
  /** Address of the blob service, without SAS. `https://ACCOUNT.blob.core.windows.net` unless given. */
  readonly endpoint?: string | undefined;
  /** Bodies are sent with their MD5, which the service verifies. Default true. */
  readonly md5?: boolean | undefined;
  /**
   * Unless given: `AZURE_STORAGE_CONNECTION_STRING` (if it is of this account), `AZURE_STORAGE_KEY` or `AZURE_STORAGE_SAS_TOKEN`, else
   * DefaultAzureCredential of `@azure/identity` (environment, workload and managed identity, CLI).
   */
  readonly credential?: StorageSharedKeyCredential | TokenCredential | undefined;
  /** How calls are tried again. */
  readonly retry?: RetryOptions | undefined;
}

/** Options with every default in its place. */
export interface ResolvedConfig {
  readonly url: string;
  readonly prefix: string;
  readonly md5: boolean;
  /** Made when the first request needs it. */
  readonly container: () => Promise<ContainerClient>;
  /** What must never stand in an error's text. */
  readonly secrets: readonly string[];
}

const PARAMETERS = ["account", "endpoint", "md5"] as const;

/** The options that a URL stands for. @throws StoreError ERR_STORE_URL */
export function optionsOf(text: string): AzureObjectStoreOptions {
  const url = new StoreUrl(text, "az", PARAMETERS);
  const account = url.get("account");
  if (account !== undefined && !/^[a-z0-9]{3,24}$/.test(account)) throw url.fault("account", "a storage account's name: 3 to 24 letters and digits");
  return { container: url.bucket, prefix: url.prefix, account, endpoint: url.endpoint("endpoint"), md5: url.boolean("md5") };
}

/** Checks options by way of the URL that stands for them. @throws StoreError ERR_STORE_URL, ERR_STORE_ARGUMENT */
export function resolveConfig(options: AzureObjectStoreOptions): ResolvedConfig {
  const { container, prefix, credential, retry: _retry, ...parameters } = options;
  const unknown = Object.keys(parameters).find((name) => !PARAMETERS.some((known) => known === name));
  if (unknown !== undefined) throw new StoreError("ERR_STORE_ARGUMENT", `unknown option ${JSON.stringify(unknown)}; known are: container, prefix, ${PARAMETERS.join(", ")}, credential, retry`);
  const found = connectionString();
  const account = parameters.account ?? process.env["AZURE_STORAGE_ACCOUNT"] ?? found.get("accountname");
  // One of another account leads elsewhere, with a key that fits there.
  const connection: typeof found = (found.get("accountname") ?? account) === account ? found : new Map();
  const given = { ...parameters, account, endpoint: parameters.endpoint ?? connectionEndpoint(connection, account) };
  const url = storeUrlText("az", container, prefix ?? "", PARAMETERS.map((name) => [name, given[name]]));
  const checked = optionsOf(url);
  const endpoint = checked.endpoint ?? (checked.account === undefined ? undefined : `https://${checked.account}.blob.core.windows.net`);
  if (endpoint === undefined) throw new StoreError("ERR_STORE_URL", "an az URL needs the storage account: ?account=NAME, or the variable AZURE_STORAGE_ACCOUNT");
  const key = process.env["AZURE_STORAGE_KEY"] ?? connection.get("accountkey");
  const sas = process.env["AZURE_STORAGE_SAS_TOKEN"] ?? connection.get("sharedaccesssignature");
  if (credential === undefined && key !== undefined && sas === undefined && checked.account === undefined) {
    throw new StoreError("ERR_STORE_URL", "AZURE_STORAGE_KEY is the key of an account, which an az URL needs then: ?account=NAME, or the variable AZURE_STORAGE_ACCOUNT");
  }
  let client: Promise<BlobServiceClient> | undefined;
  return {
    url,
    prefix: checked.prefix ?? "",
    md5: checked.md5 ?? true,
    container: async () => {
      client ??= connect(endpoint, checked.account, credential, key, sas);
      return (await client).getContainerClient(checked.container);
    },
    secrets: [key, sas].filter((secret) => secret !== undefined && secret !== "") as string[],
  };
}

// Retries are RetryingObjectStore's: one count, one deadline, every attempt seen.
const PIPELINE: StoragePipelineOptions = { retryOptions: { maxTries: 1 } };

async function connect(
  endpoint: string, account: string | undefined, credential: AzureObjectStoreOptions["credential"], key: string | undefined, sas: string | undefined,
): Promise<BlobServiceClient> {
  if (credential !== undefined) return new BlobServiceClient(endpoint, credential, PIPELINE);
  if (key !== undefined && account !== undefined) return new BlobServiceClient(endpoint, new StorageSharedKeyCredential(account, key), PIPELINE);
  if (sas !== undefined) return new BlobServiceClient(`${endpoint}?${sas.replace(/^\?/, "")}`, undefined, PIPELINE);
  const { DefaultAzureCredential } = await import("@azure/identity");
  return new BlobServiceClient(endpoint, new DefaultAzureCredential(), PIPELINE);
}

/** The parts of AZURE_STORAGE_CONNECTION_STRING by their names in lower case. */
function connectionString(): ReadonlyMap<string, string> {
  const parts = (process.env["AZURE_STORAGE_CONNECTION_STRING"] ?? "").split(";").filter((part) => part.includes("="));
  return new Map(parts.map((part) => [part.slice(0, part.indexOf("=")).trim().toLowerCase(), part.slice(part.indexOf("=") + 1)]));
}

function connectionEndpoint(connection: ReadonlyMap<string, string>, account: string | undefined): string | undefined {
  const suffix = connection.get("endpointsuffix");
  return connection.get("blobendpoint") ?? (suffix === undefined || account === undefined ? undefined : `https://${account}.blob.${suffix}`);
}
