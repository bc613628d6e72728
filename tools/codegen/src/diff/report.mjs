// The report of a comparison, for people and for the log of a CI.

const TITLES = { refused: "Refused", version: "With the new format version", refuse: "Old readers refuse it", value: "Other values", fine: "Compatible" };
/** Lines up to this long stand side by side. */
const WIDTH_MAX = 120;
const WIDTH_MIN = 40;

/** Text of a report. */
export function reportText(title, findings, more, nothing = "Nothing that a file, a reader or a program could notice has changed.") {
  let text = `${title}\n`;
  for (const [weight, heading] of Object.entries(TITLES)) {
    const some = findings.filter((finding) => finding.weight === weight);
    if (some.length === 0) continue;
    text += `\n== ${heading}\n`;
    for (const finding of some) text += findingText(finding);
  }
  if (findings.length === 0) text += `\n${nothing}\n`;
  return `${text}\n${more.map(({ name, lines }) => `== ${name}\n${lines.map((line) => `  ${line}\n`).join("")}`).join("\n")}`;
}

function findingText({ subject, text, before, after }) {
  let lines = `\n${subject} ${text}\n`;
  const width = Math.max(WIDTH_MIN, ...[...(before ?? []), ...(after ?? [])].map(({ length }) => length));
  if (before !== undefined && after !== undefined && width > WIDTH_MAX) {
    for (const line of before) if (!after.includes(line)) lines += `  - ${line}\n`;
    for (const line of after) if (!before.includes(line)) lines += `  + ${line}\n`;
  } else if (before !== undefined && after !== undefined) {
    lines += `    ${"before".padEnd(width)} after\n`;
    for (let at = 0; at < Math.max(before.length, after.length); at++) {
      const [left, right] = [before[at] ?? "", after[at] ?? ""];
      lines += `  ${left === right ? " " : "~"} ${left.padEnd(width)} ${right}`.trimEnd() + "\n";
    }
  } else for (const line of after ?? before ?? []) lines += `  ${after === undefined ? "-" : "+"} ${line}\n`;
  return lines;
}

/** What the generator refuses, what could therefore not be compared, and how to go on. */
export function problemLines(problems, unread, isRefused) {
  return [
    ...problems,
    ...(unread.length === 0 ? [] : [`not compared: ${unread.map((file) => `spec/${file}`).join(", ")}`]),
    isRefused ? "npm run codegen refuses the spec for that, too. Undo first what is refused above, which may be why." : "npm run codegen refuses the spec for that, and writes nothing. Mend what is named here, which npx nx run spec:check tells, too, and ask again.",
  ];
}

/** What it comes to: who reads what. */
export function verdictLines(findings, { versionsBefore, versionsAfter, defaultVersion, hasProblems = false, isAsked = true }) {
  const has = (weight) => findings.some((finding) => finding.weight === weight);
  const added = versionsAfter.filter((version) => !versionsBefore.includes(version));
  const lines = [];
  if (has("refused")) lines.push("refused: what shipped files or programs rely on would be removed, renumbered or changed; see above");
  if (hasProblems) lines.push("the spec does not hold together: no code can be made of it before that is mended; see above");
  for (const version of added) lines.push(`old readers refuse files of format version ${version}, by the footer (rule F1.3); they never misread one`);
  if (added.length > 0 && !added.includes(defaultVersion)) lines.push(`files are written with format version ${defaultVersion} unless asked otherwise, and old readers read those`);
  if (added.includes(defaultVersion)) lines.push(`files are written with format version ${defaultVersion} unless asked otherwise: old readers refuse what the new writer writes by default`);
  if (has("refuse")) lines.push("old readers refuse files that use a new value, and read all others");
  if (has("refused") || hasProblems) return lines;
  const limits = has("value") ? ", as far as the other values above leave it so" : "";
  if (!has("refuse") && added.length === 0) lines.push(`old readers read new files${limits}`);
  lines.push(`new readers read old files${limits}${findings.some(({ isByVersion }) => isByVersion) ? ", as long as they go by the format version where the list above says so" : ""}`);
  if (!isAsked) lines.push("that is what the specs say; the vectors could not be asked yet, see above");
  return lines;
}
