// What is Google Cloud Storage's own: sessions, their secrets, CRC-32C, errors.
import { openStore, type ObjectStore } from "@slate-sst/object-store";
import { ManualClock } from "@slate-sst/object-store/testing";
import fc from "fast-check";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { crc32c, crc32cCombine } from "../src/crc32c.js";
import { GcsObjectStore, type GcsObjectStoreOptions } from "../src/index.js";
import { FakeGcsServer, newBucketName } from "../src/testing/index.js";

const STEP = 256 * 1024;
const CREATE = { mode: "create" } as const;
const TOKEN = "ya29.EXAMPLE-TOKEN";

let server: FakeGcsServer;
beforeAll(async () => {
  server = await FakeGcsServer.start({ token: TOKEN });
});
afterAll(async () => {
  await server.stop();
});
afterEach(() => server.reset());

function newStore(options: Partial<GcsObjectStoreOptions> = {}): GcsObjectStore {
  const bucket = options.bucket ?? newBucketName();
  server.bucket(bucket);
  return new GcsObjectStore({ endpoint: server.endpoint, authorize: async () => `Bearer ${TOKEN}`, retry: { clock: new ManualClock() }, ...options, bucket });
}

describe("CRC-32C", () => {
  it("is the one of RFC 3720", () => {
    expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e);
  });

  it("joins", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (first, second) => {
      const whole = crc32c(new Uint8Array([...first, ...second]));
      expect(crc32cCombine(crc32c(first), crc32c(second), second.length)).toBe(whole);
      expect(crc32c(second, crc32c(first))).toBe(whole);
    }), { seed: 7, numRuns: 500 });
  });
});

describe("a gs URL", () => {
  it("opens a store by the package that it names", async () => {
    const store = await openStore("gs://my-bucket/some/folder");
    expect([store.url, store.constructor.name]).toEqual(["gs://my-bucket/some/folder", "GcsObjectStore"]);
    expect((await openStore("gs://b?endpoint=http://127.0.0.1:1&anonymous=true")).url).toBe("gs://b?endpoint=http://127.0.0.1:1&anonymous=true");
    for (const url of ["gs://b?token=x", "gs://b?anonymous=1", "gs://", "gs://b?endpoint=http://user:pass@host"]) await expect(openStore(url), url).rejects.toMatchObject({ code: "ERR_STORE_URL" });
  });
});

describe("an upload", () => {
  it("goes up in order, and sends again only what the service did not keep", async () => {
    const store = newStore();
    const { uploadId } = await store.createUpload("a", { mode: "create", partSize: STEP });
    await expect(store.uploadPart("a", uploadId, 2, new Uint8Array(STEP))).rejects.toMatchObject({ code: "ERR_STORE_UNSUPPORTED" });
    await store.uploadPart("a", uploadId, 1, new Uint8Array(STEP).fill(1));
    await expect(store.uploadPart("a", uploadId, 1, new Uint8Array(STEP).fill(2))).rejects.toMatchObject({ code: "ERR_STORE_UNSUPPORTED" });
    server.reset([{ operation: "chunk", call: 1, when: "after" }]);
    await store.uploadPart("a", uploadId, 2, new Uint8Array(STEP).fill(2));
    expect([server.plan.count("chunk"), server.plan.count("query")]).toEqual([1, 1]);
  });

  /** The service keeps a beginning of the last part, and then the connection breaks. */
  async function cutCompletion(bucket: string, retry: GcsObjectStoreOptions["retry"]): Promise<{ complete: (store: ObjectStore) => Promise<unknown>; uploadId: string; keeping: FakeGcsServer }> {
    const keeping = await FakeGcsServer.start({ keepMax: STEP });
    keeping.bucket(bucket);
    const store = newStore({ bucket, endpoint: keeping.endpoint, retry });
    const { uploadId } = await store.createUpload("a", { mode: "create", partSize: 4 * STEP });
    const parts = [await store.uploadPart("a", uploadId, 1, new Uint8Array(4 * STEP).fill(1)), await store.uploadPart("a", uploadId, 2, new Uint8Array(3 * STEP + 7).fill(2))];
    keeping.reset([{ operation: "finish", call: 1, when: "after" }]);
    const complete = async (other: ObjectStore): Promise<unknown> => await other.completeUpload("a", uploadId, parts, CREATE);
    const first = complete(store);
    if (retry?.attemptsMax === 1) await expect(first).rejects.toMatchObject({ retryable: true });
    else await first;
    return { complete, uploadId, keeping };
  }
  const whole = Buffer.concat([new Uint8Array(4 * STEP).fill(1), new Uint8Array(3 * STEP + 7).fill(2)]);

  it("whose completion is cut off in the middle of its last part goes on behind what the service kept", async () => {
    const { keeping } = await cutCompletion("cut", { clock: new ManualClock() });
    expect(keeping.plan.counts().get("finish")).toBe(4);
    expect(Buffer.compare(keeping.bucket("cut").objects.get("a")?.bytes ?? new Uint8Array(0), whole)).toBe(0);
    await keeping.stop();
  });

  it("of which a completion was cut off is gone on with by another process, which sends the last part again", async () => {
    const { complete, uploadId, keeping } = await cutCompletion("cut", { clock: new ManualClock(), attemptsMax: 1 });
    const second = newStore({ bucket: "cut", endpoint: keeping.endpoint });
    await expect(second.uploadPart("a", uploadId, 2, new Uint8Array(5))).rejects.toMatchObject({ code: "ERR_STORE_UNSUPPORTED" });
    await second.uploadPart("a", uploadId, 2, new Uint8Array(3 * STEP + 7).fill(2));
    await complete(second);
    expect(Buffer.compare(keeping.bucket("cut").objects.get("a")?.bytes ?? new Uint8Array(0), whole)).toBe(0);
    await keeping.stop();
  });

  it("whose bytes another process sent differently is not published", async () => {
    const bucket = newBucketName();
    const first = newStore({ bucket });
    const { uploadId } = await first.createUpload("a", { mode: "create", partSize: STEP });
    await first.uploadPart("a", uploadId, 1, new Uint8Array(STEP).fill(1));
    const second = newStore({ bucket });
    const parts = [await second.uploadPart("a", uploadId, 1, new Uint8Array(STEP).fill(2)), await second.uploadPart("a", uploadId, 2, new Uint8Array(5))];
    await expect(second.completeUpload("a", uploadId, parts, CREATE)).rejects.toMatchObject({ code: "ERR_STORE_CHECKSUM" });
    await expect(second.head("a")).rejects.toMatchObject({ code: "ERR_STORE_NOT_FOUND" });
  });

  it("that creates loses against an object that came meanwhile, and only one of two wins", async () => {
    const bucket = newBucketName();
    const [first, second] = [newStore({ bucket }), newStore({ bucket })];
    const begun = async (store: ObjectStore): Promise<() => Promise<unknown>> => {
      const { uploadId } = await store.createUpload("a", { mode: "create", partSize: STEP });
      const parts = [await store.uploadPart("a", uploadId, 1, new Uint8Array(3))];
      return async () => await store.completeUpload("a", uploadId, parts, CREATE);
    };
    const completions = [await begun(first), await begun(second)];
    const outcomes = await Promise.allSettled(completions.map(async (complete) => await complete()));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(outcomes.find((outcome) => outcome.status === "rejected")?.reason).toMatchObject({ code: "ERR_STORE_ALREADY_EXISTS" });
  });
});

describe("errors", () => {
  it("have the store's codes", async () => {
    const store = newStore();
    for (const [status, message, code] of [[401, "Invalid Credentials", "ERR_STORE_PERMISSION"], [403, "no", "ERR_STORE_PERMISSION"], [404, "The specified bucket does not exist.", "ERR_STORE_FAILED"], [404, "No such object: my-bucket/bucket", "ERR_STORE_NOT_FOUND"], [400, "bad", "ERR_STORE_FAILED"]] as const) {
      server.reset([{ call: 1, when: "before", status, message }]);
      await expect(store.head("a"), message).rejects.toMatchObject({ code });
      expect(server.plan.count(), message).toBe(1);
    }
    for (const status of [408, 429, 500, 502, 503]) {
      server.reset([{ call: 1, when: "before", status }]);
      await store.put("a", new Uint8Array(1), { mode: "overwrite" });
      expect(server.plan.count("insert"), String(status)).toBe(2);
    }
    const stopped = await FakeGcsServer.start();
    const { endpoint } = stopped;
    await stopped.stop();
    const gone = newStore({ endpoint, retry: { clock: new ManualClock(), attemptsMax: 2 } });
    await expect(gone.head("a")).rejects.toMatchObject({ code: "ERR_STORE_FAILED", retryable: true, message: expect.stringContaining("ECONNREFUSED") });
    const noCredentials = newStore({ authorize: async () => await Promise.reject(new Error("Could not load the default credentials")) });
    await expect(noCredentials.head("a")).rejects.toMatchObject({ code: "ERR_STORE_PERMISSION", message: expect.stringContaining("default credentials") });
  });

  it("tell credentials that are not there from those that cannot be had for a moment", async () => {
    const attempts: string[] = [];
    const failing = (error: Error): GcsObjectStore => newStore({ authorize: async () => await Promise.reject(error), retry: { clock: new ManualClock(), attemptsMax: 3, onAttempt: ({ outcome }) => attempts.push(outcome) } });
    await expect(failing(Object.assign(new Error("the file key.json does not exist"), { code: "ENOENT" })).head("a")).rejects.toMatchObject({ code: "ERR_STORE_PERMISSION", message: expect.stringContaining("key.json") });
    for (const error of [Object.assign(new Error("busy"), { status: 503 }), Object.assign(new Error("no way"), { code: "EHOSTUNREACH" })]) {
      await expect(failing(error).head("a")).rejects.toMatchObject({ code: "ERR_STORE_FAILED", retryable: true });
    }
    expect(attempts).toEqual(["failed", "retry", "retry", "failed", "retry", "retry", "failed"]);
  });

  it("come in time also where credentials never do", async () => {
    const clock = new ManualClock();
    const store = newStore({ authorize: async () => await new Promise(() => undefined), retry: { clock, attemptsMax: 1, attemptTimeout: 1000 } });
    const head = store.head("a");
    clock.advance(1000);
    await expect(head).rejects.toMatchObject({ code: "ERR_STORE_FAILED", message: expect.stringContaining("1000 ms") });
    const stop = new AbortController();
    const stopped = store.head("a", { signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(stopped).rejects.toThrow("enough");
  });

  it("of an answer that is none do not speak of credentials", async () => {
    const page = createServer((_, response) => response.end("<html>Please log in</html>"));
    await new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve));
    const store = newStore({ endpoint: `http://127.0.0.1:${(page.address() as AddressInfo).port}`, retry: { clock: new ManualClock(), attemptsMax: 2 } });
    await expect(store.head("a")).rejects.toMatchObject({ code: "ERR_STORE_FAILED", message: expect.stringContaining("not JSON"), retryable: true });
    await new Promise((resolve) => page.close(resolve));
  });

  it("and events hold neither tokens nor sessions' addresses", async () => {
    const seen: unknown[] = [];
    const store = newStore({ retry: { clock: new ManualClock(), attemptsMax: 2, onAttempt: (attempt) => seen.push(attempt) } });
    const { uploadId } = await store.createUpload("a", { mode: "create", partSize: STEP });
    const session = /upload_id=([^&]+)/.exec(Buffer.from(uploadId.split(".")[3] ?? "", "base64url").toString())?.[1] ?? "none";
    const part = await store.uploadPart("a", uploadId, 1, new Uint8Array(1));
    const calls = [
      async () => await store.put("b", new Uint8Array(1), CREATE), async () => await store.get("b"), async () => await store.createUpload("b", { mode: "create", partSize: STEP }),
      async () => await store.uploadPart("a", uploadId, 1, new Uint8Array(STEP)), async () => await store.completeUpload("a", uploadId, [part], CREATE), async () => await store.abortUpload("a", uploadId),
    ];
    for (const [status, when] of [[401, "before"], [403, "before"], [500, "before"], [404, "before"], [0, "after"]] as const) {
      for (const call of calls) {
        server.reset([{ call: 1, times: Infinity, when, status, message: `failed at https://storage.googleapis.com/upload?upload_id=${session}` }]);
        await call().catch((error: unknown) => seen.push(error, String(error), (error as Error).stack));
      }
    }
    expect(seen.length).toBeGreaterThan(50);
    const text = inspect([seen, store], { depth: 20, showHidden: true, maxArrayLength: Infinity, maxStringLength: Infinity });
    for (const secret of [TOKEN, session, uploadId]) expect(text.split(secret).length - 1, secret).toBe(0);
  });
});
