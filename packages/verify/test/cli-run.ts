// Runs `sst-verify` in this process, on temporary folders of golden SSTs.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { runVerify } from "../src/cli/run.js";

/** Where the golden vectors lie, which SlateDB wrote. */
export const golden = fileURLToPath(new URL("../../conformance/vectors/golden/", import.meta.url));

export interface RunOptions {
  readonly stdin?: AsyncIterable<Uint8Array | string>;
  readonly env?: Record<string, string>;
  readonly terminals?: readonly ("stdin" | "stdout" | "stderr")[];
  readonly stdout?: Writable;
}

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A stream that keeps what is written, as a terminal of 80 columns if it is one. */
export function capture(isTTY: boolean): { readonly stream: Writable; readonly text: () => string } {
  const chunks: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: unknown, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY, columns: 80 }), text: () => chunks.join("") };
}

export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { stdin = nothing(), env = {}, terminals = [] } = options;
  const isTTY = { stdin: terminals.includes("stdin"), stdout: terminals.includes("stdout"), stderr: terminals.includes("stderr") };
  const stdout = capture(isTTY.stdout);
  const stderr = capture(isTTY.stderr);
  const code = await runVerify(argv, { stdout: options.stdout ?? stdout.stream, stderr: stderr.stream, stdin, env, isTTY });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // Ends at once.
}

/** A folder that goes when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sst-verify-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a file below a folder, folders included, and returns its full name. */
export function place(folder: string, path: string, content: string | Uint8Array): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

/** Copies a golden SST; `damage` changes its bytes. */
export function placeGolden(folder: string, path: string, name: string, damage: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes): string {
  return place(folder, path, damage(new Uint8Array(readFileSync(join(golden, `${name}.sst`)))));
}

/** Copies all golden SSTs. */
export function placeAllGolden(folder: string): void {
  cpSync(golden, folder, { recursive: true, filter: (file) => !file.endsWith(".json") && !file.endsWith(".md") });
}

/** Flips one bit. */
export function flip(offset: number): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => bytes.map((byte, index) => (index === offset ? byte ^ 1 : byte));
}
