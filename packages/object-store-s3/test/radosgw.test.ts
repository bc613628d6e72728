// The store passes the contract on a real server, Ceph's radosgw, where one runs.
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { objectStoreContract } from "@slate-sst/object-store/contract";
import { S3ObjectStore, type S3ObjectStoreOptions } from "../src/index.js";
import { newBucket, serverAccess } from "../src/testing/index.js";

const access = await serverAccess(fileURLToPath(new URL("../../../.cache/radosgw/access.json", import.meta.url)), "the contract on radosgw");

const { endpoint, ...credentials } = access ?? { endpoint: "http://127.0.0.1:1", accessKeyId: "", secretAccessKey: "" };
const open = (bucket: string, options: Partial<S3ObjectStoreOptions> = {}): S3ObjectStore => new S3ObjectStore({ bucket, endpoint, credentials, provider: "ceph", ...options });
const bucketHere = async (): Promise<string> => await newBucket({ endpoint, ...credentials });
const describeHere = access === undefined ? describe.skip : describe;

objectStoreContract({
  name: "radosgw (npm run stores:up)", capabilities: open("bucket").capabilities, extraNames: ["a?b=c", "a*b", "a:b", "a|b", "<a>", 'a"b', "a."], describe: describeHere, it,
  create: async () => {
    const bucket = await bucketHere();
    return { store: open(bucket), reopen: async () => open(bucket), dispose: async () => undefined };
  },
});

describeHere("radosgw (npm run stores:up)", () => {
  it("ignores If-None-Match at completion, which is why it is not claimed", async () => {
    const store = open(await bucketHere(), { conditionalComplete: true });
    await store.put("object", new Uint8Array(1), { mode: "create" });
    const { uploadId } = await store.createUpload("object", { mode: "create", partSize: 5 * 1024 * 1024 });
    const part = await store.uploadPart("object", uploadId, 1, new Uint8Array(2));
    await store.completeUpload("object", uploadId, [part], { mode: "create" });
    expect((await store.head("object")).size).toBe(2);
  });

  it("refuses a body that does not match its MD5", async () => {
    const put = open(await bucketHere()).put("object", new Uint8Array(1), { mode: "create", checksum: { algorithm: "md5", digest: new Uint8Array(16) } });
    await expect(put).rejects.toMatchObject({ code: "ERR_STORE_CHECKSUM" });
  });
});
