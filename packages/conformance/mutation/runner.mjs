// Runs a package's tests again and again in one process, each time with another mutant on. What makes it quick: all mutants are in
// the sources from the beginning, behind switches; of the tests only those run that reach the changed place, the quickest and those
// that noticed others in that file first, and none after one that fails.
import { appendFileSync, existsSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { configureGlobal } from "fast-check";
import { TestRunner, vi } from "vitest";

const require = createRequire(createRequire(import.meta.url).resolve("vitest/package.json"));
const { collectTests, getFn, getHooks } = require("@vitest/runner");

const { setTimeout, clearTimeout } = globalThis;
const { files: testFiles, mutants, places, results, heartbeat, learned, budgetMs } = JSON.parse(readFileSync(process.env.SLATE_SST_MUTATION, "utf8"));
const heart = openSync(heartbeat, "w");

/** A test has noticed a mutant when it takes so long: it would hang. */
const HANGS_AFTER_MS = 2000;
const HANGS_AFTER_TIMES = 20;
/** A place that is reached so much oftener than without the mutant is in a loop that does not end. */
const REACHED_TIMES = 100;
const REACHED_MORE = 20_000;
/** Modules are loaded anew for a mutant at most for so many files of tests. */
const FRESH_FILES_MAX = 4;
/** What it takes to load them, about. */
const FRESH_MS = 500;
const NONE = -1;
/** Then memory for WebAssembly runs out, of which modules that were loaded anew have left much behind: the next session goes on. */
const RENEWALS_MAX = 120;
const LATE = "it hangs";

const reached = new Float64Array(places);
let hits = 0;
let hitsMax = Infinity;
const mutation = {
  active: NONE, reached,
  hit() {
    if (++hits > hitsMax) throw new Error("a loop that does not end");
    return true;
  },
};
globalThis.mutation = mutation;

const say = (message) => appendFileSync(results, `${JSON.stringify(message)}\n`);
const beat = (limit) => writeSync(heart, `${JSON.stringify({ number: mutation.active, limit, beat: ++beats })}\n`.padEnd(80), 0);
let beats = 0;

/** The time is over: as long as `ms`, or a little longer when the machine is busy. */
function within(promise, ms) {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(LATE)), ms)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

const testsIn = (suite) => suite.tasks.flatMap((task) => (task.type === "suite" ? testsIn(task) : [task]));
const suitesAround = (task) => (task.suite === undefined ? [task.file] : [...suitesAround(task.suite), task.suite]).filter((one, at, all) => all.indexOf(one) === at);
const titleOf = (task) => [...suitesAround(task).slice(1), task].map(({ name }) => name).join(" > ");

async function cleanUp(functions) {
  for (const one of functions.toReversed()) await one();
}

async function runTest(runner, test) {
  test.result = { state: "run", startTime: Date.now(), retryCount: 0, repeatCount: 0 };
  const around = suitesAround(test);
  const after = [];
  try {
    runner.workerState.current = test;
    runner.onBeforeTryTask(test);
    for (const suite of around) {
      for (const hook of getHooks(suite).beforeEach) {
        const cleanup = await hook(test.context, suite);
        if (typeof cleanup === "function") after.push(cleanup);
      }
    }
    await getFn(test)();
    runner.onAfterTryTask(test);
  } finally {
    for (const suite of around.toReversed()) for (const hook of getHooks(suite).afterEach) await hook(test.context, suite);
    await cleanUp(after);
    for (const hook of test.onFinished ?? []) await hook(test.context);
    test.onFinished = test.onFailed = undefined;
  }
}

/** Runs those tests of a file, with what is done before and after all of them; throws at the first that fails. */
async function runTests(runner, file, tests, each = (test) => runTest(runner, test)) {
  const wanted = new Set(tests);
  const visit = async (suite) => {
    const after = [];
    try {
      for (const hook of getHooks(suite).beforeAll) {
        const cleanup = await hook(suite);
        if (typeof cleanup === "function") after.push(cleanup);
      }
      for (const task of suite.tasks) {
        if (task.type === "suite") {
          if (testsIn(task).some((one) => wanted.has(one))) await visit(task);
        } else if (wanted.has(task)) await each(task);
      }
    } finally {
      for (const hook of getHooks(suite).afterAll) await hook(suite);
      await cleanUp(after);
    }
  };
  await visit(file);
}

/** Whether a file of tests is about a source: by its name, or because it imports it. */
const texts = new Map();
function isAbout(path, stem) {
  if (!texts.has(path)) texts.set(path, readFileSync(path, "utf8"));
  return path.includes(stem) || texts.get(path).includes(`/${stem}.js"`);
}

const killed = ({ by, why }) => ({ killed: true, by, why });
const hasHooks = (test) => suitesAround(test).some((suite) => getHooks(suite).beforeAll.length + getHooks(suite).afterAll.length > 0);

export default class MutationRunner extends TestRunner {
  /** Path, to what was found out about a file of tests without a mutant. */
  #known = new Map();
  /** Of each source, how many mutants each test has noticed. */
  #noticed = new Map();
  /** The same of all sources. */
  #noticedAnywhere = new Map();
  #renewals = 0;

  async onBeforeRunFiles() {
    configureGlobal({ endOnFailure: true });
    try {
      if (existsSync(learned)) this.#remember();
      else {
        for (const path of testFiles) await this.#learn(path);
        const told = [...this.#known.values()].map(({ path, atLoad, around, units }) => (
          { path, atLoad, around, units: units.map(({ title, ms, wallMs, reached: counts, group }) => ({ title, ms, wallMs, reached: counts, group })) }
        ));
        writeFileSync(learned, JSON.stringify(told));
      }
      const all = [...this.#known.values()].flatMap(({ units }) => units);
      for (const known of this.#known.values()) known.breadth = new Set(known.units.flatMap((unit) => Object.keys(unit.reached))).size;
      say({ ready: true, files: this.#known.size, tests: all.length, ms: all.reduce((sum, { ms }) => sum + ms, 0) });
      // What modules do when they are loaded takes longest: last.
      const isEarly = ({ place }) => [...this.#known.values()].some(({ atLoad }) => atLoad[place] !== undefined);
      for (const mutant of [...mutants.filter((one) => !isEarly(one)), ...mutants.filter(isEarly)]) {
        if (this.#renewals > RENEWALS_MAX) return say({ tired: true });
        say({ begun: mutant.number });
        say({ done: mutant.number, ...(await this.#try(mutant)), mib: Math.round(process.memoryUsage().rss / 2 ** 20) });
      }
      say({ end: true });
    } catch (error) {
      say({ tired: true, trouble: error instanceof Error ? error.stack : String(error) });
    }
  }

  async #collect(path) {
    vi.resetModules();
    vi.restoreAllMocks();
    this.workerState.filepath = path;
    const [file] = await collectTests([{ filepath: path }], this);
    if (file.result?.state === "fail") throw new Error(`${path} can't be loaded: ${file.result.errors?.[0]?.message}`);
    await this.onBeforeRunSuite(file);
    return file;
  }

  /** Runs a file of tests without a mutant: what each test reaches, and how long it takes. */
  async #learn(path) {
    mutation.active = NONE;
    reached.fill(0);
    beat(600_000);
    const file = await this.#collect(path);
    const take = () => {
      const counts = {};
      for (let place = 0; place < places; place++) if (reached[place] > 0) counts[place] = reached[place];
      reached.fill(0);
      return counts;
    };
    const known = { path, file, atLoad: take(), units: [] };
    const tests = testsIn(file).filter(({ mode }) => mode === "run" || mode === "queued");
    const around = {};
    await runTests(this, file, tests, async (test) => {
      Object.assign(around, take());
      const [started, before] = [performance.now(), process.cpuUsage()];
      try {
        await runTest(this, test);
        const { user, system } = process.cpuUsage(before);
        known.units.push({ known, title: titleOf(test), test, ms: (user + system) / 1000, wallMs: performance.now() - started, reached: take(), group: hasHooks(test) });
      } catch (error) {
        say({ left: `${path}: ${titleOf(test)}: ${error.message?.slice(0, 300)}` });
        take();
      }
    }).catch((error) => say({ left: `${path}: ${error.message?.slice(0, 300)}` }));
    Object.assign(around, take());
    known.around = around;
    this.#known.set(path, known);
  }

  /** What a session before this one learned. */
  #remember() {
    for (const { units, ...told } of JSON.parse(readFileSync(learned, "utf8"))) {
      const known = { ...told, units: [] };
      known.units = units.map((unit) => ({ ...unit, known }));
      this.#known.set(known.path, known);
    }
  }

  /** New modules and tests of a file, for a mutant that works when modules are loaded, or where one left something behind. */
  async #renew(known) {
    this.#renewals++;
    known.file = await this.#collect(known.path);
    const tests = new Map(testsIn(known.file).map((test) => [titleOf(test), test]));
    for (const unit of known.units) unit.test = tests.get(unit.title) ?? unit.test;
  }

  /** What fails, or undefined. */
  async #run(known, units, number, fresh = false) {
    if (known.file === undefined && !fresh) await this.#renew(known);
    const ms = units.reduce((sum, unit) => sum + Math.max(unit.ms, unit.wallMs), fresh ? 500 : 0);
    const limit = HANGS_AFTER_MS + HANGS_AFTER_TIMES * ms;
    mutation.active = number;
    hits = 0;
    beat(limit);
    let current;
    try {
      if (fresh) await within(this.#renew(known), limit + 10_000);
      const each = async (test) => {
        current = units.find((unit) => unit.test === test);
        await runTest(this, test);
      };
      await within(runTests(this, known.file, units.map(({ test }) => test), each), limit);
      return undefined;
    } catch (error) {
      return { unit: current, by: `${known.path.split("/").at(-1)}: ${current?.title ?? "what is around its tests"}`, why: String(error?.message ?? error).slice(0, 200) };
    } finally {
      mutation.active = NONE;
      hitsMax = Infinity;
    }
  }

  async #try(mutant) {
    const { number, place, source, stem } = mutant;
    const noticed = this.#noticed.get(source) ?? new Map();
    this.#noticed.set(source, noticed);
    // Runs of tests: single ones, or the tests of a file that share what is done before all of them.
    const runs = [];
    let atLoad = [];
    for (const known of this.#known.values()) {
      if (known.atLoad[place] !== undefined) atLoad.push(known);
      const reaching = known.units.filter((unit) => unit.reached[place] !== undefined || known.around[place] !== undefined);
      for (const unit of reaching.filter(({ group }) => !group)) runs.push({ known, units: [unit] });
      const group = reaching.filter((unit) => unit.group);
      if (group.length > 0) runs.push({ known, units: group });
    }
    runs.sort((left, right) => left.units[0].ms - right.units[0].ms);
    const ofFile = new Map();
    for (const run of runs) {
      // Tests of one file are often alike: the quickest of each come before the next of any.
      const before = ofFile.get(run.known) ?? 0;
      ofFile.set(run.known, before + 1);
      run.id = `${run.known.path}:${run.units[0].title}`;
      run.ms = run.units.reduce((sum, { ms }) => sum + ms, 0);
      const chance = (1 + 10 * (noticed.get(run.id) ?? 0)) * (1 + 2 * (this.#noticedAnywhere.get(run.id) ?? 0)) * (isAbout(run.known.path, stem) ? 5 : 1);
      run.rank = ((run.ms + 1) * (1 + before)) / chance;
      run.count = run.units.reduce((sum, { reached: counts }) => sum + (counts[place] ?? 0), run.known.around[place] ?? 0);
    }
    runs.sort((left, right) => left.rank - right.rank);
    let spent = 0;
    let tried = 0;
    let isStale = false;
    for (const run of runs) {
      if (spent > budgetMs && tried >= 6) break;
      spent += run.ms;
      tried++;
      const before = reached[place];
      hitsMax = REACHED_MORE + REACHED_TIMES * run.count;
      let failure = await this.#run(run.known, run.units, number);
      // Whoever stops the machine for a while makes a test late, but not twice.
      if (failure?.why === LATE) {
        hitsMax = REACHED_MORE + REACHED_TIMES * run.count;
        failure = await this.#run(run.known, run.units, number);
      }
      if (failure === undefined) {
        // What is made once and kept was made before the mutant was on.
        if (reached[place] === before) isStale = true;
        continue;
      }
      noticed.set(run.id, (noticed.get(run.id) ?? 0) + 1);
      this.#noticedAnywhere.set(run.id, (this.#noticedAnywhere.get(run.id) ?? 0) + 1);
      if ((await this.#run(run.known, run.units, NONE)) === undefined) return killed(failure);
      // The mutant left something behind, or the mutant before it did: again with new modules.
      const again = await this.#run(run.known, run.units, number, true);
      await this.#renew(run.known);
      const sound = await this.#run(run.known, run.units, NONE);
      if (sound !== undefined) throw new Error(`${run.id} fails without a mutant: ${sound.why}`);
      if (again !== undefined) return killed(again);
    }
    if (isStale || runs.length === 0) atLoad = [...new Set([...atLoad, ...runs.map(({ known }) => known)])];
    if (atLoad.length === 0) return { killed: false, tried, uncovered: runs.length === 0 };
    // To load a module is not to use it: files that reach much of the package come first, for the time that they take.
    const rank = ({ units, path, breadth }) => (FRESH_MS + units.reduce((sum, { ms }) => sum + ms, 0)) / ((1 + breadth) * (isAbout(path, stem) ? 100 : 1) * (1 + 10 * (noticed.get(path) ?? 0)));
    for (const known of atLoad.sort((left, right) => rank(left) - rank(right)).slice(0, FRESH_FILES_MAX)) {
      tried++;
      let left = budgetMs;
      const units = new Set(known.units.toSorted((one, other) => one.ms - other.ms).filter(({ ms }) => (left -= ms) > 0));
      const failure = await this.#run(known, known.units.filter((unit) => units.has(unit)), number, true);
      await this.#renew(known);
      if (failure === undefined) continue;
      const sound = failure.unit === undefined ? await this.#run(known, known.units.slice(0, 1), NONE) : await this.#run(known, [failure.unit], NONE);
      noticed.set(known.path, (noticed.get(known.path) ?? 0) + 1);
      if (sound === undefined) return killed(failure);
      throw new Error(`${known.path} fails without a mutant: ${sound.why}`);
    }
    return { killed: false, tried, uncovered: false };
  }
}
