// Two specs compared: what changed, and what it means for files and readers that exist.
import { lost, nextFree } from "./findings.mjs";
import { compareStructures, compareVersions } from "./layouts.mjs";
import { compareTables } from "./tables.mjs";

/**
 * Compares what both could be read of.
 * @param {ReturnType<import("./model.mjs").readModel>} before
 * @param {ReturnType<import("./model.mjs").readModel>} after
 * @returns {import("./findings.mjs").Finding[]}
 */
export function compareSpecs(before, after) {
  const both = (name) => before[name] !== undefined && after[name] !== undefined;
  const versionRises = both("versions") && Math.max(...after.versions.keys()) > Math.max(...before.versions.keys());
  return [
    ...(both("versions") ? compareVersions(before, after) : []),
    ...(both("structures") && both("versions") ? compareStructures(before, after, versionRises) : []),
    ...(both("enums") ? enums(before, after, "enums", versionRises) : []),
    ...compareTables(before, after, versionRises),
    ...enums(before, after, "fbsEnums", versionRises),
    ...(both("constants") ? constants(before.constants, after.constants) : []),
    ...(both("rules") ? rules(before.rules, after.rules) : []),
    ...(both("errors") ? errors(before.errors, after.errors) : []),
  ];
}

/** Names and numbers of values: files hold the numbers, programs go by the names. Versions of blocks are compared by themselves. */
function enums(before, after, kind, versionRises) {
  const findings = [];
  for (const [key, { file, name, values: old }] of before[kind]) {
    if (name === "format_version" || after.unread.has(file)) continue;
    const values = after[kind].get(key)?.values;
    const subject = `spec/${file}: ${name}`;
    if (values === undefined) {
      findings.push({ subject, ...lost(versionRises, "is removed, and shipped files have its values", "keep it"), before: [...old].map(([value, label]) => `${value} ${label}`), after: [] });
      continue;
    }
    const known = new Set(old.values());
    const numberOf = (label) => [...values].find(([, one]) => one === label)?.[0];
    const added = [...values].filter(([, label]) => !known.has(label));
    const next = nextFree([...old.keys()], added.map(([value]) => value));
    for (const [value, label] of old) {
      const number = numberOf(label);
      const holder = values.get(value);
      if (number === value) continue;
      const others = holder === undefined || known.has(holder) ? `what is new takes the next free one, ${next}` : `${holder}, which is new, takes the next free one, ${next}`;
      if (number !== undefined) findings.push({ subject: `${subject}.${label}`, ...lost(versionRises, `was ${value}, is ${number}, and shipped files mean ${label} by ${value}${holder === undefined ? "" : `, which is ${holder} now`}`, `give it back ${value}; ${others}`) });
      else if (holder === undefined) findings.push({ subject: `${subject}.${label} = ${value}`, ...lost(versionRises, "is removed, and shipped files may have it", "keep it; nobody has to write it") });
      else findings.push({ subject: `${subject}.${label} = ${value}`, ...lost(versionRises, `is removed, and its number is given to ${holder}, while shipped files mean ${label} by it, and programs name it`, `keep ${label}; ${others}`) });
    }
    for (const [value, label] of added) if (!old.has(value)) findings.push({ weight: "refuse", subject: `${subject}.${label} = ${value}`, text: "is new: old readers refuse files that have this value" });
  }
  return findings;
}

const EVIDENCE = { proven: ", and the old one is what SlateDB 0.12.1 does (source: proven)", read: ", and the old one stands in SlateDB's sources (source: read)", ours: "" };

function constants(before, after) {
  const findings = [];
  for (const [name, { value, section }] of after) {
    const was = before.get(name);
    const subject = `spec/constants.yaml: ${name}`;
    if (was === undefined) findings.push({ weight: "fine", subject, text: "is new", after: [value] });
    else if (was.value !== value) {
      const means = section === "defaults"
        ? "who asks for nothing else gets other files from now on"
        : "files are written otherwise, or other input is refused, of which the vectors notice only what they have cases of";
      const keep = was.source === "ours" ? "" : ". Leave it, unless SlateDB's is another now";
      findings.push({ weight: "value", subject, text: `was ${was.value}, is ${value}${EVIDENCE[was.source] ?? ""}: ${means}${keep}` });
    }
  }
  for (const [name, { value }] of before) if (!after.has(name)) findings.push({ weight: "fine", subject: `spec/constants.yaml: ${name}`, text: "is gone: code and rules that name it must follow", before: [value], after: [] });
  return findings;
}

const rules = (before, after) => catalogue("spec/rules.yaml: rule", before, after, {
  linesOf: ({ sentence = "", level, severity, when = [] }) => [`${severity}, ${level}${when.length > 0 ? `, when ${when.join(" and ")}` : ""}`, sentence],
  who: "reports name it, and programs that read them",
  way: "keep it; where it does not hold for new files, `when` says for which it does",
});

const errors = (before, after) => catalogue("spec/errors.yaml: error code", before, after, {
  linesOf: ({ class: kind = "", doc = "" }) => [kind, doc],
  who: "programs branch on it",
  way: "keep it, and what throws it, until the next major version",
});

/** Ids and codes are promises: they never go, and never mean something else. */
function catalogue(what, before, after, { linesOf, who, way }) {
  const findings = [];
  const text = (entry) => linesOf(entry).join("\n");
  for (const [id, entry] of after) {
    const old = before.get(id);
    if (old === undefined) findings.push({ weight: "fine", subject: `${what} ${id}`, text: "is new", after: linesOf(entry) });
    else if (text(old) !== text(entry)) findings.push({ weight: "fine", subject: `${what} ${id}`, text: "is worded otherwise; it must mean the same", before: linesOf(old), after: linesOf(entry) });
  }
  for (const [id, entry] of before) {
    if (after.has(id)) continue;
    const twin = [...after].find(([other, one]) => !before.has(other) && text(one) === text(entry))?.[0];
    const instead = twin === undefined ? way : `${twin} says the same now, so give it back the name ${id}`;
    findings.push({ weight: "refused", subject: `${what} ${id}`, text: `is gone, and ${who}: ${instead}`, before: linesOf(entry), after: [] });
  }
  return findings;
}
