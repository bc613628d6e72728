// Large local files, which several threads verify: the same findings and sums as from one thread, whatever is damaged where.
import { crc32, encodeSection, SECTION_BYTES } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { SstReader } from "@slate-sst/reader";
import { SstWriter } from "@slate-sst/writer";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { execFile } from "node:child_process";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildWhatIsMissing } from "./built-packages.js";

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL("../scripts/verify-threads.mjs", import.meta.url));
const OUTPUT_BYTES_MAX = 2 ** 24;

const ROWS = 160_000;
const VALUE_BYTES = 300;
const PATH = "large.sst";

let folder = "";
let sound = new Uint8Array(0);

/** Where block `block` lies. */
let ranges: { readonly start: number; readonly end: number }[] = [];
let filterAt = 0;
let filterEnd = 0;

beforeAll(async () => {
  buildWhatIsMissing();
  folder = await mkdtemp(join(tmpdir(), "slate-sst-threads-"));
  const store = new MemoryObjectStore();
  const writer = await SstWriter.create(store, PATH, { digest: "sha256" });
  const value = new Uint8Array(VALUE_BYTES);
  for (let row = 0; row < ROWS; row++) {
    value[row % VALUE_BYTES] = row;
    const key = `row/${String(row).padStart(9, "0")}`;
    const rest = { seq: BigInt(row + 1), ...(row % 3 === 0 && { createTs: row }), ...(row % 5 === 0 && { expireTs: -row }) };
    await writer.add(row % 7 === 0 ? { kind: "delete", key, ...rest } : { kind: row % 11 === 0 ? "merge" : "put", key, value, ...rest });
  }
  await writer.close();
  sound = new Uint8Array(await store.get(PATH));
  await using reader = await SstReader.open(store, PATH);
  const index = await reader.index();
  ranges = Array.from({ length: index.blocks }, (_, block) => index.range(block));
  filterAt = reader.info.filterOffset;
  filterEnd = filterAt + reader.info.filterLen;
}, 60_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Said {
  readonly findings: readonly { readonly rule: string; readonly path: string }[];
}

/** What two threads say, having been seen to be two, which must be what one says without the kernel. */
async function expectSame(bytes: Uint8Array): Promise<string[]> {
  await writeFile(join(folder, PATH), bytes);
  const { stdout } = await run(process.execPath, [SCRIPT, folder, PATH], { maxBuffer: OUTPUT_BYTES_MAX });
  const { threads, many, one } = JSON.parse(stdout) as { readonly threads: number; readonly many: Said; readonly one: Said };
  expect(threads).toBe(availableParallelism() > 1 ? 1 : 0);
  expect(many).toEqual(one);
  return many.findings.map(({ rule, path }) => `${rule} ${path}`);
}

/** The file with a byte of a section changed, and its checksum mended. */
function forged(start: number, end: number, at: number, change: number): Uint8Array {
  const bytes = sound.slice();
  bytes[at] = bytes[at]! ^ change;
  const payload = bytes.subarray(start, end - SECTION_BYTES);
  encodeSection(bytes, end - SECTION_BYTES, crc32(payload));
  return bytes;
}

describe("several threads", () => {
  it("find a sound file sound, and count the same", async () => expect(await expectSame(sound)).toEqual([]), 60_000);

  it.each([0.001, 0.4, 0.6, 0.95, 0.9999])("find a flipped bit at %d of the blocks", async (part) => {
    const { start } = ranges[Math.floor(part * ranges.length)]!;
    const bytes = sound.slice();
    bytes[start + 9]! ^= 4;
    expect(await expectSame(bytes)).toEqual([`F4.1 block[${Math.floor(part * ranges.length)}]`]);
  }, 60_000);

  it("find a key out of order behind a mended checksum", async () => {
    const block = Math.floor(0.8 * ranges.length);
    const { start, end } = ranges[block]!;
    // The first digit of the first key: it now sorts before all keys of the blocks before.
    const found = await expectSame(forged(start, end, start + 3 + 4, 1));
    expect(found.some((finding) => finding.includes(`block[${block}]`))).toBe(true);
  }, 60_000);

  it("find keys that the filter denies", async () => {
    const bytes = sound.slice();
    bytes.fill(0, filterAt + 1000, filterAt + 1100);
    const payload = bytes.subarray(filterAt, filterEnd - SECTION_BYTES);
    encodeSection(bytes, filterEnd - SECTION_BYTES, crc32(payload));
    expect(await expectSame(bytes)).toContain("L1.5 filter.bits");
  }, 60_000);

  it("find bits that no key asks for", async () => expect(await expectSame(forged(filterAt, filterEnd, filterAt + 2000, 0xff ^ sound[filterAt + 2000]!))).toEqual(["L1.6 filter.bits"]), 60_000);
});
