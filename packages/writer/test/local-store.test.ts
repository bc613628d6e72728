// SstWriter on the local file system: what is seen in the folder, and what is not.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalObjectStore } from "@slate-sst/object-store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SstWriter, type SstWriterConfig } from "../src/index.js";
import { asRow, expectSameBytes, lines, PATH, rejectionOf, sampleRows, writeSamples } from "./sample-rows.js";
import { readSst } from "./sst-file.js";

const samples = sampleRows(800, 137);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slate-sst-writer-"));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

/** Every file below the folder, staged ones too. */
async function files(): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

const configs: readonly (readonly [string, SstWriterConfig])[] = [["one put", {}], ["an upload", { partSize: 4096, blockSize: 1024, maxPartsInFlight: 4 }]];

describe.each(configs)("by %s", (_, config) => {
  it("the file is there when close() has resolved, whole and alone", async () => {
    const store = new LocalObjectStore(folder);
    const { bytes, metadata } = await writeSamples(samples, { ...config, digest: "sha256", verifyBlocks: true }, store);
    expectSameBytes(new Uint8Array(await readFile(join(folder, PATH))), bytes);
    expect(lines((await readSst(bytes)).rows)).toEqual(lines(samples));
    expect(await files()).toEqual(["sample.sst"]);
    expect([metadata.store, metadata.etag]).toEqual([store.url, (await store.head(PATH)).etag]);
    expectSameBytes(bytes, (await writeSamples(samples, config)).bytes);
  });

  it("nothing is under its name before, and nothing at all after an abort", async () => {
    const store = new LocalObjectStore(folder);
    for (let round = 0; round < 2; round++) {
      await using writer = await SstWriter.create(store, PATH, config);
      await writer.writeAll(samples.map(asRow));
      expect(await files()).not.toContain("sample.sst");
      await writer.abort();
      expect(await files()).toEqual([]);
    }
    expect((await writeSamples(samples, config, store)).metadata.rowCount).toBe(800n);
  });

  it("an SST that is there is neither replaced nor touched, unless asked", async () => {
    const store = new LocalObjectStore(folder);
    const { bytes } = await writeSamples(samples.slice(0, 10), config, store);
    expect(await rejectionOf(SstWriter.create(store, PATH, config))).toMatchObject({ code: "ERR_SST_EXISTS" });
    expectSameBytes(await store.get(PATH), bytes);
    await writeSamples(samples, { ...config, mode: "overwrite" }, store);
    expect(lines((await readSst(await store.get(PATH))).rows)).toEqual(lines(samples));
    expect(await files()).toEqual(["sample.sst"]);
  });
});
