// What a writer tells while it writes: every event with what it promises, in order, and listeners that cannot disturb it.
import { channel } from "node:diagnostics_channel";
import { readdirSync, readFileSync } from "node:fs";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { FailingObjectStore } from "@slate-sst/object-store/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { openChannels } from "../src/event-emitter.js";
import { CHANNEL_PREFIX, EVENTS } from "../src/generated/telemetry.js";
import { SstWriter, type SstWriterConfig, type SstWriterEvent } from "../src/index.js";
import { GatedObjectStore } from "./gated-object-store.js";
import { key, PART, putRows, retryingStore, settled, watchedWriter } from "./watched-rows.js";

const types = (events: readonly SstWriterEvent[]): string[] => events.map(({ type }) => type);

afterEach(() => vi.restoreAllMocks());

describe("events", () => {
  it("tell of every part and of the end, with the progress there was", async () => {
    const { writer, events } = await watchedWriter(new MemoryObjectStore({ name: "events" }));
    await putRows(writer, 20);
    const { size, rowCount, etag } = await writer.close();
    const parts = events.filter((event) => event.type === "part");
    expect(parts.map(({ partNumber }) => partNumber).sort((a, b) => a - b)).toEqual(Array.from({ length: Math.ceil(Number(size) / PART) }, (_, at) => at + 1));
    expect(parts.reduce((sum, part) => sum + part.size, 0)).toBe(Number(size));
    for (const part of parts) expect(part).toMatchObject({ result: "uploaded", attempts: 1, store: "memory:events", path: "db/a.sst" });
    const closed = events.at(-1);
    expect(closed).toMatchObject({ type: "closed", rows: Number(rowCount), size: Number(size), parts: parts.length, etag });
    expect(closed!.progress).toMatchObject({ state: "closed", rows: 20, bytesEncoded: Number(size), bytesUploaded: Number(size), estimatedSize: Number(size), bytesInFlight: 0 });
    expect(types(events).filter((type) => type !== "part" && type !== "backpressure")).toEqual(["closed"]);
  });

  it("tell of parts that wait, once when they begin to and once when they no longer do", async () => {
    const store = new GatedObjectStore(new MemoryObjectStore(), { methods: ["uploadPart"] });
    const { writer, events } = await watchedWriter(store, { maxPartsInFlight: 1 });
    const writing = putRows(writer, 20);
    await store.arrivals(1);
    await settled();
    expect(events.filter(({ type }) => type === "backpressure")).toMatchObject([{ waiting: true, duration: 0 }]);
    store.open();
    await writing;
    await writer.close();
    const waits = events.filter((event) => event.type === "backpressure");
    expect(waits.map(({ waiting }) => waiting)).toEqual(waits.map((_, at) => at % 2 === 0));
    expect(waits.length % 2).toBe(0);
    expect(waits[1]!.duration).toBeGreaterThan(0);
  });

  it("tell of attempts that are made again, also those of create()", async () => {
    const { writer, events } = await watchedWriter(retryingStore("uploadPart", 2));
    await putRows(writer, 20);
    await writer.close();
    expect(events.filter(({ type }) => type === "retry")).toMatchObject([{ method: "uploadPart", attempt: 1, outcome: "retry", reason: "SlowDown", delay: 50 }]);
    const { partNumber } = events.find((event) => event.type === "retry")!;
    expect(events.find((event) => event.type === "part" && event.partNumber === partNumber)).toMatchObject({ attempts: 2 });

    const second = await watchedWriter(retryingStore("head", 1));
    await settled();
    expect(second.events).toMatchObject([{ type: "retry", method: "head", partNumber: undefined, outcome: "retry" }]);
    await second.writer.abort();
  });

  it("tell when a lost answer turned out to be a success", async () => {
    const { writer, events } = await watchedWriter(retryingStore("put", 1, "after"));
    await writer.put(key(1), "value");
    await writer.close();
    expect(events).toMatchObject([{ type: "retry", method: "put", outcome: "settled", reason: "SlowDown" }, { type: "closed", parts: 0 }]);
  });

  it("tell of the first failure, and of what became of the rest", async () => {
    const store = new FailingObjectStore(new MemoryObjectStore(), { method: "uploadPart", call: 2, when: "before" });
    const { writer, events } = await watchedWriter(store);
    await expect(putRows(writer, 200).then(async () => await writer.close())).rejects.toMatchObject({ code: "ERR_SST_WRITE" });
    await writer.abort();
    await settled();
    const ends = events.filter(({ type }) => type === "failed" || type === "aborted");
    expect(ends).toMatchObject([{ type: "failed", code: "ERR_SST_WRITE", error: { code: "ERR_SST_WRITE" } }, { type: "aborted", code: "ERR_SST_WRITE", removed: true }]);
  });

  it("tell of what could not be removed, and of its removal later on", async () => {
    const store = new FailingObjectStore(new MemoryObjectStore(), { method: "abortUpload", call: 1, when: "before" });
    const { writer, events } = await watchedWriter(store);
    await putRows(writer, 20);
    await expect(writer.abort("enough")).rejects.toMatchObject({ code: "ERR_SST_WRITE" });
    await writer.abort();
    await writer.abort();
    await settled();
    expect(events.filter(({ type }) => type !== "part" && type !== "backpressure")).toMatchObject([
      { type: "warning", code: "upload_left", error: { code: "ERR_STORE_FAILED" } }, { type: "aborted", code: "ERR_SST_ABORTED", removed: false }, { type: "aborted", removed: true },
    ]);
  });

  it("tell of create() that failed", async () => {
    const store = new MemoryObjectStore();
    await store.put("db/a.sst", new Uint8Array(1), { mode: "create" });
    const events: SstWriterEvent[] = [];
    await expect(watchedWriter(store, { onEvent: (event) => events.push(event) })).rejects.toMatchObject({ code: "ERR_SST_EXISTS" });
    expect(events).toMatchObject([{ type: "failed", code: "ERR_SST_EXISTS" }]);
  });

  it("hide keys unless they are asked for", async () => {
    const closed = async (config: SstWriterConfig): Promise<string> => {
      const { writer, events } = await watchedWriter(new MemoryObjectStore(), config);
      await putRows(writer, 20);
      await writer.close();
      return show(events);
    };
    const refused = async (config: SstWriterConfig): Promise<string> => {
      const { writer, events } = await watchedWriter(new MemoryObjectStore(), config);
      await putRows(writer, 2, 5);
      try {
        void writer.put(key(1), "value");
      } catch (error) {
        await writer.abort(error);
      }
      await settled();
      expect(types(events)).toEqual(["aborted"]);
      return show(events);
    };
    expect(await closed({})).not.toContain("secret");
    expect(await closed({ keysInEvents: true })).toContain(`${key(0)} ${key(19)}`);
    expect(await refused({})).not.toContain("secret");
    expect(await refused({ keysInEvents: true })).toContain("secret");
  });
});

describe("listeners", () => {
  it("are told of one type, until they are taken away", async () => {
    const { writer } = await watchedWriter(new MemoryObjectStore());
    const seen: number[] = [];
    const stop = writer.on("part", ({ partNumber }) => seen.push(partNumber));
    await putRows(writer, 30);
    await settled();
    const count = seen.length;
    expect(count).toBeGreaterThan(0);
    stop();
    await putRows(writer, 20, 30);
    await writer.close();
    expect(seen).toHaveLength(count);
    expect(() => writer.on("parts" as "part", () => undefined)).toThrow(expect.objectContaining({ code: "ERR_SST_OPTION_INVALID", message: expect.stringContaining("part, retry") }));
    expect(() => writer.on("part", undefined as unknown as () => void)).toThrow(expect.objectContaining({ code: "ERR_SST_OPTION_INVALID" }));
  });

  it("that throw or reject change nothing; the others and the process are told once", async () => {
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const { writer, events } = await watchedWriter(new MemoryObjectStore());
    writer.on("part", () => {
      throw new Error("listener one");
    });
    writer.on("part", async () => await Promise.reject(new Error("listener two")));
    await putRows(writer, 20);
    const metadata = await writer.close();
    await settled();
    expect(metadata.rowCount).toBe(20n);
    expect(events.filter(({ type }) => type === "warning")).toMatchObject([
      { code: "listener_failed", error: { message: "listener one" } }, { code: "listener_failed", error: { message: "listener two" } },
    ]);
    expect(warned).toHaveBeenCalledTimes(2);
  });

  it("may call the writer", async () => {
    const { writer, events } = await watchedWriter(new MemoryObjectStore());
    writer.on("part", async () => await writer.abort("a listener had enough"));
    await expect(putRows(writer, 1000).then(async () => await writer.close())).rejects.toMatchObject({ code: "ERR_SST_ABORTED" });
    await writer.abort();
    await settled();
    expect(events.at(-1)).toMatchObject({ type: "aborted", removed: true });
  });

  it("are a function", async () => {
    await expect(SstWriter.create(new MemoryObjectStore(), "a.sst", { onEvent: 1 as unknown as () => void })).rejects.toMatchObject({ code: "ERR_SST_OPTION_INVALID" });
    await expect(SstWriter.create(new MemoryObjectStore(), "a.sst", { telemetry: {} as never })).rejects.toMatchObject({ code: "ERR_SST_OPTION_INVALID" });
  });
});

describe("node:diagnostics_channel", () => {
  it("has a channel for each event, which tells what listeners are told", async () => {
    const seen: SstWriterEvent[] = [];
    const listen = (event: unknown): void => void seen.push(event as SstWriterEvent);
    for (const type of Object.keys(EVENTS)) channel(CHANNEL_PREFIX + type).subscribe(listen);
    try {
      const { writer, events } = await watchedWriter(new MemoryObjectStore());
      await putRows(writer, 20);
      await writer.close();
      expect(seen).toEqual(events);
      const silent = await SstWriter.create(new MemoryObjectStore(), "b.sst");
      await silent.put("key", "value");
      await silent.close();
      expect(seen.at(-1)).toMatchObject({ type: "closed", path: "b.sst" });
    } finally {
      for (const type of Object.keys(EVENTS)) channel(CHANNEL_PREFIX + type).unsubscribe(listen);
    }
  });
});

describe("outside Node", () => {
  it("there are no channels, and nothing that watches imports anything of Node's", () => {
    const { process } = globalThis;
    try {
      Object.defineProperty(globalThis, "process", { value: undefined, configurable: true, writable: true });
      expect(openChannels()).toBeUndefined();
    } finally {
      Object.defineProperty(globalThis, "process", { value: process, configurable: true, writable: true });
    }
    const folder = new URL("../src/", import.meta.url);
    for (const name of readdirSync(folder).filter((one) => one.endsWith(".ts") && one !== "compression-worker.ts")) {
      expect(readFileSync(new URL(name, folder), "utf8"), name).not.toMatch(/^\s*(import|export)\b(?! type).*["']node:/m);
    }
  });
});

/** All text in a value, keys as text, errors with their texts and causes. */
function show(value: unknown): string {
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (value instanceof Error) return `${value.message} ${show(value.cause)} ${show(Object.entries(value))}`;
  if (typeof value === "object" && value !== null) return Object.values(value).map(show).join(" ");
  return String(value);
}
