// Threads that check blocks of a large file: when they take part, and that nothing is copied for them when they don't.
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { LocalObjectStore, MemoryObjectStore } from "@slate-sst/object-store";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Helpers } from "../src/helpers.js";
import type { IndexView } from "../src/index-rules.js";

const MIB = 1024 * 1024;
const LARGE = 1024 * MIB;

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slate-sst-helpers-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("helpers", () => {
  it("are for large files of a local store, and for more than one thread", () => {
    const local = new LocalObjectStore(folder);
    expect(Helpers.start(new MemoryObjectStore(), LARGE, 2)).toBeUndefined();
    expect(Helpers.start(local, 31 * MIB, 2)).toBeUndefined();
    expect(Helpers.start(local, LARGE, 1)).toBeUndefined();
  });

  it.runIf(availableParallelism() > 1)("do not take part where each one's bits of the filter would take too much memory, and nothing is copied for them", async () => {
    const store = new LocalObjectStore(folder);
    const helpers = Helpers.start(store, LARGE, 2);
    const read = vi.fn(() => {
      throw new Error("the index was looked at");
    });
    const index = Object.defineProperties({}, { columns: { get: read }, payload: { get: read }, blocks: { get: read } }) as IndexView;
    try {
      expect(helpers?.begin(store, "large.sst", index, { length: 16 * MIB + 1, probes: 6 })).toBeUndefined();
      expect(read).not.toHaveBeenCalled();
    } finally {
      await helpers?.stop();
    }
    expect(helpers).toBeDefined();
  });
});
