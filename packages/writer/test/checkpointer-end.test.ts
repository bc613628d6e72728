// How checkpoints end: with the SST published, left for later, or given up.
import { create, SstMetadataSchema } from "@slate-sst/format/proto";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { FailingObjectStore, RecordingObjectStore } from "@slate-sst/object-store/testing";
import { describe, expect, it } from "vitest";
import { Journal } from "../src/checkpoint/journal.js";
import { cutsOf, FINGERPRINT, FOLDER, openCheckpointer, PART } from "./checkpointers.js";
import { GatedObjectStore } from "./gated-object-store.js";
import { contents } from "./resumed-runs.js";
import { PATH } from "./sample-rows.js";
import { settled } from "./watched-rows.js";

describe("the end", () => {
  it("is what will be published: the last row, and the checksum of the whole", async () => {
    const { checkpoints, write } = await openCheckpointer();
    void write();
    const metadata = create(SstMetadataSchema, { crc32: 99 });
    checkpoints.finish(metadata);
    expect(checkpoints.finished).toBe(metadata);
    expect(checkpoints.end).toMatchObject({ rows: 5n, offered: 6n, crc32: 99, pending: new Uint8Array(0) });
  });

  it("of a published SST takes its journal away, whatever was cut off", async () => {
    const { checkpoints, write, arrived, store, controller } = await openCheckpointer();
    void write();
    void write();
    await arrived();
    await checkpoints.recorded();
    controller.abort();
    await checkpoints.published();
    expect((await contents(store)).paths).toEqual([]);
  });

  it("of one that is left keeps both, waits for records, and adds what the store has and the journal lacks; an older writer adds nothing", async () => {
    for (const isOlder of [false, true]) {
      const { checkpoints, write, arrived, store, journal, records, controller } = await openCheckpointer({ everyParts: 5 });
      for (let number = 1; number <= 3; number++) void write();
      await arrived();
      if (isOlder) await new Journal(store, FOLDER, PATH).raise(journal.id, 0, FINGERPRINT);
      controller.abort();
      await checkpoints.keep();
      expect(cutsOf(await records())).toHaveLength(isOlder ? 0 : 1);
      expect((await contents(store)).uploads).toBe(1);
      // Nothing is recorded any more.
      for (let number = 4; number <= 20; number++) void write();
      await arrived();
      await settled();
      expect(cutsOf(await records())).toHaveLength(isOlder ? 0 : 1);
    }
  });

  it("of one whose journal cannot be read keeps what there is", async () => {
    const inner = new MemoryObjectStore();
    const journals = new FailingObjectStore(inner, { method: "list", call: 5, times: Infinity, when: "before" });
    const { checkpoints, write, arrived } = await openCheckpointer({ store: new MemoryObjectStore(), journals, everyParts: 5 });
    for (let number = 1; number <= 3; number++) void write();
    await arrived();
    await checkpoints.keep();
    expect((await contents(inner)).paths.filter((path) => path.includes("records"))).toHaveLength(1);
  });

  it("of one that is given up removes upload, lost uploads and journal, but nothing of a newer writer's", async () => {
    for (const isOlder of [false, true]) {
      const { checkpoints, write, arrived, store, journal, controller } = await openCheckpointer();
      void write();
      void write();
      await arrived();
      await store.createUpload(PATH, { mode: "create", partSize: PART });
      if (isOlder) await new Journal(store, FOLDER, PATH).raise(journal.id, 0, FINGERPRINT);
      controller.abort();
      await checkpoints.discard();
      const { paths, uploads } = await contents(store);
      expect([paths.length > 0, uploads]).toEqual(isOlder ? [true, 2] : [false, 0]);
    }
  });

  it("of one that is given up before anything was uploaded asks the store for nothing", async () => {
    const store = new RecordingObjectStore(new MemoryObjectStore());
    const { checkpoints } = await openCheckpointer({ store });
    await checkpoints.discard();
    expect(store.count("abortUpload")).toBe(0);
    expect((await contents(store)).paths).toEqual([]);
  });

  it("waits for what the upload writes into the journal", async () => {
    const journals = new GatedObjectStore(new MemoryObjectStore(), { methods: [] });
    const { checkpoints } = await openCheckpointer({ store: new MemoryObjectStore(), journals });
    let isOver = false;
    let go!: () => void;
    checkpoints.journal.settled = async () => await new Promise((resolve) => (go = resolve));
    const ending = checkpoints.keep().then(() => (isOver = true));
    await settled();
    expect(isOver).toBe(false);
    go();
    await ending;
  });

  it("waits for the record that is being written", async () => {
    for (const end of ["discard", "keep"] as const) {
      const inner = new MemoryObjectStore();
      const journals = new GatedObjectStore(inner, { methods: [] });
      const { checkpoints, write, arrived } = await openCheckpointer({ store: new MemoryObjectStore(), journals });
      const held = new GatedObjectStore(new MemoryObjectStore(), { methods: ["put"] });
      const append = checkpoints.journal.append.bind(checkpoints.journal);
      void write();
      void write();
      checkpoints.journal.append = async (init, bulk) => (init.cursor === undefined ? undefined : await held.put("x", new Uint8Array(0), { mode: "overwrite" }), await append(init, bulk));
      await arrived();
      await held.arrivals(1);
      let isOver = false;
      const ending = checkpoints[end]().then(() => (isOver = true));
      await settled();
      expect(isOver).toBe(false);
      held.open();
      await ending;
      expect((await contents(inner)).paths.filter((path) => path.includes("records"))).toHaveLength(end === "keep" ? 2 : 0);
    }
  });
});
