// The package as others see it: what it exports, that browsers can bundle it, and that each error code can be met.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ERROR_CATALOGUE } from "@slate-sst/format";
import { describe, expect, it } from "vitest";
import * as adapter from "../src/adapter/index.js";
import * as contract from "../src/contract/index.js";
import * as main from "../src/index.js";
import { storeErrorOf } from "../src/local/file-errors.js";
import { nodeModules } from "../src/local/node.js";
import * as testing from "../src/testing/index.js";

const folder = fileURLToPath(new URL("..", import.meta.url));

describe("the package", () => {
  it("exports these values and no others", () => {
    expect(Object.keys(main).sort()).toEqual([
      "LocalObjectStore", "MEMORY_CAPABILITIES", "MemoryObjectStore", "OBJECT_PATH_BYTES_MAX", "OBJECT_PATH_SEGMENT_BYTES_MAX", "RetryingObjectStore",
      "STAGING_SEGMENT", "StoreError", "StoreRoot", "StoreUrl", "WRITE_ID_METADATA", "assertCompleteUpload", "assertCreateUpload", "assertGetRange",
      "assertListPrefix", "assertListUploads", "assertListing", "assertObjectCall", "assertObjectPath", "assertPartOfUpload", "assertPut",
      "assertRangeInObject", "assertStream", "assertUploadCall", "assertUploadPart", "bodyChunks", "bodySize", "compareObjectPaths", "copyBody",
      "crc32Checksum", "isObjectPath", "isStoreError", "newWriteId", "openStore", "partsSize", "planParts", "requireUploads", "storeUrlText",
      "systemClock", "uploadNotFound", "verifyCrc32", "withWriteId", "withoutWriteId",
    ]);
    expect(Object.keys(adapter).sort()).toEqual(["NETWORK_FAILURES", "ObjectReads", "codeOfStatus", "damagedOnTheWay", "isPassingStatus"]);
    expect(Object.keys(contract).sort()).toEqual(["ContractError", "objectStoreContract", "objectStoreContractCases"]);
    expect(Object.keys(testing).sort()).toEqual(["DecoratedObjectStore", "FailingObjectStore", "FaultPlan", "ManualClock", "RecordingObjectStore"]);
  });

  it("points each export at a source, and at what is built from it", () => {
    const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { exports: Record<string, Record<string, string>> };
    expect(Object.keys(exports)).toEqual([".", "./adapter", "./contract", "./testing"]);
    for (const conditions of Object.values(exports)) {
      expect(Object.keys(conditions)).toEqual(["@slate-sst/source", "types", "default"]);
      const source = conditions["@slate-sst/source"] ?? "";
      expect(readFileSync(join(folder, source), "utf8").length).toBeGreaterThan(0);
      expect(conditions["default"]).toBe(source.replace("./src/", "./dist/").replace(/\.ts$/, ".js"));
      expect(conditions["types"]).toBe(source.replace("./src/", "./dist/").replace(/\.ts$/, ".d.ts"));
    }
  });

  it("imports nothing of Node, so that it can be bundled for browsers", () => {
    const sources = readdirSync(join(folder, "src"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
    expect(sources.length).toBeGreaterThan(20);
    for (const name of sources) {
      expect(readFileSync(join(folder, "src", name), "utf8"), name).not.toMatch(/^\s*(import|export)\b(?! type).*["']node:/m);
    }
  });
});

describe("outside Node", () => {
  it("local stores are refused by name", () => {
    const { process } = globalThis;
    try {
      Object.defineProperty(globalThis, "process", { value: undefined, configurable: true, writable: true });
      expect(() => nodeModules()).toThrow(expect.objectContaining({ code: "ERR_STORE_UNSUPPORTED" }));
    } finally {
      Object.defineProperty(globalThis, "process", { value: process, configurable: true, writable: true });
    }
  });
});

describe("store errors", () => {
  it("have codes of the catalogue", () => {
    const error = new main.StoreError("ERR_STORE_FAILED", "text", { path: "a", cause: 1, retryable: true });
    expect(error).toMatchObject({ name: "StoreError", code: "ERR_STORE_FAILED", path: "a", cause: 1, retryable: true });
    expect(new main.StoreError("ERR_STORE_FAILED", "text")).toMatchObject({ path: undefined, retryable: false });
    expect(ERROR_CATALOGUE[error.code]).toMatch(/store/i);
  });

  it("are recognised, also those of another copy of this package", () => {
    expect(main.isStoreError(new main.StoreError("ERR_STORE_PATH", ""), "ERR_STORE_PATH")).toBe(true);
    expect(main.isStoreError(new main.StoreError("ERR_STORE_PATH", ""), "ERR_STORE_URL")).toBe(false);
    expect(main.isStoreError(Object.assign(new Error(""), { name: "StoreError", code: "ERR_STORE_PATH" }))).toBe(true);
    for (const value of [undefined, "x", new Error("x"), Object.assign(new Error(""), { code: "ERR_STORE_PATH" })]) expect(main.isStoreError(value)).toBe(false);
  });

  it("tell refused access and passing conditions of the file system from failures", () => {
    const system = (code: string): unknown => storeErrorOf(Object.assign(new Error(code), { code, syscall: "open" }), "a");
    for (const code of ["EACCES", "EPERM", "EROFS"]) expect(system(code)).toMatchObject({ code: "ERR_STORE_PERMISSION", path: "a" });
    for (const code of ["ENAMETOOLONG", "ELOOP", "ENOTDIR"]) expect(system(code)).toMatchObject({ code: "ERR_STORE_PATH" });
    expect(system("EMFILE")).toMatchObject({ code: "ERR_STORE_FAILED", retryable: true });
    expect(system("ENOSPC")).toMatchObject({ code: "ERR_STORE_FAILED", retryable: false });
    const other = new TypeError("x");
    expect(storeErrorOf(other, "a")).toBe(other);
  });
});
