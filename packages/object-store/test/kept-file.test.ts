// A file kept open between writes: closed when nobody has used it for a while, and what that fails with is told.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { constants } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { KeptFile } from "../src/local/kept-file.js";
import { nodeModules, type NodeModules } from "../src/local/node.js";

const IDLE_MS = 1000;

let folder = "";
let node: NodeModules;
const opened: import("node:fs/promises").FileHandle[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slate-sst-kept-file-"));
  const real = nodeModules();
  opened.length = 0;
  const open: typeof real.fs.open = async (...args) => {
    const handle = await real.fs.open(...args);
    opened.push(handle);
    return handle;
  };
  node = { ...real, fs: { ...real.fs, open } };
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});

afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true, force: true });
});

function keptFile(): KeptFile {
  return new KeptFile(node, join(folder, "log"), constants.O_CREAT | constants.O_APPEND | constants.O_WRONLY);
}

const write = (text: string) => async (handle: import("node:fs/promises").FileHandle): Promise<void> => {
  await handle.write(text);
};

/** Lets `close` of the idle timer go through: its promise is nobody's. */
async function idle(ms: number): Promise<void> {
  const closed = opened.map((handle) => new Promise<void>((resolve) => (handle.fd === -1 ? resolve() : (handle as unknown as NodeJS.EventEmitter).once("close", resolve))));
  vi.advanceTimersByTime(ms);
  if (ms >= IDLE_MS) await Promise.all(closed);
}

describe("a kept file", () => {
  it("is opened once for many uses, at the same time as well", async () => {
    const file = keptFile();
    await Promise.all([file.use(write("a")), file.use(write("b"))]);
    await idle(IDLE_MS - 1);
    await file.use(write("c"));
    await file.close();
    expect(opened).toHaveLength(1);
    expect(["abc", "bac"]).toContain(await readFile(file.file, "utf8"));
  });

  it("is closed when nobody has used it for a while, and opened again", async () => {
    const file = keptFile();
    await file.use(write("a"));
    await idle(IDLE_MS);
    expect(opened.map(({ fd }) => fd)).toEqual([-1]);
    await file.use(write("b"));
    await file.close();
    expect(opened).toHaveLength(2);
    expect(await readFile(file.file, "utf8")).toBe("ab");
  });

  it("is not closed while somebody uses it", async () => {
    const file = keptFile();
    await file.use(async (handle) => {
      await file.use(write("a"));
      vi.advanceTimersByTime(2 * IDLE_MS);
      await handle.write("b");
    });
    expect(opened).toHaveLength(1);
    await file.close();
  });

  it("tells the next one what closing it has failed with", async () => {
    const file = keptFile();
    await file.use(write("a"));
    const failed = new Error("EIO: bytes were lost");
    const [handle] = opened;
    const close = vi.spyOn(handle!, "close").mockRejectedValue(failed);
    vi.advanceTimersByTime(IDLE_MS);
    await expect(file.close()).rejects.toBe(failed);
    await expect(file.use(write("b"))).rejects.toBe(failed);
    close.mockRestore();
    await handle!.close();
  });

  it("can be tried again when it could not be opened", async () => {
    const file = new KeptFile(node, join(folder, "missing", "log"), constants.O_WRONLY);
    await expect(file.use(write("a"))).rejects.toMatchObject({ code: "ENOENT" });
    await expect(file.use(write("a"))).rejects.toMatchObject({ code: "ENOENT" });
    await file.close();
  });
});
