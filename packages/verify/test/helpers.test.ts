// Threads that check blocks of a large file: when they take part, and that nothing is copied for them when they don't.
import { mkdtemp, open, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { CompressionFormat, crc32, encodeFooter, encodeIndex, encodeInfo, encodeSection, FilterFormat, FOOTER_BYTES, type IndexColumns, SECTION_BYTES, SstType } from "@slate-sst/format";
import { LocalObjectStore, MemoryObjectStore } from "@slate-sst/object-store";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Helpers } from "../src/helpers.js";
import { IndexView } from "../src/index-rules.js";
import { SectionPlace } from "../src/sections.js";
import { collectFindings, verifySst } from "../src/verify-sst.js";

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

it("a block beyond the limit is passed over with several threads as with one", async () => {
  const dataEnd = 33 * MIB;
  const file = await open(join(folder, "large.sst"), "w");
  await file.write(guarded(new Uint8Array(dataEnd - SECTION_BYTES)));
  const index = guarded(encodeIndex({ blockMeta: [{ offset: 0, firstKey: new Uint8Array(0) }] }));
  const info = guarded(encodeInfo({
    firstEntry: Uint8Array.of(1), lastEntry: Uint8Array.of(2), indexOffset: dataEnd, indexLen: index.length, filterOffset: dataEnd, filterLen: 0,
    compressionFormat: CompressionFormat.None, sstType: SstType.Compacted, statsOffset: 0, statsLen: 0, filterFormat: FilterFormat.Legacy,
  }));
  const footer = new Uint8Array(FOOTER_BYTES);
  encodeFooter(footer, 0, dataEnd + index.length, 2);
  await file.write(Buffer.concat([index, info, footer]), 0, undefined, dataEnd);
  await file.close();
  const verify = async (threads: number) => await collectFindings(verifySst(new LocalObjectStore(folder), "large.sst", { threads, maxBlockBytes: MIB }));
  const [alone, helped] = [await verify(1), await verify(2)];
  expect(alone.result.rules.find(({ rule }) => rule === "B1.1")).toMatchObject({ state: "skipped", reason: `block[0] is longer than ${MIB} bytes` });
  expect(helped).toEqual({ ...alone, result: { ...alone.result, milliseconds: helped.result.milliseconds } });
});

it("are none where the process may start no threads", async () => {
  vi.resetModules();
  vi.doMock("node:worker_threads", () => ({
    Worker: vi.fn<() => never>(() => {
      throw new Error("Access to this API has been restricted");
    }),
  }));
  try {
    const { Helpers: Refused } = await import("../src/helpers.js");
    const store = Object.setPrototypeOf({}, (await import("@slate-sst/object-store")).LocalObjectStore.prototype) as LocalObjectStore;
    expect(Refused.start(store, LARGE, 8)).toBeUndefined();
  } finally {
    vi.doUnmock("node:worker_threads");
    vi.resetModules();
  }
});

/** A section: a payload and its checksum. */
function guarded(payload: Uint8Array): Uint8Array {
  const section = new Uint8Array(payload.length + SECTION_BYTES);
  section.set(payload);
  encodeSection(section, payload.length, crc32(payload));
  return section;
}

/** An index of one block whose payload has so many bytes. */
function indexOf(length: number): IndexView {
  const columns: IndexColumns = { count: 1, offsets: new Float64Array(1), keyStart: new Uint32Array(1), keyEnd: new Uint32Array(1) };
  return new IndexView(new Uint8Array(length), new SectionPlace("index", 0, length, true), columns, 1);
}
