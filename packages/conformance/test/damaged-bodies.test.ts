// One byte of an SST changes on its way to a store. Every service is handed checksums, so the object is right in the end, or it
// is refused: never published damaged.
import { crc32 } from "@slate-sst/format";
import { crc32Checksum, type ObjectStore } from "@slate-sst/object-store";
import { AzureObjectStore } from "@slate-sst/object-store-azure";
import { startAzurite } from "@slate-sst/object-store-azure/testing";
import { GcsObjectStore } from "@slate-sst/object-store-gcs";
import { FakeGcsServer } from "@slate-sst/object-store-gcs/testing";
import { S3ObjectStore } from "@slate-sst/object-store-s3";
import { FakeS3Server } from "@slate-sst/object-store-s3/testing";
import { ManualClock } from "@slate-sst/object-store/testing";
import { SstWriter, type SstWriterEvent } from "@slate-sst/writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DamagingProxy } from "./damaging-proxy.js";

const MIB = 1024 * 1024;
const BUCKET = "bucket";

interface Service {
  readonly proxy: DamagingProxy;
  readonly store: ObjectStore;
  stop(): Promise<void>;
}

const retry = { clock: new ManualClock() };

async function s3(provider: "aws" | "ceph"): Promise<Service> {
  const server = await FakeS3Server.start();
  server.bucket(BUCKET);
  const proxy = await DamagingProxy.start(server.endpoint);
  const credentials = { accessKeyId: "test", secretAccessKey: "secret" };
  return { proxy, store: new S3ObjectStore({ bucket: BUCKET, endpoint: proxy.endpoint, provider, credentials, retry }), stop: async () => await server.stop() };
}

const services: Readonly<Record<string, { readonly start: () => Promise<Service>; readonly partsAreChecked: boolean }>> = {
  S3: { partsAreChecked: true, start: async () => await s3("aws") },
  "S3 without CRC-32, as Ceph is": { partsAreChecked: true, start: async () => await s3("ceph") },
  "Google Cloud Storage": {
    // A session's bytes are checked as a whole, at its end.
    partsAreChecked: false,
    start: async () => {
      const server = await FakeGcsServer.start();
      server.bucket(BUCKET);
      const proxy = await DamagingProxy.start(server.endpoint);
      return { proxy, store: new GcsObjectStore({ bucket: BUCKET, endpoint: proxy.endpoint, authorize: async () => "Bearer token", retry }), stop: async () => await server.stop() };
    },
  },
  Azure: {
    partsAreChecked: true,
    start: async () => {
      const azurite = await startAzurite();
      await azurite.createContainer(BUCKET);
      const proxy = await DamagingProxy.start(azurite.endpoint);
      return { proxy, store: new AzureObjectStore({ container: BUCKET, endpoint: proxy.endpoint, credential: azurite.credential, retry }), stop: async () => await azurite.stop() };
    },
  },
};

/** Writes 7 MiB in parts of 5 MiB, or one request of 1 MiB. */
async function write(store: ObjectStore, path: string, size: number): Promise<{ crc: number; events: SstWriterEvent[] }> {
  const events: SstWriterEvent[] = [];
  const writer = await SstWriter.create(store, path, { mode: "overwrite", onEvent: (event) => events.push(event) });
  try {
    const value = new Uint8Array(1 << 16).fill(7);
    for (let row = 0; row < size / value.length; row++) await writer.put(String(row).padStart(6, "0"), value);
    const { crc32: crc } = await writer.close();
    return { crc, events };
  } finally {
    await writer.abort();
  }
}

describe.each(Object.entries(services))("on %s", (_, { start, partsAreChecked }) => {
  let service: Service;
  beforeAll(async () => {
    service = await start();
  });
  afterAll(async () => {
    await service.proxy.stop();
    await service.stop();
  });

  const damaged = (request: number): void => {
    service.proxy.seen = 0;
    service.proxy.damaged = request;
  };

  it("a small SST that was damaged on its way is sent again", async () => {
    damaged(1);
    const { crc, events } = await write(service.store, "small.sst", MIB);
    expect(events.map(({ type }) => type)).toEqual(["retry", "closed"]);
    expect(events[0]).toMatchObject({ method: "put", error: { code: "ERR_STORE_CHECKSUM" } });
    expect(crc32(await service.store.get("small.sst"))).toBe(crc);
  });

  it("a part that was damaged on its way is sent again, or the object is refused", async () => {
    damaged(1);
    if (!partsAreChecked) {
      await expect(write(service.store, "large.sst", 7 * MIB)).rejects.toMatchObject({ code: "ERR_SST_WRITE", cause: { code: "ERR_STORE_CHECKSUM" } });
      await expect(service.store.head("large.sst")).rejects.toMatchObject({ code: "ERR_STORE_NOT_FOUND" });
      return;
    }
    const { crc, events } = await write(service.store, "large.sst", 7 * MIB);
    expect(events.filter(({ type }) => type === "retry")).toMatchObject([{ method: "uploadPart", error: { code: "ERR_STORE_CHECKSUM" } }]);
    expect(crc32(await service.store.get("large.sst"))).toBe(crc);
  });
});

describe("the writer", () => {
  it("hands the CRC-32 of the object over, from before its bytes left, where the store takes it", async () => {
    const server = await FakeS3Server.start();
    try {
      server.bucket(BUCKET);
      const store = new S3ObjectStore({ bucket: BUCKET, endpoint: server.endpoint, provider: "aws", credentials: { accessKeyId: "test", secretAccessKey: "secret" } });
      const [small, large] = [await write(store, "small.sst", MIB), await write(store, "large.sst", 7 * MIB)];
      const sent = server.requests.filter(({ operation }) => operation === "PutObject" || operation === "CompleteMultipartUpload");
      const text = (crc: number): string => Buffer.from(crc32Checksum(crc).digest).toString("base64");
      expect(sent.map(({ headers }) => headers["x-amz-checksum-crc32"])).toEqual([text(small.crc), text(large.crc)]);
      expect(server.requests.filter(({ operation }) => operation === "UploadPart").every(({ headers }) => headers["x-amz-checksum-crc32"] !== undefined)).toBe(true);
    } finally {
      await server.stop();
    }
  });
});
