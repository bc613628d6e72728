// The demo deletes a folder at every run. These tests show that it is never anybody else's.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { STAGING_SEGMENT } from "@slate-sst/object-store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DATABASE_ROOT, FolderError, prepareFolder } from "../src/demo-folder.js";

const MARKER = "MADE-BY-THE-DEMO.txt";

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "slate-sst-demo-folder-"));
  folder = join(parent, "demo-data");
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

function put(...path: readonly string[]): string {
  const file = join(folder, ...path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, "precious");
  return file;
}

describe("prepareFolder", () => {
  it("makes the folder, and says whose it is", () => {
    expect(prepareFolder(folder)).toBe(false);
    expect(readdirSync(folder)).toEqual([MARKER]);
    expect(readFileSync(join(folder, MARKER), "utf8")).toContain("Its next run deletes everything in it.");
  });

  it("takes an empty folder", () => {
    mkdirSync(folder);
    expect(prepareFolder(folder)).toBe(false);
    expect(readdirSync(folder)).toEqual([MARKER]);
  });

  it("empties its own folder, whatever a killed run left there", () => {
    prepareFolder(folder);
    put(DATABASE_ROOT, "compacted", "half.sst");
    put(STAGING_SEGMENT, "put-of-a-killed-run");
    expect(prepareFolder(folder)).toBe(true);
    expect(readdirSync(folder)).toEqual([MARKER]);
  });

  it("refuses a folder with a file it did not put there, and deletes nothing", () => {
    prepareFolder(folder);
    const database = put(DATABASE_ROOT, "compacted", "x.sst");
    const foreign = put("thesis.txt");
    expect(() => prepareFolder(folder)).toThrow(FolderError);
    expect(() => prepareFolder(folder)).toThrow(/holds thesis\.txt, .*Nothing was deleted/);
    expect([database, foreign].every((file) => existsSync(file))).toBe(true);
  });

  it("refuses a database without the marker, or with another file in its place", () => {
    const database = put(DATABASE_ROOT, "compacted", "x.sst");
    expect(() => prepareFolder(folder)).toThrow(/lacks the demo's own MADE-BY-THE-DEMO\.txt/);
    put(MARKER);
    expect(() => prepareFolder(folder)).toThrow(FolderError);
    expect(existsSync(database)).toBe(true);
  });

  it("refuses a link to a folder, and a file", () => {
    const target = join(parent, "elsewhere");
    prepareFolder(target);
    symlinkSync(target, folder);
    expect(() => prepareFolder(folder)).toThrow(/is not a folder/);
    rmSync(folder);
    writeFileSync(folder, "precious");
    expect(() => prepareFolder(folder)).toThrow(/is not a folder/);
    expect(readFileSync(folder, "utf8")).toBe("precious");
  });

  it("removes a link in the database's place, not what it leads to", () => {
    prepareFolder(folder);
    const target = join(parent, "elsewhere");
    mkdirSync(target);
    writeFileSync(join(target, "precious.txt"), "precious");
    symlinkSync(target, join(folder, DATABASE_ROOT));
    prepareFolder(folder);
    expect(readdirSync(target)).toEqual(["precious.txt"]);
    expect(readdirSync(folder)).toEqual([MARKER]);
  });
});
