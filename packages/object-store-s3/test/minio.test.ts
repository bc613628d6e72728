// The store passes the contract on MinIO, where its binary is on the path. What is asked of it there is what its sources and its
// maintainers say: it lists uploads only at exactly their key (capabilities deny it), and takes no object below another.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { objectStoreContract } from "@slate-sst/object-store/contract";
import { afterAll, beforeAll, describe, it } from "vitest";
import { S3ObjectStore } from "../src/index.js";
import { newBucket, type ServerAccess } from "../src/testing/index.js";

const isThere = spawnSync("minio", ["--version"]).status === 0;
if (!isThere) console.warn("SKIPPED the contract on MinIO: no minio on the path");
const describeHere = isThere ? describe : describe.skip;

describeHere("with MinIO", () => {
  let access: ServerAccess;
  let folder: string;
  let server: ChildProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "slate-sst-minio-"));
    const port = await freePort();
    access = { endpoint: `http://127.0.0.1:${port}`, accessKeyId: "testtest", secretAccessKey: "testsecret" };
    const env = { ...process.env, MINIO_ROOT_USER: access.accessKeyId, MINIO_ROOT_PASSWORD: access.secretAccessKey, MINIO_UPDATE: "off" };
    server = spawn("minio", ["server", folder, "--address", `127.0.0.1:${port}`], { stdio: "ignore", env });
    await untilItIsReady(access.endpoint, server);
  });
  afterAll(async () => {
    if (server.exitCode === null) {
      const ended = new Promise((resolve) => {
        server.once("exit", resolve);
      });
      server.kill();
      await ended;
    }
    await rm(folder, { recursive: true, force: true });
  });

  const open = (bucket: string): S3ObjectStore => {
    const { endpoint, ...credentials } = access;
    return new S3ObjectStore({ bucket, endpoint, credentials, provider: "minio" });
  };
  objectStoreContract({
    name: "MinIO", capabilities: new S3ObjectStore({ bucket: "bucket", endpoint: "http://127.0.0.1:1", provider: "minio" }).capabilities, describe, it,
    create: async () => {
      const bucket = await newBucket(access);
      return { store: open(bucket), reopen: async () => open(bucket), dispose: async () => undefined };
    },
  });
});

/** It answers before its disks are ready. */
async function untilItIsReady(endpoint: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`minio ended with ${child.exitCode}`);
    const answer = await fetch(`${endpoint}/minio/health/ready`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok === true) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}
