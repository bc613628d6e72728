// Terminals, pipes that break, many files at once.
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { describe, expect, test } from "vitest";
import { runVerify } from "../src/cli/run.js";
import { inOrder } from "../src/cli/run-ahead.js";
import { flip, golden, placeGolden, run, temporaryFolder } from "./cli-run.js";

const puts = join(golden, "puts-small.sst");
const ESCAPE = "\u001b";

describe("colours", () => {
  test("come on a terminal only, and not where NO_COLOR or a dumb terminal is", async () => {
    const shown = async (...args: Parameters<typeof run>): Promise<boolean> => (await run(...args)).stdout.includes(ESCAPE);
    expect(await shown([puts])).toBe(false);
    expect(await shown([puts], { terminals: ["stdout"] })).toBe(true);
    expect(await shown([puts], { terminals: ["stdout"], env: { NO_COLOR: "" } })).toBe(true);
    expect(await shown([puts], { terminals: ["stdout"], env: { NO_COLOR: "1" } })).toBe(false);
    expect(await shown([puts], { terminals: ["stdout"], env: { TERM: "dumb" } })).toBe(false);
    expect(await shown([puts], { terminals: ["stderr"], env: { FORCE_COLOR: "1" } })).toBe(false);
    expect(await shown([puts, "--json"], { terminals: ["stdout"] })).toBe(false);
  });
});

describe("the progress bar", () => {
  test("is drawn on standard error when that is a terminal, and taken away", async () => {
    const folder = temporaryFolder();
    placeGolden(folder, "a.sst", "puts-small");
    placeGolden(folder, "b.sst", "puts-small");
    const { stdout, stderr } = await run([folder], { terminals: ["stderr"] });
    expect(stderr).toContain("░");
    expect(stderr).toContain("of 2 files");
    expect(stdout).not.toContain("░");
    // No state of the terminal is changed: neither the cursor's nor that of wrapping.
    expect(stderr).not.toContain(`${ESCAPE}[?`);
    // Back to where it began, and the line cleared.
    expect(stderr.endsWith(`${ESCAPE}8${ESCAPE}[1G${ESCAPE}[2K`)).toBe(true);
  });

  test("makes room for text on the same terminal", async () => {
    const screen: string[] = [];
    const terminal = Object.assign(
      new Writable({
        decodeStrings: false,
        write(chunk: unknown, _encoding, done) {
          screen.push(String(chunk));
          done();
        },
      }),
      { isTTY: true, columns: 80 },
    );
    const isTTY = { stdin: false, stdout: true, stderr: true };
    await runVerify([placeGolden(temporaryFolder(), "a.sst", "puts-small", flip(20))], { stdout: terminal, stderr: terminal, stdin: Readable.from([]), env: { NO_COLOR: "1" }, isTTY });
    const text = screen.join("");
    const beforeReport = text.slice(0, text.indexOf("a.sst\n"));
    expect(beforeReport).toContain("░");
    expect(beforeReport.slice(0, beforeReport.lastIndexOf("/"))).toContain(`${ESCAPE}[2K`);
    // Behind the first line of the report, nothing moves the cursor back over it.
    expect(text.slice(text.indexOf("a.sst\n"))).not.toContain("░");
  });

  test("is silent in a pipe, and when asked to be", async () => {
    expect((await run([puts])).stderr).toBe("");
    expect((await run([puts, "--quiet"], { terminals: ["stderr"] })).stderr).toBe("");
  });
});

describe("an output that breaks", () => {
  /** A stream that fails after some writes. */
  const breaking = (writes: number, code: string): Writable => {
    let left = writes;
    return new Writable({ write: (_chunk, _encoding, done) => (left-- > 0 ? done() : done(Object.assign(new Error(`${code}: broken`), { code }))) });
  };

  test("ends quietly with 2 when the reader went away", async () => {
    const folder = temporaryFolder();
    for (const name of ["a", "b", "c"]) placeGolden(folder, `${name}.sst`, "puts-small", flip(20));
    for (const form of [[], ["--json"], ["--jsonl"], ["--sarif"]]) {
      for (let writes = 0; writes < 4; writes++) {
        expect(await run([folder, ...form], { stdout: breaking(writes, "EPIPE") })).toEqual({ code: 2, stdout: "", stderr: "" });
      }
    }
    expect(await run(["--help"], { stdout: breaking(0, "EPIPE") })).toMatchObject({ stderr: "" });
  });

  test("is complained of when it is the disk", async () => {
    expect(await run([puts], { stdout: breaking(0, "ENOSPC") })).toEqual({ code: 2, stdout: "", stderr: "sst-verify: the output could not be written: ENOSPC: broken\n" });
  });

  test("is waited for when it is slow", async () => {
    const texts: string[] = [];
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk: unknown, _encoding, done) {
        texts.push(String(chunk));
        setImmediate(done);
      },
    });
    const folder = temporaryFolder();
    for (const name of ["a", "b", "c"]) placeGolden(folder, `${name}.sst`, "puts-small", flip(20));
    expect((await run([folder, "--jsonl"], { stdout: slow })).code).toBe(1);
    expect(texts.join("")).toBe((await run([folder, "--jsonl"])).stdout.replace(/"milliseconds":[\d.]+/, () => /"milliseconds":[\d.]+/.exec(texts.join(""))?.[0] ?? ""));
  });
});

describe("files at the same time", () => {
  interface Log { running: number; most: number; started: number[] }

  /** A generator of `count` steps that knows how many run. */
  async function* steps(id: number, count: number, log: Log): AsyncGenerator<string, number, undefined> {
    log.started.push(id);
    log.most = Math.max(log.most, ++log.running);
    try {
      for (let step = 0; step < count; step++) {
        await Promise.resolve();
        yield `${id}.${step}`;
      }
      return id;
    } finally {
      log.running--;
    }
  }

  const readAll = async (inputs: readonly number[], jobs: number, log: Log): Promise<string[]> => {
    const seen: string[] = [];
    for await (const { input, run: running } of inOrder(inputs, jobs, (id) => steps(id, id % 5 === 0 ? 300 : 2, log))) {
      for (let step = await running.next(); ; step = await running.next()) {
        seen.push(step.done === true ? `${input} ended ${step.value}` : step.value);
        if (step.done === true) break;
      }
    }
    return seen;
  };

  test("are told of in order, never more than asked for, whatever their lengths", async () => {
    const inputs = Array.from({ length: 40 }, (_, index) => index);
    const expected = await readAll(inputs, 1, { running: 0, most: 0, started: [] });
    expect(expected).toHaveLength(8 * 301 + 32 * 3);
    for (const jobs of [1, 3, 16]) {
      const log: Log = { running: 0, most: 0, started: [] };
      expect(await readAll(inputs, jobs, log)).toEqual(expected);
      expect(log.most).toBeLessThanOrEqual(jobs);
      expect(log).toMatchObject({ running: 0, started: inputs });
    }
  });

  test("do not run far ahead of the report", async () => {
    const log: Log = { running: 0, most: 0, started: [] };
    const inputs = Array.from({ length: 1000 }, (_, index) => index * 5 + 1);
    for await (const { input, run: running } of inOrder(inputs, 2, (id) => steps(id, 2, log))) {
      for (let turn = 0; turn < 100; turn++) await Promise.resolve();
      expect(log.started.length).toBeLessThanOrEqual(inputs.indexOf(input) + 8);
      while ((await running.next()).done !== true);
    }
  });

  test("stop when nobody asks for more", async () => {
    const log: Log = { running: 0, most: 0, started: [] };
    for await (const { run: running } of inOrder([5, 10, 15, 20], 3, (id) => steps(id, 1_000_000, log))) {
      expect((await running.next()).value).toBe("5.0");
      break;
    }
    for (let turn = 0; turn < 1000; turn++) await Promise.resolve();
    expect(log).toMatchObject({ running: 0, most: 3 });
  });

  test("tell a failure in its place", async () => {
    async function* failing(id: number): AsyncGenerator<string, number, undefined> {
      yield `${id}`;
      if (id === 2) throw new Error("broken");
      return id;
    }
    const seen: unknown[] = [];
    for await (const { run: running } of inOrder([1, 2, 3], 3, failing)) {
      seen.push((await running.next()).value);
      seen.push(await running.next().then(({ value }) => value, (error: unknown) => String(error)));
    }
    expect(seen).toEqual(["1", 1, "2", "Error: broken", "3", 3]);
  });
});

test("10,000 files, each damaged, give 10,000 findings", async () => {
  const store = new MemoryObjectStore({ name: "many-files" });
  for (let index = 0; index < 10_000; index++) await store.put(`${Math.floor(index / 100)}/${index}.sst`, new Uint8Array(5), { mode: "create" });
  let findings = 0;
  let summary = "";
  let rest = "";
  const counting = new Writable({
    decodeStrings: false,
    write(chunk: unknown, _encoding, done) {
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line.startsWith('{"finding"')) findings++;
        else summary = line;
      }
      done();
    },
  });
  expect((await run(["memory:many-files", "--jsonl"], { stdout: counting })).code).toBe(1);
  expect(findings).toBe(10_000);
  expect(JSON.parse(summary)).toMatchObject({ report: { summary: { files: "10000", filesUnsound: "10000" } } });
});
