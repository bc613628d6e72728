// Byte layouts compared: format versions, and the structures that each stands for or that all have.
import { newVersion } from "./findings.mjs";

const factsOf = (facts = {}) => Object.entries(facts).map(([name, value]) => `${name} ${value}`);
const fieldLine = ({ at, id, type, condition }) => `${at.padStart(4)}  ${id.padEnd(16)} ${type}${condition === "" ? "" : ` ${condition}`}`;
const layoutOf = ({ fields }) => fields.map(fieldLine);
const typeOf = ({ type, condition }) => `${type}${condition === "" ? "" : ` ${condition}`}`;

/** @returns {import("./findings.mjs").Finding[]} */
export function compareVersions(before, after) {
  const findings = [];
  for (const [version, { doc, facts, interval }] of after.versions) {
    const old = before.versions.get(version);
    const subject = `format version ${version}`;
    if (old === undefined) {
      findings.push({ weight: "version", subject, text: `is new. ${doc.trim()}`, after: factsOf(facts) });
      continue;
    }
    if (old.facts === undefined || facts === undefined) continue;
    const changes = Object.keys(facts).filter((name) => old.facts[name] !== facts[name]).map((name) => `${name} ${old.facts[name]} before, ${facts[name]} now`);
    if (changes.length === 0) continue;
    const way = newVersion(version, interval === old.interval ? "" : ` --restartInterval ${interval}`);
    findings.push({ weight: "refused", subject, text: `means something else now (${changes.join("; ")}), and its files could no longer be read: leave it as it is, and add a version: ${way}`, before: factsOf(old.facts), after: factsOf(facts) });
  }
  for (const version of before.versions.keys()) {
    if (!after.versions.has(version)) findings.push({ weight: "refused", subject: `format version ${version}`, text: "is removed, and its files could no longer be read: keep it; which one is written, default_format_version in spec/constants.yaml says" });
  }
  return findings;
}

/** A layout without the names of its fields, which no file holds. */
function bytesOf({ fields }) {
  const places = new Map(fields.map(({ id }, place) => [id, `field ${place}`]));
  return fields.map((field) => fieldLine({ ...field, id: "" }).replace(/\b[a-z]\w*\b/g, (word) => places.get(word) ?? word)).join("\n");
}

/** A structure that a version's number stands for may never change; one that all versions share only together with the number. @returns {import("./findings.mjs").Finding[]} */
export function compareStructures(before, after, versionRises) {
  const ofVersion = new Map([...before.versions].flatMap(([version, { structures: own }]) => own.map((name) => [name, version])));
  const findings = [];
  for (const [name, structure] of after.structures) {
    const old = before.structures.get(name);
    const subject = `spec/${structure.source}: ${name}`;
    if (old === undefined) findings.push({ weight: "fine", subject, text: "is new", after: layoutOf(structure) });
    else if (layoutOf(old).join("\n") === layoutOf(structure).join("\n")) continue;
    else if (bytesOf(old) === bytesOf(structure)) findings.push({ weight: "fine", subject, text: "has other names for fields: the bytes are the same, code and API change", before: layoutOf(old), after: layoutOf(structure) });
    else findings.push({ ...changed(changesOf(old, structure), ofVersion.get(name), after, versionRises), subject, before: layoutOf(old), after: layoutOf(structure) });
  }
  for (const [name, structure] of before.structures) {
    if (after.structures.has(name) || after.unread.has(structure.source)) continue;
    findings.push({ ...changed("it is removed", ofVersion.get(name), after, versionRises), subject: `spec/${structure.source}: ${name}`, before: layoutOf(structure), after: [] });
  }
  return findings;
}

/** What each field was and is. */
function changesOf(old, { fields }) {
  const changes = [];
  for (const was of old.fields) {
    const is = fields.find(({ id }) => id === was.id);
    if (is === undefined) changes.push(`${was.id} (${typeOf(was)}) is removed`);
    else if (typeOf(is) !== typeOf(was)) changes.push(`${was.id} was ${typeOf(was)}, is ${typeOf(is)}`);
  }
  for (const is of fields) if (!old.fields.some(({ id }) => id === is.id)) changes.push(`${is.id} (${typeOf(is)}) is added`);
  if (changes.length > 0) return changes.join("; ");
  return `the order was ${old.fields.map(({ id }) => id).join(", ")}, is ${fields.map(({ id }) => id).join(", ")}`;
}

function changed(changes, version, { versions }, versionRises) {
  if (version !== undefined) return { weight: "refused", text: `is what format version ${version} stands for, and files of it exist (${changes}): leave it as it is, and add a version: ${newVersion(version)}` };
  if (versionRises) return { weight: "version", isByVersion: true, text: `lies in files of all versions (${changes}): the new reader must go by the format version` };
  return { weight: "refused", text: `lies in shipped files of every version (${changes}): leave it as it is, or let the new reader go by a higher format version: ${newVersion(Math.max(...versions.keys()))}` };
}
