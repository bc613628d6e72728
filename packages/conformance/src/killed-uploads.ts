// Uploads that are killed by SIGKILL at random moments and gone on with by new processes, until one is through.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { type ObjectStore, openStore } from "@slate-sst/object-store";
import type { Xorshift32 } from "./xorshift32.js";

const CHILD = fileURLToPath(new URL("../scripts/checkpointed-writer.mjs", import.meta.url));
const MICROSECONDS_PER_MS = 1000;

/** How an SST is uploaded by processes that are killed. */
export interface KilledUpload {
  /** URL of the store, as `openStore` takes it. */
  readonly url: string;
  readonly path: string;
  readonly mode: "create" | "overwrite";
  readonly rows: number;
  readonly partSize: number;
  /** Processes to be killed. When one is faster than its kill, another SST is begun. */
  readonly kills: number;
  /** Milliseconds from the moment that a process has begun within which it is killed. */
  readonly killWithin: number;
  readonly variables?: Readonly<Record<string, string>>;
}

/** What has come of it. */
export interface KilledOutcome {
  /** Of all SSTs that came to their end. */
  readonly sha256s: ReadonlySet<string>;
  /** Processes that were killed. */
  readonly killed: number;
  /** Those of them that had gone on behind rows of others. */
  readonly resumed: number;
  /** Most rows that a process did not have to write again. */
  readonly skippedMax: number;
}

/** Runs and kills processes until so many were killed, and one is through. @throws Error when one ends by itself with an error. */
export async function uploadUnderKills(upload: KilledUpload, random: Xorshift32): Promise<KilledOutcome> {
  const store = await openStore(upload.url);
  const outcome = { sha256s: new Set<string>(), killed: 0, resumed: 0, skippedMax: 0 };
  for (let process = 0; ; process++) {
    const microseconds = outcome.killed < upload.kills ? random.between(0, upload.killWithin * MICROSECONDS_PER_MS) : undefined;
    const { isKilled, skipped } = await runOnce(upload, process % 2 === 1, microseconds);
    outcome.skippedMax = Math.max(outcome.skippedMax, skipped);
    if (isKilled) {
      outcome.killed++;
      if (skipped > 0) outcome.resumed++;
      continue;
    }
    outcome.sha256s.add(createHash("sha256").update(await store.get(upload.path)).digest("hex"));
    if (microseconds === undefined) return outcome;
    await store.delete(upload.path);
  }
}

/** What lies in a store beside the object itself: journals and uploads. */
export async function leftovers(store: ObjectStore, path: string): Promise<string[]> {
  const left: string[] = [];
  for await (const object of store.list("")) if (object.path !== path) left.push(object.path);
  if (store.capabilities.uploads?.listUploads === true) for await (const { uploadId } of store.listUploads("")) left.push(`upload ${uploadId}`);
  return left;
}

async function runOnce({ kills: _kills, killWithin: _within, variables, ...settings }: KilledUpload, isReplayed: boolean, microseconds: number | undefined): Promise<{ isKilled: boolean; skipped: number }> {
  const child = spawn(process.execPath, ["--no-warnings", CHILD, JSON.stringify({ ...settings, isReplayed })], { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...variables } });
  let told = "";
  let complaint = "";
  let timer: NodeJS.Timeout | undefined;
  child.stdout.on("data", (text: Buffer) => {
    told += text.toString();
    // From here on, so that the time that it takes to start does not count.
    if (microseconds !== undefined && timer === undefined) timer = setTimeout(() => child.kill("SIGKILL"), microseconds / MICROSECONDS_PER_MS);
  });
  child.stderr.on("data", (text: Buffer) => (complaint += text.toString()));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  clearTimeout(timer);
  if (code !== 0 && signal !== "SIGKILL") throw new Error(`the writer ended with ${signal ?? code}: ${complaint}`);
  return { isKilled: signal === "SIGKILL", skipped: Number(/^began (\d+)$/m.exec(told)?.[1] ?? 0) };
}
