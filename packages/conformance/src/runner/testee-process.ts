// A testee as a process: one question at a time, with limits of time and memory. What goes wrong is said in words.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { ConformanceRequest, ConformanceResponse } from "@slate-sst/format/proto/conformance";
import { decodeResponse, encodeRequest, frame, FrameSplitter, type Wire } from "./frames.js";

export interface Limits {
  /** For one answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Resident memory of the testee's process in bytes, looked at while a question is open. Only Linux tells it. */
  readonly memoryBytes: number;
}

/** What a testee last wrote to its standard error. */
const COMPLAINT_BYTES_MAX = 2000;
const MEMORY_POLL_MS = 50;
const BYTES_PER_KIB = 1024;

/** The testee gave no answer; the text says why. */
export class NoAnswerError extends Error {
  override readonly name = "NoAnswerError";
}

/** Testees are in groups of their own: nobody but this process ends them with it. */
const running = new Set<() => void>();
const endAll = (): void => running.forEach((kill) => kill());

interface Open {
  readonly answer: (response: ConformanceResponse) => void;
  readonly fail: (error: NoAnswerError) => void;
}

/** A running testee. After an error it is dead: start the next one. */
export class TesteeProcess {
  readonly #child: ChildProcess;
  readonly #wire: Wire;
  readonly #limits: Limits;
  readonly #splitter = new FrameSplitter();
  #open: Open | undefined;
  #complaint = "";
  #dead: NoAnswerError | undefined;

  /** @param command the program and its arguments */
  constructor(command: readonly [string, ...string[]], wire: Wire, limits: Limits) {
    const [program, ...args] = command;
    this.#wire = wire;
    this.#limits = limits;
    // In a group of its own, which Windows has not: a shell or npx in front of it is not all that has to go.
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], detached: process.platform !== "win32" });
    if (running.size === 0) process.once("exit", endAll);
    running.add(this.#kill);
    this.#child.on("error", (error) => this.#die(`it cannot be started: ${error.message}`));
    this.#child.on("close", (code, signal) => {
      running.delete(this.#kill);
      if (running.size === 0) process.off("exit", endAll);
      this.#die(`it ended with ${signal === null ? `exit code ${code}` : signal}`);
    });
    this.#child.stdin?.on("error", () => {}); // the end of the process is told by close
    this.#child.stdout?.on("data", (piece: Uint8Array) => this.#receive(piece));
    this.#child.stderr?.on("data", (piece: Uint8Array) => {
      this.#complaint = (this.#complaint + Buffer.from(piece).toString("utf8")).slice(-COMPLAINT_BYTES_MAX);
    });
  }

  /** Why it gives no more answers. */
  get death(): NoAnswerError | undefined {
    return this.#dead;
  }

  /** @throws NoAnswerError when it ends, writes nonsense, or goes beyond its limits. */
  async ask(request: ConformanceRequest): Promise<ConformanceResponse> {
    if (this.#dead !== undefined) throw this.#dead;
    let timer: NodeJS.Timeout | undefined;
    let poll: NodeJS.Timeout | undefined;
    try {
      return await new Promise<ConformanceResponse>((answer, fail) => {
        this.#open = { answer, fail };
        timer = setTimeout(() => this.#die(`no answer within ${this.#limits.timeoutMs} ms`), this.#limits.timeoutMs);
        poll = setInterval(() => this.#checkMemory(), MEMORY_POLL_MS);
        this.#child.stdin?.write(frame(encodeRequest(request, this.#wire)));
      });
    } finally {
      clearTimeout(timer);
      clearInterval(poll);
      this.#open = undefined;
    }
  }

  /** Ends the testee: it sees the end of its input, and is killed when it does not care. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined) return;
    const closed = new Promise<void>((resolve) => this.#child.once("close", () => resolve()));
    this.#child.stdin?.end();
    const timer = setTimeout(this.#kill, this.#limits.timeoutMs);
    await closed;
    clearTimeout(timer);
  }

  #receive(piece: Uint8Array): void {
    try {
      for (const message of this.#splitter.push(piece)) {
        const response = decodeResponse(message, this.#wire);
        if (this.#open === undefined) throw new Error("an answer that nobody asked for");
        this.#open.answer(response);
        this.#open = undefined;
      }
    } catch (error) {
      this.#die(`what it wrote is no message: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #checkMemory(): void {
    const bytes = residentBytes(this.#child.pid);
    if (bytes !== undefined && bytes > this.#limits.memoryBytes) this.#die(`it takes ${bytes} bytes of memory, ${this.#limits.memoryBytes} are allowed`);
  }

  /** Ends it and all that it has started; what got away from its group finds nobody at the other end. */
  readonly #kill = (): void => {
    try {
      process.kill(-(this.#child.pid ?? Number.NaN), "SIGKILL");
    } catch {
      this.#child.kill("SIGKILL");
    }
    for (const pipe of this.#child.stdio) pipe?.destroy();
  };

  #die(why: string): void {
    const complaint = this.#complaint.trim();
    this.#dead ??= new NoAnswerError(complaint === "" ? why : `${why}; it said: ${complaint}`);
    this.#kill();
    this.#open?.fail(this.#dead);
    this.#open = undefined;
  }
}

/** Undefined where the system does not tell. */
function residentBytes(pid: number | undefined): number | undefined {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kib === undefined ? undefined : Number(kib) * BYTES_PER_KIB;
  } catch {
    return undefined;
  }
}
