// Threads that check blocks of a large file: when they take part, and that nothing is copied for them when they don't.
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import type { IndexColumns } from "@slate-sst/format";
import { LocalObjectStore, MemoryObjectStore } from "@slate-sst/object-store";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Helpers } from "../src/helpers.js";
import { IndexView } from "../src/index-rules.js";
import { SectionPlace } from "../src/sections.js";

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

  it.runIf(availableParallelism() > 1)("do not take part where index and filter would take too much memory again, and nothing is copied for them", async () => {
    const helpers = Helpers.start(new LocalObjectStore(folder), LARGE, 2);
    const copied = vi.spyOn(globalThis, "SharedArrayBuffer");
    try {
      expect(helpers?.begin(new LocalObjectStore(folder), "large.sst", indexOf(12 * MIB), undefined)).toBeUndefined();
      expect(helpers?.begin(new LocalObjectStore(folder), "large.sst", indexOf(MIB), { length: 22 * MIB, probes: 6 })).toBeUndefined();
      expect(copied).not.toHaveBeenCalled();
    } finally {
      copied.mockRestore();
      await helpers?.stop();
    }
    expect(helpers).toBeDefined();
  });
});

/** An index of one block whose payload has so many bytes. */
function indexOf(length: number): IndexView {
  const columns: IndexColumns = { count: 1, offsets: new Float64Array(1), keyStart: new Uint32Array(1), keyEnd: new Uint32Array(1) };
  return new IndexView(new Uint8Array(length), new SectionPlace("index", 0, length, true), columns, 1);
}
