// With fsync, what a call that resolved has made is on the disk: the names of files and folders as well, which a system promises
// only once their folder was synchronized. And a line of an upload's log is there as a whole, or the call fails.
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { LocalObjectStore } from "../src/index.js";
import { temporaryFolder, utf8 } from "./local-folder.js";

type FileSystem = typeof import("node:fs/promises");
type FileHandle = import("node:fs/promises").FileHandle;

afterEach(() => void vi.restoreAllMocks());

/** Stores opened from now on use a file system with some other functions. */
function install(change: (real: FileSystem) => Partial<FileSystem>): void {
  const original = process.getBuiltinModule.bind(process);
  const real = original("node:fs/promises");
  const changed = { ...real, ...change(real) };
  vi.spyOn(process, "getBuiltinModule").mockImplementation((id: string) => (id === "node:fs/promises" ? changed : original(id)));
}

/** Notes names that come or go, until their folder is synchronized. */
function watchNames(names: Set<string>): void {
  install((real) => ({
    open: (async (file: string, ...rest: [number]) => {
      const isNew = !existsSync(file);
      const handle = await real.open(file, ...rest);
      if (isNew) names.add(file);
      const sync = handle.sync.bind(handle);
      return Object.assign(handle, {
        sync: async () => {
          await sync();
          for (const name of names) if (dirname(name) === file) names.delete(name);
        },
      });
    }) as FileSystem["open"],
    mkdir: (async (folder: string, options?: { recursive: true }) => {
      const first = await real.mkdir(folder, options);
      for (let made = folder; made.length >= (first ?? folder).length; made = dirname(made)) names.add(made);
      return first;
    }) as FileSystem["mkdir"],
    link: async (from, to) => (await real.link(from, to), void names.add(String(to))),
    rename: async (from, to) => (await real.rename(from, to), names.delete(String(from)), void names.add(String(to))),
    unlink: async (file) => (await real.unlink(file), void names.add(String(file))),
  }));
}

describe("a local store with fsync", () => {
  it.each(["create", "overwrite"] as const)("has synchronized every name that a call has made or removed, mode %s", async (mode) => {
    const root = join(await temporaryFolder(), "a/b");
    const names = new Set<string>();
    watchNames(names);
    const store = new LocalObjectStore(root, { fsync: true });
    const waiting = (): string[] => [...names].map((name) => relative(root, name)).sort();
    const published = (): string[] => waiting().filter((name) => !name.startsWith(".slate-sst"));
    await store.put("x/put", utf8("x"), { mode });
    expect(published()).toEqual([]);
    names.clear();
    const { uploadId } = await store.createUpload("x/y/up", { mode, partSize: 1 });
    expect(waiting()).toEqual([]);
    const parts = await Promise.all([1, 2].map(async (number) => await store.uploadPart("x/y/up", uploadId, number, utf8("p"))));
    expect(waiting()).toEqual([]);
    await store.completeUpload("x/y/up", uploadId, parts, { mode });
    expect(published()).toEqual([]);
    await store.delete("x/put");
    expect(published()).toEqual([]);
  });
});

describe("a local store whose file system is full", () => {
  it("gives no receipt for a part whose line in the log was cut", async () => {
    let cuts = 1;
    install((real) => ({
      open: (async (file: string, ...rest: [number]) => {
        const handle: FileHandle = await real.open(file, ...rest);
        if (!file.endsWith("parts.log")) return handle;
        const write = handle.write.bind(handle) as (bytes: Uint8Array, offset?: number, length?: number) => Promise<{ bytesWritten: number }>;
        // As write(2) does when there is room for some of the bytes.
        return Object.assign(handle, { write: async (bytes: Uint8Array) => await (cuts-- > 0 ? write(bytes, 0, 5) : write(bytes)) });
      }) as FileSystem["open"],
    }));
    const store = new LocalObjectStore(await temporaryFolder());
    const { uploadId } = await store.createUpload("a", { mode: "create", partSize: 1 });
    await expect(store.uploadPart("a", uploadId, 1, utf8("x"))).rejects.toMatchObject({ code: "ERR_STORE_FAILED", message: expect.stringContaining("full") });
    const part = await store.uploadPart("a", uploadId, 1, utf8("x"));
    await store.completeUpload("a", uploadId, [part], { mode: "create" });
    expect(await store.get("a")).toEqual(utf8("x"));
  });
});
