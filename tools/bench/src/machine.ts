// What the bench ran on, and with.
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import { loadCodec } from "@slate-sst/format";
import { WRITER_VERSION } from "@slate-sst/writer";
import type { Peers } from "./peers/peers.js";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: [distribution(), `${type()} ${release()}`, process.arch].filter((part) => part !== undefined).join(", "),
  };
}

/** Names and versions of everything that took part. */
export async function describeVersions(peers: Peers): Promise<Record<string, string>> {
  const codecs: Record<string, string> = {};
  for (const name of ["lz4", "snappy", "zstd"] as const) codecs[name] = (await loadCodec(name)).library;
  return {
    "Slate SST": WRITER_VERSION,
    "Node.js": process.versions.node,
    "V8": process.versions.v8,
    "RocksDB": peers.rocksdbVersion ?? "not installed",
    "@slatedb/uniffi": "version" in peers.binding ? peers.binding.version : "not there",
    ...codecs,
  };
}

function distribution(): string | undefined {
  try {
    return /^PRETTY_NAME="?(.*?)"?$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1];
  } catch {
    return undefined;
  }
}
