// FlatBuffers tables compared: ids keep their type for ever, new fields come behind and may be absent, names do not matter in files.
import { lost, nextFree } from "./findings.mjs";

const slotLine = ({ slot, name, type, required }) => `${String(slot).padStart(4)}  ${name.padEnd(22)} ${type}${required ? ", required" : ""}`;
const shape = ({ fields }) => fields.map(({ slot, type, required }) => `${slot} ${type} ${required}`).toSorted().join();

/** @returns {import("./findings.mjs").Finding[]} */
export function compareTables(before, after, versionRises) {
  const isUnread = ({ file }) => after.unread.has(file);
  const gone = [...before.tables.values()].filter((table) => !after.tables.has(table.name) && !isUnread(table));
  const added = [...after.tables.values()].filter(({ name }) => !before.tables.has(name));
  // A table under another name: the same fields in the same file.
  const renamed = new Map();
  for (const table of gone) {
    const twin = added.find((one) => one.file === table.file && shape(one) === shape(table) && ![...renamed.values()].includes(one.name));
    if (twin !== undefined) renamed.set(table.name, twin.name);
  }
  const findings = [];
  for (const table of added) {
    const was = [...renamed].find(([, name]) => name === table.name)?.[0];
    const subject = `spec/${table.file}: table ${table.name}`;
    findings.push({ weight: "fine", subject, ...(was === undefined ? { text: "is new", after: table.fields.map(slotLine) } : { text: `was named ${was}; files do not hold names, code and rules follow` }) });
  }
  for (const [name, old] of before.tables) {
    const table = after.tables.get(name) ?? after.tables.get(renamed.get(name));
    if (table !== undefined) findings.push(...compareFields(old, table, renamed, versionRises));
    else if (!isUnread(old)) findings.push({ subject: `spec/${old.file}: table ${name}`, ...lost(versionRises, "is removed, and shipped files have it", "keep it"), before: old.fields.map(slotLine), after: [] });
  }
  for (const [file, root] of before.roots) {
    const is = after.roots.get(file);
    if (is === (renamed.get(root) ?? root) || after.unread.has(file)) continue;
    findings.push({ subject: `spec/${file}: root type`, ...lost(versionRises, `was ${root}, is ${is ?? "none"}, and shipped files begin with ${root}`, `leave it ${root}; new fields go into that table`) });
  }
  return findings;
}

function compareFields(old, table, renamed, versionRises) {
  const typeBefore = ({ type }) => type.replaceAll(/\w+/g, (word) => renamed.get(word) ?? word);
  const known = new Set(old.fields.map(({ name }) => name));
  const added = table.fields.filter(({ name }) => !known.has(name));
  const next = nextFree(old.fields.map(({ slot }) => slot), added.map(({ slot }) => slot));
  const findings = [];
  const add = (name, finding, was, is) => findings.push({ subject: `spec/${table.file}: ${table.name}.${name}`, ...finding, before: was === undefined ? [] : [slotLine(was)], after: is === undefined ? [] : [slotLine(is)] });
  for (const was of old.fields) {
    const { name, slot } = was;
    const is = table.fields.find((field) => field.name === name);
    const holder = table.fields.find((field) => field.slot === slot && field.name !== name);
    const isNewHolder = holder !== undefined && !known.has(holder.name);
    if (is?.slot === slot) {
      if (is.type !== was.type && is.type !== typeBefore(was)) add(name, lost(versionRises, `(id ${slot}) was ${was.type}, is ${is.type}, and shipped files hold ${was.type}`, `leave it ${was.type}; for what is new, append a field with the next free id, ${next}`), was, is);
      else if (is.required && !was.required) add(name, lost(versionRises, `(id ${slot}) was optional, is required, and shipped files may lack it`, "leave it optional"), was, is);
      else if (was.required && !is.required) add(name, { weight: "refuse", text: `(id ${slot}) may be absent now, and old readers insist on it` }, was, is);
    } else if (is !== undefined) {
      const instead = isNewHolder ? `, and give ${holder.name} the next free one, ${next}` : "";
      add(name, lost(versionRises, `had id ${slot}, has ${is.slot === undefined ? "none" : `id ${is.slot}`}, and shipped files have it under ${slot}${holder === undefined ? "" : `, which is ${holder.name} now`}`, `give it back id ${slot}${instead}`), was, is);
    } else if (isNewHolder && holder.type === typeBefore(was) && holder.required === was.required) {
      add(holder.name, { weight: "fine", text: `(id ${slot}) was named ${name}; files do not hold names, code and rules follow. Where it is to mean something else, keep ${name} and append ${holder.name} with the next free id, ${next}` }, was, holder);
    } else if (isNewHolder) {
      add(name, lost(versionRises, `(id ${slot}, ${was.type}) is removed, and its id is given to ${holder.name} (${holder.type}), while shipped files hold ${name} there`, `keep ${name}, which nobody has to fill, and give ${holder.name} the next free id, ${next}`), was, holder);
    } else {
      add(name, lost(versionRises, `(id ${slot}) is removed, and shipped files may have it`, `keep it; nobody has to fill it${holder === undefined ? "" : ` (its id is ${holder.name}'s now)`}`), was, undefined);
    }
  }
  for (const field of added) {
    if (old.fields.some(({ slot }) => slot === field.slot)) continue;
    if (field.required) add(field.name, lost(versionRises, "is new and required, and files that exist do not have it", "make it optional"), undefined, field);
    else add(field.name, { weight: "fine", text: "is a new optional field: old readers pass over it, and new readers find none in old files" }, undefined, field);
  }
  return findings;
}
