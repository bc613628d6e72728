// Whom we compare ourselves with, as far as they are there.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { type Built, buildPeer, INSTALL_HINT, type Library } from "./build.js";

const ROCKSDB: Library = { name: "rocksdb", header: "rocksdb/sst_file_writer.h" };

export interface Peers {
  readonly rocksdbWriter: Built;
  readonly rocksdbReader: Built;
  readonly rocksdbVersion: string | undefined;
  readonly sstDump: Built;
  /** Tells the memory and processor time of whole processes. */
  readonly measured: Built;
  /** The binding's version, or why it cannot be loaded. */
  readonly binding: { readonly version: string } | { readonly missing: string };
}

/** Builds what can be built. @throws Error when a program does not compile */
export async function findPeers(): Promise<Peers> {
  const version = buildPeer("rocksdb_version", [ROCKSDB]);
  return {
    rocksdbWriter: buildPeer("rocksdb_writer", [ROCKSDB]),
    rocksdbReader: buildPeer("rocksdb_reader", [ROCKSDB]),
    rocksdbVersion: "file" in version ? spawnSync(version.file, { encoding: "utf8" }).stdout.trim() : undefined,
    sstDump: spawnSync("sst_dump", ["--help"]).error === undefined ? { file: "sst_dump" } : { missing: `there is no sst_dump; ${INSTALL_HINT}` },
    measured: buildPeer("measured", []),
    binding: await findBinding(),
  };
}

async function findBinding(): Promise<Peers["binding"]> {
  try {
    await import("@slatedb/uniffi");
  } catch (error) {
    return { missing: `@slatedb/uniffi cannot be loaded on ${process.platform} ${process.arch}: ${error instanceof Error ? error.message : String(error)}` };
  }
  return JSON.parse(readFileSync(new URL("package.json", import.meta.resolve("@slatedb/uniffi")), "utf8")) as { readonly version: string };
}
