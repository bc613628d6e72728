// `--db` and `--manifest`: a database that real SlateDB wrote, as far as its files are among the vectors, on disk.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { decodeManifest, encodeManifestV1, formatUlid, MANIFEST_VERSION_V1 } from "@slate-sst/format";
import { fromJson, ListedSstState, VerifyLineSchema, VerifyReportSchema } from "@slate-sst/format/proto";
import { describe, expect, test } from "vitest";
import { flip, golden, place, placeGolden, run, temporaryFolder } from "./cli-run.js";

const MANIFEST = "manifest/00000000000000000010.manifest";

/** A sound database of one run; the SST with this number in it is damaged. */
function placeDatabase(folder: string, damaged?: number): { readonly ssts: readonly string[] } {
  const decoded = decodeManifest(Uint8Array.from(readFileSync(join(golden, "sorted-run-multi-sst--manifest-last.manifest"))));
  if (decoded.version !== MANIFEST_VERSION_V1) throw new Error("the vector is a ManifestV1");
  const { manifest } = decoded;
  place(folder, MANIFEST, encodeManifestV1({ ...manifest, l0: [], checkpoints: [] }));
  const [sortedRun] = manifest.compacted;
  const ssts = (sortedRun?.ssts ?? []).map(({ id }, at) => placeGolden(folder, `compacted/${formatUlid(id)}.sst`, `sorted-run-multi-sst--run0-${at}`, at === damaged ? flip(20) : undefined));
  return { ssts };
}

describe("a database", () => {
  test("that is sound", async () => {
    const folder = temporaryFolder();
    placeDatabase(folder);
    const sound = { code: 0, stdout: `${folder}: sound (full, ${MANIFEST}, 4 SSTs, 450 rows)\n4 files: 4 sound\n`, stderr: "" };
    const without = ({ code, stdout, stderr }: Awaited<ReturnType<typeof run>>): typeof sound => ({ code, stdout: stdout.replace(/0 errors, 0 warnings, 0 notes; .*\n$/, ""), stderr });
    expect(without(await run(["--db", folder]))).toEqual(sound);
    expect(without(await run(["--manifest", join(folder, MANIFEST), "--jobs", "1"]))).toEqual(sound);
    expect((await run(["--db", `${pathToFileURL(folder).href}/`, "--quiet"]))).toEqual({ code: 0, stdout: "", stderr: "" });
    expect((await run(["--manifest", `${pathToFileURL(join(folder, MANIFEST)).href}?fsync=false`])).code).toBe(0);
  });

  test("with a damaged and a missing SST: findings by object, then what is true of the whole", async () => {
    const folder = temporaryFolder();
    const { ssts: [first = "", , third = ""] } = placeDatabase(folder, 2);
    rmSync(first);
    const { code, stdout, stderr } = await run(["--db", folder]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(stdout).toContain(`${first}\n  error M1.3 `);
    expect(stdout).toContain(`\n\n${third}\n  error F4.1 `);
    expect(stdout).toContain(`\n\n${folder}: not sound: 2 errors (full, ${MANIFEST}, 4 SSTs, `);
    expect(stdout).toContain("4 files: 2 sound, 2 not sound");
  });

  test("as JSON, JSON lines and SARIF", async () => {
    const folder = temporaryFolder();
    const { ssts } = placeDatabase(folder, 2);
    const report = fromJson(VerifyReportSchema, JSON.parse((await run(["--db", folder, "--json"])).stdout));
    expect(report).toMatchObject({ files: [], summary: { files: 4n, filesSound: 3n, filesUnsound: 1n, counts: { errors: 1n } } });
    expect(report.database).toMatchObject({
      root: folder, sound: false, findings: [{ rule: "F4.1", object: ssts[2], path: "block[0]", bitFlip: { offset: 20n } }], manifest: { path: MANIFEST, number: 10n, version: 1, newest: true },
    });
    expect(report.database?.ssts.map(({ state }) => state)).toEqual([ListedSstState.CHECKED, ListedSstState.CHECKED, ListedSstState.INCOMPLETE, ListedSstState.CHECKED]);
    const lines = (await run(["--db", folder, "--jsonl"])).stdout.trimEnd().split("\n").map((line) => fromJson(VerifyLineSchema, JSON.parse(line)).line);
    expect(lines).toMatchObject([{ case: "finding", value: { object: ssts[2] } }, { case: "report", value: { database: { root: folder, findings: [] }, summary: { files: 4n } } }]);
    const log = JSON.parse((await run(["--db", folder, "--sarif"])).stdout) as { runs: [{ results: { locations: [{ physicalLocation: { artifactLocation: { uri: string } } }] }[] }] };
    expect(log.runs[0].results.map(({ locations }) => locations[0].physicalLocation.artifactLocation.uri)).toEqual([pathToFileURL(ssts[2] ?? "").href]);
  });

  test("that is not there cannot be verified", async () => {
    const folder = temporaryFolder();
    const { code, stdout } = await run(["--db", folder]);
    expect(stdout).toMatch(/could not be verified: .*\(ERR_STORE_NOT_FOUND\)\n$/);
    expect(code).toBe(2);
    const json = await run(["--db", folder, "--json"]);
    expect(fromJson(VerifyReportSchema, JSON.parse(json.stdout))).toMatchObject({ database: { failure: { code: "ERR_STORE_NOT_FOUND" } }, summary: { sound: false, filesFailed: 1n } });
    expect(json).toMatchObject({ code: 2, stderr: expect.stringMatching(/^sst-verify: .*\n$/) });
  });
});
