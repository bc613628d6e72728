// Where the store is and what is declared of it: options of a program, or a URL.
import type { S3ClientConfig } from "@aws-sdk/client-s3";
import { StoreError, StoreUrl, storeUrlText, type RetryOptions } from "@slate-sst/object-store";
import { providerOf, PROVIDERS, traitsOf, type Provider, type ProviderTraits } from "./providers.js";

/** Which bucket, and how it is reached. */
export interface S3ObjectStoreOptions {
  /** Name of the bucket. It must exist. */
  readonly bucket: string;
  /** What all keys begin with, without slashes at its ends. The whole bucket unless given. */
  readonly prefix?: string | undefined;
  /** As the SDK finds it (`AWS_REGION`, profiles) unless given. With an endpoint: `AWS_REGION`, else "us-east-1". */
  readonly region?: string | undefined;
  /** Address of a service other than AWS, such as `https://host:9000`. `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` unless given; one that only a profile names is refused with the first request. */
  readonly endpoint?: string | undefined;
  /** The service at the endpoint, by which it is known what that can do. Known addresses are recognised; any other is "generic". */
  readonly provider?: Provider | undefined;
  /** The bucket stands in the path of requests, not in the host's name. Default: true with an endpoint. */
  readonly pathStyle?: boolean | undefined;
  /** Declares that the service honours `If-None-Match: *` on PutObject. */
  readonly conditionalPut?: boolean | undefined;
  /** Declares that the service honours `If-None-Match: *` on CompleteMultipartUpload. */
  readonly conditionalComplete?: boolean | undefined;
  /** Declares that the service verifies `x-amz-checksum-crc32`, for parts and whole objects. */
  readonly crc32?: boolean | undefined;
  /** Declares how many parts the service takes. Default 10,000. */
  readonly partsMax?: number | undefined;
  /**
   * Requests are signed with the SHA-256 of their body. Default: only where no CRC-32 goes with it, or where the connection is
   * not encrypted. Either way the service refuses a damaged body.
   */
  readonly signPayload?: boolean | undefined;
  /** As the SDK finds them (environment, profiles, instance roles) unless given. */
  readonly credentials?: S3ClientConfig["credentials"];
  /** How calls are tried again. */
  readonly retry?: RetryOptions | undefined;
}

/** Options with every default in its place. */
export interface ResolvedConfig {
  readonly url: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly traits: ProviderTraits;
  readonly signPayload: boolean;
  readonly client: S3ClientConfig;
}

const PARAMETERS = ["region", "endpoint", "provider", "pathStyle", "conditionalPut", "conditionalComplete", "crc32", "partsMax", "signPayload"] as const;

/** Region that requests to services other than AWS are signed for unless another is given: such services mostly take any. */
const REGION_ELSEWHERE = "us-east-1";

/** Milliseconds until a connection must be there. */
const CONNECTION_TIMEOUT = 10_000;

/** Milliseconds that a connection may stay silent. */
const SOCKET_TIMEOUT = 60_000;

/** Connections at once; more requests wait. */
const SOCKETS_MAX = 128;

/** The options that a URL stands for. @throws StoreError ERR_STORE_URL */
export function optionsOf(text: string): S3ObjectStoreOptions {
  const url = new StoreUrl(text, "s3", PARAMETERS);
  return {
    bucket: url.bucket,
    prefix: url.prefix,
    region: region(url),
    endpoint: url.endpoint("endpoint"),
    provider: url.choice("provider", PROVIDERS),
    pathStyle: url.boolean("pathStyle"),
    conditionalPut: url.boolean("conditionalPut"),
    conditionalComplete: url.boolean("conditionalComplete"),
    crc32: url.boolean("crc32"),
    partsMax: url.integer("partsMax"),
    signPayload: url.boolean("signPayload"),
  };
}

/** Checks options by way of the URL that stands for them. @throws StoreError ERR_STORE_URL */
export function resolveConfig(options: S3ObjectStoreOptions): ResolvedConfig {
  const { credentials, retry: _retry, bucket, prefix, ...parameters } = options;
  const unknown = Object.keys(parameters).find((name) => !PARAMETERS.some((known) => known === name));
  if (unknown !== undefined) throw new StoreError("ERR_STORE_ARGUMENT", `unknown option ${JSON.stringify(unknown)}; known are: bucket, prefix, ${PARAMETERS.join(", ")}, credentials, retry`);
  // Stores with equal URLs hold the same objects, wherever the endpoint comes from.
  const given = { ...parameters, endpoint: parameters.endpoint ?? process.env["AWS_ENDPOINT_URL_S3"] ?? process.env["AWS_ENDPOINT_URL"] };
  const url = storeUrlText("s3", bucket, prefix ?? "", PARAMETERS.map((name) => [name, given[name]]));
  const checked = optionsOf(url);
  const { endpoint } = checked;
  const traits = traitsOf(checked.provider ?? providerOf(endpoint), checked);
  const encrypted = endpoint === undefined || endpoint.startsWith("https:");
  return {
    url,
    bucket: checked.bucket,
    prefix: checked.prefix ?? "",
    traits,
    signPayload: checked.signPayload ?? !(encrypted && traits.crc32),
    client: {
      // Retries are RetryingObjectStore's: one count, one deadline, every attempt seen.
      maxAttempts: 1,
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      // A round trip less for each part.
      expectContinueHeader: false,
      forcePathStyle: checked.pathStyle ?? endpoint !== undefined,
      requestHandler: {
        connectionTimeout: CONNECTION_TIMEOUT, socketTimeout: SOCKET_TIMEOUT,
        httpAgent: { keepAlive: true, maxSockets: SOCKETS_MAX }, httpsAgent: { keepAlive: true, maxSockets: SOCKETS_MAX },
      },
      ...(endpoint === undefined ? {} : { endpoint }),
      ...regionOf(checked.region, endpoint),
      ...(credentials === undefined ? {} : { credentials }),
    },
  };
}

function regionOf(given: string | undefined, endpoint: string | undefined): Pick<S3ClientConfig, "region"> {
  if (given !== undefined) return { region: given };
  const found = process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"];
  if (endpoint === undefined || found !== undefined) return found === undefined ? {} : { region: found };
  return { region: REGION_ELSEWHERE };
}

function region(url: StoreUrl): string | undefined {
  const value = url.get("region");
  if (value === undefined || /^[a-z0-9-]{1,40}$/i.test(value)) return value;
  throw url.fault("region", "a region's name, such as eu-central-1");
}
