// What local stores promise beyond the contract: where bytes lie, and that nothing lies or leads elsewhere.
import { execFileSync } from "node:child_process";
import { mkdir, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { LocalObjectStore, type ObjectStore, type StoreError } from "../src/index.js";
import { assertLocalPath } from "../src/local/local-root.js";
import { collect, everythingIn, temporaryFolder, utf8 } from "./local-folder.js";

const OVERWRITE = { mode: "overwrite" } as const;
const CREATE = { mode: "create" } as const;

/** Every way to reach an object. */
function waysTo(store: ObjectStore, path: string): Record<string, () => Promise<unknown>> {
  return {
    get: async () => await store.get(path),
    getRange: async () => await store.getRange(path, 0, 1),
    stream: async () => await collect(store.stream(path)),
    open: async () => await store.openObject?.(path),
    head: async () => await store.head(path),
    delete: async () => await store.delete(path),
    create: async () => await store.put(path, utf8("x"), CREATE),
    overwrite: async () => await store.put(path, utf8("x"), OVERWRITE),
    createUpload: async () => await store.createUpload(path, { mode: "overwrite", partSize: 1 }),
  };
}

async function expectRefused(store: ObjectStore, path: string): Promise<void> {
  for (const [way, call] of Object.entries(waysTo(store, path))) {
    await expect(call(), `${way} ${path}`).rejects.toMatchObject({ name: "StoreError", code: "ERR_STORE_PATH" });
  }
}

describe("an object that is kept open", () => {
  it("fills the caller's memory with any of its bytes, and no more", async () => {
    const store = new LocalObjectStore(await temporaryFolder());
    await store.put("a/b", utf8("0123456789"), CREATE);
    const object = await store.openObject("a/b");
    expect(object.size).toBe("0123456789".length);
    const memory = new Uint8Array(6);
    await object.readInto(memory.subarray(1, 5), 3);
    expect(memory).toEqual(Uint8Array.of(0, ...utf8("3456"), 0));
    await expect(object.readInto(memory, 5)).rejects.toMatchObject({ code: "ERR_STORE_RANGE" });
    await expect(object.readInto(memory, -1)).rejects.toMatchObject({ code: "ERR_STORE_RANGE" });
    await object.readInto(memory, 4);
    expect(memory).toEqual(utf8("456789"));
    await object.close();
  });

  it("stays the version that it was, and says when that was cut", async () => {
    const folder = await temporaryFolder();
    const store = new LocalObjectStore(folder);
    await store.put("a", utf8("old"), CREATE);
    const object = await store.openObject("a");
    await store.put("a", utf8("new!"), OVERWRITE);
    const memory = new Uint8Array(3);
    await object.readInto(memory, 0);
    expect(memory).toEqual(utf8("old"));
    await object.close();
    const cut = await store.openObject("a");
    await writeFile(join(folder, "a"), "n");
    await expect(cut.readInto(memory, 0)).rejects.toMatchObject({ code: "ERR_STORE_RANGE" });
    await cut.close();
  });

  it("must be there", async () => {
    await expect(new LocalObjectStore(await temporaryFolder()).openObject("a")).rejects.toMatchObject({ code: "ERR_STORE_NOT_FOUND" });
  });
});

describe("a root that is a URL", () => {
  it.each(["file:///data", "s3://bucket/x", "S3://bucket"])("%s is refused: it would become a folder of that name", (root) => {
    expect(() => new LocalObjectStore(root)).toThrow(expect.objectContaining({ code: "ERR_STORE_ARGUMENT" }));
  });
});

describe("the folder of a local store", () => {
  it("is made by the first write, and holds objects as plain files and nothing else", async () => {
    const root = join(await temporaryFolder(), "new", "root");
    for (const fsync of [false, true]) {
      const store = new LocalObjectStore(root, { fsync });
      await expect(store.head("db/object")).rejects.toMatchObject({ code: "ERR_STORE_NOT_FOUND" });
      expect(await collect(store.list(""))).toEqual([]);
      expect(await collect(store.listUploads(""))).toEqual([]);
      await store.delete("db/object");
      await expect(stat(root)).rejects.toThrow("ENOENT");
      await store.put("db/object", utf8("bytes"), CREATE);
      const { uploadId } = await store.createUpload("db/other", { mode: "create", partSize: 1 });
      await store.completeUpload("db/other", uploadId, [await store.uploadPart("db/other", uploadId, 1, utf8("x"))], CREATE);
      expect(await everythingIn(root)).toEqual(["db", "db/object", "db/other"]);
      expect(await readFile(join(root, "db/object"), "utf8")).toBe("bytes");
      await rm(root, { recursive: true });
    }
  });

  it("is named by an absolute file URL", async () => {
    const root = await temporaryFolder();
    expect(new LocalObjectStore(root).url).toBe(pathToFileURL(root).href);
    expect(new LocalObjectStore(relative(process.cwd(), root), { fsync: true }).url).toBe(pathToFileURL(root).href);
  });

  it("stays clean when a call fails", async () => {
    const root = await temporaryFolder();
    const store = new LocalObjectStore(root);
    await store.put("object", utf8("x"), CREATE);
    await expect(store.put("object", utf8("y"), CREATE)).rejects.toMatchObject({ code: "ERR_STORE_ALREADY_EXISTS" });
    await expect(store.createUpload("object", { mode: "create", partSize: 1 })).rejects.toMatchObject({ code: "ERR_STORE_ALREADY_EXISTS" });
    await expect(store.put("object/below", utf8("y"), CREATE)).rejects.toMatchObject({ code: "ERR_STORE_PATH" });
    const { uploadId } = await store.createUpload("other", { mode: "create", partSize: 1 });
    await store.abortUpload("other", uploadId);
    expect(await everythingIn(root)).toEqual(["object"]);
  });

  it("stays clean when many store objects write at once", async () => {
    const root = await temporaryFolder();
    const stores = Array.from({ length: 4 }, () => new LocalObjectStore(root));
    const names = Array.from({ length: 200 }, (_, index) => `object-${index}`);
    await Promise.all(names.map(async (name, index) => await stores[index % stores.length]?.put(name, utf8(name), CREATE)));
    expect(await everythingIn(root)).toEqual(names.sort());
  });

  it("may be reached through a link", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "real"));
    await symlink("real", join(folder, "link"));
    await new LocalObjectStore(join(folder, "link")).put("a/b", utf8("x"), CREATE);
    expect(await everythingIn(folder)).toEqual(["link", "real", "real/a", "real/a/b"]);
  });

  it("may be a name with characters that URLs escape", async () => {
    const root = join(await temporaryFolder(), "a b#c%20d?e");
    const store = new LocalObjectStore(root);
    await store.put("object", utf8("x"), CREATE);
    expect(await everythingIn(root)).toEqual(["object"]);
    expect(store.url).toMatch(/a%20b%23c%2520d%3Fe$/);
  });

  it("has to be given by a name", () => {
    for (const root of ["", "a\0b", undefined as unknown as string]) {
      expect(() => new LocalObjectStore(root)).toThrow(expect.objectContaining({ code: "ERR_STORE_ARGUMENT" }));
    }
    expect(() => new LocalObjectStore("x", { sync: true } as never)).toThrow(expect.objectContaining({ code: "ERR_STORE_ARGUMENT" }));
    expect(() => new LocalObjectStore("x", { fsync: "yes" as never })).toThrow(expect.objectContaining({ code: "ERR_STORE_ARGUMENT" }));
  });
});

describe("symbolic links below the root", () => {
  it("are refused as folders, wherever they lead, and nothing is made behind them", async () => {
    const folder = await temporaryFolder();
    const [root, outside] = [join(folder, "root"), join(folder, "outside")];
    await mkdir(join(root, "inside"), { recursive: true });
    await mkdir(outside);
    await writeFile(join(outside, "object"), "secret");
    await writeFile(join(root, "inside/object"), "own");
    await symlink("../outside", join(root, "out"));
    await symlink("inside", join(root, "in"));
    await symlink("../outside/not-there", join(root, "dangling"));
    await symlink("loop", join(root, "loop"));
    const store = new LocalObjectStore(root);
    for (const path of ["out/object", "in/object", "in/new"]) await expectRefused(store, path);
    for (const path of ["out/new/object", "dangling/object", "dangling/new/object"]) {
      await expect(store.get(path)).rejects.toMatchObject({ code: "ERR_STORE_NOT_FOUND" });
      await expect(store.put(path, utf8("x"), OVERWRITE)).rejects.toMatchObject({ code: "ERR_STORE_PATH" });
    }
    await expectRefused(store, "loop/object");
    expect(await everythingIn(outside)).toEqual(["object"]);
    expect((await collect(store.list(""))).map(({ path }) => path)).toEqual(["inside/object"]);
    await expect(collect(store.list("out/"))).rejects.toMatchObject({ code: "ERR_STORE_PATH" });
  });

  it("are refused as objects, and stay", async () => {
    const folder = await temporaryFolder();
    const root = join(folder, "root");
    await mkdir(root);
    await writeFile(join(folder, "outside"), "secret");
    await symlink("../outside", join(root, "link"));
    await symlink("../not-there", join(root, "dangling"));
    const store = new LocalObjectStore(root);
    await expectRefused(store, "link");
    await expectRefused(store, "dangling");
    expect(await readlink(join(root, "link"))).toBe("../outside");
    expect(await readFile(join(folder, "outside"), "utf8")).toBe("secret");
    expect(await collect(store.list(""))).toEqual([]);
    expect(await everythingIn(root)).toEqual(["dangling", "link"]);
  });

  it("are refused in the place of an object that came while it was uploaded", async () => {
    const folder = await temporaryFolder();
    const root = join(folder, "root");
    const store = new LocalObjectStore(root);
    const { uploadId } = await store.createUpload("a/b", { mode: "overwrite", partSize: 1 });
    const receipt = await store.uploadPart("a/b", uploadId, 1, utf8("x"));
    await mkdir(join(folder, "outside"));
    await symlink("../outside", join(root, "a"));
    await expect(store.completeUpload("a/b", uploadId, [receipt], OVERWRITE)).rejects.toMatchObject({ code: "ERR_STORE_PATH" });
    expect(await everythingIn(join(folder, "outside"))).toEqual([]);
  });

  it("are refused as the staging area, and so is a file", async () => {
    const folder = await temporaryFolder();
    const root = join(folder, "root");
    await mkdir(root);
    await symlink("..", join(root, ".slate-sst"));
    const store = new LocalObjectStore(root);
    await expect(store.put("object", utf8("x"), CREATE)).rejects.toMatchObject({ code: "ERR_STORE_PATH" });
    await expect(collect(store.listUploads(""))).rejects.toMatchObject({ code: "ERR_STORE_PATH" });
    await rm(join(root, ".slate-sst"));
    await writeFile(join(root, ".slate-sst"), "");
    await expect(store.createUpload("object", { mode: "create", partSize: 1 })).rejects.toMatchObject({ code: "ERR_STORE_PATH" });
    expect(await everythingIn(folder)).toEqual(["root", "root/.slate-sst"]);
  });
});

describe("what lies in the folder besides", () => {
  it("is not listed when no object path names it", async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, "db/.slate-sst"), { recursive: true });
    for (const name of ["db/.slate-sst/put-1", "back\\slash", "line\nend", "db/object"]) await writeFile(join(root, name), "x");
    execFileSync("mkfifo", [join(root, "pipe")]);
    const store = new LocalObjectStore(root);
    expect((await collect(store.list(""))).map(({ path }) => path)).toEqual(["db/object"]);
    await expect(store.get("pipe")).rejects.toMatchObject({ code: "ERR_STORE_NOT_FOUND" });
    await expect(store.head("pipe")).rejects.toMatchObject({ code: "ERR_STORE_NOT_FOUND" });
    await expect(store.put("pipe", utf8("x"), CREATE)).rejects.toMatchObject({ code: "ERR_STORE_PATH" });
  });

  it.skipIf(process.platform === "win32")("is told of as skipped where its name is no object path: it takes up room all the same", async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, ".slate-sst/upload-x"), { recursive: true });
    await mkdir(join(root, "db/b\\c"), { recursive: true });
    for (const name of ["db/a\\b", "db/line\nend", "db/object"]) await writeFile(join(root, name), "x");
    const skipped: string[] = [];
    const found = await collect(new LocalObjectStore(root).list("", { onSkipped: (path) => void skipped.push(path) }));
    expect([found.map(({ path }) => path), skipped]).toEqual([["db/object"], ["db/a\\b", "db/b\\c", "db/line\nend"]]);
  });

  it("is named when it is in the way", async () => {
    const root = await temporaryFolder();
    const store = new LocalObjectStore(root);
    await store.put("a/b", utf8("x"), CREATE);
    for (const options of [CREATE, OVERWRITE]) {
      await expect(store.put("a", utf8("x"), options)).rejects.toMatchObject({ code: "ERR_STORE_PATH", path: "a" });
      await expect(store.put("a/b/c", utf8("x"), options)).rejects.toMatchObject({ code: "ERR_STORE_PATH", path: "a/b/c" });
    }
    await expect(store.createUpload("a/b/c/d", { mode: "create", partSize: 1 })).rejects.toMatchObject({ code: "ERR_STORE_PATH" });
    expect(await everythingIn(root)).toEqual(["a", "a/b"]);
  });

  it("is read as objects when other programs put it there", async () => {
    const root = await temporaryFolder();
    await writeFile(join(root, "object"), "bytes");
    const store = new LocalObjectStore(root);
    expect(new TextDecoder().decode(await store.get("object"))).toBe("bytes");
    const { etag } = await store.head("object");
    await writeFile(join(root, "object"), "other bytes");
    expect((await store.head("object")).etag).not.toBe(etag);
  });
});

describe("bodies", () => {
  it("may have more chunks than the operating system takes at a time", async () => {
    const store = new LocalObjectStore(await temporaryFolder());
    const chunks = Array.from({ length: 5000 }, (_, index) => new Uint8Array(index % 7).fill(index));
    await store.put("object", chunks, CREATE);
    expect(Buffer.compare(await store.get("object"), Buffer.concat(chunks))).toBe(0);
  });

  it("may be of any kind of Uint8Array, with an offset too", async () => {
    const store = new LocalObjectStore(await temporaryFolder());
    await store.put("object", [Buffer.from("ab"), utf8("xcdx").subarray(1, 3)], CREATE);
    expect(new TextDecoder().decode(await store.get("object"))).toBe("abcd");
  });
});

describe("errors", () => {
  it("carry the failed system call as their cause", async () => {
    const root = await temporaryFolder();
    await writeFile(join(root, "file"), "");
    const error = await new LocalObjectStore(join(root, "file", "root")).put("object", utf8("x"), CREATE).catch((thrown: StoreError) => thrown);
    expect(error).toMatchObject({ name: "StoreError", code: "ERR_STORE_PATH", cause: { syscall: expect.any(String) } });
  });
});

describe("Windows", () => {
  it("refuses names that its file systems take for something else", () => {
    for (const path of ["C:x", "a/b:stream", "a?", "a*", "a|b", "<", ">", '"', "a./b", "a /b", "con", "x/NUL", "com1.txt", "Lpt9"]) {
      expect(() => assertLocalPath(path, "win32"), path).toThrow(expect.objectContaining({ code: "ERR_STORE_PATH" }));
      expect(() => assertLocalPath(path, "linux"), path).not.toThrow();
    }
    for (const path of ["console", "a.b", ".a", "com", "com10"]) expect(() => assertLocalPath(path, "win32"), path).not.toThrow();
  });
});
