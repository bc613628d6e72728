// What is Azure's own: URLs, block names, errors, the order of listings, and that no secret comes out.
import { openStore, type ListedObject } from "@slate-sst/object-store";
import { ManualClock } from "@slate-sst/object-store/testing";
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import fc from "fast-check";
import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { azureError } from "../src/azure-errors.js";
import { blockId, newVersion, parseBlockId } from "../src/block-ids.js";
import { inByteOrder } from "../src/byte-order.js";
import { AzureObjectStore } from "../src/index.js";
import { FaultProxy, startAzurite, type Azurite } from "../src/testing/index.js";

const CREATE = { mode: "create" } as const;
const KEY = randomBytes(64).toString("base64");

let azurite: Azurite;
let proxy: FaultProxy;
beforeAll(async () => {
  azurite = await startAzurite();
  proxy = await FaultProxy.start(azurite.endpoint);
  await azurite.createContainer("container");
});
afterAll(async () => {
  await proxy.stop();
  await azurite.stop();
});
afterEach(() => {
  proxy.reset();
  vi.unstubAllEnvs();
});

describe("an az URL", () => {
  it("opens a store by the package that it names", async () => {
    const store = await openStore("az://container/some/folder?account=myaccount");
    expect([store.url, store.constructor.name]).toEqual(["az://container/some/folder?account=myaccount", "AzureObjectStore"]);
    vi.stubEnv("AZURE_STORAGE_ACCOUNT", "other");
    expect((await openStore("az://container")).url).toBe("az://container?account=other");
    for (const url of ["az://c?account=a&sas=x", "az://c?account=A!", "az://", "az://c?account=aaa&endpoint=https://host/?sig=hunter2"]) {
      await expect(openStore(url), url).rejects.toMatchObject({ code: "ERR_STORE_URL", message: expect.not.stringContaining("hunter2") });
    }
    vi.unstubAllEnvs();
    await expect(openStore("az://container")).rejects.toMatchObject({ code: "ERR_STORE_URL", message: expect.stringContaining("AZURE_STORAGE_ACCOUNT") });
  });

  it("takes credentials from the environment", async () => {
    const { accountName, endpoint } = { accountName: azurite.credential.accountName, endpoint: azurite.endpoint };
    const key = azurite.key;
    vi.stubEnv("AZURE_STORAGE_CONNECTION_STRING", `DefaultEndpointsProtocol=http;AccountName=${accountName};AccountKey=${key};BlobEndpoint=${endpoint};`);
    const store = await openStore("az://container/env");
    await store.put("a", new Uint8Array(1), { mode: "overwrite" });
    expect(store.url).toBe(`az://container/env?account=${accountName}&endpoint=${endpoint}`);
    expect((await store.head("a")).size).toBe(1);
    // A connection string of another account does not lead there.
    expect((await openStore("az://container/env?account=another1")).url).toBe("az://container/env?account=another1");
    vi.stubEnv("AZURE_STORAGE_ACCOUNT", "another2");
    expect((await openStore("az://container/env")).url).toBe("az://container/env?account=another2");
    expect((await openStore(`az://container/env?account=${accountName}`)).url).toBe(store.url);
  });

  it("takes no key without the account that it belongs to, and does not pass over it", async () => {
    vi.stubEnv("AZURE_STORAGE_KEY", KEY);
    await expect(openStore(`az://container?endpoint=${azurite.endpoint}`)).rejects.toMatchObject({ code: "ERR_STORE_URL", message: expect.stringContaining("account") });
    vi.stubEnv("AZURE_STORAGE_SAS_TOKEN", "sv=2024-01-01&sig=x");
    expect((await openStore(`az://container?endpoint=${azurite.endpoint}`)).url).toContain("az://container?endpoint=");
  });
});

describe("blocks", () => {
  it("have names of one length that tell upload, part and which came last", () => {
    const uploadId = "0123456789abcdef0123456789abcdef";
    const names = [1, 2, 50_000].map((partNumber) => blockId({ uploadId, partNumber, version: newVersion(Date.now()) }));
    expect(new Set(names.map(({ length }) => length)).size).toBe(1);
    expect(Buffer.from(names[0] ?? "", "base64").length).toBeLessThanOrEqual(64);
    expect(names.map((name) => parseBlockId(name)?.partNumber)).toEqual([1, 2, 50_000]);
    expect(parseBlockId(Buffer.from("another tool's").toString("base64"))).toBeUndefined();
    const versions = Array.from({ length: 1000 }, () => newVersion(1_700_000_000_000));
    expect([...versions].sort()).toEqual(versions);
    expect(newVersion(1_700_000_000_001) > (versions.at(-1) ?? "")).toBe(true);
  });

  it("come in their order when the clock is set back, and however many there are in one moment", () => {
    const now = 2_000_000_000_000;
    const versions = [now, now - 3_600_000, ...Array.from({ length: 70_000 }, () => now)].map(newVersion);
    expect(versions.findIndex((version, at) => at > 0 && version <= versions[at - 1]!)).toBe(-1);
  });
});

describe("listings", () => {
  it("come in the order of UTF-8 bytes, whatever the service's", async () => {
    const unit = fc.constantFrom("a", "/", "\u00e9", "\ud7ff", "\ue000", "\uffee", "\u{1f600}", "\u{10ffff}");
    await fc.assert(fc.asyncProperty(fc.uniqueArray(fc.array(unit, { minLength: 1, maxLength: 4 }).map((units) => units.join("")), { maxLength: 40 }), async (paths) => {
      const utf8 = [...paths].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
      for (const order of [[...paths].sort(), utf8]) {
        const listed: string[] = [];
        const items = order.map((path): ListedObject => ({ path, size: 0, lastModified: new Date(0), etag: undefined }));
        for await (const { path } of inByteOrder((async function* () { yield* items; })())) listed.push(path);
        expect(listed).toEqual(utf8);
      }
    }), { seed: 9, numRuns: 500 });
  });
});

describe("checksums", () => {
  it("go with every body, and a wrong one is refused by the service", async () => {
    const store = new AzureObjectStore({ container: "container", prefix: "sums", endpoint: azurite.endpoint, credential: azurite.credential });
    const wrong = { algorithm: "md5" as const, digest: new Uint8Array(16) };
    await expect(store.put("a", new Uint8Array(1), { ...CREATE, checksum: wrong })).rejects.toMatchObject({ code: "ERR_STORE_CHECKSUM" });
    const { uploadId } = await store.createUpload("a", { mode: "create", partSize: 10, checksumAlgorithm: "md5" });
    await expect(store.uploadPart("a", uploadId, 1, new Uint8Array(1), { checksum: wrong })).rejects.toMatchObject({ code: "ERR_STORE_CHECKSUM" });
    await expect(store.uploadPart("a", uploadId, 1, new Uint8Array(1))).rejects.toMatchObject({ code: "ERR_STORE_ARGUMENT" });
  });
});

describe("errors and events", () => {
  it("tell a blob that somebody has leased from one that is there already", async () => {
    const store = new AzureObjectStore({ container: "container", prefix: "leased", endpoint: azurite.endpoint, credential: azurite.credential });
    const overwrite = { mode: "overwrite" } as const;
    await store.put("a", new Uint8Array(1), overwrite);
    const blob = new BlobServiceClient(azurite.endpoint, azurite.credential).getContainerClient("container").getBlobClient("leased/a");
    await blob.getBlobLeaseClient().acquireLease(-1);
    const { uploadId } = await store.createUpload("a", { ...overwrite, partSize: 10 });
    const calls = [async () => await store.put("a", new Uint8Array(2), overwrite), async () => await store.delete("a"), async () => await store.uploadPart("a", uploadId, 1, new Uint8Array(1))];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: "ERR_STORE_PERMISSION", message: expect.stringContaining("lease") });
    await expect(store.put("a", new Uint8Array(2), CREATE)).rejects.toMatchObject({ name: "StoreError" });
    expect((await store.head("a")).size).toBe(1);
  });

  it("hold no key, signature or authorization", async () => {
    const seen: unknown[] = [];
    const retry = { clock: new ManualClock(), attemptsMax: 2, onAttempt: (attempt: unknown) => seen.push(attempt) };
    const credential = new StorageSharedKeyCredential(azurite.credential.accountName, KEY);
    const denied = new AzureObjectStore({ container: "container", endpoint: proxy.endpoint, credential, retry });
    vi.stubEnv("AZURE_STORAGE_SAS_TOKEN", "sv=2024-01-01&sig=hunter2signature");
    const bySas = new AzureObjectStore({ container: "container", endpoint: proxy.endpoint, retry });
    for (const store of [denied, bySas]) {
      const { uploadId } = await store.createUpload("a", { mode: "create", partSize: 10 });
      const calls = [
        async () => await store.put("b", new Uint8Array(1), CREATE), async () => await store.get("b"), async () => await store.head("b"), async () => await store.list("").next(),
        async () => await store.uploadPart("a", uploadId, 1, new Uint8Array(1)), async () => await store.listParts("a", uploadId).next(),
      ];
      for (const when of [undefined, "before", "after"] as const) {
        for (const call of calls) {
          proxy.reset(when === undefined ? [] : [{ call: 1, times: Infinity, when }]);
          await call().then(() => Promise.reject(new Error("it succeeded")), (error: unknown) => seen.push(error, String(error), (error as Error).stack));
        }
      }
      seen.push(store.url, store);
    }
    const rest = Object.assign(new Error("failed: https://account.blob.core.windows.net/c/b?sv=1&sig=hunter2signature\nAuthorization: SharedKey"), { name: "RestError", statusCode: 500 });
    seen.push(azureError(rest, "GetBlob", "b", []));
    expect(seen.length).toBeGreaterThan(80);
    const text = inspect(seen, { depth: 20, showHidden: true, maxArrayLength: Infinity, maxStringLength: Infinity });
    for (const secret of [KEY, "hunter2signature", "SharedKey ", "authorization"]) expect(text.split(secret).length - 1, secret).toBe(0);
  });
});
