// The store passes the contract on the fake of this package.
import { objectStoreContract } from "@slate-sst/object-store/contract";
import { afterAll, beforeAll, describe, it } from "vitest";
import { GcsObjectStore } from "../src/index.js";
import { FakeGcsServer, newBucketName, type FakeGcsOptions } from "../src/testing/index.js";

function contractOn(name: string, options: FakeGcsOptions, manyObjects?: number): void {
  let server: FakeGcsServer;
  describe(`on ${name}`, () => {
    beforeAll(async () => {
      server = await FakeGcsServer.start({ token: "token", ...options });
    });
    afterAll(async () => {
      await server.stop();
    });
    objectStoreContract({
      name, capabilities: new GcsObjectStore({ bucket: "bucket" }).capabilities, manyObjects, extraNames: ["a?b=c", "a*b", "a:b", "a|b", "<a>", 'a"b', "a."], describe, it,
      create: async () => {
        const bucket = newBucketName();
        server.bucket(bucket);
        const open = (): GcsObjectStore => new GcsObjectStore({ bucket, endpoint: server.endpoint, authorize: async () => "Bearer token" });
        return { store: open(), reopen: async () => open(), dispose: async () => undefined };
      },
    });
  });
}

contractOn("fake GCS", {});
contractOn("fake GCS that keeps less than it is sent, with short pages", { keepMax: 256 * 1024, pageSize: 3 }, 30);
