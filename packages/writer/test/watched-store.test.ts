// The store as a writer uses it: what is counted and timed of each request, which checksums go with it, and what is told of its attempts.
import { crc32 } from "@slate-sst/format";
import { crc32Checksum, MEMORY_CAPABILITIES, type ObjectStore, type StoreAttempt, type StoreCapabilities, StoreError } from "@slate-sst/object-store";
import { afterEach, describe, expect, it, vi } from "vitest";
import { EventEmitter } from "../src/event-emitter.js";
import type { SstWriterEvent } from "../src/index.js";
import type { RequestEnd, SstTelemetry, TracedRequest } from "../src/telemetry.js";
import { WatchedStore } from "../src/watched-store.js";
import { PATH, rejectionOf } from "./sample-rows.js";
import { settled } from "./watched-rows.js";

afterEach(() => void vi.restoreAllMocks());

const BODY = new Uint8Array(700).fill(3);
const OBJECT_CRC32 = 0x0102_0304;
const UPLOADS = MEMORY_CAPABILITIES.uploads!;
const REMOTE = { ...MEMORY_CAPABILITIES, remote: true } as const;

type Call = readonly [method: string, options: Record<string, unknown>];

/** A store that answers everything, after what the test wants to happen meanwhile. */
function open(capabilities: StoreCapabilities = REMOTE, telemetry?: SstTelemetry) {
  const calls: Call[] = [];
  const events: SstWriterEvent[] = [];
  let meanwhile: (onAttempt: (attempt: StoreAttempt) => void) => void = () => undefined;
  const answer = (method: string, result: unknown) => async (...given: unknown[]) => {
    const options = given.at(-1) as Record<string, unknown> & { onAttempt: (attempt: StoreAttempt) => void };
    calls.push([method, options]);
    meanwhile(options.onAttempt);
    return await Promise.resolve(result);
  };
  const store = {
    url: "memory:watched", capabilities, head: answer("head", {}), put: answer("put", { etag: "e" }), createUpload: answer("createUpload", { uploadId: "u" }),
    uploadPart: answer("uploadPart", { partNumber: 1 }), completeUpload: answer("completeUpload", { etag: "e" }), abortUpload: answer("abortUpload", undefined),
  } as unknown as ObjectStore;
  const emitter = new EventEmitter({ store: store.url, path: PATH, keys: false, progress: () => undefined as never });
  emitter.onAny((event) => events.push(event));
  let parts = 0;
  const watched = new WatchedStore(store, { emitter, telemetry, objectCrc32: () => OBJECT_CRC32, onPart: () => void parts++ });
  return {
    watched, calls, emitter, onParts: () => parts,
    during: (act: typeof meanwhile) => void (meanwhile = act),
    /** Events so far, without what all of them have. */
    told: async () => (await settled(), events.splice(0).map(({ store: _store, path: _path, progress: _progress, ...rest }) => rest as Record<string, unknown>)),
  };
}

const attempt = (given: Partial<StoreAttempt>): StoreAttempt => ({ method: "uploadPart", partNumber: undefined, attempt: 1, outcome: "retry", error: undefined, duration: 5, delay: 50, ...given }) as StoreAttempt;

describe("what is counted", () => {
  it("is what the store has acknowledged: bytes and parts, and bytes under way", async () => {
    const { watched, during, onParts } = open();
    expect([watched.url, watched.capabilities, watched.parts, watched.bytesUploaded, watched.bytesInFlight, watched.publishDuration]).toEqual(["memory:watched", REMOTE, 0, 0, 0, 0]);
    let inFlight = 0;
    during(() => (inFlight = watched.bytesInFlight));
    await watched.uploadPart(PATH, "u", 1, BODY);
    await watched.uploadPart(PATH, "u", 2, BODY.subarray(600));
    expect([watched.parts, watched.bytesUploaded, watched.bytesInFlight, inFlight, onParts()]).toEqual([2, 800, 0, 100, 2]);
    during(() => {
      throw new StoreError("ERR_STORE_FAILED", "no");
    });
    expect(await rejectionOf(watched.uploadPart(PATH, "u", 3, BODY))).toMatchObject({ code: "ERR_STORE_FAILED" });
    expect([watched.parts, watched.bytesUploaded, watched.bytesInFlight, onParts()]).toEqual([2, 800, 0, 2]);
    watched.skipPart(3, 30);
    watched.countParts(2, 20);
    expect([watched.parts, watched.bytesUploaded, onParts()]).toEqual([5, 850, 4]);
    watched.countAnew();
    expect([watched.parts, watched.bytesUploaded]).toEqual([0, 0]);
    during(() => undefined);
    await watched.put(PATH, BODY, { mode: "create" });
    expect([watched.parts, watched.bytesUploaded]).toEqual([0, 700]);
  });

  it("is timed: parts for their events, and the request that publishes", async () => {
    let now = 1000;
    vi.spyOn(performance, "now").mockImplementation(() => now);
    const { watched, during, told } = open();
    during(() => (now += 40));
    await watched.uploadPart(PATH, "u", 1, BODY);
    watched.skipPart(2, 30);
    expect(await told()).toEqual([
      { type: "part", partNumber: 1, size: 700, result: "uploaded", duration: 40, attempts: 1 }, { type: "part", partNumber: 2, size: 30, result: "skipped", duration: 0, attempts: 0 },
    ]);
    await watched.put(PATH, BODY, { mode: "create" });
    expect(watched.publishDuration).toBe(40);
    during(() => (now += 25));
    await watched.completeUpload(PATH, "u", [], { mode: "create" });
    expect(watched.publishDuration).toBe(25);
  });
});

describe("checksums", () => {
  const ofParts = { ...REMOTE, uploads: { ...UPLOADS, objectChecksums: [] } };
  it.each<readonly [string, StoreCapabilities, boolean, boolean]>([
    ["a store behind a network that takes them", REMOTE, true, true],
    ["one that does not say where it is", { ...REMOTE, remote: undefined }, true, true],
    ["this machine's own", { ...REMOTE, remote: false }, false, false],
    ["one that takes none", { ...REMOTE, checksums: [] }, false, false],
    ["one that takes another one", { ...REMOTE, checksums: ["md5"] }, false, false],
    ["one that takes none of whole objects in parts", ofParts, true, false],
    ["one without uploads", { ...REMOTE, uploads: undefined }, true, false],
  ])("go with requests to %s", async (_, capabilities, ofPuts, ofUploads) => {
    const { watched, calls } = open(capabilities);
    await watched.put(PATH, BODY, { mode: "create" });
    await watched.createUpload(PATH, { mode: "create", partSize: 5 });
    await watched.uploadPart(PATH, "u", 1, BODY);
    await watched.completeUpload(PATH, "u", [], { mode: "create" });
    const sent = new Map(calls);
    const whole = crc32Checksum(OBJECT_CRC32);
    expect(sent.get("put")!["checksum"]).toEqual(ofPuts ? whole : undefined);
    expect(sent.get("createUpload")!["checksumAlgorithm"]).toBe(ofUploads ? "crc32" : undefined);
    expect(sent.get("uploadPart")!["checksum"]).toEqual(ofUploads ? crc32Checksum(crc32(BODY)) : undefined);
    expect(sent.get("completeUpload")!["checksum"]).toEqual(ofUploads ? whole : undefined);
  });

  it("that are given are taken", async () => {
    const { watched, calls } = open({ ...REMOTE, remote: false });
    const given = crc32Checksum(9);
    await watched.uploadPart(PATH, "u", 1, BODY, { checksum: given });
    await watched.completeUpload(PATH, "u", [], { mode: "create", checksum: given });
    expect(calls.map(([, { checksum }]) => checksum)).toEqual([given, given]);
  });
});

describe("attempts", () => {
  it("of every request are told when they are made again, or when one turned out to have succeeded", async () => {
    const { watched, during, told } = open();
    during((onAttempt) => {
      for (const outcome of ["retry", "settled", "done", "failed"] as const) onAttempt(attempt({ outcome, delay: outcome === "retry" ? 50 : undefined, error: new StoreError("ERR_STORE_FAILED", "busy") }));
    });
    await watched.head(PATH, undefined);
    await watched.put(PATH, BODY, { mode: "create" });
    await watched.createUpload(PATH, { mode: "create", partSize: 5 });
    await watched.completeUpload(PATH, "u", [], { mode: "create" });
    await watched.abortUpload(PATH, "u");
    const events = await told();
    const retry = { type: "retry", method: "uploadPart", partNumber: undefined, attempt: 1, reason: "ERR_STORE_FAILED", error: expect.any(StoreError) as unknown, duration: 5 };
    expect(events).toEqual(Array.from({ length: 5 }, () => [{ ...retry, outcome: "retry", delay: 50 }, { ...retry, outcome: "settled", delay: 0 }]).flat());
  });

  it("of a part are counted", async () => {
    const { watched, during, told } = open();
    during((onAttempt) => onAttempt(attempt({ attempt: 3, outcome: "done" })));
    await watched.uploadPart(PATH, "u", 1, BODY);
    expect(await told()).toMatchObject([{ type: "part", attempts: 3 }]);
  });

  it.each([
    [new StoreError("ERR_STORE_FAILED", "x", { cause: Object.assign(new Error("x"), { code: "ECONNRESET" }) }), "ECONNRESET"],
    [new StoreError("ERR_STORE_FAILED", "x", { cause: Object.assign(new Error("x"), { code: 5 }) }), "ERR_STORE_FAILED"],
    [new StoreError("ERR_STORE_FAILED", "x", { cause: new Error("x") }), "ERR_STORE_FAILED"],
    [new StoreError("ERR_STORE_FAILED", "x", { cause: null }), "ERR_STORE_FAILED"],
    [new StoreError("ERR_STORE_FAILED", "x", { cause: "text" }), "ERR_STORE_FAILED"],
    [new Error("x"), "unknown"],
  ])("say why in a word", async (error, reason) => {
    const { watched, during, told } = open();
    during((onAttempt) => onAttempt(attempt({ error })));
    await watched.head(PATH, undefined);
    expect((await told())[0]).toMatchObject({ reason });
  });
});

describe("a telemetry", () => {
  it("makes the request in its own context, once, and hears how it ended and after how many attempts", async () => {
    const requests: TracedRequest[] = [];
    const ends: RequestEnd[] = [];
    let sends = 0;
    const telemetry: SstTelemetry = {
      onRequest: async (request, send) => {
        requests.push(request);
        sends++;
        ends.push(await send());
        expect(await send()).toEqual(ends.at(-1));
      },
    };
    const { watched, calls, during } = open(REMOTE, telemetry);
    await watched.put(PATH, BODY, { mode: "create" });
    await watched.completeUpload(PATH, "u", [], { mode: "create" });
    during((onAttempt) => {
      onAttempt(attempt({ attempt: 2 }));
      throw new StoreError("ERR_STORE_FAILED", "no");
    });
    const error = await rejectionOf(watched.uploadPart(PATH, "u", 4, BODY));
    await settled();
    expect(requests).toEqual([{ span: "put", partNumber: undefined, size: 700 }, { span: "complete", partNumber: undefined, size: 0 }, { span: "part", partNumber: 4, size: 700 }]);
    expect(ends).toEqual([{ error: undefined, attempts: 1 }, { error: undefined, attempts: 1 }, { error, attempts: 2 }]);
    expect([calls.length, sends]).toEqual([3, 3]);
  });

  it("that makes no request, or fails, changes nothing", async () => {
    vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    for (const onRequest of [() => undefined, () => { throw new Error("boom"); }]) {
      const { watched, calls } = open(REMOTE, { onRequest });
      expect(await watched.put(PATH, BODY, { mode: "create" })).toEqual({ etag: "e" });
      expect(calls).toHaveLength(1);
    }
  });
});
