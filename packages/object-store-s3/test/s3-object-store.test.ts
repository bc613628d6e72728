// What is S3's own: URLs and what they declare, checksums that are handed over, errors, lost answers, and that no secret
// comes out anywhere.
import { crc32 } from "@slate-sst/format";
import { crc32Checksum, openStore, type StoreAttempt } from "@slate-sst/object-store";
import { ManualClock } from "@slate-sst/object-store/testing";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { S3ObjectStore, type S3ObjectStoreOptions } from "../src/index.js";
import { FakeS3Server } from "../src/testing/index.js";

const PART = 5 * 1024 * 1024;
const CREATE = { mode: "create" } as const;
const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const TOKEN = "IQoJb3JpZ2luX2VjEXAMPLETOKEN";

let server: FakeS3Server;
let buckets = 0;
beforeAll(async () => {
  server = await FakeS3Server.start({ accessKeyId: "AKIAIOSFODNN7EXAMPLE" });
});
afterAll(async () => {
  await server.stop();
});
afterEach(() => {
  server.reset();
  vi.unstubAllEnvs();
});

function newStore(options: Partial<S3ObjectStoreOptions> = {}): S3ObjectStore {
  const bucket = options.bucket ?? `bucket-${(buckets += 1)}`;
  server.bucket(bucket);
  const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: SECRET, sessionToken: TOKEN };
  return new S3ObjectStore({ endpoint: server.endpoint, provider: "aws", credentials, retry: { clock: new ManualClock() }, ...options, bucket });
}

describe("an s3 URL", () => {
  it("opens a store by the package that it names", async () => {
    const store = await openStore("s3://my-bucket/some/folder?region=eu-central-1");
    expect(store.url).toBe("s3://my-bucket/some/folder?region=eu-central-1");
    expect(store.constructor.name).toBe("S3ObjectStore");
    expect((await openStore(store.url)).url).toBe(store.url);
    expect(store.capabilities.uploads?.create).toBe(true);
  });

  it("takes the endpoint of the environment into the store's URL", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9000");
    expect((await openStore("s3://bucket")).url).toBe("s3://bucket?endpoint=http://127.0.0.1:9000");
    vi.stubEnv("AWS_ENDPOINT_URL_S3", "http://user:hunter2@127.0.0.1:9000");
    await expect(openStore("s3://bucket")).rejects.toMatchObject({ code: "ERR_STORE_URL", message: expect.not.stringContaining("hunter2") });
  });

  it("refuses an endpoint that only a profile names: it would be taken for AWS", async () => {
    server.bucket("bucket");
    const folder = await mkdtemp(join(tmpdir(), "slate-sst-s3-"));
    try {
      await writeFile(join(folder, "config"), `[default]\nregion = eu-central-1\nendpoint_url = ${server.endpoint}\n`);
      vi.stubEnv("AWS_CONFIG_FILE", join(folder, "config"));
      const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: SECRET };
      const store = new S3ObjectStore({ bucket: "bucket", credentials, retry: { clock: new ManualClock() } });
      for (let call = 0; call < 2; call++) {
        await expect(store.put("a", new Uint8Array(1), CREATE)).rejects.toMatchObject({ code: "ERR_STORE_URL", message: expect.stringMatching(/endpoint_url leads to 127\.0\.0\.1.*name it as endpoint/) });
      }
      expect(server.requests).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("declares what a service can do; nothing that it could ignore unnoticed is assumed", async () => {
    const can = async (query: string): Promise<unknown[]> => {
      const { putCreate, checksums, uploads } = (await openStore(`s3://bucket?${query}`)).capabilities;
      return [putCreate, uploads?.create, checksums, uploads?.partsMax];
    };
    expect(await can("region=eu-central-1")).toEqual([true, true, ["crc32", "md5", "sha256"], 10_000]);
    expect(await can("endpoint=https://s3.eu-west-1.amazonaws.com")).toEqual([true, true, ["crc32", "md5", "sha256"], 10_000]);
    expect(await can("endpoint=https://host:9000&provider=minio")).toEqual([true, false, ["md5"], 10_000]);
    expect((await openStore("s3://bucket?endpoint=https://host:9000&provider=minio")).capabilities.uploads?.listUploads).toBe(false);
    expect(await can("endpoint=https://host:9000")).toEqual([false, false, ["md5"], 10_000]);
    expect(await can("endpoint=https://host:9000&provider=ceph")).toEqual([true, false, ["md5"], 10_000]);
    expect(await can("endpoint=https://account.r2.cloudflarestorage.com")).toEqual([true, false, ["md5"], 10_000]);
    expect(await can("endpoint=https://host:9000&conditionalPut=true&conditionalComplete=true&crc32=true&partsMax=1000")).toEqual([true, true, ["crc32", "md5", "sha256"], 1000]);
  });

  it("refuses what it does not know", async () => {
    for (const url of ["s3://bucket?provider=azure", "s3://bucket?region=a/b", "s3://bucket?pathStyle=1", "s3://bucket?retries=3", "s3://bucket?accessKeyId=x"]) {
      await expect(openStore(url), url).rejects.toMatchObject({ code: "ERR_STORE_URL" });
    }
    expect(() => new S3ObjectStore({ bucket: "bucket", parts: 3 } as unknown as S3ObjectStoreOptions)).toThrow(expect.objectContaining({ code: "ERR_STORE_ARGUMENT" }));
  });

  it("takes credentials from the SDK's chain", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", SECRET);
    server.bucket("env");
    const store = await openStore(`s3://env/prefix?endpoint=${server.endpoint}&provider=aws`);
    await store.put("object", new Uint8Array(1), CREATE);
    expect([...server.bucket("env").objects.keys()]).toEqual(["prefix/object"]);
  });
});

describe("an object that must not exist", () => {
  it("is refused beyond one request where the service is not known to honour it, with the ways out", async () => {
    const store = newStore({ provider: "ceph" });
    await expect(store.createUpload("a", { mode: "create", partSize: PART })).rejects.toMatchObject({
      code: "ERR_STORE_UNSUPPORTED", message: expect.stringMatching(/overwrite.*fresh name.*conditionalComplete=true/),
    });
    await expect(newStore({ provider: "generic" }).put("a", new Uint8Array(1), CREATE)).rejects.toMatchObject({
      code: "ERR_STORE_UNSUPPORTED", message: expect.stringMatching(/overwrite.*fresh name.*conditionalPut=true/),
    });
    expect(server.requests).toEqual([]);
  });

  it("is asked for at completion", async () => {
    const store = newStore();
    const { uploadId } = await store.createUpload("a", { mode: "create", partSize: PART });
    const part = await store.uploadPart("a", uploadId, 1, new Uint8Array(1));
    await store.completeUpload("a", uploadId, [part], CREATE);
    expect(server.requests.find(({ operation }) => operation === "CompleteMultipartUpload")?.headers["if-none-match"]).toBe("*");
  });
});

describe("checksums", () => {
  it("go with every body, also where the caller gives none", async () => {
    const body = new Uint8Array(1000).fill(7);
    const digest = Buffer.from(crc32Checksum(crc32(body)).digest).toString("base64");
    const store = newStore();
    await store.put("a", body, CREATE);
    const { uploadId } = await store.createUpload("b", { mode: "create", partSize: PART });
    const part = await store.uploadPart("b", uploadId, 1, body);
    expect(part.checksum).toEqual(crc32Checksum(crc32(body)));
    expect(server.requests.filter(({ headers }) => headers["x-amz-checksum-crc32"] === digest).map(({ operation }) => operation)).toEqual(["PutObject", "UploadPart"]);
    server.reset();
    await newStore({ provider: "ceph" }).put("a", body, CREATE);
    expect(server.requests[0]?.headers["x-amz-content-sha256"]).toBe(createHash("sha256").update(body).digest("hex"));
    server.reset();
    await newStore({ signPayload: false }).put("a", body, CREATE);
    expect(server.requests[0]?.headers).toMatchObject({ "x-amz-content-sha256": "UNSIGNED-PAYLOAD", "x-amz-checksum-crc32": digest });
  });

  it("that do not match are the caller's fault, unless they match here: then the body is sent again", async () => {
    const store = newStore();
    const wrong = store.put("a", new Uint8Array(2), { ...CREATE, checksum: crc32Checksum(1) });
    await expect(wrong).rejects.toMatchObject({ code: "ERR_STORE_CHECKSUM", retryable: false });
    expect(server.plan.count("PutObject")).toBe(1);
    server.reset([{ operation: "PutObject", call: 1, when: "before", status: 400, code: "BadDigest" }]);
    await store.put("a", new Uint8Array(2), CREATE);
    expect(server.plan.count("PutObject")).toBe(2);
  });
});

describe("attempts", () => {
  it("are one request each, and all are told of", async () => {
    const attempts: StoreAttempt[] = [];
    const store = newStore({ retry: { clock: new ManualClock(), onAttempt: (attempt) => attempts.push(attempt) } });
    server.reset([{ operation: "HeadObject", call: 1, times: 3, when: "before" }]);
    await expect(store.head("a")).rejects.toMatchObject({ code: "ERR_STORE_NOT_FOUND" });
    expect(server.plan.count()).toBe(4);
    expect(attempts.map(({ attempt, outcome }) => [attempt, outcome])).toEqual([[1, "retry"], [2, "retry"], [3, "retry"], [4, "failed"]]);
  });

  it("go on after what passes, and not after what does not", async () => {
    const store = newStore();
    for (const [status, code] of [[500, "InternalError"], [503, "SlowDown"], [429, "TooManyRequests"], [400, "RequestTimeout"], [409, "ConditionalRequestConflict"], [403, "RequestTimeTooSkewed"]] as const) {
      server.reset([{ call: 1, when: "before", status, code }]);
      await store.put("a", new Uint8Array(1), { mode: "overwrite" });
      expect(server.plan.count("PutObject"), code).toBe(2);
    }
    for (const [status, code, wanted] of [[403, "AccessDenied", "ERR_STORE_PERMISSION"], [400, "KeyTooLongError", "ERR_STORE_PATH"], [404, "NoSuchBucket", "ERR_STORE_FAILED"], [400, "InvalidRequest", "ERR_STORE_FAILED"], [501, "NotImplemented", "ERR_STORE_UNSUPPORTED"], [400, "EntityTooLarge", "ERR_STORE_UNSUPPORTED"]] as const) {
      server.reset([{ call: 1, when: "before", status, code }]);
      await expect(store.put("a", new Uint8Array(1), { mode: "overwrite" }), code).rejects.toMatchObject({ code: wanted });
      expect(server.plan.count(), code).toBe(1);
    }
  });

  it("at a server that is not there fail by name", async () => {
    const store = newStore({ endpoint: "http://127.0.0.1:1", retry: { clock: new ManualClock(), attemptsMax: 2 } });
    await expect(store.head("a")).rejects.toMatchObject({ code: "ERR_STORE_FAILED", retryable: true, cause: { name: "S3RequestError", code: "ECONNREFUSED" } });
  });
});

describe("a completion whose answer was lost", () => {
  it("is settled for an upload that another process began, by the ETag of its parts", async () => {
    const first = newStore({ bucket: "shared" });
    const { uploadId } = await first.createUpload("a", { mode: "create", partSize: PART });
    const parts = [await first.uploadPart("a", uploadId, 1, new Uint8Array(PART))];
    const second = newStore({ bucket: "shared" });
    parts.push(await second.uploadPart("a", uploadId, 2, new Uint8Array(3)));
    server.reset([{ operation: "CompleteMultipartUpload", call: 1, when: "after" }]);
    const { etag } = await second.completeUpload("a", uploadId, parts, CREATE);
    expect(etag).toBe((await second.head("a")).etag);
    expect(server.plan.count("CompleteMultipartUpload")).toBe(1);
  });

  it("is not settled by another writer's object", async () => {
    const store = newStore({ bucket: "rivals" });
    const { uploadId } = await store.createUpload("a", { mode: "create", partSize: PART });
    const part = await store.uploadPart("a", uploadId, 1, new Uint8Array(3));
    await newStore({ bucket: "rivals" }).put("a", new Uint8Array(3), CREATE);
    server.reset([{ operation: "CompleteMultipartUpload", call: 1, when: "before" }]);
    await expect(store.completeUpload("a", uploadId, [part], CREATE)).rejects.toMatchObject({ code: "ERR_STORE_ALREADY_EXISTS" });
  });
});

describe("keys that others wrote", () => {
  it("are skipped and told of where they are no paths", async () => {
    const store = newStore({ bucket: "foreign", prefix: "db" });
    await store.put("a", new Uint8Array(1), CREATE);
    const [object] = [...server.bucket("foreign").objects.values()];
    if (object === undefined) throw new Error("no object");
    for (const key of ["db/", "db/folder/", "db//x", "other/a", "dbx"]) server.bucket("foreign").objects.set(key, object);
    const skipped: string[] = [];
    const listed: string[] = [];
    for await (const { path } of store.list("", { onSkipped: (name) => skipped.push(name) })) listed.push(path);
    expect([listed, skipped]).toEqual([["a"], ["", "/x", "folder/"]]);
  });
});

describe("a listing", () => {
  it("that is cut off without a word of where it goes on is no whole one, nor an endless one", async () => {
    const answers: Readonly<Record<string, string>> = {
      "list-type": "<ListBucketResult><IsTruncated>true</IsTruncated><Contents><Key>a</Key><Size>1</Size></Contents></ListBucketResult>",
      uploadId: "<ListPartsResult><IsTruncated>true</IsTruncated><Part><PartNumber>1</PartNumber><Size>1</Size></Part></ListPartsResult>",
      uploads: "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><Upload><Key>a</Key><UploadId>u</UploadId></Upload></ListMultipartUploadsResult>",
    };
    const cut = createServer(({ url = "" }, response) => {
      const { searchParams } = new URL(url, "http://host");
      response.setHeader("content-type", "application/xml").end(Object.entries(answers).find(([name]) => searchParams.has(name))?.[1]);
    });
    await new Promise<void>((listening) => cut.listen(0, "127.0.0.1", listening));
    const store = newStore({ endpoint: `http://127.0.0.1:${(cut.address() as AddressInfo).port}` });
    try {
      for (const [operation, list] of [["ListObjectsV2", store.list("")], ["ListParts", store.listParts("a", "u")], ["ListMultipartUploads", store.listUploads("")]] as const) {
        const pages: unknown[] = [];
        const reading = (async () => {
          for await (const item of list) if (pages.push(item) > 2) break;
        })();
        await expect(reading, operation).rejects.toMatchObject({ code: "ERR_STORE_FAILED", message: expect.stringContaining(`${operation}: the listing is cut off`) });
        expect(pages).toHaveLength(1);
      }
    } finally {
      cut.close();
      cut.closeAllConnections();
    }
  });
});

describe("secrets", () => {
  it("come out in no error, event or URL, whatever fails", async () => {
    const seen: unknown[] = [];
    const leaky = `The key ${SECRET} with token ${TOKEN} of AKIAIOSFODNN7EXAMPLE is wrong`;
    const store = newStore({ retry: { clock: new ManualClock(), attemptsMax: 2, onAttempt: (attempt) => seen.push(attempt) } });
    const { uploadId } = await store.createUpload("a", { mode: "create", partSize: PART });
    const part = await store.uploadPart("a", uploadId, 1, new Uint8Array(1));
    const others: (() => Promise<unknown>)[] = [
      async () => await store.put("b", new Uint8Array(1), CREATE), async () => await store.get("b"), async () => await store.head("b"), async () => await store.list("").next(),
      async () => await store.createUpload("b", { mode: "create", partSize: PART }),
    ];
    const ofUpload: (() => Promise<unknown>)[] = [
      async () => await store.uploadPart("a", uploadId, 2, new Uint8Array(1)),
      async () => await store.listParts("a", uploadId).next(), async () => await store.completeUpload("a", uploadId, [part], CREATE), async () => await store.abortUpload("a", uploadId),
    ];
    const all = [...others, ...ofUpload];
    const answers = [[403, "SignatureDoesNotMatch", leaky, all], [500, "InternalError", leaky, all], [500, "InternalError", `${leaky} ${uploadId}`, ofUpload], [404, "NoSuchUpload", `no ${uploadId}`, ofUpload]] as const;
    for (const [status, code, message, calls] of answers) {
      for (const call of calls) {
        server.reset([{ call: 1, times: Infinity, when: "before", status, code, message }]);
        await call().catch((error: unknown) => seen.push(error, String(error), JSON.stringify(error), (error as Error).stack));
      }
    }
    server.reset();
    const denied = newStore({ credentials: { accessKeyId: "AKIAOTHER", secretAccessKey: SECRET } });
    await denied.get("b").catch((error: unknown) => seen.push(error));
    seen.push(store.url, store, denied);
    expect(seen.length).toBeGreaterThan(100);
    // Everything that a logger could reach.
    const text = inspect(seen, { depth: 20, showHidden: true, maxArrayLength: Infinity, maxStringLength: Infinity });
    for (const secret of [SECRET, TOKEN, "AKIAIOSFODNN7EXAMPLE", "AKIAOTHER", uploadId]) expect(text.split(secret).length - 1, secret).toBe(0);
    expect(text).not.toMatch(/authorization|x-amz-security-token/i);
  });

  it("that are missing are told of by name", async () => {
    const store = newStore({ credentials: async () => await Promise.reject(Object.assign(new Error("Could not load credentials from any providers"), { name: "CredentialsProviderError" })) });
    await expect(store.get("a")).rejects.toMatchObject({ code: "ERR_STORE_PERMISSION", message: expect.stringContaining("no credentials") });
  });
});
