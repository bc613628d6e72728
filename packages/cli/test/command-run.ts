// Runs `slate-sst` in this process, on golden SSTs and on databases in temporary folders.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { createDatabase, writeRun } from "@slate-sst/ingest";
import { LocalObjectStore } from "@slate-sst/object-store";
import type { Row } from "@slate-sst/writer";
import { onTestFinished } from "vitest";
import { runSlateSst } from "../src/run.js";

/** Where the golden vectors lie, which SlateDB wrote. */
export const golden = (name: string): string => fileURLToPath(new URL(`../../conformance/vectors/golden/${name}.sst`, import.meta.url));

export interface RunOptions {
  readonly stdin?: AsyncIterable<Uint8Array | string>;
  readonly terminals?: readonly ("stdin" | "stdout" | "stderr")[];
  readonly stdout?: Writable;
  /** Of the terminals. */
  readonly columns?: number;
}

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What was written to standard output, byte for byte. */
  readonly bytes: Buffer;
}

function capture(isTTY: boolean, columns: number): { readonly stream: Writable; readonly bytes: () => Buffer } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY, columns }), bytes: () => Buffer.concat(chunks) };
}

export async function run(argv: readonly string[], { stdin = nothing(), terminals = [], stdout: given, columns = 80 }: RunOptions = {}): Promise<Run> {
  const isTTY = { stdin: terminals.includes("stdin"), stdout: terminals.includes("stdout"), stderr: terminals.includes("stderr") };
  const stdout = capture(isTTY.stdout, columns);
  const stderr = capture(isTTY.stderr, columns);
  const code = await runSlateSst(argv, { stdout: given ?? stdout.stream, stderr: stderr.stream, stdin, env: {}, isTTY });
  return { code, stdout: stdout.bytes().toString(), stderr: stderr.bytes().toString(), bytes: stdout.bytes() };
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // Ends at once.
}

/** A folder that goes when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "slate-sst-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A database of rows. @returns its folder. */
export async function placeDatabase(rows: readonly Row[]): Promise<string> {
  const folder = temporaryFolder();
  const store = new LocalObjectStore(folder);
  await createDatabase(store, "db", await writeRun(store, "db", rows, { sstSize: 4000 }));
  return join(folder, "db");
}

/** The objects that lines of NDJSON hold. */
export const lines = (text: string): Record<string, string>[] => text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Record<string, string>);
