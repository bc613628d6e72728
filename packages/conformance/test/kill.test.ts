// A process is killed with SIGKILL while it writes an SST to a local store. Under the SST's name there must then be what was
// there before, or the whole SST when it had been published; and the next writer finds nothing in its way. Most kills hit a
// process that stands still at a known moment, others one that runs on.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { LocalObjectStore, MemoryObjectStore, type ObjectStore, type WriteMode } from "@slate-sst/object-store";
import { SstWriter } from "@slate-sst/writer";
import { beforeAll, describe, expect, it } from "vitest";
import { GeneratedRows } from "../scripts/generated-rows.mjs";
import { listFiles, TempFolder } from "../src/oracle/folders.js";
import { Xorshift32 } from "../src/xorshift32.js";
import { buildWhatIsMissing } from "./built-packages.js";

const PATH = "db/compacted/killed.sst";
const NEIGHBOUR = "db/compacted/neighbour.sst";
const CHILD = fileURLToPath(new URL("../scripts/killed-writer.mjs", import.meta.url));

const ROWS = 8_000;
/** The SST has nine parts of this size and a rest. */
const PART_SIZE = 110_000;
/** The whole SST is less. */
const ONE_PART = 8 * 1024 * 1024;

const OLD = new Uint8Array(Buffer.from("what was there before"));
const OTHER = new Uint8Array(Buffer.from("a neighbour"));

interface Kill {
  readonly mode: WriteMode;
  readonly partSize: number;
  /** Where the process stands still; undefined to kill it, while it runs on, when it tells of its n-th moment. */
  readonly moment?: string;
  readonly count?: number;
}

/** Kills the writing process. @returns the moments it told of, the last of which led to the kill */
async function killWriter(folder: string, { mode, partSize, moment, count = 1 }: Kill): Promise<string[]> {
  const settings = { folder, path: PATH, mode, rows: ROWS, partSize, moment: moment ?? null };
  const child = spawn(process.execPath, [CHILD, JSON.stringify(settings)], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "close");
  const moments: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    moments.push(line);
    if (moments.length >= count) child.kill("SIGKILL");
  }
  expect(await ended).toEqual([null, "SIGKILL"]);
  return moments;
}

async function writeSst(store: ObjectStore, mode: WriteMode): Promise<Uint8Array> {
  const rows = new GeneratedRows();
  await using writer = await SstWriter.create(store, PATH, { mode, partSize: PART_SIZE });
  for (let row = 0; row < ROWS; row++) {
    rows.next();
    await writer.put(rows.key, rows.value, rows.times);
  }
  await writer.close();
  return await store.get(PATH);
}

async function pathsIn(store: ObjectStore): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of store.list("")) paths.push(path);
  return paths;
}

const same = (left: Uint8Array, right: Uint8Array): boolean => Buffer.compare(left, right) === 0;

describe("a writer killed by SIGKILL", () => {
  let whole: Uint8Array;

  beforeAll(async () => {
    buildWhatIsMissing();
    whole = await writeSst(new MemoryObjectStore(), "create");
  });

  /** Kills a writer in a new store, and says what its object's name then holds: "nothing", "old" or "whole". */
  async function killAndGoOn(kill: Kill): Promise<string> {
    using folder = new TempFolder("kill");
    const store = new LocalObjectStore(folder.path);
    await store.put(NEIGHBOUR, OTHER, { mode: "create" });
    if (kill.mode === "overwrite") await store.put(PATH, OLD, { mode: "create" });
    const moments = await killWriter(folder.path, kill);

    const isThere = (await pathsIn(store)).includes(PATH);
    expect(await pathsIn(store)).toEqual(isThere ? [PATH, NEIGHBOUR] : [NEIGHBOUR]);
    const found = isThere ? await store.get(PATH) : undefined;
    const holds = found === undefined ? "nothing" : same(found, whole) ? "whole" : same(found, OLD) ? "old" : `a file of ${found.length} bytes`;

    await expectNextWriters(store, holds);
    await expectCleanUp(store, folder.path);
    return `${moments.at(-1)}: ${holds}`;
  }

  async function expectNextWriters(store: ObjectStore, holds: string): Promise<void> {
    if (holds !== "nothing") {
      await expect(SstWriter.create(store, PATH)).rejects.toMatchObject({ code: "ERR_SST_EXISTS" });
      expect(same(await writeSst(store, "overwrite"), whole)).toBe(true);
      await store.delete(PATH);
    }
    expect(same(await writeSst(store, "create"), whole)).toBe(true);
  }

  /** What the killed process left can be found and removed, and objects do not suffer. */
  async function expectCleanUp(store: LocalObjectStore, folder: string): Promise<void> {
    for await (const { path, uploadId } of store.listUploads("")) await store.abortUpload(path, uploadId);
    const HOUR_MS = 3_600_000;
    await store.removeLeftovers(Date.now() + HOUR_MS);
    expect(listFiles(folder)).toEqual([PATH, NEIGHBOUR]);
    expect(same(await store.get(PATH), whole)).toBe(true);
    expect(same(await store.get(NEIGHBOUR), OTHER)).toBe(true);
  }

  it("has nine parts and a rest to be killed at", () => expect(Math.floor(whole.length / PART_SIZE)).toBe(9));

  it.each([
    ["1000 rows", "nothing"],
    ["part 4 is there", "nothing"],
    ["close", "nothing"],
    ["completion begins", "nothing"],
    ["before link", "nothing"],
    ["after link", "whole"],
    ["before rm", "whole"],
  ])("that creates, at: %s", async (moment, holds) => {
    expect(await killAndGoOn({ mode: "create", partSize: PART_SIZE, moment })).toBe(`${moment}: ${holds}`);
  });

  it.each([
    ["part 2 is there", "old"],
    ["before rename", "old"],
    ["after rename", "whole"],
  ])("that overwrites, at: %s", async (moment, holds) => {
    expect(await killAndGoOn({ mode: "overwrite", partSize: PART_SIZE, moment })).toBe(`${moment}: ${holds}`);
  });

  it.each([
    ["create", "after link", "whole"],
    ["overwrite", "before rename", "old"],
  ] as const)("whose SST is put in one request: %s, at: %s", async (mode, moment, holds) => {
    expect(await killAndGoOn({ mode, partSize: ONE_PART, moment })).toBe(`${moment}: ${holds}`);
  });

  it("that runs on, at random moments", async () => {
    const random = new Xorshift32(2_024);
    // It tells of more, but may have ended before a kill at the last of them.
    const MOMENTS = 24;
    for (const mode of ["create", "overwrite", "create"] as const) {
      const kill = { mode, partSize: PART_SIZE, count: random.between(1, MOMENTS) };
      expect(await killAndGoOn(kill)).toMatch(mode === "create" ? /: (nothing|whole)$/ : /: (old|whole)$/);
    }
  });
});
