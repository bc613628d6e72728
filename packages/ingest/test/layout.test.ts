// Where a database's objects lie.
import { describe, expect, it } from "vitest";
import { compactedPrefix, isManifestPath, manifestPath, manifestPrefix, rootPrefix, sstIdOf, sstPath } from "../src/layout.js";

const ULID = "01ARYZ6S41TSV4RRFFQ69G5FAV";

describe("the layout of a database", () => {
  it.each([["", ""], ["db", "db/"], ["a/b", "a/b/"]])("root %j", (root, prefix) => {
    expect(rootPrefix(root)).toBe(prefix);
    expect(compactedPrefix(root)).toBe(`${prefix}compacted/`);
    expect(manifestPrefix(root)).toBe(`${prefix}manifest/`);
    expect(manifestPath(root, 1n)).toBe(`${prefix}manifest/00000000000000000001.manifest`);
    expect(manifestPath(root, 2n ** 64n - 1n)).toBe(`${prefix}manifest/18446744073709551615.manifest`);
    const id = sstIdOf(root, `${prefix}compacted/${ULID}.sst`);
    expect(id).toBeDefined();
    expect(id === undefined ? undefined : sstPath(root, id)).toBe(`${prefix}compacted/${ULID}.sst`);
  });

  it.each([
    ["db", `db2/compacted/${ULID}.sst`],
    ["db", `compacted/${ULID}.sst`],
    ["", `db/compacted/${ULID}.sst`],
    ["db", `db/compacted/x/${ULID}.sst`],
    ["db", `db/compacted/${ULID}`],
    ["db", `db/compacted/${ULID}.sst.sst`],
    ["db", `db/compacted/${ULID.toLowerCase()}.sst`],
    ["db", `db/compacted/8${ULID.slice(1)}.sst`],
    ["db", `db/compacted/${ULID.slice(1)}.sst`],
    ["db", "db/compacted/.sst"],
    ["db", `db/wal/${ULID}.sst`],
    ["db", `db/COMPACTED/${ULID}.sst`],
  ])("of %j no SST is %s", (root, path) => expect(sstIdOf(root, path)).toBeUndefined());

  it("tells manifests from what lies beside them", () => {
    expect(isManifestPath("db", manifestPath("db", 7n))).toBe(true);
    expect(isManifestPath("", manifestPath("", 7n))).toBe(true);
    for (const path of ["db/manifest/1.manifest", "db/manifest/00000000000000000001xmanifest", "db/manifest/00000000000000000001.manifest.bak", "db/manifest/x/00000000000000000001.manifest", "db2/manifest/00000000000000000001.manifest"]) {
      expect(isManifestPath("db", path)).toBe(false);
    }
    expect(isManifestPath("", manifestPath("db", 1n))).toBe(false);
  });
});
