// The kernel's memory goes from one SST to the next: what an earlier one left there never shows.
import { COMPRESSION_NAMES, hasKernel } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { afterEach, describe, expect, it, vi } from "vitest";
import { SstWriter, type SstWriterConfig } from "../src/index.js";
import { KernelRows } from "../src/kernel-rows.js";

const ROWS = 3000;

afterEach(() => void vi.restoreAllMocks());

/** The bytes of an SST of rows of all kinds. `digit` makes other rows, of the same lengths. */
async function written(config: SstWriterConfig, digit: string): Promise<Uint8Array> {
  const store = new MemoryObjectStore();
  const writer = await SstWriter.create(store, "a.sst", config);
  for (let row = 0; row < ROWS; row++) {
    const key = `key${String(row).padStart(8, "0")}${digit}`;
    const times = { createTs: row, ...(row % 3 === 0 && { expireTs: -row }) };
    const wait = row % 7 === 0 ? writer.delete(key, times) : row % 11 === 0 ? writer.merge(key, digit, times) : writer.put(key, digit.repeat(row % 300), times);
    if (wait !== undefined) await wait;
  }
  await writer.close();
  return store.get("a.sst");
}

describe.runIf(hasKernel)("memory that another SST has used", () => {
  it.each(Object.values(COMPRESSION_NAMES))("gives the same bytes with %s, whatever is left in it", async (compression) => {
    const made = vi.spyOn(KernelRows, "create");
    const config: SstWriterConfig = { compression, partSize: 64 * 1024 };
    const fresh = await written(config, "0");
    const [first] = made.mock.results;
    for (const dirt of [0xff, 0xa5, 0x01]) {
      first!.value.bytes.fill(dirt, first!.value.bytes.length >>> 8);
      await written({ ...config, blockSize: 1024 }, "1");
      expect(Buffer.compare(await written(config, "0"), fresh)).toBe(0);
    }
    const memories = new Set(made.mock.results.map(({ value }) => (value as KernelRows).bytes.buffer));
    expect(memories.size).toBeLessThan(made.mock.results.length);
  });

  it("is not handed on by a writer that was given up, or has failed", async () => {
    const made = vi.spyOn(KernelRows.prototype, "release");
    const writer = await SstWriter.create(new MemoryObjectStore(), "a.sst");
    await writer.put("a", "1");
    await writer.abort();
    const failing = await SstWriter.create(new MemoryObjectStore(), "a.sst");
    await failing.put("a", "1");
    vi.spyOn(MemoryObjectStore.prototype, "put").mockRejectedValueOnce(new Error("store gone"));
    await expect(failing.close()).rejects.toThrow("store gone");
    expect(made).not.toHaveBeenCalled();
    await written({}, "0");
    expect(made).toHaveBeenCalledOnce();
  });
});
