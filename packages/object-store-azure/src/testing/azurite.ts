// Azurite, Microsoft's own emulator (npm install azurite), in a process of its own on a free port.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createServer, type AddressInfo } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";

/** Azurite's account and key are the same everywhere, and no secret. */
const ACCOUNT = "devstoreaccount1";
const KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/** An emulator that runs. */
export interface Azurite {
  /** URL of its account. */
  readonly endpoint: string;
  /** The key of its account. */
  readonly credential: StorageSharedKeyCredential;
  /** The account's key: the same for every Azurite, and no secret. */
  readonly key: string;
  /** Makes a container. */
  createContainer(name: string): Promise<void>;
  /** Ends it; what it holds is gone. */
  stop(): Promise<void>;
}

/** Starts an Azurite on a free port, which holds everything in memory. */
export async function startAzurite(): Promise<Azurite> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), "slate-sst-azurite-"));
  const program = join(dirname(createRequire(import.meta.url).resolve("azurite/package.json")), "dist/src/blob/main.js");
  const given = ["--blobPort", String(port), "--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck", "--silent"];
  const child = spawn(process.execPath, [program, ...given], { cwd: folder, stdio: "ignore" });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  const endpoint = `http://127.0.0.1:${port}/${ACCOUNT}`;
  await untilItAnswers(endpoint, child);
  const credential = new StorageSharedKeyCredential(ACCOUNT, KEY);
  return {
    endpoint,
    credential,
    key: KEY,
    createContainer: async (name) => {
      await new BlobServiceClient(endpoint, credential).createContainer(name);
    },
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilItAnswers(endpoint: string, child: { readonly exitCode: number | null }): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`azurite ended with ${child.exitCode}`);
    try {
      await (await fetch(endpoint)).arrayBuffer();
      return;
    } catch {
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
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
