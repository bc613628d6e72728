// `node packages/conformance/mutation/main.mjs --package format`: changes the sources of a package in one place after the other
// and looks whether a test of that package notices. See the README, "Mutation".
import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { mutantsOf } from "./mutants.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const { values: options } = parseArgs({
  options: {
    package: { type: "string", default: "format" }, file: { type: "string", multiple: true, default: [] }, sample: { type: "string", default: "0" }, seed: { type: "string", default: "1" },
    test: { type: "string", multiple: true, default: [] }, budget: { type: "string", default: "3000" }, minutes: { type: "string", default: "0" }, survivors: { type: "boolean", default: false }, continue: { type: "boolean", default: false }, "fail-below": { type: "string", default: "0" },
  },
});
const work = join(root, ".cache/mutation", options.package);
mkdirSync(work, { recursive: true });
/** What no mutant is made of, and mutants that nothing can notice, each with the reason; files of tests of other packages, and own ones that take too long, unless they are asked for by --test. */
const { leftOut, explained, tests = [], slow = {} } = JSON.parse(readFileSync(join(root, "packages/conformance/mutation", `${options.package}.json`), "utf8"));

/** A session takes so long to begin at most, and any test. */
const START_MS_MAX = 900_000;
const STARTS_MAX = 3;
const POLL_MS = 100;
const CLOCK_TICK_MS = 10;
/** Waiting for nothing takes no processor time, but it ends, too. */
const WALL_TIMES = 10;

/** Processor time of a process and its threads, so that a busy machine makes nothing hang. Elsewhere than on Linux, time. */
function cpuMs(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
    return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MS;
  } catch {
    return Date.now();
  }
}

function filesBelow(folder, ending) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

/** A repeatable order. */
function shuffled(items, seed) {
  let state = seed >>> 0 || 1;
  const next = () => ((state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0) / 2 ** 32;
  return items.map((item) => ({ item, rank: next() })).sort((left, right) => left.rank - right.rank).map(({ item }) => item);
}

/** Whether an entry of the explained ones is about this change: to this line, or to lines of this form, whatever they become or just that. */
const isMeant = ({ line: own, form, becomes: wanted }, line, becomes) => (form === undefined ? line === own : new RegExp(form).test(line)) && (wanted === undefined || [wanted].flat().includes(becomes));

const project = join(root, "packages", options.package);
const wanted = options.file.length === 0 ? filesBelow(join(project, "src"), ".ts").filter((path) => !Object.keys(leftOut).some((name) => path.startsWith(name))) : options.file.map((file) => `packages/${options.package}/src/${file}`);
let places = 0;
const all = [];
for (const path of wanted) {
  const source = readFileSync(join(root, path), "utf8");
  const lines = source.split("\n");
  const placeOf = new Map();
  for (const mutant of mutantsOf(path, source)) {
    const site = `${mutant.site.start}:${mutant.site.end}`;
    if (!placeOf.has(site)) placeOf.set(site, places++);
    const line = lines[mutant.line - 1].trim();
    const becomes = `${source.slice(mutant.start, mutant.end)} -> ${mutant.text === "" ? "nothing" : mutant.text}`;
    const reason = explained[path]?.find((one) => isMeant(one, line, becomes))?.reason;
    all.push({ ...mutant, path, at: mutant.line, line, becomes, reason, number: all.length, place: placeOf.get(site) });
  }
}
const survivorsFile = join(work, "survivors.json");
/** Those of the last run, to see whether a new test notices them. */
const before = options.survivors ? JSON.parse(readFileSync(survivorsFile, "utf8")) : undefined;
const tryable = before === undefined ? all : all.filter(({ path, line, becomes }) => before.some((one) => one.path === path && one.line === line && one.becomes === becomes));
const chosen = Number(options.sample) > 0 ? shuffled(tryable, Number(options.seed)).slice(0, Number(options.sample)) : tryable;
const switches = {};
for (const mutant of chosen) (switches[mutant.path] ??= []).push(mutant);
/** The package's own tests, and those of others that say most about it. */
const testFiles = [...filesBelow(join(project, "test"), ".test.ts"), ...tests].filter((path) => (options.test.length === 0 ? !Object.hasOwn(slow, path) : options.test.some((name) => path.endsWith(`/${name}`)))).map((path) => join(root, path));

// Another run may be under way.
const own = (name) => join(work, `${process.pid}-${name}`);
const planFile = own("plan.json");
const results = own("results.jsonl");
const heartbeat = own("heartbeat.json");
/** What the tests reach: good as long as neither they nor the sources change. */
const hash = createHash("sha256").update(JSON.stringify([switches, testFiles], (name, value) => (name === "reason" ? undefined : value)));
for (const path of [...["src", "test"].flatMap((folder) => filesBelow(join(project, folder), "")), ...tests]) hash.update(readFileSync(join(root, path)));
const learned = join(work, `learned-${hash.digest("hex").slice(0, 16)}.json`);
const deadline = Number(options.minutes) > 0 ? Date.now() + Number(options.minutes) * 60_000 : Infinity;
/** What a run found out before its time was over, for the same changes of the same sources by the same tests. */
const soFarFile = join(work, "so-far.json");
const soFar = options.continue && existsSync(soFarFile) ? JSON.parse(readFileSync(soFarFile, "utf8")) : undefined;
/** Number of a mutant, to what became of it. */
const outcomes = new Map(soFar?.learned === learned ? soFar.outcomes : []);
for (const { number, reason } of chosen) if (reason !== undefined) outcomes.set(number, { explained: true });

let failedStarts = 0;
let isWhole = true;
const troubles = [];

/** One session, as long as it lives; whether there is more to do. */
async function session() {
  const left = chosen.filter(({ number }) => !outcomes.has(number));
  if (left.length === 0) return false;
  rmSync(results, { force: true });
  writeFileSync(heartbeat, "");
  writeFileSync(planFile, JSON.stringify({
    switches, files: testFiles, places, results, heartbeat, learned, budgetMs: Number(options.budget),
    mutants: left.map(({ number, place, path }) => ({ number, place, source: path, stem: path.split("/").at(-1).replace(".ts", "") })),
  }));
  const child = fork(join(root, "packages/conformance/mutation/session.mjs"), [root, options.package, planFile], { stdio: ["ignore", "ignore", "inherit", "ipc"], execArgv: ["--max-old-space-size=3000"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const state = { isReady: false, isOver: false, isEnded: false };
  let [read, current, beat, since, started] = [0, undefined, "", cpuMs(child.pid), Date.now()];
  void ended.then(() => (state.isEnded = true));
  const take = () => {
    const text = existsSync(results) ? readFileSync(results, "utf8") : "";
    const whole = text.slice(read, text.lastIndexOf("\n") + 1);
    read += whole.length;
    for (const line of whole.split("\n").filter((one) => one !== "")) {
      const message = JSON.parse(line);
      if (message.ready) {
        console.log(`${message.tests} tests in ${message.files} files, ${(message.ms / 1000).toFixed(1)} s; ${left.length} mutants`);
        state.isReady = true;
      } else if (message.left !== undefined) {
        // With fewer tests more mutants survive: that is to be seen.
        console.log(`left out, as it fails without a mutant: ${message.left}`);
        isWhole = false;
      }
      else if (message.tired) {
        if (message.trouble !== undefined) troubles.push({ number: current, trouble: message.trouble });
        // What happens again in a new session is no weariness.
        if (current !== undefined && troubles.filter(({ number }) => number === current).length === 2) {
          outcomes.set(current, { done: current, killed: false });
          console.log(`unclear ${all[current].path}:${all[current].at} ${all[current].becomes}: ${message.trouble}`);
        }
        if (current === undefined && message.trouble !== undefined) throw new Error(message.trouble);
        current = undefined;
        state.isOver = true;
      }
      else if (message.begun !== undefined) current = message.begun;
      else if (message.done !== undefined) {
        outcomes.set(message.done, message);
        current = undefined;
        const { path, at, becomes } = all[message.done];
        if (!message.killed) console.log(`survived ${path}:${at} ${becomes.replaceAll("\n", " ").slice(0, 120)}`);
        if (outcomes.size % 100 === 0) console.log(`${outcomes.size} of ${chosen.length}, ${message.mib} MiB`);
      } else if (message.end) state.isOver = true;
    }
  };
  while (!state.isOver && !state.isEnded) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    take();
    const now = readFileSync(heartbeat, "utf8");
    if (now !== beat) [beat, since, started] = [now, cpuMs(child.pid), Date.now()];
    const limit = state.isReady && beat !== "" ? JSON.parse(beat).limit + 1000 : START_MS_MAX;
    if (Date.now() > deadline || cpuMs(child.pid) - since > limit || Date.now() - started > WALL_TIMES * limit) break;
  }
  child.kill("SIGKILL");
  await ended;
  take();
  if (Date.now() > deadline) return false;
  if (current !== undefined) outcomes.set(current, { done: current, killed: true, hung: true, by: state.isEnded ? "the process ended" : "it hung" });
  else if (!state.isOver && !state.isReady && ++failedStarts === STARTS_MAX) throw new Error("no session begins");
  return true;
}
try {
  while (await session());
} finally {
  for (const path of [planFile, results, heartbeat]) rmSync(path, { force: true });
}

const tally = new Map();
const survivors = [];
for (const mutant of chosen) {
  const outcome = outcomes.get(mutant.number);
  if (outcome === undefined) continue;
  const count = tally.get(mutant.path) ?? { killed: 0, hung: 0, explained: 0, survived: 0, uncovered: 0 };
  tally.set(mutant.path, count);
  count[outcome.explained ? "explained" : outcome.hung ? "hung" : outcome.killed ? "killed" : outcome.uncovered ? "uncovered" : "survived"]++;
  if (!outcome.explained && !outcome.killed) survivors.push({ path: mutant.path, at: mutant.at, line: mutant.line, becomes: mutant.becomes, tried: outcome.tried });
}
writeFileSync(survivorsFile, JSON.stringify(survivors, null, 1));
writeFileSync(soFarFile, JSON.stringify({ learned, outcomes: [...outcomes].filter(([, { explained: isExplained }]) => isExplained !== true) }));
writeFileSync(join(work, "outcomes.json"), JSON.stringify([...outcomes].map(([number, { killed, by, why }]) => ({ at: `${all[number].path}:${all[number].at}`, becomes: all[number].becomes, killed, by, why })), null, 1));

let [killed, counted] = [0, 0];
console.log(`\n${"file".padEnd(52)}   killed     hung explained survived  no test`);
for (const [path, count] of [...tally].sort()) {
  console.log(path.padEnd(52) + [count.killed, count.hung, count.explained, count.survived, count.uncovered].map((number) => String(number).padStart(9)).join(""));
  killed += count.killed + count.hung;
  counted += count.killed + count.hung + count.survived + count.uncovered;
}
const score = counted === 0 ? 100 : (100 * killed) / counted;
console.log(`\n${outcomes.size} of ${all.length} mutants tried; score ${score.toFixed(1)} % (${killed} of ${counted} that are not explained)`);
process.exit(isWhole && score >= Number(options["fail-below"]) ? 0 : 1);
