// From URLs to stores.
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { LocalObjectStore, MemoryObjectStore, openStore, type OpenStoreOptions } from "../src/index.js";
import { everythingIn, temporaryFolder, utf8 } from "./local-folder.js";

describe("openStore", () => {
  it("opens local stores by absolute file URLs", async () => {
    const root = await temporaryFolder();
    const url = pathToFileURL(root).href;
    for (const text of [url, `${url}/`, `${url}?fsync=true`, `${url}?fsync=false`, url.replace("file://", "file://localhost"), new URL(url)]) {
      const store = await openStore(text);
      expect(store).toBeInstanceOf(LocalObjectStore);
      expect(store.url).toBe(url);
    }
    await (await openStore(`${url}/a%20b?fsync=true`)).put("object", utf8("x"), { mode: "create" });
    expect(await everythingIn(root)).toEqual(["a b", "a b/object"]);
  });

  it("opens what a local store calls itself", async () => {
    const store = new LocalObjectStore(`${await temporaryFolder()}/a b#c%d?e`);
    expect((await openStore(store.url)).url).toBe(store.url);
  });

  it("opens memory stores, one for each name", async () => {
    const store = await openStore("memory:open-store");
    await store.put("object", utf8("x"), { mode: "create" });
    expect(store).toBeInstanceOf(MemoryObjectStore);
    expect((await (await openStore("memory:open-store")).head("object")).size).toBe(1);
    expect((await openStore("memory:")).url).not.toBe((await openStore("memory:")).url);
  });

  it("refuses what it does not understand, and says what it would", async () => {
    const wrong = [
      "", "data", "/data", "ftp://host/x", "file:data", "file://host/data", "file:///data?sync=true", "file:///data?fsync=1", "file:///data#x",
      "file:///a%2Fb", "file:///data?fsync=true&fsync=false", "memory:a b", "memory:~0", "memory:a?b=c", "C:\\data",
    ];
    for (const url of wrong) await expect(openStore(url), url).rejects.toMatchObject({ name: "StoreError", code: "ERR_STORE_URL" });
    await expect(openStore("ftp://user:secret@host/x")).rejects.toThrow(/file:\/\/\/folder.*memory:.*s3:\/\//);
    for (const url of ["ftp://user:secret@host/x", "file://user:secret@localhost/x", "file:///data?password=secret", "file:///%zz?password=secret"]) {
      const error: unknown = await openStore(url).catch((thrown: unknown) => thrown);
      expect(inspect(error), url).not.toContain("secret");
    }
    expect(() => new LocalObjectStore("s3://key:secret@bucket")).toThrow(expect.objectContaining({ code: "ERR_STORE_ARGUMENT", message: expect.not.stringContaining("secret") }));
  });

  it("refuses options that there are not, whatever the store", async () => {
    const wrong: readonly unknown[] = [{ fsync: true }, { retry: { attempts: 1 } }, { retry: { attemptsMax: 0 } }, null];
    for (const options of wrong) {
      for (const url of ["file:///data", "memory:", "gs://bucket"]) await expect(openStore(url, options as OpenStoreOptions), url).rejects.toMatchObject({ code: "ERR_STORE_ARGUMENT" });
    }
    for (const url of [undefined, null, 5]) await expect(openStore(url as unknown as string)).rejects.toMatchObject({ code: "ERR_STORE_ARGUMENT" });
  });

  it("names the package that a scheme needs when it is not installed", async () => {
    const packages = { "s3://bucket/prefix": "@slate-sst/object-store-s3", "gs://bucket": "@slate-sst/object-store-gcs", "az://container": "@slate-sst/object-store-azure" };
    for (const [url, name] of Object.entries(packages)) {
      const missing = Object.assign(new Error(`Cannot find package '${name}' imported from x`), { code: "ERR_MODULE_NOT_FOUND" });
      const opened = openStore(url, { load: async () => await Promise.reject(missing) });
      await expect(opened).rejects.toMatchObject({ code: "ERR_STORE_PACKAGE_MISSING", message: expect.stringContaining(`npm install ${name}`), cause: missing });
    }
  });

  it("hands the URL to the package that is loaded", async () => {
    const store = new MemoryObjectStore();
    const asked: string[] = [];
    const load = async (name: string): Promise<unknown> => ({
      openStore: (url: string) => {
        asked.push(name, url);
        return store;
      },
    });
    expect(await openStore("s3://bucket/prefix?region=eu", { load })).toBe(store);
    expect(asked).toEqual(["@slate-sst/object-store-s3", "s3://bucket/prefix?region=eu"]);
  });

  it("tells a package that fails from one that is missing", async () => {
    const nested = Object.assign(new Error("Cannot find package 'sdk' imported from @slate-sst/object-store-s3"), { code: "ERR_MODULE_NOT_FOUND" });
    await expect(openStore("s3://bucket", { load: async () => await Promise.reject(nested) })).rejects.toMatchObject({ code: "ERR_STORE_FAILED", cause: nested });
    for (const module of [{}, undefined, { openStore: "no" }]) {
      await expect(openStore("s3://bucket", { load: async () => module })).rejects.toMatchObject({ code: "ERR_STORE_FAILED" });
    }
  });

  it("loads packages by import unless told otherwise", async () => {
    // Whether the adapter's package is there depends on the workspace; without a bucket's name no adapter opens anything.
    await expect(openStore("gs:")).rejects.toMatchObject({ name: "StoreError", code: expect.stringMatching(/^ERR_STORE_(PACKAGE_MISSING|URL)$/) });
  });
});
