// The clouds' stores on servers of this machine, each with faults on demand: what the tests of whole runs are made on.
import { AzureObjectStore } from "@slate-sst/object-store-azure";
import { FaultProxy, startAzurite } from "@slate-sst/object-store-azure/testing";
import { GcsObjectStore } from "@slate-sst/object-store-gcs";
import { FakeGcsServer } from "@slate-sst/object-store-gcs/testing";
import { S3ObjectStore } from "@slate-sst/object-store-s3";
import { FakeS3Server } from "@slate-sst/object-store-s3/testing";
import type { ObjectStore, RetryOptions } from "@slate-sst/object-store";
import type { FaultPlan, ServerFault } from "@slate-sst/object-store/testing";

/** A store's server, running. */
export interface CloudServer {
  readonly plan: FaultPlan;
  /** An empty place, and stores that open it. */
  place(): Promise<CloudPlace>;
  /** Begins to count anew, with other faults. */
  reset(faults?: readonly ServerFault[], onHang?: (operation: string) => void): void;
  stop(): Promise<void>;
}

export interface CloudPlace {
  open(retry?: RetryOptions): ObjectStore;
  /** Uploads at this place that were neither completed nor aborted, as the server knows them. */
  orphans(): number;
}

export interface Cloud {
  readonly name: string;
  start(): Promise<CloudServer>;
  /** A lost answer to this operation may leave something that nobody can list, and that costs nothing until it expires. */
  readonly unlistable: string | undefined;
}

let places = 0;

const s3: Cloud = {
  name: "S3",
  unlistable: undefined,
  async start() {
    const server = await FakeS3Server.start();
    return {
      plan: server.plan,
      reset: (faults, onHang) => server.reset(faults, onHang),
      stop: async () => await server.stop(),
      async place() {
        const bucket = `bucket-${(places += 1)}`;
        const held = server.bucket(bucket);
        const credentials = { accessKeyId: "test", secretAccessKey: "secret" };
        return { open: (retry) => new S3ObjectStore({ bucket, endpoint: server.endpoint, provider: "aws", credentials, retry }), orphans: () => held.uploads.size };
      },
    };
  },
};

const gcs: Cloud = {
  name: "Google Cloud Storage",
  // A session without bytes.
  unlistable: "startSession",
  async start() {
    const server = await FakeGcsServer.start();
    return {
      plan: server.plan,
      reset: (faults, onHang) => server.reset(faults, onHang),
      stop: async () => await server.stop(),
      async place() {
        const bucket = `bucket-${(places += 1)}`;
        const held = server.bucket(bucket);
        return {
          open: (retry) => new GcsObjectStore({ bucket, endpoint: server.endpoint, anonymous: true, retry }),
          orphans: () => [...held.sessions.values()].filter(({ made }) => made === undefined).length,
        };
      },
    };
  },
};

const azure: Cloud = {
  name: "Azure Blob Storage",
  unlistable: undefined,
  async start() {
    const azurite = await startAzurite();
    const proxy = await FaultProxy.start(azurite.endpoint);
    return {
      plan: proxy.plan,
      reset: (faults, onHang) => proxy.reset(faults, onHang),
      async stop() {
        await proxy.stop();
        await azurite.stop();
      },
      async place() {
        const container = `container-${(places += 1)}`;
        await azurite.createContainer(container);
        // Blocks that nobody commits expire: Azure has no uploads to be left over.
        return { open: (retry) => new AzureObjectStore({ container, endpoint: proxy.endpoint, credential: azurite.credential, retry }), orphans: () => 0 };
      },
    };
  },
};

export const CLOUDS: readonly Cloud[] = [s3, gcs, azure];
