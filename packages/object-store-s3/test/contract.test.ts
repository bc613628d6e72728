// The store passes the contract on the server of this package, in each way that services differ.
import { afterAll, beforeAll, describe, it } from "vitest";
import { objectStoreContract } from "@slate-sst/object-store/contract";
import { S3ObjectStore, type S3ObjectStoreOptions } from "../src/index.js";
import { FakeS3Server, type FakeS3Options } from "../src/testing/index.js";

const CREDENTIALS = { accessKeyId: "test", secretAccessKey: "secret" };

// Endpoints are not known before the servers run; capabilities do not depend on them.
function capabilities(options: Partial<S3ObjectStoreOptions>): S3ObjectStore["capabilities"] {
  return new S3ObjectStore({ bucket: "bucket", region: "us-east-1", credentials: CREDENTIALS, endpoint: "http://127.0.0.1:1", ...options }).capabilities;
}

function contractOn(name: string, server: FakeS3Options, options: Partial<S3ObjectStoreOptions>, manyObjects = 30): void {
  let running: FakeS3Server;
  let buckets = 0;
  describe(`on ${name}`, () => {
    beforeAll(async () => {
      running = await FakeS3Server.start(server);
    });
    afterAll(async () => {
      await running.stop();
    });
    objectStoreContract({
      name, capabilities: capabilities(options), manyObjects, extraNames: ["a?b=c", "a*b", "a:b", "a|b", "<a>", 'a"b', "a."], describe, it,
      create: async () => {
        const bucket = `bucket-${(buckets += 1)}`;
        running.bucket(bucket);
        const open = (): S3ObjectStore => new S3ObjectStore({ bucket, endpoint: running.endpoint, credentials: CREDENTIALS, ...options });
        return { store: open(), reopen: async () => open(), dispose: async () => undefined };
      },
    });
  });
}

contractOn("fake S3 as AWS", {}, { provider: "aws" }, 1100);
contractOn("fake S3 as AWS, payloads not signed, short pages", { pageSize: 2 }, { provider: "aws", signPayload: false });
contractOn("fake S3 as Ceph", { conditionalComplete: false, dropParts: false }, { provider: "ceph" });
contractOn("fake S3 as R2, with declared conditions", { equalParts: true }, { provider: "r2", conditionalComplete: true });
contractOn("fake S3 that ignores conditions", { conditionalPut: false, conditionalComplete: false }, { provider: "generic" });
