// The whole comparison of two states of the repository: its report, and the exit code that it comes to.
import { join } from "node:path";
import { compareSpecs } from "./compare.mjs";
import { newVersion } from "./findings.mjs";
import { problemsOf, readModel } from "./model.mjs";
import { compareProto } from "./proto.mjs";
import { problemLines, reportText, verdictLines } from "./report.mjs";

/**
 * @param {string} before folder that has the other state's spec/
 * @param {string} after folder that has the present one's
 * @param {{ against: string, commit: string, ask?: () => { holds: boolean | undefined, lines: string[] } }} options `ask`: whether the vectors hold; absent where that is left out
 */
export function judge(before, after, { against, commit, ask }) {
  const [old, now] = [before, after].map((folder) => readModel(join(folder, "spec")));
  const proto = compareProto(before, after);
  const findings = [...compareSpecs(old, now), ...proto.findings];
  const problems = [...problemsOf(join(after, "spec")), ...proto.problems];
  const isRefused = () => findings.some(({ weight }) => weight === "refused");
  const versionsOf = ({ versions }) => [...(versions?.keys() ?? [])];
  let vectors = { holds: undefined, lines: ["left out"] };
  if (isRefused()) vectors.lines = ["not asked, since something is refused"];
  else if (problems.length > 0) vectors.lines = ["not asked, since the spec does not hold together"];
  else if (ask !== undefined) vectors = ask();
  if (vectors.holds === false) {
    findings.push({ weight: "refused", subject: `the vectors of ${against}`, text: `do not all hold any more (see below), so files of before are read or written otherwise: undo what changed that, or let it come with a higher format version: ${newVersion(Math.max(...versionsOf(now)))}` });
  }
  const verdict = verdictLines(findings, {
    versionsBefore: versionsOf(old), versionsAfter: versionsOf(now), defaultVersion: Number(now.constants?.get("DEFAULT_FORMAT_VERSION")?.value), hasProblems: problems.length > 0, isAsked: vectors.holds !== undefined || ask === undefined,
  });
  const text = reportText(`spec/ against ${against} (${commit})`, findings, [
    ...(problems.length > 0 ? [{ name: "The spec does not hold together", lines: problemLines(problems, [...now.unread], isRefused()) }] : []),
    { name: "Protobuf contracts", lines: proto.lines }, { name: `Vectors of ${against}`, lines: vectors.lines }, { name: "Verdict", lines: verdict },
  ], problems.length > 0 ? "What could be read is as it was." : undefined);
  return { text, exitCode: isRefused() ? 1 : problems.length > 0 ? 2 : 0 };
}
