// Asks a testee every case and says what became of each.
import { create } from "@slate-sst/format/proto";
import { type ConformanceLayer, type ConformanceReport, ConformanceReportSchema, type ConformanceResponse, type ConformanceResult, ConformanceResultSchema, ConformanceVerdict } from "@slate-sst/format/proto/conformance";
import type { LoadedCase } from "./cases.js";
import type { ExpectedFailures } from "./expected-failures.js";
import { judge } from "./judge.js";
import { NoAnswerError } from "./testee-process.js";

const { PASSED, FAILED, EXPECTED_FAILURE, SKIPPED } = ConformanceVerdict;

/** Something that answers one question at a time. */
export interface Asked {
  ask(request: LoadedCase["request"]): Promise<ConformanceResponse>;
  /** Why it gives no more answers. */
  readonly death: NoAnswerError | undefined;
  stop(): Promise<void>;
}

export interface RunOptions {
  /** Starts a testee; called again after one died. */
  readonly start: () => Asked;
  /** Testees at the same time. */
  readonly jobs: number;
  readonly expected: ExpectedFailures;
  /** For the report. */
  readonly testee: string;
  /** Called after each case. */
  readonly onResult?: (result: ConformanceResult) => void;
}

/** Testees that may die one after the other without a single answer before it is given up. */
const DEATHS_MAX = 3;

/** The testee does not work at all. */
export class UnusableTesteeError extends Error {
  override readonly name = "UnusableTesteeError";
}

/** @throws UnusableTesteeError when it dies again and again without an answer. */
export async function runCases(cases: readonly LoadedCase[], options: RunOptions): Promise<ConformanceReport> {
  const waiting = cases[Symbol.iterator]();
  const results: ConformanceResult[] = [];
  let deaths = 0;
  let answered = false;
  const work = async (): Promise<void> => {
    let testee: Asked | undefined;
    try {
      for (let next = waiting.next(); next.done !== true; next = waiting.next()) {
        // One that died since its last answer fails the case that it can't be asked any more.
        testee ??= options.start();
        const result = await askOne(testee, next.value, options.expected, () => (answered = true));
        if (testee.death !== undefined) {
          if (!answered && ++deaths >= DEATHS_MAX) throw new UnusableTesteeError(`${options.testee}: ${testee.death.message}`);
          testee = undefined;
        }
        results.push(result);
        options.onResult?.(result);
      }
    } finally {
      await testee?.stop();
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(options.jobs, cases.length)) }, work));
  return summarize(cases, results, options);
}

async function askOne(testee: Asked, one: LoadedCase, expected: ExpectedFailures, onAnswer: () => void): Promise<ConformanceResult> {
  const started = performance.now();
  const result = (verdict: ConformanceVerdict, message = ""): ConformanceResult => create(ConformanceResultSchema, { caseId: one.case.id, verdict, message, durationMs: performance.now() - started });
  const wrong = (message: string): ConformanceResult => result(expected.has(one.case.id) ? EXPECTED_FAILURE : FAILED, message);
  try {
    const response = await testee.ask(one.request);
    onAnswer();
    // Something followed the answer that is none.
    if (testee.death !== undefined) throw testee.death;
    if (response.outcome.case === "skipped") return result(SKIPPED, response.outcome.value);
    const fault = await judge(one, response);
    return fault === undefined ? result(PASSED) : wrong(fault);
  } catch (error) {
    if (error instanceof NoAnswerError) return wrong(error.message);
    throw error;
  }
}

function summarize(cases: readonly LoadedCase[], results: readonly ConformanceResult[], { expected, testee }: RunOptions): ConformanceReport {
  const verdicts = new Map(results.map(({ caseId, verdict }) => [caseId, verdict]));
  const layers = [...new Set(cases.map(({ layer }) => layer))];
  const count = (layer: ConformanceLayer, wanted: ConformanceVerdict): number => cases.filter((one) => one.layer === layer && verdicts.get(one.case.id) === wanted).length;
  const stale = [...expected.keys()].flatMap((id) => {
    const verdict = verdicts.get(id);
    if (verdict === EXPECTED_FAILURE) return [];
    return [verdict === undefined ? `${id}: there is no such case in this run` : `${id}: does not fail any more${verdict === SKIPPED ? ", it is skipped" : ""}; take it off the list`];
  });
  return create(ConformanceReportSchema, {
    testee,
    layers: layers.map((layer) => ({ layer, passed: count(layer, PASSED), failed: count(layer, FAILED), expectedFailures: count(layer, EXPECTED_FAILURE), skipped: count(layer, SKIPPED) })),
    results: results.toSorted((left, right) => (left.caseId < right.caseId ? -1 : 1)),
    staleExpectations: stale,
    passed: stale.length === 0 && results.every(({ verdict }) => verdict !== FAILED),
  });
}
