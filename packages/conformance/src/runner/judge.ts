// Is an answer right? Undefined when it is, otherwise what is wrong with it.
import { toBinary, toJson } from "@slate-sst/format/proto";
import { type ConformanceResponse, type ConformanceValue, ConformanceValueSchema, type MustReject, type Rejection } from "@slate-sst/format/proto/conformance";
import type { LoadedCase } from "./cases.js";
import { soundnessOf } from "./soundness.js";

/** Bytes shown around a difference. */
const SHOWN_BYTES = 8;
const SHOWN_TEXT = 200;

/** What is wrong with an answer that is not `skipped`. */
export async function judge(one: LoadedCase, response: ConformanceResponse): Promise<string | undefined> {
  const { outcome } = response;
  if (response.caseId !== one.case.id) return `the answer is to ${JSON.stringify(response.caseId)}`;
  if (outcome.case === undefined) return "the answer is empty";
  if (outcome.case === "failure") return `the testee failed: ${outcome.value}`;
  const { expectation } = one.case;
  switch (expectation.case) {
    case "mustEqual":
      if (outcome.case !== "encoded") return `bytes were expected, ${described(outcome)}`;
      return differenceOfBytes(outcome.value, one.bytes ?? new Uint8Array(0));
    case "mustAccept":
      if (one.request.task?.kind.case === "verify") return outcome.case === "verified" ? undefined : `nothing is wrong with it, ${described(outcome)}`;
      if (outcome.case !== "decoded") return `it is sound, ${described(outcome)}`;
      return differenceOfValues(outcome.value, one.value);
    case "mustReject":
      if (outcome.case !== "rejected") return `it breaks ${expectation.value.rule || "the format"}, ${described(outcome)}`;
      return wrongRules(outcome.value, expectation.value);
    case "may":
      if (outcome.case === "rejected") return undefined;
      if (outcome.case !== "decoded") return `a value or a rejection was expected, ${described(outcome)}`;
      return one.value === undefined ? undefined : differenceOfValues(outcome.value, one.value);
    case "mustBeSound":
      if (outcome.case !== "encoded") return `an SST was expected, ${described(outcome)}`;
      return await soundnessOf(one.request, outcome.value);
    default:
      return "the case expects nothing that this runner knows";
  }
}

function described(outcome: ConformanceResponse["outcome"]): string {
  switch (outcome.case) {
    case "rejected":
      return `but it was refused: ${cut(`${outcome.value.rules.join(" ")} ${outcome.value.message}`.trim())}`;
    case "decoded":
      return `but it was read as ${cut(JSON.stringify(toJson(ConformanceValueSchema, outcome.value)))}`;
    case "encoded":
      return `but ${outcome.value.length} bytes came`;
    case "verified":
      return "but nothing was found";
    default:
      return `but the answer was ${outcome.case ?? "empty"}`;
  }
}

const cut = (text: string): string => (text.length > SHOWN_TEXT ? `${text.slice(0, SHOWN_TEXT)}…` : text);

/** A testee that knows rules must name the right one, and none that has nothing to do with the damage. */
function wrongRules({ rules }: Rejection, { rule, also }: MustReject): string | undefined {
  if (rules.length === 0 || rule === "") return undefined;
  if (!rules.includes(rule)) return `it breaks ${rule}, but ${rules.join(", ")} was named`;
  const others = rules.filter((one) => one !== rule && !also.includes(one));
  return others.length === 0 ? undefined : `it breaks ${[rule, ...also].join(", ")} only, but ${others.join(", ")} was named too`;
}

function differenceOfBytes(actual: Uint8Array, expected: Uint8Array): string | undefined {
  if (Buffer.compare(actual, expected) === 0) return undefined;
  const shorter = Math.min(actual.length, expected.length);
  let at = 0;
  while (at < shorter && actual[at] === expected[at]) at++;
  const shown = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(at, at + SHOWN_BYTES)).toString("hex") || "the end";
  return `byte ${at}: ${shown(actual)} instead of ${shown(expected)}; ${actual.length} bytes instead of ${expected.length}`;
}

function differenceOfValues(actual: ConformanceValue, expected: ConformanceValue | undefined): string | undefined {
  if (expected === undefined) return "the case has no value";
  const [found, wanted] = [comparable(actual), comparable(expected)];
  if (Buffer.compare(toBinary(ConformanceValueSchema, found), toBinary(ConformanceValueSchema, wanted)) === 0) return undefined;
  return firstDifference(toJson(ConformanceValueSchema, found), toJson(ConformanceValueSchema, wanted), "value");
}

/** A file does not tell its configuration, so that of an expected one does not count. */
function comparable(value: ConformanceValue): ConformanceValue {
  if (value.kind.case !== "file") return value;
  const { config: _, ...file } = value.kind.value;
  return { ...value, kind: { case: "file", value: file } };
}

function firstDifference(actual: unknown, expected: unknown, path: string): string {
  if (isTree(actual) && isTree(expected)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      const [left, right] = [(actual as Record<string, unknown>)[key], (expected as Record<string, unknown>)[key]];
      if (JSON.stringify(left) !== JSON.stringify(right)) return firstDifference(left, right, Array.isArray(expected) ? `${path}[${key}]` : `${path}.${key}`);
    }
  }
  return `${path} is ${cut(JSON.stringify(actual) ?? "absent")} instead of ${cut(JSON.stringify(expected) ?? "absent")}`;
}

const isTree = (value: unknown): value is object => typeof value === "object" && value !== null;
