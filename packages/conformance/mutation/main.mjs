// `node packages/conformance/mutation/main.mjs --package format`: changes the sources of a package in one place after the other
// and looks whether a test of that package notices. See the README, "Mutation".
import { fork } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { mutantsOf } from "./mutants.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const { values: options } = parseArgs({
  options: {
    package: { type: "string", default: "format" }, file: { type: "string", multiple: true, default: [] }, sample: { type: "string", default: "0" }, seed: { type: "string", default: "1" },
    tests: { type: "string", default: "6" }, minutes: { type: "string", default: "0" }, recount: { type: "boolean", default: false }, "fail-below": { type: "string", default: "0" },
    test: { type: "string", multiple: true, default: [] },
  },
});
const work = join(root, ".cache/mutation", options.package);
mkdirSync(work, { recursive: true });
const survivorsFile = join(root, "packages/conformance/mutation/survivors.json");
/** Mutants that nothing can notice, and why: by file, then by the source line and what it becomes. */
const explained = JSON.parse(readFileSync(survivorsFile, "utf8"));

/** Counting waits so long for each test file. */
const COUNT_MS_MAX = 300_000;
/** A session takes so long to begin at most. */
const START_MS_MAX = 60_000;
/** A test file that takes so much longer than without a mutant has noticed it: it would hang. */
const HANGS_AFTER_MS = 5_000;
const HANGS_AFTER_TIMES = 10;

/** Nothing that is no loop waits so long for anything. */
const SILENCE_MS_MAX = 180_000;
const POLL_MS = 250;
const CLOCK_TICK_MS = 10;

/** Processor time of a process and its threads, so that a busy machine makes nothing hang. Elsewhere than on Linux, time. */
function cpuMs(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
    return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MS;
  } catch {
    return Date.now();
  }
}

function filesOf(name) {
  const src = join(root, "packages", name, "src");
  return readdirSync(src, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => !path.includes("/generated/") && !/\/(index|proto|walk|reference|walk-types)\.ts$/.test(path))
    .sort();
}

/** The session, started again after it was killed. */
class Session {
  #child;
  async #start() {
    this.#child = fork(join(root, "packages/conformance/mutation/session.mjs"), [root, options.package, work], { stdio: ["ignore", "ignore", "pipe", "ipc"], execArgv: ["--max-old-space-size=2048"] });
    this.#child.stderr.on("data", () => {});
    await this.#next("ready", START_MS_MAX);
  }
  /** The next message with that field; "hung" when the session works longer than `ms` without a word, "exit" when it ends. */
  #next(field, ms) {
    return new Promise((resolve) => {
      const child = this.#child;
      let [since, started] = [0, 0];
      const restart = () => {
        since = cpuMs(child.pid);
        started = Date.now();
      };
      const timer = setInterval(() => {
        if (cpuMs(child.pid) - since > ms || Date.now() - started > SILENCE_MS_MAX) end("hung");
      }, POLL_MS);
      const end = (value) => {
        clearInterval(timer);
        child.removeAllListeners("message");
        child.removeAllListeners("exit");
        if (value === "hung" || value === "exit") {
          child.kill("SIGKILL");
          this.#child = undefined;
        }
        resolve(value);
      };
      child.on("message", (message) => {
        if (message[field] !== undefined) end(message[field]);
        else if (message.error !== undefined) end({ failed: true, by: "error", error: message.error });
        else restart();
      });
      child.on("exit", () => end("exit"));
      restart();
    });
  }
  async ask(message, field, ms) {
    if (this.#child === undefined) await this.#start();
    this.#child.send(message);
    return await this.#next(field, ms);
  }
  stop() {
    this.#child?.kill("SIGKILL");
  }
}

/** A repeatable order. */
function shuffled(items, seed) {
  let state = seed >>> 0 || 1;
  const next = () => ((state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0) / 2 ** 32;
  return items.map((item) => ({ item, rank: next() })).sort((left, right) => left.rank - right.rank).map(({ item }) => item);
}

const session = new Session();
// A few tests are counted each time, all of them once.
const coverageFile = join(work, options.test.length === 0 ? "tests.json" : "some-tests.json");
if (options.recount || options.test.length > 0 || !existsSync(coverageFile)) {
  console.log("looking which tests run which functions");
  const tests = await session.ask({ task: "count", only: options.test.map((name) => `test/${name}`) }, "tests", COUNT_MS_MAX);
  if (typeof tests !== "object") throw new Error(`the count ended with ${tests}`);
  writeFileSync(coverageFile, JSON.stringify(tests));
}
const tests = JSON.parse(readFileSync(coverageFile, "utf8"));

/** Tests that run a mutant's function: those named like its file first, then the quickest. */
function testsFor(path, { scope }) {
  const stem = path.split("/").at(-1).replace(".ts", "");
  return Object.entries(tests)
    .filter(([, { ran, failed }]) => !failed && ran.includes(`${path}:${scope}`))
    .map(([name, { ms }]) => ({ name, rank: name.includes(stem) ? ms / 1000 : ms }))
    .sort((left, right) => left.rank - right.rank)
    .map(({ name }) => name);
}

const wanted = options.file.length === 0 ? filesOf(options.package) : options.file.map((file) => `packages/${options.package}/src/${file}`);
const all = wanted.flatMap((path) => mutantsOf(path, readFileSync(join(root, path), "utf8")).map((mutant) => ({ ...mutant, path })));
const chosen = Number(options.sample) > 0 ? shuffled(all, Number(options.seed)).slice(0, Number(options.sample)) : all;
const deadline = Number(options.minutes) > 0 ? Date.now() + Number(options.minutes) * 60_000 : Infinity;
const tally = new Map();
const survivors = [];
let done = 0;
for (const mutant of chosen) {
  if (Date.now() > deadline) break;
  const count = tally.get(mutant.path) ?? { killed: 0, hung: 0, explained: 0, survived: 0, uncovered: 0 };
  tally.set(mutant.path, count);
  const source = readFileSync(join(root, mutant.path), "utf8");
  const line = source.split("\n")[mutant.line - 1].trim();
  const becomes = `${source.slice(mutant.start, mutant.end)} -> ${mutant.text === "" ? "nothing" : mutant.text}`;
  const reason = explained[mutant.path]?.find((one) => one.line === line && one.becomes === becomes)?.reason;
  done++;
  if (reason !== undefined) {
    count.explained++;
    continue;
  }
  const names = testsFor(mutant.path, mutant).slice(0, Number(options.tests));
  if (names.length === 0) {
    count.uncovered++;
    survivors.push({ path: mutant.path, at: mutant.line, line, becomes, tests: [] });
    continue;
  }
  const result = await session.ask({ task: "mutant", mutant: { path: mutant.path, start: mutant.start, end: mutant.end, text: mutant.text }, names }, "result", HANGS_AFTER_MS + HANGS_AFTER_TIMES * Math.max(...names.map((name) => tests[name].ms)));
  // The tester's own trouble says nothing about the tests.
  if (result.error !== undefined) {
    console.log(`not tried ${mutant.path}:${mutant.line} ${becomes}: ${result.error}`);
    done--;
    continue;
  }
  if (typeof result !== "object") count.hung++;
  else if (result.failed) count.killed++;
  else {
    count.survived++;
    survivors.push({ path: mutant.path, at: mutant.line, line, becomes, tests: names });
    console.log(`survived ${mutant.path}:${mutant.line} ${becomes.replaceAll("\n", " ").slice(0, 120)}`);
  }
  if (done % 25 === 0) writeFileSync(join(work, "survivors.json"), JSON.stringify(survivors, null, 1));
}
session.stop();
writeFileSync(join(work, "survivors.json"), JSON.stringify(survivors, null, 1));

let [killed, counted] = [0, 0];
console.log(`\n${"file".padEnd(52)}   killed     hung  explained  survived  no test`);
for (const [path, count] of [...tally].sort()) {
  console.log(path.padEnd(52) + [count.killed, count.hung, count.explained, count.survived, count.uncovered].map((number) => String(number).padStart(9)).join(""));
  killed += count.killed + count.hung;
  counted += count.killed + count.hung + count.survived + count.uncovered;
}
const score = counted === 0 ? 100 : (100 * killed) / counted;
console.log(`\n${done} of ${all.length} mutants tried; score ${score.toFixed(1)} % (${killed} of ${counted} that are not explained)`);
process.exit(score < Number(options["fail-below"]) ? 1 : 0);
