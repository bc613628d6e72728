// `slate-sst uploads`: what was left unfinished in a folder, told apart and removed.
import { type UploadsReportJson } from "@slate-sst/format/proto";
import { LocalObjectStore } from "@slate-sst/object-store";
import { SstWriter } from "@slate-sst/writer";
import { describe, expect, it } from "vitest";
import { run, temporaryFolder } from "./command-run.js";

const CONFIG = { partSize: 4096, blockSize: 1024 } as const;

async function begin(store: LocalObjectStore, path: string, rows = 400): Promise<void> {
  const writer = await SstWriter.create(store, path, { ...CONFIG, checkpoint: { store, prefix: "journals", everyParts: 1 } });
  for (let row = 0; row < rows; row++) await writer.put(`key-${String(row).padStart(6, "0")}`, "x".repeat(50));
  await writer.detach();
}

/** A folder with every kind of upload in it. */
async function unfinished(): Promise<{ folder: string; store: LocalObjectStore }> {
  const folder = temporaryFolder();
  const store = new LocalObjectStore(folder);
  await begin(store, "resumable.sst");
  await begin(store, "empty.sst", 1);
  await begin(store, "gone.sst");
  for await (const { path, uploadId } of store.listUploads("gone.sst")) await store.abortUpload(path, uploadId);
  const parts = { mode: "overwrite", partSize: 1024 } as const;
  await store.createUpload("resumable.sst", parts);
  await store.createUpload("someone-elses.bin", parts);
  await store.put("done.sst", Uint8Array.of(1), { mode: "create" });
  return { folder, store };
}

const listed = async (...argv: string[]): Promise<string[]> => {
  const { code, stdout, stderr } = await run(["uploads", ...argv, "--journals", "journals"]);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout.trimEnd().split("\n");
};

/** State and path of each line, and what comes before. */
const short = (lines: readonly string[]): string[] => lines.map((line) => line.replace(/ +\d+[hd] +(\S+) .*$/, " $1")).sort();

describe("slate-sst uploads", () => {
  it("lists what is resumable, orphaned and foreign", async () => {
    const { folder } = await unfinished();
    expect(short(await listed("list", folder))).toEqual([
      "foreign someone-elses.bin", "orphaned gone.sst", "orphaned resumable.sst", "resumable empty.sst", "resumable resumable.sst",
    ]);
    expect(await listed("list", folder, "--older-than", "7d")).toEqual(["no unfinished uploads"]);
    expect(await listed("list", temporaryFolder())).toEqual(["no unfinished uploads"]);
  });

  it("removes nothing in a dry run, all but foreign ones with --yes, and nothing that is too young", async () => {
    const { folder, store } = await unfinished();
    const before = await listed("list", folder);
    const planned = await listed("abort", folder);
    expect(planned.filter((line) => line.startsWith("would remove"))).toHaveLength(4);
    expect(planned.at(-1)).toMatch(/dry run/);
    expect((await listed("abort", folder, "--older-than", "7d", "--yes")).filter((line) => line.includes("removed"))).toEqual([]);
    expect((await listed("list", folder)).sort()).toEqual(before.sort());

    const removed = await listed("abort", folder, "--older-than", "0s", "--yes");
    expect(removed.filter((line) => line.startsWith("removed"))).toHaveLength(4);
    expect(short(await listed("list", folder))).toEqual(["foreign someone-elses.bin"]);
    const paths: string[] = [];
    for await (const { path } of store.list("")) paths.push(path);
    expect(paths).toEqual(["done.sst"]);
  });

  it("stops a writer whose upload it removes", async () => {
    const folder = temporaryFolder();
    const store = new LocalObjectStore(folder);
    const writer = await SstWriter.create(store, "live.sst", { ...CONFIG, checkpoint: { store, prefix: "journals", everyParts: 1 } });
    for (let row = 0; row < 200; row++) await writer.put(`key-${String(row).padStart(6, "0")}`, "x".repeat(50));
    await listed("abort", folder, "--yes");
    await expect(writer.close()).rejects.toMatchObject({ code: expect.stringMatching(/ERR_SST_(FENCED|WRITE)/) });
    await writer.abort();
    expect(await listed("list", folder)).toEqual(["no unfinished uploads"]);
  });

  it("tells the same as JSON", async () => {
    const { folder } = await unfinished();
    const report = JSON.parse((await listed("abort", folder, "--json")).join("")) as UploadsReportJson;
    const found = report.uploads?.find(({ path, state }) => path === "resumable.sst" && state === "UPLOAD_STATE_RESUMABLE");
    expect(found).toMatchObject({ action: "UPLOAD_ACTION_PLANNED", reason: expect.stringContaining("goes on"), journal: expect.stringMatching(/^journals\//) });
    expect(Number(found?.rows)).toBeGreaterThan(100);
    expect(report.uploads?.map(({ action, state }) => `${state} ${action}`)).toContain("UPLOAD_STATE_FOREIGN UPLOAD_ACTION_UNSPECIFIED");
  });

  it.each([[["uploads"], /list|abort/], [["uploads", "list", "."], /--journals/], [["uploads", "list", ".", "--journals", "x", "--older-than", "soon"], /7d/]])("refuses %j", async (argv, text) => {
    const { code, stdout, stderr } = await run(argv);
    expect(code).toBe(2);
    expect(stdout + stderr).toMatch(text);
  });
});
